/** All rows of a lens: how they nest, and what each is called; from the columns. */
import type { Lens, Row } from "../protocol";
import { type Columns, textsOf } from "./columns";

/** How the rows of a lens nest, as unflax_viz/answers/columns.py sends it. */
export interface LensColumns {
  /** Row above each row; `TOP` at the top. */
  parents: Int32Array;
  /** The thing that each row shows, as a query finds it; -1 for a heading. */
  items: Int32Array;
  /** Number of the call that is selected with each row. */
  calls: Int32Array;
  heading_rows: Int32Array;
  /** Numbers of their names. */
  heading_names: Int32Array;
}

/** All that folding and searching needs. */
export interface TreeColumns {
  search: Columns;
  lenses: Record<Lens, LensColumns>;
  /** Whether it is known what holds NaN. */
  reads_values: boolean;
  /** How all rows are drawn, where that is kept. */
  lines?: Record<Lens, readonly Row[]>;
}

/** The addresses of all calls, in the order made. */
export class Addresses {
  readonly texts: readonly string[];
  #rows: ReadonlyMap<string, number> | null = null;

  constructor({ search }: TreeColumns) {
    this.texts = textsOf(search).addresses;
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
    const { parents, items, calls, heading_rows, heading_names } = columns.lenses[lens];
    this.parents = parents;
    this.items = items;
    this.calls = calls;
    const { names } = columns.search;
    const nameOf = (index: number) => names[heading_names[index] ?? -1] ?? "";
    this.#headings = new Map(
      Array.from(heading_rows, (row, index) => [row, nameOf(index)]),
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
    const { names, paths, tables } = this.columns.search;
    const {
      path = [],
      label = [],
      class: className = [],
    } = tables.calls?.columns ?? {};
    const call = this.calls[row] ?? 0;
    const textOf = (name: number | undefined) => names[name ?? -1] ?? "";
    const heading = this.#headings.get(row);
    let name = heading ?? textOf(paths.last_names[path[call] ?? 0]);
    if (this.lens === "calls") name = textOf(label[call]);
    else if (heading === undefined) name = this.#valueName(row) ?? name;
    const isRoot = name === "" || name === "/";
    return (isRoot ? textOf(className[call]) : name).toLowerCase();
  }

  /** The name of a parameter or a state. */
  #valueName(row: number): string | undefined {
    if (this.lens !== "parameters" && this.lens !== "state") return undefined;
    this.#valueNames ??= this.#readValueNames();
    return this.#valueNames.get(this.items[row] ?? -1);
  }

  #readValueNames(): Map<number, string> {
    const { names, lenses, local_names } = this.columns.search;
    const found = new Map<number, string>();
    const { item } = lenses[this.lens];
    for (let value = 0; value < item.length; value += 1) {
      const thing = item[value] ?? -1;
      if (thing < 0 || found.has(thing)) continue;
      const name = names[local_names[value] ?? -1] ?? "";
      found.set(thing, name.slice(name.lastIndexOf("/") + 1));
    }
    return found;
  }
}
