/**
 * Where a regular expression matches, in time that grows with the text alone: the twin
 * of unflax_viz/search/regex.py, which says why it is not the language's own.
 */

const MAX_LENGTH = 200;
const MAX_NODES = 2_000;
const MAX_STATES = 5_000;
const MAX_NESTING = 20;

type Ranges = readonly (readonly [string, string])[];

const DIGIT: Ranges = [["0", "9"]];
const WORD: Ranges = [
  ["0", "9"],
  ["a", "z"],
  ["A", "Z"],
  ["_", "_"],
];
const SPACE: Ranges = [
  [" ", " "],
  ["\t", "\r"],
];
const ESCAPED_SETS: Readonly<Record<string, Ranges>> = { d: DIGIT, w: WORD, s: SPACE };
const ESCAPED_LETTERS: Readonly<Record<string, string>> = {
  t: "\t",
  n: "\n",
  r: "\r",
};
const COUNT = /\{(\d{1,3})(,(\d{1,3})?)?\}/y;

/** A regular expression that is wrong or too large; the message says why. */
export class RegexError extends Error {}

/** A set of letters; `excluded` are sets whose complements belong to it. */
class Letters {
  constructor(
    readonly ranges: Ranges,
    readonly isNegated = false,
    readonly excluded: readonly Ranges[] = [],
  ) {}

  get isOneLetter(): boolean {
    const [only, ...more] = this.ranges;
    return !this.isNegated && more.length === 0 && only?.[0] === only?.[1];
  }

  has(letter: string): boolean {
    const found =
      isWithin(letter, this.ranges) ||
      isWithin(letter.toUpperCase(), this.ranges) ||
      this.excluded.some((ranges) => !isWithin(letter, ranges));
    return found !== this.isNegated;
  }
}

function isWithin(letter: string, ranges: Ranges): boolean {
  return ranges.some(([first, last]) => first <= letter && letter <= last);
}

function single(letter: string): Letters {
  return new Letters([[letter, letter]]);
}

const ANY = new Letters([], true);

/** Reads a letter, or waits for an end of the text, or branches. */
interface Node {
  letters: Letters | null;
  anchor: "" | "^" | "$";
  targets: number[];
}

/** Entry and exit of a part of the automaton. */
type Piece = readonly [number, number];

/** Reads a text piece by piece; a state is a number, and 0 says that there was a match. */
export class Regex {
  readonly start: number;
  readonly #nodes: readonly Node[];
  readonly #exit: number;
  readonly #again: ReadonlySet<number>;
  readonly #sets: ReadonlySet<number>[] = [new Set()];
  readonly #numbers = new Map<string, number>();
  readonly #steps: Map<string, number>[] = [new Map()];

  /** @throws RegexError if it cannot be read or is too large. */
  constructor(readonly pattern: string) {
    const letters = Array.from(pattern);
    if (letters.length > MAX_LENGTH) {
      throw new RegexError(`is longer than ${MAX_LENGTH} letters`);
    }
    const parser = new Parser(letters);
    this.#nodes = parser.nodes;
    this.#exit = parser.exit;
    this.#again = this.#follow([parser.entry], "");
    this.start = this.#numberOf(this.#follow([parser.entry], "^"));
  }

  /** The state after reading `text` in `state`. */
  advance(state: number, text: string): number {
    let reached = state;
    for (const letter of text.toLowerCase()) {
      if (reached === 0) return 0;
      const known = this.#steps[reached];
      let next = known?.get(letter);
      if (next === undefined) {
        next = this.#step(reached, letter);
        known?.set(letter, next);
      }
      reached = next;
    }
    return reached;
  }

  /** Whether a text that ends in `state` holds a match. */
  accepts(state: number): boolean {
    const nodes = this.#sets[state] ?? [];
    return state === 0 || this.#follow(nodes, "$").has(this.#exit);
  }

  #step(state: number, letter: string): number {
    const reached: number[] = [];
    for (const number of this.#sets[state] ?? []) {
      const node = this.#nodes[number];
      if (node?.letters?.has(letter)) reached.push(...node.targets);
    }
    // A match may begin at any letter.
    const followed = this.#follow(reached, "");
    return this.#numberOf(new Set([...followed, ...this.#again]));
  }

  /** The nodes reached without reading; anchors wait for their end. */
  #follow(nodes: Iterable<number>, anchor: string): Set<number> {
    const found = new Set<number>();
    const waiting = [...nodes];
    for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
      if (found.has(number)) continue;
      found.add(number);
      const node = this.#nodes[number];
      const isFree = node?.anchor === "" || node?.anchor === anchor;
      if (node && node.letters === null && isFree) waiting.push(...node.targets);
    }
    return found;
  }

  #numberOf(nodes: ReadonlySet<number>): number {
    if (nodes.has(this.#exit)) return 0;
    const key = [...nodes].sort((a, b) => a - b).join();
    let number = this.#numbers.get(key);
    if (number === undefined) {
      if (this.#sets.length >= MAX_STATES) {
        throw new RegexError("has too many ways to match");
      }
      number = this.#sets.length;
      this.#numbers.set(key, number);
      this.#sets.push(nodes);
      this.#steps.push(new Map());
    }
    return number;
  }
}

/** Builds the automaton of an expression, by descent. */
class Parser {
  readonly nodes: Node[] = [];
  readonly entry: number;
  readonly exit: number;
  #position = 0;
  #nesting = 0;

  constructor(private readonly pattern: readonly string[]) {
    [this.entry, this.exit] = this.#readChoice();
    if (this.#position < pattern.length) {
      throw new RegexError("has a ')' without its '('");
    }
  }

  #peek(): string {
    return this.pattern[this.#position] ?? "";
  }

  #take(): string {
    const letter = this.#peek();
    if (!letter) throw new RegexError("ends too early");
    this.#position += 1;
    return letter;
  }

  #skip(letter: string): boolean {
    const isThere = this.#peek() === letter;
    if (isThere) this.#position += 1;
    return isThere;
  }

  #add(node: Partial<Node>): number {
    if (this.nodes.length >= MAX_NODES) throw new RegexError("is too large");
    this.nodes.push({ letters: null, anchor: "", targets: [], ...node });
    return this.nodes.length - 1;
  }

  #link(from: number, to: number): void {
    this.nodes[from]?.targets.push(to);
  }

  #readChoice(): Piece {
    const first = this.#readSequence();
    if (this.#peek() !== "|") return first;
    const branches = [first];
    while (this.#skip("|")) branches.push(this.#readSequence());
    const last = this.#add({});
    for (const [, end] of branches) this.#link(end, last);
    return [this.#add({ targets: branches.map(([start]) => start) }), last];
  }

  #readSequence(): Piece {
    const first = this.#add({});
    let last = first;
    while (!["", "|", ")"].includes(this.#peek())) {
      const [start, end] = this.#readRepeated();
      this.#link(last, start);
      last = end;
    }
    return [first, last];
  }

  #readRepeated(): Piece {
    const begin = this.#position;
    const piece = this.#readAtom();
    const counts = this.#readCounts();
    if (counts === null) return piece;
    const after = this.#position;
    const first = this.#add({});
    let last = first;
    for (const copy of this.#copies(piece, counts, begin)) {
      this.#link(last, copy[0]);
      last = copy[1];
    }
    this.#position = after;
    return [first, last];
  }

  /** Yields the pieces of a repetition in a row, reading the atom anew. */
  *#copies(
    piece: Piece,
    [least, most]: readonly [number, number | null],
    begin: number,
  ): Iterable<Piece> {
    const nPieces = most ?? least + 1;
    let copy = piece;
    for (let index = 0; index < nPieces; index += 1) {
      if (index > 0) {
        this.#position = begin;
        copy = this.#readAtom();
      }
      const mayRepeat = most === null && index === nPieces - 1;
      yield this.#optional(copy, index >= least, mayRepeat);
    }
  }

  #optional([start, end]: Piece, maySkip: boolean, mayRepeat: boolean): Piece {
    const last = this.#add({});
    const first = this.#add({ targets: [start] });
    this.#link(end, last);
    if (mayRepeat) this.#link(end, first);
    if (maySkip) this.#link(first, last);
    return [first, last];
  }

  #readCounts(): readonly [number, number | null] | null {
    const rest = this.pattern.slice(this.#position, this.#position + 10).join("");
    COUNT.lastIndex = 0;
    const found = COUNT.exec(rest);
    let counts: readonly [number, number | null];
    if (found) {
      this.#position += found[0].length;
      const least = Number(found[1]);
      const most =
        found[2] === undefined
          ? least
          : found[3] === undefined
            ? null
            : Number(found[3]);
      if (most !== null && most < least) {
        throw new RegexError(`has the impossible count ${found[0]}`);
      }
      counts = [least, most];
    } else if (this.#skip("*")) counts = [0, null];
    else if (this.#skip("+")) counts = [1, null];
    else if (this.#skip("?")) counts = [0, 1];
    else return null;
    // As few as possible, or as many: whether there is a match is the same.
    this.#skip("?");
    return counts;
  }

  #readAtom(): Piece {
    const letter = this.#take();
    if (letter === "(") return this.#readGroup();
    if (letter === "^" || letter === "$") return this.#leaf({ anchor: letter });
    if ("*+?{".includes(letter)) {
      throw new RegexError(`repeats nothing with '${letter}'`);
    }
    if (letter === ".") return this.#leaf({ letters: ANY });
    if (letter === "[") return this.#leaf({ letters: this.#readSet() });
    if (letter === "\\") return this.#leaf({ letters: this.#readEscape() });
    return this.#leaf({ letters: single(letter) });
  }

  #leaf(node: Partial<Node>): Piece {
    const last = this.#add({});
    return [this.#add({ ...node, targets: [last] }), last];
  }

  #readGroup(): Piece {
    if (this.#peek() === "?") {
      if (this.pattern[this.#position + 1] !== ":") {
        throw new RegexError(
          "has a group that begins with '(?'; look-around, flags and names of groups " +
            "are not known here",
        );
      }
      this.#position += 2;
    }
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) {
      throw new RegexError("has too many groups in one another");
    }
    const choice = this.#readChoice();
    if (!this.#skip(")")) throw new RegexError("has a '(' without its ')'");
    this.#nesting -= 1;
    return choice;
  }

  #readSet(): Letters {
    const isNegated = this.#skip("^");
    const ranges: (readonly [string, string])[] = [];
    const excluded: Ranges[] = [];
    while (!this.#skip("]")) {
      if (!this.#peek()) throw new RegexError("has a '[' without its ']'");
      const part = this.#readMember();
      if (part.isNegated) excluded.push(part.ranges);
      else ranges.push(...part.ranges);
    }
    return new Letters(ranges, isNegated, excluded);
  }

  #readMember(): Letters {
    const first = this.#readOne();
    const after = this.pattern[this.#position + 1] ?? "";
    const isRange = this.#peek() === "-" && after !== "" && after !== "]";
    if (!isRange || !first.isOneLetter) return first;
    this.#take();
    const last = this.#readOne();
    const low = first.ranges[0]?.[0] ?? "";
    const high = last.ranges[0]?.[1] ?? "";
    if (!last.isOneLetter || high < low) {
      throw new RegexError("has a range of letters that goes backwards");
    }
    return new Letters([[low, high]]);
  }

  #readOne(): Letters {
    const letter = this.#take();
    return letter === "\\" ? this.#readEscape() : single(letter);
  }

  #readEscape(): Letters {
    const letter = this.#take();
    const set = ESCAPED_SETS[letter.toLowerCase()];
    if (set) return new Letters(set, letter !== letter.toLowerCase());
    const escaped = ESCAPED_LETTERS[letter];
    if (escaped) return single(escaped);
    if (/[\p{L}\p{N}]/u.test(letter)) {
      throw new RegexError(`has '\\${letter}', which is not known here`);
    }
    return single(letter);
  }
}
