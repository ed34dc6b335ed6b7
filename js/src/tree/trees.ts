/** The trees of a run: every lens under every query, out of the columns. */
import { Recent } from "../recent";
import type { Columns, Mask } from "./columns";
import { Addresses, type LensColumns, LensRows, type TreeColumns } from "./lens_rows";
import { Matcher } from "./match";
import { nearestQuery } from "./nearest";
import { type Found, Outline } from "./structure";

const MAX_OUTLINES = 10;

export class Trees {
  readonly readsValues: boolean;
  readonly #addresses: Addresses;
  readonly #lenses = new Map<string, LensRows>();
  readonly #outlines = new Recent<string, Outline>(MAX_OUTLINES);
  #matched: { query: string; matcher: Matcher } | null = null;

  constructor(private readonly columns: TreeColumns) {
    this.readsValues = columns.reads_values;
    this.#addresses = new Addresses(columns);
  }

  /** What is declared of the columns. */
  get schema(): Columns["schema"] {
    return this.columns.search.schema;
  }

  /** @throws QueryError with a sentence for the reader. */
  outline(lens: string, query: string): Outline {
    const trimmed = query.trim();
    const key = `${lens} ${trimmed}`;
    const outline = this.#outlines.get(key) ?? this.#layOut(lens, trimmed);
    this.#outlines.set(key, outline);
    return outline;
  }

  /** What a query that finds nothing was probably meant to be; "" if nobody knows. */
  nearest(lens: string, query: string): string {
    return nearestQuery(query, this.columns.search, (meant) => {
      // Which arrays hold NaN may still have to be read.
      if (this.needsValues(meant)) return false;
      return this.outline(lens, meant).counts.some((it) => it.n_items > 0);
    });
  }

  /** The rows that select a call under a query, the best first. */
  rowsOfCall(outline: Outline, address: string): number[] {
    const call = this.#addresses.find(address);
    if (call === undefined) return [];
    return outline.rows.rowsOfCall(call).filter((row) => outline.isLeft(row));
  }

  /** Whether the query asks for what these columns do not know yet. */
  needsValues(query: string): boolean {
    if (this.readsValues) return false;
    try {
      return this.#matcherOf(query.trim()).readsValues;
    } catch {
      // Why it cannot be read is said where it is searched for.
      return false;
    }
  }

  #layOut(lens: string, query: string): Outline {
    const rows = this.#lenses.get(lens) ?? this.#readRows(lens);
    const matcher = query ? this.#matcherOf(query) : null;
    let found: Found | null = null;
    const counts = Object.entries(this.columns.lenses).map(([each, things]) => {
      if (!matcher) return { lens: each, n_items: things.n_items };
      const mask = matcher.find(things);
      if (each === lens) found = foundBy(matcher, mask);
      return { lens: each, n_items: countSet(mask) };
    });
    return new Outline(rows, query, counts, found);
  }

  #readRows(lens: string): LensRows {
    const { search } = this.columns;
    const rows = new LensRows(lens, this.#columnsOf(lens), search, this.#addresses);
    this.#lenses.set(lens, rows);
    return rows;
  }

  #columnsOf(lens: string): LensColumns {
    const columns = this.columns.lenses[lens];
    if (!columns) throw new Error(`There is no lens ${lens}.`);
    return columns;
  }

  #matcherOf(query: string): Matcher {
    if (this.#matched?.query !== query) {
      this.#matched = { query, matcher: new Matcher(query, this.columns.search) };
    }
    return this.#matched.matcher;
  }
}

function foundBy(matcher: Matcher, mask: Mask): Found {
  return {
    mask,
    itemOf: (call) => {
      const use = matcher.fittingArrays?.[call] ?? -1;
      return use < 0 ? null : matcher.itemOf(use);
    },
  };
}

function countSet(mask: Uint8Array): number {
  let n = 0;
  for (let i = 0; i < mask.length; i += 1) n += mask[i] ?? 0;
  return n;
}
