/** What Python must know too: the synced traits, typed. Browser-only state is state.ts. */
import type { AnyModel } from "@anywidget/types";
import type { Opening, SyncedTraits } from "./protocol";
import { fromWire } from "./wire";

const TRAITS = {
  selected: "selected",
  tab: "tab",
  heightPx: "height_px",
} as const satisfies Record<keyof Omit<SyncedTraits, "opening">, string>;

type Writable = Omit<SyncedTraits, "opening">;

export class Synced {
  readonly opening: Opening;

  constructor(
    private readonly model: AnyModel,
    private readonly signal: AbortSignal,
  ) {
    this.opening = fromWire<Opening>(model.get("opening"));
  }

  get<K extends keyof Writable>(name: K): Writable[K] {
    return this.model.get(TRAITS[name]) as Writable[K];
  }

  /** Writes a trait and sends it; does nothing where it has that value already. */
  set<K extends keyof Writable>(name: K, value: Writable[K]): void {
    if (this.get(name) === value) return;
    this.model.set(TRAITS[name], value);
    this.model.save_changes();
  }

  /** Calls `heard` whenever a trait changes, from Python or from any view of it. */
  observe<K extends keyof Writable>(
    name: K,
    heard: (value: Writable[K]) => void,
  ): void {
    const event = `change:${TRAITS[name]}`;
    const changed = () => heard(this.get(name));
    this.model.on(event, changed);
    this.signal.addEventListener("abort", () => this.model.off(event, changed));
  }
}
