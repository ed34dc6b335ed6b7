/** How text reaches the clipboard: pages served over plain http have no clipboard API. */

/**
 * Copies `text`.
 *
 * @param near Where a hidden field may stand for a side.
 * @returns Whether the browser let it happen.
 */
export async function copyText(text: string, near: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text, near);
  }
}

/** What is said of a copy, whichever button made it. */
export const copiedSentence = (isCopied: boolean, code: string): string =>
  isCopied ? `copied ${code}` : "The browser blocked copying.";

/** The old way: select the text of a field and ask the page to copy. */
function copySelection(text: string, near: Element): boolean {
  const focused = (near.getRootNode() as Document | ShadowRoot).activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.setAttribute("aria-hidden", "true");
  field.style.position = "fixed";
  field.style.opacity = "0";
  near.after(field);
  field.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }
}
