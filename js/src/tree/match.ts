/**
 * Which calls, modules, parameters, states and draws a query means: the twin of
 * unflax_viz/search/match.py, which says what has to fit what.
 */
import { GROUPS, type Lens, type Row } from "../protocol";
import { anyBy, type Columns, type Mask, maskOf } from "./columns";
import { Paths } from "./paths";
import type { PathPattern, Pattern } from "./pattern";
import { parseQuery, QueryError } from "./query";
import { RegexError } from "./regex";
import {
  ANY_AXES,
  ARRAY_FLAGS,
  CALL_FLAGS,
  type Comparison,
  isAboutArrays,
  type Term,
} from "./terms";

const PARAMETERS = GROUPS.indexOf("parameters");
const UNUSED = GROUPS.indexOf("unused");
const DRAW_FLAGS = ["stochastic", "warning"];

/** Finds what one query means; a term is evaluated once for all lenses. */
export class Matcher {
  readonly #terms: readonly Term[];
  readonly #paths: Paths;
  readonly #inCalls = new Map<Term, Mask>();
  readonly #inValues = new Map<Term, Mask>();
  readonly #inPaths = new Map<Term, Mask>();
  #fittingArrays: Int32Array | null = null;

  /** @throws QueryError */
  constructor(
    query: string,
    private readonly columns: Columns,
  ) {
    this.#terms = parseQuery(query);
    this.#paths = new Paths(columns);
  }

  /** For each call, module, parameter, changed state or draw: whether it is meant. */
  find(lens: Lens): Mask {
    const wanted = this.#terms.filter((term) => !term.isNegated);
    const found = this.#findAll(lens, wanted);
    for (const term of this.#terms) {
      if (!term.isNegated) continue;
      const leftOut = this.#findAll(lens, [term]);
      leftOut.forEach((isOut, row) => {
        if (isOut) found[row] = 0;
      });
    }
    return found;
  }

  /**
   * For each call the first row of `values` that the terms about arrays mean, -1 where
   * there is none; null if no term that is not negated is about arrays.
   */
  get fittingArrays(): Int32Array | null {
    this.#fittingArrays ??= this.#findArrays();
    return this.#fittingArrays;
  }

  /** Where a row of `values` is shown. */
  entryOf(use: number): Pick<Row, "tab" | "entry"> {
    const { names, values } = this.columns;
    const nameOf = (column: readonly number[]) => names[column[use] ?? -1] ?? "";
    const group = GROUPS[values.group[use] ?? -1] ?? "";
    const tab = group === "parameters" ? "parameters" : "state";
    const entry = `${group}/${nameOf(values.collection)}/${nameOf(values.name)}`;
    return { tab, entry };
  }

  #findArrays(): Int32Array | null {
    const { calls, values } = this.columns;
    const masks = this.#terms
      .filter((term) => isAboutArrays(term) && !term.isNegated)
      .map((term) => this.#findInValues(term));
    if (masks.length === 0) return null;
    const chosen = all(masks, values.call.length);
    const firsts = new Int32Array(calls.path.length).fill(-1);
    values.call.forEach((call, row) => {
      if (chosen[row] && call >= 0 && firsts[call] === -1) firsts[call] = row;
    });
    return firsts;
  }

  #findAll(lens: Lens, terms: readonly Term[]): Mask {
    const { calls, values, nModules, nParameters, nStates } = this.columns;
    if (lens === "calls") return this.#findCalls(terms);
    if (lens === "modules")
      return anyBy(calls.module, this.#findCalls(terms), nModules);
    if (lens === "draws") return this.#findDraws(terms);
    const found = this.#findValues(terms, lens === "state");
    return anyBy(values.item, found, lens === "state" ? nStates : nParameters);
  }

  #findCalls(terms: readonly Term[]): Mask {
    const { calls, values } = this.columns;
    const masks = terms
      .filter((term) => !isAboutArrays(term))
      .map((term) => this.#findInCalls(term));
    const aboutArrays = terms
      .filter(isAboutArrays)
      .map((term) => this.#findInValues(term));
    if (aboutArrays.length > 0) {
      const chosen = all(aboutArrays, values.call.length);
      masks.push(anyBy(values.call, chosen, calls.path.length));
    }
    return all(masks, calls.path.length);
  }

  /** The values that are parameters, or changed states, and are meant. */
  #findValues(terms: readonly Term[], isState: boolean): Mask {
    const { values } = this.columns;
    const masks = terms.map((term) => {
      if (isAboutArrays(term)) return this.#findInValues(term);
      if (isAboutPaths(term)) return this.#findValuePaths(term);
      const inCalls = this.#findInCalls(term);
      return maskOf(values.call.length, (row) => inCalls[values.call[row] ?? -1]);
    });
    const found = all(masks, values.call.length);
    return maskOf(
      values.call.length,
      (row) =>
        found[row] && values.item[row] !== -1 && this.#isParameter(row) !== isState,
    );
  }

  #isParameter(row: number): boolean {
    const group = this.columns.values.group[row];
    return group === PARAMETERS || group === UNUSED;
  }

  #findDraws(terms: readonly Term[]): Mask {
    const { draws } = this.columns;
    const others: Term[] = [];
    const masks: Mask[] = [];
    const findStreams = (patterns: readonly Pattern[]) => {
      const named = this.#paths.findNames(patterns);
      return maskOf(draws.call.length, (row) => named[draws.stream[row] ?? -1]);
    };
    for (const term of terms) {
      if (term.key === "stream") masks.push(findStreams(term.patterns));
      else if (term.key === "is" && isSubset(term.flags, DRAW_FLAGS)) {
        masks.push(hasBits(draws.flags, CALL_FLAGS, term.flags));
      } else if (term.key === "word") {
        const byStream = findStreams(term.patterns);
        const inCalls = this.#findInCalls(term);
        masks.push(
          maskOf(
            draws.call.length,
            (row) => byStream[row] || inCalls[draws.call[row] ?? -1],
          ),
        );
      } else others.push(term);
    }
    const inCalls = this.#findCalls(others);
    masks.push(maskOf(draws.call.length, (row) => inCalls[draws.call[row] ?? -1]));
    return all(masks, draws.call.length);
  }

  /** For each path whether it is meant. */
  #findPaths(term: PathTerm): Mask {
    return remember(this.#inPaths, term, () => {
      if (term.key === "word") return this.#paths.findPathsWith(term.patterns);
      if (term.key === "path") {
        return this.#findWholePaths(term.paths);
      }
      try {
        return this.#paths.findRegex(term.regex);
      } catch (error) {
        if (!(error instanceof RegexError)) throw error;
        const message = `The regular expression /${term.regex.pattern}/ ${error.message}.`;
        throw new QueryError(message);
      }
    });
  }

  #findValuePaths(term: PathTerm): Mask {
    const { calls, values } = this.columns;
    const found = this.#findPaths(term);
    const named = term.key === "word" ? this.#paths.findNames(term.patterns) : null;
    return maskOf(values.path.length, (row) => {
      const className = calls.className[values.call[row] ?? -1] ?? -1;
      return (
        found[values.path[row] ?? -1] ||
        named?.[className] ||
        named?.[values.collection[row] ?? -1]
      );
    });
  }

  /** For which calls a term holds that is not about arrays. */
  #findInCalls(term: Term): Mask {
    return remember(this.#inCalls, term, () => {
      const { calls, draws } = this.columns;
      const nCalls = calls.path.length;
      if (isAboutPaths(term)) return this.#findCallPaths(term);
      if (term.key === "below") return this.#findBelow(term.paths);
      if (term.key === "is") return hasBits(calls.flags, CALL_FLAGS, term.flags);
      if (term.key === "depth") return within(calls.depth, term.comparison);
      if (term.key === "calls") return within(calls.nCalls, term.comparison);
      if (term.key === "params") return within(calls.nParameters, term.comparison);
      if (!("patterns" in term)) throw new Error(`"${term.key}" is about arrays.`);
      const named = this.#paths.findNames(term.patterns);
      if (term.key === "under") {
        const meant = calls.transforms.map((names) => names.some((n) => named[n]));
        return maskOf(nCalls, (row) => meant[calls.under[row] ?? -1]);
      }
      if (term.key === "stream") {
        const chosen = maskOf(
          draws.call.length,
          (row) => named[draws.stream[row] ?? -1],
        );
        return anyBy(draws.call, chosen, nCalls);
      }
      const column = term.key === "class" ? calls.className : calls.method;
      return maskOf(nCalls, (row) => named[column[row] ?? -1]);
    });
  }

  #findCallPaths(term: PathTerm): Mask {
    const { path, label, className } = this.columns.calls;
    const inPaths = this.#findPaths(term);
    const found = maskOf(path.length, (row) => inPaths[path[row] ?? -1]);
    if (term.key === "word") {
      const named = this.#paths.findNames(term.patterns);
      return maskOf(
        path.length,
        (row) => found[row] || named[className[row] ?? -1] || named[label[row] ?? -1],
      );
    }
    if (term.key !== "path") return found;
    return any([found, ...this.#findLabels(term.paths)]);
  }

  /** For each path that ends as an address, the calls that have it. */
  #findLabels(paths: readonly PathPattern[]): Mask[] {
    const { path, label } = this.columns.calls;
    const ofCalls = paths.filter(namesCall);
    return ofCalls.map((it) => this.#paths.findLabel(it, path, label));
  }

  /** The paths that one of the patterns means as a whole. */
  #findWholePaths(patterns: readonly PathPattern[]): Mask {
    const found = any(patterns.map((pattern) => this.#paths.findPath(pattern)));
    if (patterns.some((pattern) => pattern.length === 0)) {
      // "/" means the outermost call, which of a bound submodule has a path.
      found[this.columns.calls.path[0] ?? 0] = 1;
    }
    return found;
  }

  /** The calls that are named by paths, or by one address in quotes. */
  #findCallers(paths: readonly PathPattern[]): Mask {
    const { path } = this.columns.calls;
    const [first] = paths[0] ?? [];
    if (first?.how === "address") return this.#findAddress(first.text);
    const inPaths = this.#findWholePaths(paths);
    const inCalls = maskOf(path.length, (row) => inPaths[path[row] ?? -1]);
    return any([inCalls, ...this.#findLabels(paths)]);
  }

  /** The calls with an address; "/" is the outermost one if none is called so. */
  #findAddress(address: string): Mask {
    const { path, label } = this.columns.calls;
    const found = this.#paths.findAddress(address, path, label);
    if (address === "/" && !found.includes(1)) found[0] = 1;
    return found;
  }

  /** The calls that the calls with a path made, themselves or further down. */
  #findBelow(paths: readonly PathPattern[]): Mask {
    const { path, depth } = this.columns.calls;
    const found = this.#findCallers(paths);
    let above = Number.POSITIVE_INFINITY;
    return maskOf(path.length, (row) => {
      const isBelow = (depth[row] ?? 0) > above;
      if (!isBelow) above = found[row] ? (depth[row] ?? 0) : Number.POSITIVE_INFINITY;
      return isBelow;
    });
  }

  /** For which arrays a term holds. */
  #findInValues(term: Term): Mask {
    return remember(this.#inValues, term, () => {
      const { kinds, values } = this.columns;
      const byKind = (meant: readonly boolean[]) =>
        maskOf(values.kind.length, (row) => meant[values.kind[row] ?? -1]);
      if (term.key === "is") {
        this.#refuseUnread(term.flags);
        return hasBits(values.flags, ARRAY_FLAGS, term.flags);
      }
      if (term.key === "shape") {
        return byKind(kinds.shapes.map((shape) => fitsShape(shape, term.axes)));
      }
      if (term.key === "size" || term.key === "bytes") {
        const numbers = term.key === "size" ? kinds.sizes : kinds.bytes;
        return byKind(Array.from(within(numbers, term.comparison), Boolean));
      }
      if (!("patterns" in term)) throw new Error(`"${term.key}" is about calls.`);
      const named = this.#paths.findNames(term.patterns);
      if (term.key === "dtype") {
        return byKind(kinds.dtypes.map((names) => names.some((name) => named[name])));
      }
      if (term.key === "param") {
        return maskOf(
          values.name.length,
          (row) => named[values.name[row] ?? -1] && this.#isParameter(row),
        );
      }
      return maskOf(values.name.length, (row) => named[values.collection[row] ?? -1]);
    });
  }

  /** Throws where "no hits" would read as "no NaN". */
  #refuseUnread(flags: readonly string[]): void {
    const needsValues = flags.some((flag) => flag === "nan" || flag === "inf");
    const { unreadReason } = this.columns;
    if (!needsValues || !unreadReason) return;
    throw new QueryError(
      `'is:${flags.join(",")}' finds nothing here: ${unreadReason}.`,
    );
  }
}

type PathTerm = Extract<Term, { key: "path" | "regex" }> | (Term & { key: "word" });

function isAboutPaths(term: Term): term is PathTerm {
  return term.key === "word" || term.key === "path" || term.key === "regex";
}

/** Whether a path ends as an address: in `Dense_0#2`, or `Dense_0.attend`. */
function namesCall(path: PathPattern): boolean {
  const last = path.at(-1)?.text ?? "";
  return last.includes("#") || last.includes(".");
}

/** Whether a shape is meant; `...` stands for any number of axes. */
function fitsShape(
  shape: readonly number[],
  axes: readonly (number | null)[],
): boolean {
  const nHead = axes.indexOf(ANY_AXES);
  if (nHead < 0) {
    const fits = (length: number, i: number) => axes[i] === null || axes[i] === length;
    return shape.length === axes.length && shape.every(fits);
  }
  const nTail = axes.length - nHead - 1;
  return (
    shape.length >= nHead + nTail &&
    fitsShape(shape.slice(0, nHead), axes.slice(0, nHead)) &&
    fitsShape(shape.slice(shape.length - nTail), axes.slice(nHead + 1))
  );
}

function hasBits(
  column: readonly number[],
  known: readonly string[],
  flags: readonly string[],
): Mask {
  const bits = flags.reduce((sum, flag) => sum | (1 << known.indexOf(flag)), 0);
  return maskOf(column.length, (row) => (column[row] ?? 0) & bits);
}

function within(numbers: readonly number[], { least, most }: Comparison): Mask {
  return maskOf(numbers.length, (row) => {
    const number = numbers[row] ?? 0;
    return (least === null || number >= least) && (most === null || number <= most);
  });
}

function isSubset(flags: readonly string[], of: readonly string[]): boolean {
  return flags.every((flag) => of.includes(flag));
}

function all(masks: readonly Mask[], length: number): Mask {
  return maskOf(length, (row) => masks.every((mask) => mask[row]));
}

function any(masks: readonly Mask[]): Mask {
  return maskOf(masks[0]?.length ?? 0, (row) => masks.some((mask) => mask[row]));
}

function remember(known: Map<Term, Mask>, term: Term, find: () => Mask): Mask {
  const mask = known.get(term) ?? find();
  known.set(term, mask);
  return mask;
}
