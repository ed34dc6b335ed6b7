/** A quiet button that copies a line of code, and says so. */
import { copiedSentence, copyText } from "./clipboard";
import { element } from "./dom";
import { iconButton } from "./icon";

const COPIED_MS = 1400;

/**
 * @param label Accessible name, e.g. "Copy the code of kernel".
 * @param say Says a sentence in a live region.
 */
export function copyButton(
  label: string,
  code: string,
  say: (sentence: string) => void,
): HTMLButtonElement {
  const button = iconButton("copy", label, `${label}: ${code}`);
  const note = element("span", {
    class: "uv-copied",
    attributes: { "aria-hidden": "true" },
  });
  button.append(note);
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    const isCopied = await copyText(code, button);
    note.textContent = isCopied ? "copied" : "not copied";
    say(copiedSentence(isCopied, code));
    setTimeout(() => {
      note.textContent = "";
    }, COPIED_MS);
  });
  return button;
}
