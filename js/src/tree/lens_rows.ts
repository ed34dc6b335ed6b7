/** All rows of a lens: how they nest, and what each is called; from the columns. */
import { GROUPS, type Lens, type Row } from "../protocol";
import type { Columns } from "./columns";

const STATE = GROUPS.indexOf("state");

/** How the rows of a lens nest, as unflax_viz/clerk/tree.py sends it. */
export interface LensColumns {
  /** Row above each row; `TOP` at the top. */
  parents: Int32Array;
  /** The thing that each row shows, as a query finds it; -1 for a heading. */
  items: Int32Array;
  /** Number of the call that is selected with each row. */
  calls: Int32Array;
  headingRows: Int32Array;
  /** Numbers of their names. */
  headingNames: Int32Array;
}

/** All that folding and searching needs. */
export interface TreeColumns {
  search: Columns;
  lenses: Record<Lens, LensColumns>;
  /** The addresses that do not follow from a path and a label. */
  addresses: { rows: readonly number[]; texts: readonly string[] };
  /** Whether it is known what holds NaN. */
  readsValues: boolean;
  /** How all rows are drawn, where that is kept. */
  lines?: Record<Lens, readonly Row[]>;
}

/** The addresses of all calls, in the order made. */
export class Addresses {
  readonly texts: readonly string[];
  #rows: ReadonlyMap<string, number> | null = null;

  constructor({ search, addresses }: TreeColumns) {
    const { names, paths, calls } = search;
    const above: string[] = [];
    for (let path = 0; path < paths.parents.length; path += 1) {
      const parent = paths.parents[path] ?? 0;
      const before = parent === 0 ? "" : `${above[parent]}/`;
      above.push(path === 0 ? "" : before + (names[paths.lastNames[path] ?? -1] ?? ""));
    }
    const texts: string[] = [];
    for (let row = 0; row < calls.path.length; row += 1) {
      const path = calls.path[row] ?? 0;
      const parent = paths.parents[path] ?? 0;
      const before = parent === 0 && path !== 0 ? "" : `${above[parent]}/`;
      texts.push(before + (names[calls.label[row] ?? -1] ?? ""));
    }
    addresses.rows.forEach((row, index) => {
      texts[row] = addresses.texts[index] ?? "";
    });
    this.texts = texts;
  }

  /** The number of the call at an address. */
  find(address: string): number | undefined {
    this.#rows ??= new Map(this.texts.map((text, row) => [text, row]));
    return this.#rows.get(address);
  }
}

export class LensRows {
  readonly parents: Int32Array;
  readonly items: Int32Array;
  readonly calls: Int32Array;
  readonly #headings: ReadonlyMap<number, string>;
  #numbers: ReadonlyMap<string, number> | null = null;
  #valueNames: ReadonlyMap<number, string> | null = null;

  constructor(
    readonly lens: Lens,
    private readonly columns: TreeColumns,
    private readonly addresses: Addresses,
  ) {
    const { parents, items, calls, headingRows, headingNames } = columns.lenses[lens];
    this.parents = parents;
    this.items = items;
    this.calls = calls;
    const { names } = columns.search;
    const nameOf = (index: number) => names[headingNames[index] ?? -1] ?? "";
    this.#headings = new Map(
      Array.from(headingRows, (row, index) => [row, nameOf(index)]),
    );
  }

  idOf(row: number): string {
    if (this.lens === "calls" || this.lens === "modules") return this.addressOf(row);
    const heading = this.#headings.get(row);
    return heading === undefined ? `${this.items[row]}` : `group ${heading}`;
  }

  rowOf(id: string): number | null {
    if (this.lens === "calls") return this.addresses.find(id) ?? null;
    this.#numbers ??= new Map(
      Array.from(this.parents, (_, row) => [this.idOf(row), row]),
    );
    return this.#numbers.get(id) ?? null;
  }

  addressOf(row: number): string {
    return this.addresses.texts[this.calls[row] ?? 0] ?? "";
  }

  /** The rows that select a call; headings come last. */
  rowsOfCall(call: number): number[] {
    if (this.lens === "calls") return [call];
    const rows: number[] = [];
    this.calls.forEach((it, row) => {
      if (it === call) rows.push(row);
    });
    const isHeading = (row: number) => ((this.items[row] ?? -1) < 0 ? 1 : 0);
    return rows.sort((a, b) => isHeading(a) - isHeading(b));
  }

  /** What a reader types to get to a row, in lower case. */
  nameOf(row: number): string {
    const { names, calls, paths } = this.columns.search;
    const call = this.calls[row] ?? 0;
    const textOf = (name: number | undefined) => names[name ?? -1] ?? "";
    const heading = this.#headings.get(row);
    let name = heading ?? textOf(paths.lastNames[calls.path[call] ?? 0]);
    if (this.lens === "calls") name = textOf(calls.label[call]);
    else if (heading === undefined) name = this.#valueName(row) ?? name;
    const isRoot = name === "" || name === "/";
    return (isRoot ? textOf(calls.className[call]) : name).toLowerCase();
  }

  /** The name of a parameter or a state. */
  #valueName(row: number): string | undefined {
    if (this.lens !== "parameters" && this.lens !== "state") return undefined;
    this.#valueNames ??= this.#readValueNames();
    return this.#valueNames.get(this.items[row] ?? -1);
  }

  #readValueNames(): Map<number, string> {
    const { names, values } = this.columns.search;
    const found = new Map<number, string>();
    const isState = this.lens === "state";
    values.item.forEach((item, value) => {
      const isOfState = values.group[value] === STATE;
      if (item < 0 || isOfState !== isState || found.has(item)) return;
      const name = names[values.name[value] ?? -1] ?? "";
      found.set(item, name.slice(name.lastIndexOf("/") + 1));
    });
    return found;
  }
}
