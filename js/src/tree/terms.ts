/** What a query can ask for, once it is read: the twin of unflax_viz/search/terms.py. */
import type { PathPattern, Pattern } from "./pattern";
import type { Regex } from "./regex";

const TEXT_KEYS = [
  "class",
  "method",
  "param",
  "collection",
  "stream",
  "under",
  "dtype",
] as const;
export const PATH_KEYS = ["path", "below"] as const;
export const NUMBER_KEYS = ["size", "bytes", "params", "calls", "depth"] as const;
export const CALL_FLAGS = [
  "stochastic",
  "warning",
  "nested",
  "error",
  "captured",
] as const;
export const ARRAY_FLAGS = [
  "shared",
  "unused",
  "changed",
  "created",
  "stacked",
  "nan",
  "inf",
] as const;
export const FLAGS = [...ARRAY_FLAGS, ...CALL_FLAGS];
const ARRAY_KEYS = ["param", "collection", "dtype", "shape", "size", "bytes"];

export type TextKey = (typeof TEXT_KEYS)[number];
export type NumberKey = (typeof NUMBER_KEYS)[number];
export type PathKey = (typeof PATH_KEYS)[number];
export type Key = TextKey | PathKey | NumberKey | "shape" | "is";

export const KEYS: readonly Key[] = [
  ...TEXT_KEYS,
  ...PATH_KEYS,
  "shape",
  ...NUMBER_KEYS,
  "is",
];

/** Stands in a shape for any number of axes. */
export const ANY_AXES = -1;

/** A range of whole numbers; null without a limit. */
export interface Comparison {
  least: number | null;
  most: number | null;
}

/** What is wanted of one key. Patterns, flags and paths are alternatives. */
export type Wanted =
  | { key: "word" | TextKey; patterns: readonly Pattern[] }
  | { key: "path"; paths: readonly PathPattern[] }
  | { key: "below"; paths: readonly PathPattern[] }
  | { key: "regex"; regex: Regex }
  | { key: "shape"; axes: readonly (number | null)[] }
  | { key: NumberKey; comparison: Comparison }
  | { key: "is"; flags: readonly string[] };

/** One condition of a query. */
export type Term = Wanted & { isNegated: boolean };

/** Whether a term must hold of the same array as the others of its kind. */
export function isAboutArrays(term: Term): boolean {
  if (term.key === "is") return isOneOf(ARRAY_FLAGS, term.flags[0] ?? "");
  return ARRAY_KEYS.includes(term.key);
}

export function isOneOf<T extends string>(
  known: readonly T[],
  text: string,
): text is T {
  return (known as readonly string[]).includes(text);
}
