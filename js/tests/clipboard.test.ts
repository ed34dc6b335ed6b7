import { afterEach, expect, test, vi } from "vitest";
import { copyText } from "../src/controls/clipboard";

afterEach(() => vi.unstubAllGlobals());

function buttonInPage(): HTMLElement {
  const button = document.createElement("button");
  document.body.replaceChildren(button);
  return button;
}

test("without a clipboard API, the text of a field is copied and the field goes", async () => {
  vi.stubGlobal("navigator", {});
  let copied = "";
  document.execCommand = vi.fn(() => {
    copied = document.querySelector("textarea")?.value ?? "";
    return true;
  });
  expect(await copyText("run.root", buttonInPage())).toBe(true);
  expect(copied).toBe("run.root");
  expect(document.querySelector("textarea")).toBeNull();
});

test("where neither works, that is said", async () => {
  const writeText = vi.fn().mockRejectedValue(new Error("not allowed"));
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  document.execCommand = vi.fn(() => {
    throw new Error("gone");
  });
  expect(await copyText("run.root", buttonInPage())).toBe(false);
});
