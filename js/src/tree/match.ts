/**
 * Finds the things that a query means, as unflax_viz/query/matching.py does, which says
 * what has to fit what.
 */
import { GROUPS, type Row } from "../protocol";
import {
  anyBy,
  type Column,
  type Columns,
  keepOnly,
  type Mask,
  maskOf,
  pick,
  pickMore,
  type Table,
  textsOf,
} from "./columns";
import type { Things } from "./lens_rows";
import {
  ANY_AXES,
  type Fits,
  type Pattern,
  parseQuery,
  QueryError,
  type Term,
  tablesOfFlags,
} from "./query";

/** Finds what one query means; a term is evaluated once for all lenses. */
export class Matcher {
  readonly #alternatives: readonly (readonly Term[])[];
  readonly #texts: ReturnType<typeof textsOf>;
  readonly #tablesOfFlags: ReadonlyMap<string, string>;
  readonly #rows = new Map<string, Map<Term, Mask>>();
  #fittingArrays: Int32Array | null = null;

  /** @throws QueryError */
  constructor(
    query: string,
    private readonly columns: Columns,
  ) {
    this.#alternatives = parseQuery(query, columns.schema);
    this.#tablesOfFlags = tablesOfFlags(columns.schema);
    this.#texts = textsOf(columns);
  }

  /** Whether it asks for what is known when all arrays were read, and not before. */
  get readsValues(): boolean {
    return this.#alternatives.some((terms) =>
      terms.some((term) => this.#readsValues(term)),
    );
  }

  /** For each thing: whether it is meant. */
  find({ table, n_items, item }: Things): Mask {
    const found = new Uint8Array(n_items);
    if (n_items === 0) return found;
    for (const terms of this.#alternatives) {
      const wanted = terms.filter((term) => !term.isNegated);
      const rows = anyBy(item, this.#findAll(table, wanted), n_items);
      for (const term of terms.filter(({ isNegated }) => isNegated)) {
        const leftOut = anyBy(item, this.#findAll(table, [term]), n_items);
        keepOnly(rows, leftOut, 0);
      }
      addTo(found, rows);
    }
    return found;
  }

  /**
   * For each call the first of its values that the terms about values mean, -1 where
   * there is none; null if no term that is not negated is about values.
   */
  get fittingArrays(): Int32Array | null {
    this.#fittingArrays ??= this.#findArrays();
    return this.#fittingArrays;
  }

  /** Where a row of the values is shown. */
  itemOf(use: number): Pick<Row, "tab" | "entry"> {
    const { names, groups, local_names } = this.columns;
    const { collection } = this.#table("values").columns;
    const group = GROUPS[groups[use] ?? -1] ?? "";
    const tab = group === "parameters" ? "parameters" : "state";
    const nameOf = (column: ArrayLike<number> = []) => names[column[use] ?? -1] ?? "";
    return { tab, entry: `${group}/${nameOf(collection)}/${nameOf(local_names)}` };
  }

  #findArrays(): Int32Array | null {
    const wanted = this.#alternatives
      .map((terms) =>
        terms.filter(
          (it) => !it.isNegated && it.key && this.#homeOf(it, "calls") === "values",
        ),
      )
      .filter((terms) => terms.length > 0);
    if (wanted.length === 0) return null;
    const masks = wanted.map((terms) => this.#findAll("values", terms));
    const firsts = new Int32Array(lengthOf(this.#table("calls"))).fill(-1);
    const { call } = this.#table("values");
    for (let row = 0; row < call.length; row += 1) {
      const at = call[row] ?? -1;
      if (firsts[at] === -1 && masks.some((mask) => mask[row])) firsts[at] = row;
    }
    return firsts;
  }

  #table(name: string): Table {
    return this.columns.tables[name] ?? { call: [], columns: {} };
  }

  /** The rows of a table for which all terms hold. */
  #findAll(name: string, terms: readonly Term[]): Mask {
    const table = this.#table(name);
    const found = new Uint8Array(lengthOf(table)).fill(1);
    const others = new Map<string, Term[]>();
    for (const term of terms) {
      const home = this.#homeOf(term, name);
      if (home !== name) others.set(home, [...(others.get(home) ?? []), term]);
      else keepOnly(found, this.#rowsOf(name, term));
    }
    for (const [home, elsewhere] of others) {
      const rows = this.#findAll(home, elsewhere);
      const calls = anyBy(this.#table(home).call, rows, lengthOf(this.#table("calls")));
      keepOnly(found, pick(table.call, calls));
    }
    return found;
  }

  /** The table whose columns a term is about, seen from another table. */
  #homeOf({ key, flags }: Term, table: string): string {
    if (!key) return table;
    const column = this.#columnsOf(table).find((it) => it.key === key);
    const known = column?.flags.map(({ flag }) => flag) ?? [];
    if (column && flags.every((flag) => known.includes(flag))) return table;
    const [flag] = flags;
    if (flag !== undefined) return this.#tablesOfFlags.get(flag) ?? table;
    const isDeclared = (it: Column) => it.key === key;
    const { schema } = this.columns;
    return schema.find(({ columns }) => columns.some(isDeclared))?.name ?? table;
  }

  #columnsOf(table: string): readonly Column[] {
    return this.columns.schema.find(({ name }) => name === table)?.columns ?? [];
  }

  #rowsOf(name: string, term: Term): Mask {
    const known = this.#rows.get(name) ?? new Map<Term, Mask>();
    this.#rows.set(name, known);
    const rows = known.get(term) ?? this.#findRows(name, term);
    known.set(term, rows);
    return rows;
  }

  #findRows(name: string, term: Term): Mask {
    const table = this.#table(name);
    if (!term.key) return this.#findWords(name, table, term.patterns);
    const column = this.#columnsOf(name).find(({ key }) => key === term.key);
    const numbers = table.columns[term.key] ?? [];
    switch (column?.kind) {
      case "text":
        return pick(numbers, this.#findNames(term.patterns));
      case "texts": {
        const named = this.#findNames(term.patterns);
        const { sets } = this.columns;
        return pick(
          numbers,
          maskOf(sets.length, (set) => sets[set]?.some((name) => named[name])),
        );
      }
      case "path":
        return this.#findPath(table, numbers, term.patterns);
      case "below":
        return this.#findBelow(table, numbers, term.patterns);
      case "shape": {
        const { shapes } = this.columns;
        return pick(
          numbers,
          maskOf(shapes.length, (it) => fitsShape(shapes[it] ?? [], term.shape)),
        );
      }
      case "flags":
        return this.#findFlags(column, numbers, term);
      default: {
        const { least, most } = term;
        const found = new Uint8Array(numbers.length);
        for (let row = 0; row < found.length; row += 1) {
          const number = numbers[row] ?? -1;
          if (number >= least && number <= most) found[row] = 1;
        }
        return found;
      }
    }
  }

  #findNames(patterns: readonly Pattern[]): Mask {
    return findTexts(
      this.#texts.names,
      patterns.map((pattern) => pattern.whole()),
    );
  }

  /** Looks for words in paths, in the names declared for it, and in the class. */
  #findWords(name: string, table: Table, patterns: readonly Pattern[]): Mask {
    const named = findTexts(
      this.#texts.names,
      patterns.map((pattern) => pattern.part()),
    );
    const inPaths = this.#pathsWith(named);
    const calls = this.#table("calls").columns;
    const own = this.#columnsOf(name).filter((column) => column.in_words);
    const columns = own.map(({ key }) => table.columns[key] ?? []);
    const ofCalls = this.#columnsOf("calls").filter((column) => column.in_words);
    const callColumns =
      name === "calls" ? [] : ofCalls.map((it) => calls[it.key] ?? []);
    const { path, label } = table.columns;
    if (label) columns.push(label);
    if (!path) callColumns.push(calls.label ?? []);
    const foundCalls = new Uint8Array(lengthOf(this.#table("calls")));
    for (const column of callColumns) pickMore(foundCalls, column, named);
    if (!path) pickMore(foundCalls, calls.path ?? [], inPaths);
    const found = pick(table.call, foundCalls);
    if (path) pickMore(found, path, inPaths);
    for (const column of columns) pickMore(found, column, named);
    return found;
  }

  /** The paths in which some name is among those named. */
  #pathsWith(named: Mask): Mask {
    const { parents, last_names } = this.columns.paths;
    const found = pick(last_names, named);
    for (let path = 0; path < found.length; path += 1) {
      if (found[parents[path] ?? 0]) found[path] = 1;
    }
    return found;
  }

  /** Marks the paths that a pattern means; only those with its names are compared. */
  #markPaths(meant: Mask, pattern: Pattern, fits: Fits): void {
    const { names, paths } = this.#texts;
    const candidates = new Uint8Array(meant.length).fill(1);
    for (const name of pattern.names()) {
      keepOnly(candidates, this.#pathsWith(findTexts(names, [name])));
    }
    for (let path = 0; path < meant.length; path += 1) {
      if (candidates[path] && fits(paths[path] ?? "")) meant[path] = 1;
    }
  }

  #findPath(
    table: Table,
    numbers: ArrayLike<number>,
    patterns: readonly Pattern[],
  ): Mask {
    const fits = patterns.map((pattern) => pattern.path());
    const meant = new Uint8Array(this.columns.paths.parents.length);
    patterns.forEach((pattern, index) => {
      this.#markPaths(meant, pattern, fits[index] ?? (() => false));
    });
    // "/" means the outermost call, which of a bound submodule has a path.
    const root = this.#table("calls").columns.path?.[0] ?? 0;
    if (patterns.some(({ text }) => /^\/*$/.test(text))) meant[root] = 1;
    const found = pick(numbers, meant);
    const asShown = fits.filter((_, index) => namesCall(patterns[index]?.text ?? ""));
    if (table.columns.label && asShown.length > 0) {
      findTexts(this.#texts.shownPaths, asShown).forEach((isFound, row) => {
        found[row] ||= isFound;
      });
    }
    return found;
  }

  /** What the calls that are named made, at any depth. */
  #findBelow(
    table: Table,
    numbers: ArrayLike<number>,
    patterns: readonly Pattern[],
  ): Mask {
    const quoted = patterns.filter((it) => it.isQuoted).map(({ text }) => text);
    const named =
      quoted.length > 0
        ? this.#findAddresses(quoted)
        : this.#findPath(table, numbers, patterns);
    const found = new Uint8Array(named.length);
    const { end = [] } = table.columns;
    let last = 0;
    for (let row = 0; row < named.length; row += 1) {
      found[row] = row < last ? 1 : 0;
      if (named[row]) last = Math.max(last, end[row] ?? 0);
    }
    return found;
  }

  #findAddresses(wanted: readonly string[]): Mask {
    const { addresses } = this.#texts;
    const found = maskOf(addresses.length, (row) =>
      wanted.includes((addresses[row] ?? "").toLowerCase()),
    );
    if (wanted.includes("/") && !addresses.includes("/")) found[0] = 1;
    return found;
  }

  #readsValues({ key, flags }: Term): boolean {
    return this.columns.schema.some(({ columns }) =>
      columns.some(
        (column) =>
          column.key === key &&
          column.flags.some((it) => it.reads_values && flags.includes(it.flag)),
      ),
    );
  }

  #findFlags(column: Column, numbers: ArrayLike<number>, term: Term): Mask {
    const { unread_reason } = this.columns;
    if (unread_reason && this.#readsValues(term)) {
      const written = `${term.key}:${term.flags.join(",")}`;
      const message = `'${written}' finds nothing here: ${unread_reason}.`;
      throw new QueryError(message, term.start, term.end);
    }
    let bits = 0;
    column.flags.forEach(({ flag }, index) => {
      if (term.flags.includes(flag)) bits |= 1 << index;
    });
    return maskOf(numbers.length, (row) => (numbers[row] ?? 0) & bits);
  }
}

/** Marks what another mask has, too. */
function addTo(mask: Mask, other: Mask): void {
  for (let row = 0; row < mask.length; row += 1) if (other[row]) mask[row] = 1;
}

const lengthOf = ({ call }: Table): number => call.length;

/** Tells whether a path ends as an address: in `Dense_0#2`, or `Dense_0.attend`. */
const namesCall = (path: string): boolean =>
  /[#.]/.test(path.replace(/\/+$/, "").split("/").at(-1) ?? "");

function findTexts(texts: readonly string[], patterns: readonly Fits[]): Mask {
  return maskOf(texts.length, (index) =>
    patterns.some((fits) => fits(texts[index] ?? "")),
  );
}

/** Tells whether a shape is meant; `...` stands for any number of axes. */
function fitsShape(
  shape: readonly number[],
  pattern: readonly (number | null)[],
): boolean {
  const nHead = pattern.indexOf(ANY_AXES);
  if (nHead < 0) {
    const fits = (length: number, axis: number) =>
      pattern[axis] === null || pattern[axis] === length;
    return shape.length === pattern.length && shape.every(fits);
  }
  const nTail = pattern.length - nHead - 1;
  return (
    shape.length >= nHead + nTail &&
    fitsShape(shape.slice(0, nHead), pattern.slice(0, nHead)) &&
    fitsShape(shape.slice(shape.length - nTail), pattern.slice(nHead + 1))
  );
}
