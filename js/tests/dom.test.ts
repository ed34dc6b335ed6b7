import { expect, test } from "vitest";
import { element } from "../src/controls/dom";

test("text stays text", () => {
  const made = element("p", { title: "<b>" }, "<img src=x onerror=alert(1)>");
  expect(made.childElementCount).toBe(0);
  expect(made.textContent).toBe("<img src=x onerror=alert(1)>");
});

test("a name of any length is cut, wherever it is shown", () => {
  const name = "n".repeat(100_000);
  const made = element("p", { title: name, attributes: { "aria-label": name } }, name);
  expect(made.outerHTML.length).toBeLessThan(10_000);
  expect(made.textContent).toMatch(/n…$/);
});

test("what is handed over as a text node is whole", () => {
  const source = "x = 1\n".repeat(10_000);
  expect(element("pre", {}, new Text(source)).textContent).toBe(source);
});

test("an attribute that is null is left out", () => {
  expect(element("details", { attributes: { open: null } }).outerHTML).toBe(
    "<details></details>",
  );
});
