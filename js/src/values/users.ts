/** Who used a value: each call a link to it. */
import { element } from "../controls/dom";
import type { User } from "../protocol";
import { countedText, exactCount } from "./numbers";

/** With more than this, the rest waits behind a button. */
const N_LISTED = 4;

/** @returns Null where nobody else used it. */
export function usersView(
  users: readonly User[],
  nUsers: number,
  current: string,
  select: (address: string) => void,
): HTMLElement | null {
  const isOwn = users.some(({ address }) => address === current);
  if (nUsers === 0 || (nUsers === 1 && isOwn)) return null;
  const isRead = users.every(({ action }) => action === "read");
  const items = users.map(({ address, action }) =>
    element(
      "li",
      {},
      address === current ? "this call" : callLink(address, select),
      isRead ? null : element("span", { class: "uv-muted" }, ` ${action}`),
    ),
  );
  const nUnnamed = nUsers - users.length;
  if (nUnnamed > 0 && users.length > 0) {
    const text = `… ${exactCount(nUnnamed)} more`;
    items.push(element("li", { class: "uv-muted" }, text));
  }
  const isLong = users.length > N_LISTED;
  const list = element("ul", {}, ...items.slice(0, isLong ? N_LISTED : items.length));
  if (isLong) {
    const attributes = { type: "button" };
    const text = `show ${exactCount(users.length - N_LISTED)} more`;
    const more = element("button", { class: "uv-toggle", attributes }, text);
    const last = element("li", {}, more);
    more.addEventListener("click", () => {
      last.replaceWith(...items.slice(N_LISTED));
      items[N_LISTED]?.querySelector("button")?.focus();
    });
    list.append(last);
  }
  const label = `${isRead ? "read" : "used"} by ${countedText(nUsers, "call")}`;
  return element(
    "div",
    { class: "uv-users" },
    element("span", { class: "uv-muted" }, label),
    list,
  );
}

/** A button that reads as a link and goes to another call. */
function callLink(
  address: string,
  select: (address: string) => void,
): HTMLButtonElement {
  const attributes = { type: "button" };
  const link = element("button", { class: "uv-link", attributes }, address);
  link.addEventListener("click", () => select(address));
  return link;
}
