/** How missing rows reach an outline: by windows, those in view, each asked for once. */
import { type Channel, FailureError, sentenceOf } from "../channel";
import type { LocateAnswer, Place } from "../protocol";
import type { LoadedOutline, Spot, Window } from "./loaded_outline";

const MAX_UNDER_WAY = 4;

/** What opening everything below a row came to. */
interface Expansion {
  /** How many rows can be seen now that could not before. */
  nOpened: number;
  /** How many rows with rows below them stay closed. */
  nLeft: number;
}

export class RowLoader {
  readonly #underWay = new Map<string, Promise<void>>();
  /** How many levels have come to open everything below a row, by its id. */
  readonly #nExpanded = new Map<string, number>();
  #wanted: readonly Window[] = [];
  #isStopped = false;

  /** @param changed Called when rows arrived (""), or with why they could not be had. */
  constructor(
    private readonly channel: Channel,
    private readonly outline: LoadedOutline,
    private readonly changed: (sentence: string) => void,
  ) {}

  /** Brings these windows, and no others that were wanted and not yet asked for. */
  want(windows: readonly Window[]): void {
    this.#wanted = windows;
    this.#askForWanted();
  }

  /** Takes no answer into account any more: the tree shows another outline. */
  stop(): void {
    this.#isStopped = true;
    this.#wanted = [];
  }

  /**
   * Opens the rows around the last one of a trail, from the top, until its row is there.
   *
   * @throws FailureError where the rows are not those of the trail.
   */
  async reveal(trail: readonly Place[]): Promise<void> {
    let parent = "";
    for (const [depth, { row, index }] of trail.entries()) {
      await this.#bring({ parent, index });
      if (this.outline.rowAt({ parent, index })?.id !== row) {
        throw new FailureError(`The tree has no row for "${row}".`);
      }
      if (depth < trail.length - 1) this.outline.setOpen(row, true);
      parent = row;
    }
  }

  /** Opens below a row what has arrived, and as much as Python sends of the others. */
  async expand(row: string): Promise<Expansion> {
    const { lens, query } = this.outline;
    const start = this.#nExpanded.get(row) ?? 0;
    const question = { kind: "expand", lens, query, row, start } as const;
    const { answer } = await this.channel.ask(question, "expand");
    const nBefore = this.outline.nLines;
    this.outline.openArrived(row);
    for (const level of answer.levels) this.outline.addLevel(level);
    for (const id of answer.expanded) this.outline.setOpen(id, true);
    this.#nExpanded.set(row, start + answer.levels.length);
    const nOpened = this.outline.nLines - nBefore;
    return { nOpened, nLeft: answer.nBranches - this.outline.nOpenBelow(row) };
  }

  /** Finds a row by its id, the first row of an address, or the next hit. */
  async locate(
    wanted: { row?: string; address?: string; step?: number },
    slot?: string,
  ): Promise<LocateAnswer> {
    const { lens, query } = this.outline;
    const asked = { row: "", address: "", step: 0, ...wanted };
    const question = { kind: "locate", lens, query, ...asked } as const;
    return (await this.channel.ask(question, slot)).answer;
  }

  async #bring(spot: Spot): Promise<void> {
    if (this.outline.rowAt(spot)) return;
    const { parent, index } = spot;
    this.outline.setFailure({ row: parent, start: index }, "");
    const window = this.outline.windowAround(spot);
    if (window) await this.#ask(window);
  }

  #askForWanted(): void {
    for (const window of this.#wanted) {
      if (this.#underWay.size >= MAX_UNDER_WAY) return;
      const isDone = !this.outline.windowAround(spotOf(window));
      if (isDone || this.#underWay.has(keyOf(window))) continue;
      void this.#bringWanted(window);
    }
  }

  async #bringWanted(window: Window): Promise<void> {
    let sentence = "";
    try {
      await this.#ask(window);
    } catch (error) {
      const reason = sentenceOf(error);
      // Only the end of the view overtakes these; asking again would never end.
      if (reason === null) return;
      sentence = reason;
      this.outline.setFailure(window, reason);
    }
    if (this.#isStopped) return;
    this.changed(sentence);
    this.#askForWanted();
  }

  #ask(window: Window): Promise<void> {
    const key = keyOf(window);
    let loading = this.#underWay.get(key);
    if (!loading) {
      loading = this.#load(window).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, loading);
    }
    return loading;
  }

  async #load({ row, start }: Window): Promise<void> {
    const { lens, query } = this.outline;
    const question = { kind: "children", lens, query, row, start } as const;
    const { answer } = await this.channel.ask(question);
    this.outline.addLevel(answer.level);
    if (!this.outline.rowAt({ parent: row, index: start })) {
      throw new FailureError("These rows did not arrive.");
    }
  }
}

const spotOf = ({ row, start }: Window): Spot => ({ parent: row, index: start });

const keyOf = ({ row, start }: Window) => `${start} ${row}`;
