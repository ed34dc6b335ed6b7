/**
 * Parses a query, as unflax_viz/query/parsing.py does: both read which keys there are,
 * and how each is written, from the declared columns, and both are held to
 * tests/golden/queries.json.
 */
import { type Column, SLASH_IN_NAME, type TableSchema } from "./columns";
import { nameFits, pathFits } from "./globs";

/** A query that cannot be read. */
export class QueryError extends Error {
  constructor(
    message: string,
    /** Where the part begins that is meant. */
    readonly start: number,
    readonly end: number,
  ) {
    super(message);
  }
}

/** Any number of axes in a shape. */
export const ANY_AXES = -1;

export type Fits = (text: string) => boolean;

/** A text that names or paths, in lower case, are compared with. */
export class Pattern {
  constructor(
    readonly text: string,
    /** Whether it stands for itself, `*` and `?` included. */
    readonly isQuoted = false,
  ) {}

  get #isGlob(): boolean {
    return !this.isQuoted && /[*?[]/.test(this.text);
  }

  /** Whether a name has the text in it, or fits as a whole. */
  part(): Fits {
    return this.#isGlob ? this.whole() : (name) => name.includes(this.text);
  }

  whole(): Fits {
    return this.#isGlob ? nameFits(this.text) : (name) => name === this.text;
  }

  /** For each name that a path must have, what tells whether it is the one. */
  names(): Fits[] {
    if (this.isQuoted) return [];
    const names = new Set(this.text.split("/"));
    return [...names]
      .filter((it) => !/^\**$/.test(it))
      .map((it) => new Pattern(it).whole());
  }

  path(): Fits {
    const names = this.text.split("/").filter(Boolean).join("/");
    if (this.#isGlob) return pathFits(names);
    const wanted = names ? `/${names}` : "";
    if (this.isQuoted) return (path) => path.replaceAll(SLASH_IN_NAME, "/") === wanted;
    return (path) => path === wanted;
  }
}

/** One condition of a query; what it wants depends on the kind of the column. */
export interface Term {
  /** A key of a column; "" for a word without one. */
  key: string;
  patterns: readonly Pattern[];
  flags: readonly string[];
  /** Lengths of axes, null for any. */
  shape: readonly (number | null)[];
  /** Whole numbers, both ends included. */
  least: number;
  most: number;
  isNegated: boolean;
  start: number;
  end: number;
}

type Wanted = Partial<Omit<Term, "key" | "isNegated" | "start" | "end">>;

export const MAX_LENGTH = 1000;
const MAX_COUNT = 2 ** 62;

const OR = /(?:\|\|?|,|or(?=\s|$))\s*/iy;
const AND = /(?:&&?|and(?=\s|$))\s*/iy;
const NOT = /(?:[-!]|not(?=\s|$))\s*/iy;
const KEY = /([A-Za-z_]+)\s*(:?(?:==|!=|>=|<=|[≥≤≠<>=])|:)\s*/y;
const BARE = /[^\s,|&]+/y;
const COMMA = /(?:\s*,|\|(?=[^\s|]))(?!\s*[A-Za-z_]+\s*[:<>=!≥≤≠])\s*/y;
const SPACES = /\s*/y;
const QUOTED = /"((?:[^"\\]|\\[^\n])*)"/y;
const SHAPE = /[([]([^)\]]*)[)\]]/y;
const REGEX = /\/\S+\/(?=\s|$)/y;
const REGEX_ONLY = /[\\^$+{}()|]|\.\*/;
const REVERSED = /^\d[\w.]*[<>=≥≤≠]/;
const AXIS = /^(?:\d{1,18}|\*|\.\.\.|…)$/;
const NUMBER = /^(\d[\d_]{0,30}(?:\.\d{1,30})?(?:e\d{1,2})?)([a-z]*)$/i;

const POWERS: Record<string, number> = { "": 0, k: 3, m: 6, b: 9, g: 9, t: 12, p: 15 };

/** The alternatives of a query, each of terms that must all hold; @throws QueryError */
export function parseQuery(text: string, schema: readonly TableSchema[]): Term[][] {
  if (text.length > MAX_LENGTH) {
    throw new QueryError(
      `The query is ${grouped(text.length)} characters long; ${grouped(MAX_LENGTH)} ` +
        "are allowed.",
      MAX_LENGTH,
      text.length,
    );
  }
  return new Parser(text, schema).readAlternatives();
}

/** Every flag with the first table that has it. */
export function tablesOfFlags(schema: readonly TableSchema[]): Map<string, string> {
  const tables = new Map<string, string>();
  for (const { name, columns } of schema) {
    for (const { flag } of columns.flatMap((column) => column.flags)) {
      if (!tables.has(flag)) tables.set(flag, name);
    }
  }
  return tables;
}

class Parser {
  #position: number;
  #start = 0;
  readonly #columns: readonly Column[];
  readonly #flags: ReadonlyMap<string, string>;

  constructor(
    private readonly text: string,
    schema: readonly TableSchema[],
  ) {
    this.#position = text.length - text.trimStart().length;
    this.#columns = schema.flatMap(({ columns }) => columns);
    this.#flags = tablesOfFlags(schema);
  }

  readAlternatives(): Term[][] {
    const alternatives: Term[][] = [[]];
    while (this.#position < this.text.length) {
      const terms = alternatives.at(-1) ?? [];
      this.#start = this.#position;
      if (this.#take(OR)) {
        this.#checkBothSides(terms);
        alternatives.push([]);
      } else if (this.#take(AND)) this.#checkBothSides(terms);
      else terms.push(this.#readTerm());
    }
    return alternatives;
  }

  #checkBothSides(before: readonly Term[]): void {
    if (before.length > 0 && this.#position < this.text.length) return;
    const operator = this.text.slice(this.#start, this.#position).trim();
    this.#fail(
      `A term is missing beside '${operator}', as in is:shared ${operator} ` +
        `class:Dense. To search for the text itself, quote it: ${inQuotes(operator)}.`,
    );
  }

  #readTerm(): Term {
    let isNegated = false;
    while (this.#take(NOT)) isNegated = !isNegated;
    if (this.#position === this.text.length) {
      this.#fail("A term must follow '-', as in -is:shared.");
    }
    this.#refuseForeign();
    const key = this.#match(KEY);
    if (key) return this.#readKeyed(key, isNegated);
    const patterns = this.#readPatterns();
    if (REVERSED.test(patterns[0]?.text ?? "")) {
      this.#fail(
        `'${patterns[0]?.text}' begins with a number; the key comes first, as in ` +
          "size>10 size<100.",
      );
    }
    if (patterns.length === 0) {
      this.#fail("A comma stands between alternatives, as in dense,conv.");
    }
    const isPath = patterns.some((it) => it.text.includes("/") && !it.isQuoted);
    return this.#term(isPath ? "path" : "", { patterns }, isNegated);
  }

  /** Fails at what other languages have: a regular expression, or brackets. */
  #refuseForeign(): void {
    const regex = this.#match(REGEX)?.[0];
    if (regex && REGEX_ONLY.test(regex)) {
      this.#position += regex.length;
      this.#fail(
        `'${regex}' looks like a regular expression, which queries do not support. ` +
          "Write block_* or **/dense_[0-3], or in Python: [call for call in " +
          `run.calls() if re.search(r"${regex.slice(1, -1)}", call.address)].`,
      );
    }
    if (this.text.startsWith("(", this.#position)) {
      this.#position += 1;
      this.#fail(
        "Brackets do not group terms; a | b c finds a, and what is both b and c.",
      );
    }
  }

  #readKeyed(found: RegExpExecArray, isNegated: boolean): Term {
    const key = (found[1] ?? "").toLowerCase();
    const written = (found[2] ?? "").replace(/^:+/, "") || ":";
    const column = this.#columns.find((it) => it.key === key);
    if (!column) this.#failAtKey(found[0]);
    this.#position += found[0].length;
    const isUnequal = written === "!=" || written === "≠";
    const operator = isUnequal ? "=" : written;
    if (column.kind === "count" || column.kind === "bytes") {
      const range = this.#readComparison(column, operator);
      return this.#term(key, range, isNegated !== isUnequal);
    }
    if (![":", "=", "=="].includes(operator)) {
      this.#take(BARE);
      this.#fail(`Write ':' after '${key}', as in ${column.example}.`);
    }
    return this.#term(key, this.#readValue(column), isNegated !== isUnequal);
  }

  #readValue(column: Column): Wanted {
    if (column.kind === "shape") return { shape: this.#readShape() };
    const patterns = this.#readPatterns();
    if (patterns.length === 0) {
      this.#fail(`'${column.key}:' needs a value, as in ${column.example}.`);
    }
    if (column.kind !== "flags") return { patterns };
    return { flags: this.#checkFlags(patterns.map(({ text }) => text)) };
  }

  #term(key: string, wanted: Wanted, isNegated: boolean): Term {
    const place = { start: this.#start, end: this.#position };
    this.#take(SPACES);
    const nothing = { patterns: [], flags: [], shape: [], least: 0, most: MAX_COUNT };
    return { ...nothing, ...wanted, key, isNegated, ...place };
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#position;
    return pattern.exec(this.text);
  }

  #take(pattern: RegExp): string {
    const found = this.#match(pattern)?.[0] ?? "";
    this.#position += found.length;
    return found;
  }

  #fail(message: string): never {
    throw new QueryError(message, this.#start, this.#position);
  }

  #failAtKey(written: string): never {
    this.#take(BARE);
    const token = this.text.slice(this.#start, this.#position);
    const keys = new Set(this.#columns.map(({ key }) => key));
    this.#fail(
      `'${written.trim()}' is not known. There are ${[...keys].join(", ")}. To ` +
        `search for the text itself, quote it: ${inQuotes(token)}.`,
    );
  }

  /** Alternatives: names, paths or texts in quotes with commas between. */
  #readPatterns(): Pattern[] {
    const patterns: Pattern[] = [];
    for (;;) {
      if (this.text.startsWith('"', this.#position)) {
        patterns.push(new Pattern(this.#readQuoted().toLowerCase(), true));
      } else {
        const text = this.#take(BARE);
        if (text) patterns.push(new Pattern(text.toLowerCase()));
      }
      if (!this.#take(COMMA)) return patterns;
    }
  }

  #readQuoted(): string {
    const found = this.#match(QUOTED);
    if (!found) {
      this.#position = this.text.length;
      this.#fail('The closing quote is missing: put a " after the text.');
    }
    this.#position += found[0].length;
    if (this.#take(BARE)) this.#fail('A space is missing after the closing ".');
    const name = (found[1] ?? "").replace(/\\(.)/gs, "$1");
    if (!name) this.#fail('There is nothing between the quotes "".');
    return name;
  }

  #checkFlags(flags: readonly string[]): readonly string[] {
    for (const flag of flags) {
      if (this.#flags.has(flag)) continue;
      const known = [...this.#flags.keys()].join(", is:");
      this.#fail(`'is:${flag}' is not known. There are is:${known}.`);
    }
    if (new Set(flags.map((flag) => this.#flags.get(flag))).size > 1) {
      this.#fail(
        `'is:${flags.join(",")}' asks for a value or for a call; write ` +
          `is:${flags.join(" | is:")}.`,
      );
    }
    return flags;
  }

  #readShape(): (number | null)[] {
    const start = this.#position;
    const inner = this.#match(SHAPE);
    let axes: string[];
    if (inner) {
      this.#position += inner[0].length;
      axes = (inner[1] ?? "").split(",");
    } else axes = this.#readPatterns().map(({ text }) => text);
    axes = axes.map((axis) => axis.trim());
    if (axes.at(-1) === "") axes.pop();
    const rest = this.#take(BARE);
    const text = this.text.slice(start, this.#position).trimEnd();
    if (rest || !text || !axes.every((axis) => AXIS.test(axis))) {
      this.#fail(
        `'shape:${text}' is not a shape. Give the lengths of its axes, as in ` +
          "shape:(*,64) or shape:(3,3,...).",
      );
    }
    const shape = axes.map(readAxis);
    if (shape.filter((axis) => axis === ANY_AXES).length > 1) {
      this.#fail(`'shape:${text}' has '...' more than once; once is allowed.`);
    }
    return shape;
  }

  #readComparison({ key, kind }: Column, operator: string): Wanted {
    const text = this.#take(BARE);
    const [, digits = "", unit = ""] = NUMBER.exec(text) ?? [];
    const factor = factorOf(unit.toLowerCase(), kind === "bytes");
    if (!digits || factor === null) {
      const examples = kind === "bytes" ? "64, 10kB, 1.5MB, 2GiB" : "64, 10k, 1.5M";
      this.#fail(
        `'${key}${operator}${text}' has no number. Give one after ` +
          `'${key}${operator}', such as ${examples}.`,
      );
    }
    return rangeOf(operator, Number(digits.replaceAll("_", "")) * factor);
  }
}

/** Null for a unit that is not known. */
function factorOf(unit: string, isBytes: boolean): number | null {
  const [, letter = "", binary, bytes] = /^([kmgtp]?)(i?)(b?)$/.exec(unit) ?? [];
  const power = POWERS[unit];
  if (!isBytes) return power === undefined ? null : 10 ** power;
  if (bytes === undefined || (binary && !(letter && bytes))) return null;
  return binary ? 1024 ** ("kmgtp".indexOf(letter) + 1) : 10 ** (POWERS[letter] ?? 0);
}

function rangeOf(operator: string, wanted: number): Wanted {
  // Decimals such as 0.01k have no exact product; counts are far from a millionth.
  const rounded = Math.round(wanted);
  const exact = Math.abs(wanted - rounded) < 1e-6 ? rounded : wanted;
  const number = Math.min(exact, MAX_COUNT);
  const [low, high] = [Math.floor(number), Math.ceil(number)];
  if (operator === ">") return { least: low + 1 };
  if (operator === ">=" || operator === "≥") return { least: high };
  if (operator === "<") return { most: high - 1 };
  if (operator === "<=" || operator === "≤") return { most: low };
  return { least: high, most: low };
}

function readAxis(text: string): number | null {
  if (text === "..." || text === "…") return ANY_AXES;
  return text === "*" ? null : Number(text);
}

const grouped = (count: number) => count.toLocaleString("en-US");

const inQuotes = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;
