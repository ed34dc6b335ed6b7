/** Which paths a pattern means: the twin of unflax_viz/search/names.py. */
import { type Columns, type Mask, maskOf } from "./columns";
import { type PathPattern, type Pattern, testFor } from "./pattern";
import type { Regex } from "./regex";

export class Paths {
  readonly #lowered: readonly string[];
  readonly #parents: readonly number[];
  readonly #lastNames: readonly number[];

  constructor(private readonly columns: Pick<Columns, "names" | "paths">) {
    this.#lowered = columns.names.map((name) => name.toLowerCase());
    this.#parents = columns.paths.parents;
    this.#lastNames = columns.paths.lastNames;
  }

  /** The names that one of the patterns means. */
  findNames(patterns: readonly Pattern[]): Mask {
    const tests = patterns.map(testFor);
    return maskOf(this.#lowered.length, (number) =>
      tests.some((test) => test(this.#lowered[number] ?? "")),
    );
  }

  /** The paths in which some name is meant. */
  findPathsWith(patterns: readonly Pattern[]): Mask {
    const meant = this.findNames(patterns);
    const found = new Uint8Array(this.#parents.length);
    // A path stands after its beginnings.
    this.#parents.forEach((parent, path) => {
      const isMeant = meant[this.#lastNames[path] ?? -1];
      found[path] = isMeant || (path > 0 && found[parent]) ? 1 : 0;
    });
    return found;
  }

  /** The paths that a pattern means as a whole. */
  findPath(pattern: PathPattern): Mask {
    const steps = new Steps(pattern, this);
    const places = this.#follow(steps);
    return maskOf(this.#parents.length, (path) => steps.hasEnded(places[path]));
  }

  /** For each row: whether its path is meant if its last name is another. */
  findLabel(
    pattern: PathPattern,
    paths: readonly number[],
    labels: readonly number[],
  ): Mask {
    const steps = new Steps(pattern, this);
    const places = this.#follow(steps);
    return maskOf(paths.length, (row) => {
      const path = paths[row] ?? 0;
      const before = path === 0 ? steps.start : places[this.#parents[path] ?? 0];
      return steps.hasEnded(steps.take(before ?? NOWHERE, labels[row] ?? -1));
    });
  }

  /** For each row of calls: whether it has this address, in lower case. */
  findAddress(
    address: string,
    paths: readonly number[],
    labels: readonly number[],
  ): Mask {
    const texts: string[] = [];
    for (const [path, parent] of this.#parents.entries()) {
      const name = this.#lowered[this.#lastNames[path] ?? -1] ?? "";
      texts.push(parent === 0 ? name : `${texts[parent]}/${name}`);
    }
    return maskOf(paths.length, (row) => {
      const parent = this.#parents[paths[row] ?? 0] ?? 0;
      const label = this.#lowered[labels[row] ?? -1] ?? "";
      const before = parent === 0 && paths[row] !== 0 ? "" : `${texts[parent]}/`;
      return before + label === address;
    });
  }

  /** The paths in which, written with "/", a regular expression matches. */
  findRegex(regex: Regex): Mask {
    const states: number[] = [];
    const { names } = this.columns;
    for (const [path, parent] of this.#parents.entries()) {
      const name = names[this.#lastNames[path] ?? -1] ?? "";
      const text = parent === 0 ? name : `/${name}`;
      const before = path === 0 ? undefined : states[parent];
      states.push(before === undefined ? regex.start : regex.advance(before, text));
    }
    states[0] = regex.advance(regex.start, "/");
    const accepted = new Map<number, boolean>();
    for (const state of new Set(states)) accepted.set(state, regex.accepts(state));
    return maskOf(states.length, (path) => accepted.get(states[path] ?? 0));
  }

  #follow(steps: Steps): bigint[] {
    const places: bigint[] = [];
    for (const [path, parent] of this.#parents.entries()) {
      const before = places[parent] ?? NOWHERE;
      const name = this.#lastNames[path] ?? -1;
      places.push(path === 0 ? steps.start : steps.take(before, name));
    }
    return places;
  }
}

const NOWHERE = 0n;

/**
 * How the parts of a path pattern are gone through name by name. Bit `i` of a place is
 * set where the first `i` parts can stand for the names so far.
 */
class Steps {
  readonly start: bigint;
  readonly #end: bigint;
  readonly #repeating: readonly bigint[];
  readonly #stay: bigint;
  readonly #meant: BigUint64Array;
  readonly #taken = new Map<bigint, Map<number, bigint>>();

  constructor(pattern: PathPattern, paths: Paths) {
    this.#end = 1n << BigInt(pattern.length);
    this.#repeating = pattern.flatMap((part, i) => (part ? [] : [1n << BigInt(i)]));
    this.#stay = this.#repeating.reduce((all, bit) => all | bit, 0n);
    const finds = pattern.map((part) => part && paths.findNames([part]));
    const nNames = finds.find((find) => find !== null)?.length ?? 0;
    this.#meant = new BigUint64Array(nNames);
    finds.forEach((find, i) => {
      find?.forEach((isMeant, name) => {
        if (isMeant) this.#meant[name] = (this.#meant[name] ?? 0n) | (1n << BigInt(i));
      });
    });
    this.start = this.#skip(1n);
  }

  hasEnded(place: bigint | undefined): boolean {
    return ((place ?? NOWHERE) & this.#end) !== 0n;
  }

  /** Where in the pattern one is after one more name. */
  take(place: bigint, name: number): bigint {
    let known = this.#taken.get(place);
    if (!known) {
      known = new Map();
      this.#taken.set(place, known);
    }
    let next = known.get(name);
    if (next === undefined) {
      const moved = (place & (this.#meant[name] ?? 0n)) << 1n;
      next = this.#skip(moved | (place & this.#stay));
      known.set(name, next);
    }
    return next;
  }

  /** Lets `**` stand for no name at all. */
  #skip(place: bigint): bigint {
    return this.#repeating.reduce((at, bit) => at | ((at & bit) << 1n), place);
  }
}
