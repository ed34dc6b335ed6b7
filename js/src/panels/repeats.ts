/** The other calls of the same module, as buttons that select them. */
import { element } from "../controls/dom";
import { exactCount } from "../values/numbers";
import type { PanelContext } from "./context";

const SLOT = "repeats";

/** Fills in a place where a module was called more than once; else it stays empty. */
export async function fillRepeats(
  place: HTMLElement,
  address: string,
  { channel, select }: PanelContext,
): Promise<void> {
  try {
    const { answer } = await channel.ask("repeats", { address }, SLOT);
    const { addresses, n_more } = answer;
    if (addresses.length < 2) return;
    const more = n_more > 0 ? [` … ${exactCount(n_more)} more`] : [];
    const buttons = addresses.map((each) =>
      repeatButton(each, each === address, select),
    );
    place.replaceChildren("this module’s calls: ", ...buttons, ...more);
  } catch {
    // Without an answer nothing is offered: the call itself is shown all the same.
  }
}

function repeatButton(
  address: string,
  isCurrent: boolean,
  select: PanelContext["select"],
): HTMLElement {
  const button = element(
    "button",
    {
      class: "uv-link",
      title: `Select ${address}`,
      attributes: { type: "button", "aria-current": String(isCurrent) },
    },
    address,
  );
  button.addEventListener("click", () => select(address));
  return button;
}
