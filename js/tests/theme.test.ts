import { afterEach, beforeEach, expect, test } from "vitest";
import { type Theme, watchTheme } from "../src/theme";

let controller: AbortController;

beforeEach(() => {
  controller = new AbortController();
});

afterEach(() => {
  controller.abort();
  for (const node of [document.body, document.documentElement]) {
    for (const { name } of Array.from(node.attributes)) node.removeAttribute(name);
  }
});

function heard(): Theme[] {
  const themes: Theme[] = [];
  watchTheme((theme) => themes.push(theme), controller.signal);
  return themes;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test.each([
  ["JupyterLab", () => document.body.setAttribute("data-jp-theme-light", "false")],
  [
    "VS Code",
    () => document.body.setAttribute("data-vscode-theme-kind", "vscode-dark"),
  ],
  ["Colab", () => document.documentElement.setAttribute("theme", "dark")],
  ["marimo", () => document.body.classList.add("dark")],
  ["a page with data-theme", () => document.body.setAttribute("data-theme", "dark")],
])("%s is dark when it says so", (_, declare) => {
  declare();
  expect(heard()).toEqual(["dark"]);
});

test("a change of the page's theme is heard, once", async () => {
  document.body.setAttribute("data-jp-theme-light", "true");
  const themes = heard();
  document.body.setAttribute("data-jp-theme-light", "false");
  document.body.setAttribute("data-other", "1");
  await settled();
  expect(themes).toEqual(["light", "dark"]);
});

test("after the end nothing is heard", async () => {
  const themes = heard();
  controller.abort();
  document.body.classList.add("dark");
  await settled();
  expect(themes).toEqual(["light"]);
});
