/**
 * What a query asks for: the twin of unflax_viz/search/language.py, which is held to
 * the same answers and the same messages by tests/golden/queries.json.
 */
import { exactCount } from "../values/numbers";
import { type Around, correctValue, correctWord } from "./mistakes";
import type { PathPattern, Pattern } from "./pattern";
import { Regex, RegexError } from "./regex";
import {
  ANY_AXES,
  ARRAY_FLAGS,
  type Comparison,
  FLAGS,
  isOneOf,
  KEYS,
  type Key,
  NUMBER_KEYS,
  type NumberKey,
  PATH_KEYS,
  type PathKey,
  type Term,
  type TextKey,
  type Wanted,
} from "./terms";

const MAX_LENGTH = 1_000;
const MAX_PATH_NAMES = 60;
const MAX_COUNT = 2 ** 62;

/** A query that cannot be read; the message says what to write instead. */
export class QueryError extends Error {}

// What Python calls a space; JavaScript's \s lacks some and has one more.
const SPACE =
  " \\t\\n\\r\\f\\v\\x1c-\\x1f\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACES = new RegExp(`[${SPACE}]*`, "y");
const BARE = new RegExp(`[^${SPACE}]+`, "y");
const WORDS = new RegExp(`[^${SPACE}]+`, "g");
const SHAPE = new RegExp(
  `[^${SPACE}(\\[]*[(\\[][^)\\]]*[)\\]][^${SPACE}]*|[^${SPACE}]+`,
  "y",
);
const KEY = /([A-Za-z_]+)(:?(?:>=|<=|>|<|=)|:)/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const AXIS = /^(?:\d{1,18}|\*|\.\.\.|…)$/;
const NUMBER = /^(\d[\d_]{0,30}(?:\.\d{1,30})?(?:e\d{1,2})?)([a-z]*)$/i;

const EXAMPLES: Readonly<Record<Key, string>> = {
  class: "class:Dense",
  method: "method:attend",
  param: "param:kernel",
  collection: "collection:batch_stats",
  stream: "stream:dropout",
  under: "under:scan",
  dtype: "dtype:bf16",
  path: "path:encoder/*",
  below: "below:encoder",
  shape: "shape:(*,64)",
  size: "size>1M",
  bytes: "bytes>4MB",
  params: "params>1M",
  calls: "calls>3",
  depth: "depth<3",
  is: "is:shared",
};

const POWERS: Readonly<Record<string, number>> = {
  "": 0,
  k: 3,
  m: 6,
  b: 9,
  g: 9,
  t: 12,
  p: 15,
};

/** How much a unit stands for; undefined for an unknown one. */
function factorOf(unit: string, isBytes: boolean): number | undefined {
  const power = POWERS[unit];
  if (!isBytes) return power === undefined ? undefined : 10 ** power;
  if (unit === "" || unit === "b") return 1;
  const binary = /^([kmgtp])ib$/.exec(unit)?.[1];
  if (binary) return 1024 ** (1 + "kmgtp".indexOf(binary));
  const decimal = /^([kmgtp])b?$/.exec(unit)?.[1];
  return decimal === undefined ? undefined : 10 ** (POWERS[decimal] ?? 0);
}

/** Reads a query; "" asks for everything. @throws QueryError */
export function parseQuery(text: string): Term[] {
  const nLetters = Array.from(text).length;
  if (nLetters > MAX_LENGTH) {
    throw new QueryError(
      `The query is ${exactCount(nLetters)} characters long; ` +
        `${exactCount(MAX_LENGTH)} are allowed.`,
    );
  }
  return new Reader(text).readTerms();
}

/** Reads one query from left to right. */
class Reader {
  #position = 0;
  #start = 0;
  #isNegated = false;

  constructor(private readonly text: string) {}

  readTerms(): Term[] {
    const terms: Term[] = [];
    for (this.#take(SPACES); this.#position < this.text.length; this.#take(SPACES)) {
      this.#start = this.#position;
      this.#isNegated = this.text.startsWith("-", this.#position);
      if (this.#isNegated) this.#position += 1;
      terms.push({ ...this.#readTerm(), isNegated: this.#isNegated });
    }
    return terms;
  }

  #readTerm(): Wanted {
    if (this.text.startsWith('"', this.#position)) {
      const text = this.#readQuoted().toLowerCase();
      return { key: "word", patterns: [{ text, how: "contains" }] };
    }
    const found = this.#match(KEY);
    if (found) {
      return this.#readKeyed((found[1] ?? "").toLowerCase(), found[2] ?? "", found[0]);
    }
    return this.#readWord(this.#take(BARE));
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
    throw new QueryError(message);
  }

  #readQuoted(): string {
    const found = this.#match(QUOTED);
    if (!found) this.#fail('The closing quote is missing: put a " after the text.');
    this.#position += found[0].length;
    if (this.#take(BARE)) this.#fail('A space is missing after the closing ".');
    const name = (found[1] ?? "").replace(/\\(.)/gs, "$1");
    if (!name) this.#fail('There is nothing between the quotes "".');
    return name;
  }

  #readWord(word: string): Wanted {
    if (!word) {
      this.#fail("Nothing follows the '-', which leaves out a term: -is:shared.");
    }
    if (word.length > 2 && word.startsWith("/") && word.endsWith("/")) {
      return this.#readRegex(word.slice(1, -1));
    }
    this.#refuse("", word, correctWord(this.#minus, word, this.#around()));
    const parts = word.split(",").filter(Boolean);
    if (word.includes("/")) {
      return { key: "path", paths: parts.map((part) => this.#pathPattern(part)) };
    }
    return { key: "word", patterns: parts.map(partOfName) };
  }

  get #minus(): string {
    return this.#isNegated ? "-" : "";
  }

  #around(): Around {
    return {
      before: wordsOf(this.text.slice(0, this.#start)),
      after: wordsOf(this.text.slice(this.#position)),
    };
  }

  /** Fails where there is a correction of what stands after a key. */
  #refuse(key: string, text: string, correction: string): void {
    if (!correction) return;
    const prefix = this.#minus + key;
    const message = `'${prefix}${text}' is not known: ${correction}.`;
    if (key === "is:") this.#fail(message);
    const quoted = `${prefix}${quote(text)}`;
    this.#fail(`${message} In quotes a text stands for itself: ${quoted}.`);
  }

  #readRegex(pattern: string): Wanted {
    try {
      return { key: "regex", regex: new Regex(pattern) };
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      this.#fail(`The regular expression /${pattern}/ ${error.message}.`);
    }
  }

  #readKeyed(key: string, operator: string, found: string): Wanted {
    if (!isOneOf(KEYS, key)) {
      const token = this.#take(BARE);
      this.#fail(
        `'${found}' is not known. There are ${listKeys()}. In quotes a text stands ` +
          `for itself: ${quote(token)}.`,
      );
    }
    this.#position += found.length;
    if (isOneOf(NUMBER_KEYS, key)) {
      return { key, comparison: this.#readComparison(key, operator) };
    }
    if (operator !== ":") {
      this.#fail(`Write ':' after '${key}', as in ${EXAMPLES[key]}.`);
    }
    if (key === "shape") return { key, axes: this.#readShape() };
    return this.#readAlternatives(key);
  }

  #readAlternatives(key: TextKey | PathKey | "is"): Wanted {
    if (this.text.startsWith('"', this.#position)) {
      const text = this.#readQuoted().toLowerCase();
      const quoted: Pattern = { text, how: key === "below" ? "address" : "equals" };
      if (key === "is") return this.#readFlags([text]);
      if (isOneOf(PATH_KEYS, key)) return { key, paths: [[quoted]] };
      return { key, patterns: [quoted] };
    }
    const text = this.#take(BARE);
    const values = text.split(",").filter(Boolean);
    if (values.length === 0) {
      this.#fail(`'${key}:' needs a value, as in ${EXAMPLES[key]}.`);
    }
    const prefix = `${this.#minus}${key}:`;
    this.#refuse(`${key}:`, text, correctValue(prefix, text, this.#around()));
    if (key === "is") {
      return this.#readFlags(values.map((value) => value.toLowerCase()));
    }
    if (isOneOf(PATH_KEYS, key)) {
      return { key, paths: values.map((value) => this.#pathPattern(value)) };
    }
    return { key, patterns: values.map(wholeName) };
  }

  #readFlags(flags: readonly string[]): Wanted {
    for (const flag of flags) {
      if (!isOneOf(FLAGS, flag)) {
        this.#fail(`'is:${flag}' is not known. There are is:${FLAGS.join(", is:")}.`);
      }
    }
    if (new Set(flags.map((flag) => isOneOf(ARRAY_FLAGS, flag))).size > 1) {
      this.#fail(
        `The alternatives of 'is:' are all about arrays (${ARRAY_FLAGS.join(", ")}) ` +
          "or all about calls (the others).",
      );
    }
    return { key: "is", flags };
  }

  #pathPattern(text: string): PathPattern {
    const names = text.split("/").filter(Boolean);
    if (names.length > MAX_PATH_NAMES) {
      this.#fail(
        `A path may have ${MAX_PATH_NAMES} names here, not ${names.length}; ** stands ` +
          "for any number of names.",
      );
    }
    return names.map((name) => (name === "**" ? null : wholeName(name)));
  }

  #readShape(): (number | null)[] {
    const text = this.#take(SHAPE);
    let inner = text;
    for (const [opening, closing] of ["()", "[]"] as const) {
      if (opening && closing && text.startsWith(opening) && text.endsWith(closing)) {
        inner = text.slice(1, -1);
      }
    }
    const axes = inner.split(",").map((axis) => axis.trim());
    if (axes.at(-1) === "") axes.pop();
    // shape:3, 4 would be the shape (3,) and the word "4".
    const isCut = text.endsWith(",") && this.#around().after.length > 0;
    if (isCut || !text || !axes.every((axis) => AXIS.test(axis))) {
      this.#fail(
        `'shape:${text}' is no shape. After 'shape:' stand lengths of axes, as in ` +
          "shape:(*,64) or shape:(3,3,...).",
      );
    }
    const pattern = axes.map(readAxis);
    if (pattern.filter((axis) => axis === ANY_AXES).length > 1) {
      this.#fail(`'shape:${text}' has '...' more than once; once is allowed.`);
    }
    return pattern;
  }

  #readComparison(key: NumberKey, operator: string): Comparison {
    const text = this.#take(BARE);
    const found = NUMBER.exec(text);
    const isBytes = key === "bytes";
    const factor = found && factorOf((found[2] ?? "").toLowerCase(), isBytes);
    if (!found || !factor) {
      const examples = isBytes ? "64, 10kB, 1.5MB, 2GiB" : "64, 10k, 1.5M";
      this.#fail(
        `'${key}${operator}${text}' has no number. After '${key}${operator}' stands ` +
          `one such as ${examples}.`,
      );
    }
    const number = Number((found[1] ?? "").replaceAll("_", "")) * factor;
    return compare(operator.replace(/^:/, "") || "=", number);
  }
}

/** The whole numbers that stand in this relation to `number`. */
function compare(operator: string, number: number): Comparison {
  // 1.1k is 1100 and not a hair more, as it is in decimal numbers.
  const exact = Math.min(Number(number.toPrecision(15)), MAX_COUNT);
  const low = Math.floor(exact);
  const high = Math.ceil(exact);
  if (operator === ">") return { least: low + 1, most: null };
  if (operator === ">=") return { least: high, most: null };
  if (operator === "<") return { least: null, most: high - 1 };
  if (operator === "<=") return { least: null, most: low };
  return { least: high, most: low };
}

function readAxis(text: string): number | null {
  if (text === "..." || text === "…") return ANY_AXES;
  return text === "*" ? null : Number(text);
}

function partOfName(text: string): Pattern {
  return { text: text.toLowerCase(), how: hasWildcard(text) ? "fits" : "contains" };
}

function wordsOf(text: string): string[] {
  return text.match(WORDS) ?? [];
}

function wholeName(text: string): Pattern {
  return { text: text.toLowerCase(), how: hasWildcard(text) ? "fits" : "equals" };
}

function hasWildcard(text: string): boolean {
  return /[*?[]/.test(text);
}

/** Writes a name so that a query takes it for itself. */
function quote(name: string): string {
  return `"${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function listKeys(): string {
  return KEYS.map((key) => key + (isOneOf(NUMBER_KEYS, key) ? ">" : ":")).join(", ");
}
