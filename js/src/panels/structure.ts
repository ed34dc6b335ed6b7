/** The inputs or outputs of a call, nested as they were. */
import { element } from "../controls/dom";
import type { StructureLine } from "../protocol";

/** With more lines than this, what is deep begins closed. */
const N_LINES_OPEN = 40;

export function structureView(lines: readonly StructureLine[]): HTMLElement {
  const isLong = lines.length > N_LINES_OPEN;
  const root = element("ul", { class: "uv-structure" });
  const lists: HTMLElement[] = [root];
  lines.forEach((line, index) => {
    const depth = Math.min(line.depth, lists.length - 1);
    const hasBelow = (lines[index + 1]?.depth ?? 0) > line.depth;
    lists.length = depth + 1;
    const item = element("li");
    if (hasBelow) {
      const list = element("ul");
      const isOpen = !isLong || depth === 0;
      item.append(
        element(
          "details",
          { attributes: { open: isOpen ? "" : null } },
          element("summary", {}, ...lineViews(line)),
          list,
        ),
      );
      lists.push(list);
    } else {
      item.append(...lineViews(line));
    }
    lists[depth]?.append(item);
  });
  return root;
}

function lineViews({ label, text }: StructureLine): HTMLElement[] {
  const views = [element("span", { class: "uv-structure-text" }, text)];
  if (label) views.unshift(element("span", { class: "uv-structure-label" }, label));
  return views;
}
