/** How missing children reach the tree: window by window, each asked for once. */
import type { Channel } from "./channel";
import { FailureError } from "./channel";
import type { TreeState } from "./state";

export class ChildrenLoader {
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly channel: Channel,
    private readonly state: TreeState,
  ) {}

  /** Brings the next window of a call's children; does nothing when all are there. */
  loadNext(address: string): Promise<void> {
    const start = this.state.nextStart(address);
    if (start === null) return Promise.resolve();
    let loading = this.#underWay.get(address);
    if (!loading) {
      loading = this.#load(address, start).finally(() =>
        this.#underWay.delete(address),
      );
      this.#underWay.set(address, loading);
    }
    return loading;
  }

  /** Opens the calls around `address`, outermost first, until its row is there. */
  async reveal(address: string, ancestors: readonly string[]): Promise<void> {
    const path = [...ancestors, address];
    for (const [index, ancestor] of ancestors.entries()) {
      const next = path[index + 1] ?? address;
      while (!this.state.row(next) && this.state.nextStart(ancestor) !== null) {
        await this.loadNext(ancestor);
      }
      this.state.setOpen(ancestor, true);
    }
    if (!this.state.row(address)) {
      throw new FailureError(`The tree has no row for "${address}".`);
    }
  }

  async #load(address: string, start: number): Promise<void> {
    const { answer } = await this.channel.ask({ kind: "children", address, start });
    this.state.addChildren(answer);
  }
}
