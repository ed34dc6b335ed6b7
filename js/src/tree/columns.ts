/**
 * What a query can ask of every call, value and draw, as unflax_viz/tables/export.py
 * writes it: numbers into the lists of names, paths, shapes and sets; -1 stands for none.
 */

type Numbers = ArrayLike<number>;

/** How the numbers of a column are read: unflax_viz/tables/columns.py says more. */
export type Kind =
  | "text"
  | "texts"
  | "path"
  | "below"
  | "shape"
  | "count"
  | "bytes"
  | "flags";

/** What is true of a thing, or not. */
export interface Flag {
  flag: string;
  meaning: string;
  /** Whether it is known when all arrays were read, and not before. */
  reads_values: boolean;
}

export interface Column {
  key: string;
  kind: Kind;
  meaning: string;
  /** A whole term. */
  example: string;
  /** Whether a word without a key looks here, too. */
  in_words: boolean;
  /** In the order of their bits. */
  flags: readonly Flag[];
}

export interface TableSchema {
  name: string;
  columns: readonly Column[];
}

export interface Table {
  /** Row of the call that each row belongs to. */
  call: Numbers;
  columns: Readonly<Record<string, Numbers>>;
}

export interface Columns {
  schema: readonly TableSchema[];
  names: readonly string[];
  /** All paths and their beginnings; a path stands after its beginnings. */
  paths: { parents: Numbers; last_names: Numbers };
  shapes: readonly (readonly number[])[];
  /** The names that one thing goes by. */
  sets: readonly (readonly number[])[];
  tables: Readonly<Record<string, Table>>;
  /** The addresses that do not follow from a path and a label. */
  addresses: { rows: readonly number[]; texts: readonly string[] };
  groups: Numbers;
  local_names: Numbers;
  /** Why NaN could be found in no value; "" where some value can be read. */
  unread_reason: string;
}

/** 1 where something holds, one byte for each row. */
export type Mask = Uint8Array;

export function maskOf(length: number, holds: (index: number) => unknown): Mask {
  const mask = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) if (holds(i)) mask[i] = 1;
  return mask;
}

/** Marks the rows whose number is among those that are meant; -1 is none. */
export function pick(numbers: Numbers, isMeant: Mask): Mask {
  const mask = new Uint8Array(numbers.length);
  pickMore(mask, numbers, isMeant);
  return mask;
}

/** Marks such rows beside those that are marked. */
export function pickMore(mask: Mask, numbers: Numbers, isMeant: Mask): void {
  for (let row = 0; row < mask.length; row += 1) {
    if (isMeant[numbers[row] ?? -1]) mask[row] = 1;
  }
}

/** Leaves of a mask what another one has too, or what it has not. */
export function keepOnly(mask: Mask, other: Mask, isWanted = 1): void {
  for (let row = 0; row < mask.length; row += 1) {
    if (other[row] !== isWanted) mask[row] = 0;
  }
}

/** Marks each of `nThings` that is among the numbers of the chosen rows. */
export function anyBy(numbers: Numbers, chosen: Mask, nThings: number): Mask {
  const found = new Uint8Array(nThings);
  for (let row = 0; row < chosen.length; row += 1) {
    const number = numbers[row] ?? -1;
    if (chosen[row] && number >= 0) found[number] = 1;
  }
  return found;
}

/** What stands in a path for a "/" that does not separate two names. */
export const SLASH_IN_NAME = "\0";

/** The names and paths of some columns in lower case, each once. */
class Texts {
  readonly names: readonly string[];
  /** The names with `SLASH_IN_NAME` for a "/". */
  readonly #inPaths: readonly string[];
  readonly #columns: Columns;
  #paths: string[] | null = null;
  #shownPaths: string[] | null = null;
  #addresses: string[] | null = null;

  constructor(columns: Columns) {
    this.#columns = columns;
    this.names = columns.names.map((name) => name.toLowerCase());
    this.#inPaths = this.names.map((name) => name.replaceAll("/", SLASH_IN_NAME));
  }

  /** Each path, a "/" before each name; "" for the root's. */
  get paths(): readonly string[] {
    if (!this.#paths) {
      const { parents, last_names } = this.#columns.paths;
      const texts = [""];
      for (let path = 1; path < parents.length; path += 1) {
        texts.push(
          `${texts[parents[path] ?? 0]}/${this.#inPaths[last_names[path] ?? -1]}`,
        );
      }
      this.#paths = texts;
    }
    return this.#paths;
  }

  /** The path of each call, its last name as the tree shows it. */
  get shownPaths(): readonly string[] {
    if (!this.#shownPaths) {
      const { path = [], label = [] } = this.#columns.tables.calls?.columns ?? {};
      const { parents } = this.#columns.paths;
      this.#shownPaths = Array.from(path, (number, row) => {
        const name = this.#inPaths[label[row] ?? -1];
        return name === undefined ? "" : `${this.paths[parents[number] ?? 0]}/${name}`;
      });
    }
    return this.#shownPaths;
  }

  /** The addresses of all calls, in the order made. */
  get addresses(): readonly string[] {
    this.#addresses ??= this.#readAddresses();
    return this.#addresses;
  }

  #readAddresses(): string[] {
    const { names, paths, tables, addresses } = this.#columns;
    const above: string[] = [];
    for (let path = 0; path < paths.parents.length; path += 1) {
      const parent = paths.parents[path] ?? 0;
      const before = parent === 0 ? "" : `${above[parent]}/`;
      above.push(
        path === 0 ? "" : before + (names[paths.last_names[path] ?? -1] ?? ""),
      );
    }
    const { path = [], label = [] } = tables.calls?.columns ?? {};
    const texts = Array.from(path, (number, row) => {
      const parent = paths.parents[number] ?? 0;
      const before = parent === 0 && number !== 0 ? "" : `${above[parent]}/`;
      return before + (names[label[row] ?? -1] ?? "");
    });
    addresses.rows.forEach((row, index) => {
      texts[row] = addresses.texts[index] ?? "";
    });
    return texts;
  }
}

const known = new WeakMap<Columns, Texts>();

/** The texts of some columns, made once. */
export function textsOf(columns: Columns): Texts {
  const texts = known.get(columns) ?? new Texts(columns);
  known.set(columns, texts);
  return texts;
}
