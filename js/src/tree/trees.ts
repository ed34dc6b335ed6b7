/** The trees of a run: every lens under every query, out of the columns. */
import { LENSES, type Lens, type LensCount } from "../protocol";
import { Recent } from "../recent";
import { Addresses, LensRows, type TreeColumns } from "./lens_rows";
import { Matcher } from "./match";
import { type Found, Outline } from "./structure";

const MAX_OUTLINES = 10;

export class Trees {
  readonly readsValues: boolean;
  readonly #addresses: Addresses;
  readonly #lenses = new Map<Lens, LensRows>();
  readonly #outlines = new Recent<string, Outline>(MAX_OUTLINES);
  #matched: { query: string; matcher: Matcher } | null = null;

  constructor(private readonly columns: TreeColumns) {
    this.readsValues = columns.reads_values;
    this.#addresses = new Addresses(columns);
  }

  /** @throws QueryError with a sentence for the reader. */
  outline(lens: Lens, query: string): Outline {
    const trimmed = query.trim();
    const key = `${lens} ${trimmed}`;
    const outline = this.#outlines.get(key) ?? this.#layOut(lens, trimmed);
    this.#outlines.set(key, outline);
    return outline;
  }

  /** The rows that select a call under a query, the best first. */
  rowsOfCall(outline: Outline, address: string): number[] {
    const call = this.#addresses.find(address);
    if (call === undefined) return [];
    return outline.rows.rowsOfCall(call).filter((row) => outline.isLeft(row));
  }

  #layOut(lens: Lens, query: string): Outline {
    const rows = this.#lenses.get(lens) ?? this.#readRows(lens);
    if (!query) return new Outline(rows, query, this.#countAll(), null);
    const matcher = this.#matcherOf(query);
    const counts = LENSES.map((each) => ({
      lens: each,
      nItems: countSet(matcher.find(each)),
    }));
    return new Outline(rows, query, counts, foundBy(matcher, lens));
  }

  #readRows(lens: Lens): LensRows {
    const rows = new LensRows(lens, this.columns, this.#addresses);
    this.#lenses.set(lens, rows);
    return rows;
  }

  #countAll(): LensCount[] {
    const { lenses } = this.columns.search;
    return LENSES.map((lens) => ({ lens, nItems: lenses[lens].n_items }));
  }

  #matcherOf(query: string): Matcher {
    if (this.#matched?.query !== query) {
      this.#matched = { query, matcher: new Matcher(query, this.columns.search) };
    }
    return this.#matched.matcher;
  }
}

function foundBy(matcher: Matcher, lens: Lens): Found {
  return {
    mask: matcher.find(lens),
    entryOf: (call) => {
      const use = matcher.fittingArrays?.[call] ?? -1;
      return use < 0 ? null : matcher.entryOf(use);
    },
  };
}

function countSet(mask: Uint8Array): number {
  let n = 0;
  for (let i = 0; i < mask.length; i += 1) n += mask[i] ?? 0;
  return n;
}
