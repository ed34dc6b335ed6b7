/** A method's source: line numbers that cannot be selected, and a little colour. */
import { element } from "../controls/dom";
import { tokensOf } from "./python_source";

/** @param firstLine Where it begins in its file, from 1; 0 where that is not known. */
export function sourceView(source: string, firstLine: number): HTMLElement {
  const nLines = source.split("\n").length;
  const numbers = Array.from({ length: nLines }, (_, index) => firstLine + index);
  const code = element("code", {});
  for (const { kind, text: token } of tokensOf(source)) {
    code.append(
      kind === "plain"
        ? token
        : element("span", { class: `uv-py-${kind}` }, new Text(token)),
    );
  }
  return element(
    "div",
    { class: "uv-source" },
    firstLine > 0
      ? element(
          "pre",
          { class: "uv-gutter", attributes: { "aria-hidden": "true" } },
          new Text(numbers.join("\n")),
        )
      : null,
    element(
      "pre",
      { attributes: { tabindex: "0", role: "region", "aria-label": "Source text" } },
      code,
    ),
  );
}
