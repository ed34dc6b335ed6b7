/** All rows of a lens: how they nest, and what each is called; from the columns. */
import type { Row } from "../protocol";
import { type Columns, textsOf } from "./columns";

/** What a lens shows: rows of a table, several of which may be one thing. */
export interface Things {
  table: string;
  /** The thing that each row of the table belongs to; -1 where it is none. */
  item: ArrayLike<number>;
  n_items: number;
}

/** The rows of a lens, as unflax_viz/lenses/lines.py sends them. */
export interface LensColumns extends Things {
  /** Of each thing, the number of the name that a reader types to get to it. */
  typed: ArrayLike<number>;
  /** Row above each row; `TOP` at the top. */
  parents: Int32Array;
  /** The thing that each row shows, as a query finds it; -1 for a heading. */
  items: Int32Array;
  /** Number of the call that is selected with each row. */
  calls: Int32Array;
  heading_rows: Int32Array;
  /** Numbers of their names. */
  heading_names: Int32Array;
  /** Whether the address of its call names a row; else its item does. */
  is_named_by_call: boolean;
}

/** All that folding and searching needs. */
export interface TreeColumns {
  search: Columns;
  lenses: Record<string, LensColumns>;
  /** Whether it is known what holds NaN. */
  reads_values: boolean;
  /** How all rows are drawn, where that is kept. */
  lines?: Record<string, readonly Row[]>;
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

  constructor(
    readonly lens: string,
    private readonly rows: LensColumns,
    private readonly search: Columns,
    private readonly addresses: Addresses,
  ) {
    const { parents, items, calls, heading_rows, heading_names } = rows;
    this.parents = parents;
    this.items = items;
    this.calls = calls;
    this.#headings = new Map(
      Array.from(heading_rows, (row, index) => [
        row,
        this.#textOf(heading_names[index]),
      ]),
    );
  }

  /** Whether its rows stand below headings. */
  get isGrouped(): boolean {
    return this.#headings.size > 0;
  }

  idOf(row: number): string {
    if (this.rows.is_named_by_call) return this.addressOf(row);
    const heading = this.#headings.get(row);
    return heading === undefined ? `${this.items[row]}` : `group ${heading}`;
  }

  rowOf(id: string): number | null {
    if (this.rows.is_named_by_call) {
      const call = this.addresses.find(id);
      if (call === undefined) return null;
      const row = this.calls[call] === call ? call : this.calls.indexOf(call);
      return row < 0 ? null : row;
    }
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
    const rows: number[] = [];
    let row = this.calls.indexOf(call);
    while (row >= 0) {
      rows.push(row);
      row = this.calls.indexOf(call, row + 1);
    }
    const isHeading = (row: number) => Number(this.#headings.has(row));
    return rows.sort((a, b) => isHeading(a) - isHeading(b));
  }

  /** What a reader types to get to a row, in lower case. */
  nameOf(row: number): string {
    const { class: className = [] } = this.search.tables.calls?.columns ?? {};
    const typed = this.rows.typed[this.items[row] ?? -1];
    const name = this.#headings.get(row) ?? this.#textOf(typed);
    const isRoot = name === "" || name === "/";
    const ofClass = this.#textOf(className[this.calls[row] ?? 0]);
    return (isRoot ? ofClass : name).toLowerCase();
  }

  #textOf(name: number | undefined): string {
    return this.search.names[name ?? -1] ?? "";
  }
}
