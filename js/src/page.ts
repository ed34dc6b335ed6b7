/** Where the self-contained page comes in: its record is in the page itself. */
import { mountInspector } from "./mount";
import { type Recording, recordedModel } from "./recorded_model";

const place = document.getElementById("unflax-viz");
const record = document.getElementById("unflax-viz-record")?.textContent;
if (place && record) {
  mountInspector(recordedModel(JSON.parse(record) as Recording), place);
}
