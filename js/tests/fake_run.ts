/** A run without Python: what it answers of a tree that a test writes down. */
import { gzipSync } from "node:zlib";
import {
  type Envelope,
  type FirstLevel,
  type FirstOutline,
  GROUPS,
  type LensText,
  type LinesRequest,
  type Row,
} from "../src/protocol";
import type { Columns } from "../src/tree/columns";
import type { Things, TreeColumns } from "../src/tree/lens_rows";
import { TOP } from "../src/tree/rows";
import { golden, goldenTraits } from "./golden";

/** A row's name, and the rows below it. */
export interface FakeNode {
  name: string;
  children?: FakeNode[];
  row?: Partial<Row>;
}

interface Kept {
  node: FakeNode;
  id: string;
  above: number;
  nChildren: number;
}

const N_FIRST = 100;

/** The lenses as every run has them. */
export const LENS_TEXTS: readonly LensText[] = (
  goldenTraits().opening as { lenses: LensText[] }
).lenses;
const LENSES = LENS_TEXTS.map(({ name }) => name);
const NO_THINGS = { table: "draws", n_items: 0, item: [] };

/** `n` leaves, called "Dense_0" and so on. */
export const leaves = (n: number, name = "Dense"): FakeNode[] =>
  Array.from({ length: n }, (_, index) => ({ name: `${name}_${index}` }));

export class FakeRun {
  readonly #rows: ReadonlyMap<string, Kept[]>;
  #packed: DataView | null = null;

  /** @param trees The top of each lens; those left out are empty. */
  constructor(trees: Record<string, FakeNode[]>) {
    this.#rows = new Map(LENSES.map((lens) => [lens, numbered(trees[lens] ?? [])]));
  }

  rows(lens: string): Kept[] {
    return this.#rows.get(lens) ?? [];
  }

  /** How all rows are drawn. */
  allLines(): Record<string, Row[]> {
    const lines = LENSES.map((lens) => [
      lens,
      this.rows(lens).map((_, row) => this.line(lens, row)),
    ]);
    return Object.fromEntries(lines);
  }

  /** The answer, as TypeScript has it; null to what the tree does not ask. */
  answer({ id, kind, body }: Envelope): Envelope | null {
    if (kind === "columns") return { id, kind, body: { nParts: 1 } };
    if (kind !== "lines") return null;
    const { lens, rows } = body as LinesRequest;
    return { id, kind, body: { lines: rows.map((row) => this.line(lens, row)) } };
  }

  buffers(request: { kind: string }): DataView[] {
    this.#packed ??= packed(this.columns());
    return request.kind === "columns" ? [this.#packed] : [];
  }

  line(lens: string, row: number): Row {
    const { node, id } = this.rows(lens)[row] ?? { node: { name: "" }, id: "" };
    const className = classOf(node);
    return {
      address: id,
      tab: null,
      entry: "",
      code: `run.at("${id}")`,
      name: `${id} ${className}`,
      color: "#b0c7e8",
      pieces: [
        ["name", node.name],
        ["class", className],
        ["shape", "f32[8,28,28,256]"],
        ["flag", "1 draw"],
        ["size", "11.2M"],
      ],
      ...node.row,
    };
  }

  /** The root and what is below it. */
  firstOutline(): FirstOutline {
    const calls = this.rows("calls");
    const isOneRoot = calls.filter(({ above }) => above === TOP).length === 1;
    const opened = isOneRoot && calls[0]?.nChildren ? [0] : [];
    return {
      levels: [TOP, ...opened].map((row) => this.#firstLevel(row)),
      expanded: opened.map((row) => calls[row]?.id ?? ""),
      counts: [],
    };
  }

  columns(): TreeColumns {
    const { search, things, typed } = this.#search();
    const lenses = LENSES.map((lens) => [
      lens,
      {
        ...this.#structureOf(lens),
        ...(things[lens] ?? NO_THINGS),
        typed: typed(lens),
      },
    ]);
    return { search, lenses: Object.fromEntries(lenses), reads_values: false };
  }

  #firstLevel(above: number): FirstLevel {
    const numbers = this.rows("calls").flatMap((row, n) =>
      row.above === above ? [n] : [],
    );
    const rows = numbers.slice(0, N_FIRST).map((number) => ({
      number,
      n_children: this.rows("calls")[number]?.nChildren ?? 0,
      line: this.line("calls", number),
    }));
    return { row: above, total: numbers.length, rows };
  }

  /** All things that have an address: the calls, and the modules as further calls. */
  get #called(): Kept[] {
    const known = new Set(this.rows("calls").map(({ id }) => id));
    return [
      ...this.rows("calls"),
      ...this.rows("modules").filter(({ id }) => !known.has(id)),
    ];
  }

  #structureOf(lens: string) {
    const rows = this.rows(lens);
    const called = new Map(this.#called.map(({ id }, call) => [id, call]));
    const callOf = (kept: Kept, row: number) => {
      if (lens === "calls") return row;
      if (lens === "modules") return called.get(kept.id) ?? 0;
      return this.#callAt(kept.node.row?.address ?? "");
    };
    return {
      parents: Int32Array.from(rows, ({ above }) => above),
      items: Int32Array.from(rows, (_, row) => row),
      calls: Int32Array.from(rows, callOf),
      heading_rows: new Int32Array(0),
      heading_names: new Int32Array(0),
      is_named_by_call: lens === "calls" || lens === "modules",
    };
  }

  #callAt(address: string): number {
    return Math.max(
      0,
      this.rows("calls").findIndex(({ id }) => id === address),
    );
  }

  #search(): {
    search: Columns;
    things: Record<string, Things>;
    typed(lens: string): number[];
  } {
    const names = new Numbered<string>(["/"]);
    const paths = new Numbered<string>([""]);
    const parents = [0];
    const lastNames = [0];
    const called = this.#called;
    const pathOf = (id: string): number => {
      if (id === "/" || id === "") return 0;
      const known = paths.find(id);
      if (known !== undefined) return known;
      const parent = pathOf(id.slice(0, Math.max(0, id.lastIndexOf("/"))));
      parents.push(parent);
      lastNames.push(names.add(id.slice(id.lastIndexOf("/") + 1)));
      return paths.add(id);
    };
    const path = called.map(({ id }) => pathOf(id));
    const empty = names.add("");
    const label = path.map((it) => (it === 0 ? empty : (lastNames[it] ?? 0)));
    const className = called.map(({ node }) => names.add(classOf(node)));
    const method = called.map(() => names.add("__call__"));
    const modules = new Map(this.rows("modules").map(({ id }, row) => [id, row]));
    const module = called.map(({ id }) => modules.get(id) ?? -1);
    const parameters = this.rows("parameters");
    const calls = called.map((_, row) => row);
    const items = parameters.map((_, item) => item);
    const ends = called.map((_, row) => row + 1);
    for (let row = called.length - 1; row > 0; row -= 1) {
      const above = called[row]?.above ?? TOP;
      if (above !== TOP) ends[above] = Math.max(ends[above] ?? 0, ends[row] ?? 0);
    }
    const ofParameters = {
      path: parameters.map((it) => pathOf(`${it.node.row?.address}/${it.node.name}`)),
      param: parameters.map((it) => names.add(it.node.name)),
      collection: parameters.map(() => names.add("params")),
      is: parameters.map(() => 0),
    };
    const search: Columns = {
      schema: SCHEMA,
      names: names.all,
      paths: { parents: asArray(parents), last_names: asArray(lastNames) },
      shapes: [],
      sets: [],
      tables: {
        calls: {
          call: calls,
          columns: {
            class: className,
            method,
            path,
            below: path,
            label,
            end: ends,
            is: called.map(() => 16),
          },
        },
        values: {
          call: parameters.map((it) => this.#callAt(it.node.row?.address ?? "")),
          columns: ofParameters,
        },
        draws: { call: [], columns: { stream: [], is: [] } },
      },
      addresses: { rows: [], texts: [] },
      groups: parameters.map(() => GROUPS.indexOf("parameters")),
      local_names: ofParameters.param,
      unread_reason: "",
    };
    const things: Record<string, Things> = {
      calls: { table: "calls", n_items: called.length, item: calls },
      modules: { table: "calls", n_items: this.rows("modules").length, item: module },
      parameters: { table: "values", n_items: parameters.length, item: items },
      state: { table: "values", n_items: 0, item: parameters.map(() => -1) },
    };
    const typed = (lens: string) =>
      lens === "calls"
        ? label
        : this.rows(lens).map(({ id, node }) =>
            names.add(id === "/" ? "" : (node.name.split("/").at(-1) ?? "")),
          );
    return { search, things, typed };
  }
}

/** What is declared of the columns, as every run has it. */
const SCHEMA =
  golden<Record<string, { columns: Columns }>>("queries").searched?.columns.schema ??
  [];

/** Numbers as they arrive. */
const asArray = (numbers: readonly number[]) => Int32Array.from(numbers);

/** Numbers for things, each once. */
class Numbered<T> {
  readonly all: T[] = [];
  readonly #numbers = new Map<T, number>();

  constructor(first: readonly T[]) {
    for (const thing of first) this.add(thing);
  }

  find(thing: T): number | undefined {
    return this.#numbers.get(thing);
  }

  add(thing: T): number {
    const known = this.#numbers.get(thing) ?? this.all.length;
    if (known === this.all.length) this.all.push(thing);
    this.#numbers.set(thing, known);
    return known;
  }
}

/** Packs a value as unflax_viz/tables/packed.py does, arrays as "int32". */
export function packed(value: unknown): DataView<ArrayBuffer> {
  const arrays: Int32Array[] = [];
  let start = 0;
  const header = JSON.stringify(value, (_, item) => {
    if (!(item instanceof Int32Array)) return item;
    const place = ["int32", start, item.length];
    arrays.push(item);
    start += Math.ceil(item.byteLength / 8) * 8;
    return { "@": place };
  });
  const text = Buffer.from(header);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const aligned = (n: number) => Buffer.alloc((8 - (n % 8)) % 8);
  const pieces: Buffer[] = [length, text, aligned(4 + text.length)];
  for (const array of arrays) {
    pieces.push(Buffer.from(array.buffer), aligned(array.byteLength));
  }
  const bytes = new Uint8Array(gzipSync(Buffer.concat(pieces), { level: 1 }));
  return new DataView(bytes.buffer);
}

function numbered(top: FakeNode[]): Kept[] {
  const all: Kept[] = [];
  const visit = (node: FakeNode, before: string, above: number) => {
    const { name, children = [] } = node;
    const id = before + name;
    const row = all.push({ node, id, above, nChildren: children.length }) - 1;
    for (const child of children) visit(child, id === "/" ? "" : `${id}/`, row);
  };
  for (const node of top) visit(node, "", TOP);
  return all;
}

function classOf({ name, row }: FakeNode): string {
  if (name === "/") return row?.name?.slice(2) ?? "/";
  return name.replace(/_\d+$/, "");
}
