/** How a failure looks: a sentence in the place of what was asked for. */
import { FailureError, OvertakenError } from "../channel";
import { element } from "../dom";

/** The sentence for an error, or null where nobody waits for it any more. */
export function sentenceOf(error: unknown): string | null {
  if (error instanceof OvertakenError) return null;
  if (error instanceof FailureError) return error.message;
  console.error(error);
  return `The inspector could not show this: ${String(error)}`;
}

export function failureView(sentence: string): HTMLElement {
  return element("p", { class: "uv-failure", attributes: { role: "alert" } }, sentence);
}

export function emptyView(sentence: string): HTMLElement {
  return element("p", { class: "uv-empty" }, sentence);
}
