/**
 * Whether the page around us is light or dark. A stylesheet in a shadow root cannot
 * see the page's body in every browser, so this is found here and set as an attribute.
 */

export type Theme = "light" | "dark";

/** Reads what JupyterLab, VS Code, Colab and marimo say about themselves. */
function declaredTheme(page: Document): Theme | null {
  const { body, documentElement } = page;
  const lab = body.dataset.jpThemeLight;
  if (lab !== undefined) return lab === "false" ? "dark" : "light";
  const kind = body.dataset.vscodeThemeKind;
  if (kind !== undefined) return kind.includes("light") ? "light" : "dark";
  const colab = documentElement.getAttribute("theme");
  if (colab === "dark" || colab === "light") return colab;
  for (const { classList, dataset } of [body, documentElement]) {
    if (dataset.theme === "dark" || dataset.theme === "light") return dataset.theme;
    if (classList.contains("dark")) return "dark";
    if (classList.contains("light")) return "light";
  }
  return null;
}

/** Watches the theme until `signal` aborts; calls `changed` at once and on each change. */
export function watchTheme(changed: (theme: Theme) => void, signal: AbortSignal): void {
  const preference = window.matchMedia("(prefers-color-scheme: dark)");
  let current: Theme | null = null;
  const update = () => {
    const theme = declaredTheme(document) ?? (preference.matches ? "dark" : "light");
    if (theme === current) return;
    current = theme;
    changed(theme);
  };
  const observer = new MutationObserver(update);
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, { attributes: true });
  }
  preference.addEventListener("change", update, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
  update();
}
