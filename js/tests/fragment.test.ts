import { expect, test } from "vitest";
import { safeFragment } from "../src/tree/fragment";

function kept(html: string): string {
  const place = document.createElement("div");
  place.append(safeFragment(html));
  return place.innerHTML;
}

test("spans keep their class, their colours and their text", () => {
  const html =
    '<span class="uv_row"><span style="--block-color: #b0c7e8;">Conv</span> &lt;b&gt;</span>';
  expect(kept(html)).toBe(html);
});

test.each([
  ["<script>alert(1)</script>", ""],
  ["<img src=x onerror=alert(1)>", ""],
  ["<b>bold</b> text", " text"],
  ["<style>* { display: none }</style>", ""],
  ["<a href='javascript:alert(1)'>name</a>", ""],
  ["<svg><span>inside</span></svg>", ""],
  ["<!-- comment -->name", "name"],
])("of %s only the allowed is kept", (html, expected) => {
  expect(kept(html)).toBe(expected);
});

test("of a span's attributes only class and style are kept", () => {
  const html = '<span id="a" onclick="alert(1)" title="t" class="c" part="p">x</span>';
  expect(kept(html)).toBe('<span class="c">x</span>');
});

test.each([
  "position: fixed",
  "background-image: url(https://example.org/seen)",
  "--block-background-image: url(https://example.org/seen)",
  "--other: red",
  "width: 9999px",
  "color: expression(alert(1))",
])("the style %s is left out", (style) => {
  expect(kept(`<span style="${style}">x</span>`)).toBe("<span>x</span>");
});

test("a shorthand brings no picture in", () => {
  const html = '<span style="background: red url(https://example.org/seen)">x</span>';
  expect(kept(html)).not.toContain("example.org");
});

test("a pattern of Treescope's may be a gradient", () => {
  const style = "--block-background-image: linear-gradient(red, blue);";
  expect(kept(`<span style="${style}">x</span>`)).toContain("linear-gradient");
});

test("names that look like markup stay text", () => {
  expect(safeFragment("<span>&lt;script&gt;</span>").textContent).toBe("<script>");
});
