/** Where the self-contained page comes in: its record is in the page itself. */
import { mountInspector } from "./mount";
import { Archive } from "./page/archive";
import { RecordedClerk } from "./page/clerk";
import { recordedModel } from "./page/recorded_model";

const MARGIN_PX = 32;
const MIN_HEIGHT_PX = 480;

/** Draws the inspector in the place of the static tree, which stays if this fails. */
async function showInspector(place: HTMLElement, record: string): Promise<void> {
  const clerk = await RecordedClerk.open(new Archive(record));
  const asked = new URLSearchParams(location.hash.slice(1)).get("selected");
  const height_px = Math.max(MIN_HEIGHT_PX, window.innerHeight - MARGIN_PX);
  const model = recordedModel(clerk, {
    ...clerk.traits,
    height_px,
    ...(asked !== null && clerk.hasCall(asked) ? { selected: asked } : {}),
  });
  mountInspector(model, place);
  document.getElementById("unflax-viz-static")?.remove();
  model.on("change:selected", () => {
    const hash = new URLSearchParams({ selected: model.get("selected") });
    // Selecting is no step that the back button should undo one by one.
    location.replace(`#${hash}`);
  });
}

const place = document.getElementById("unflax-viz");
const record = document.getElementById("unflax-viz-record")?.textContent;
if (place && record) void showInspector(place, record);
