/**
 * What looks like an operator in a query and is none, and how it is written instead:
 * the twin of unflax_viz/search/mistakes.py.
 */
import { isOneOf, KEYS, NUMBER_KEYS } from "./terms";

/** The words of a query before the term that is read, and those after it. */
export interface Around {
  before: readonly string[];
  after: readonly string[];
}

const LOGIC = ["and", "or", "not"];
const LEADING = /^(?:==|!=|<>|>=|<=|=>|[=:≠≥≤]|[<>](?=[0-9]|$))/;
const COMPARED = /^([A-Za-z_]+)(!=|~=|[!~≠≥≤])(.*)$/s;
const TURNED = /^[0-9][0-9.]*[A-Za-z]{0,3}[<>=]/;
const LEFT_OUT = /^(?:[!-]|~(?=[\p{L}\p{N}_]))/u;
const WRITTEN: Readonly<Record<string, string>> = {
  "==": "=",
  ":": "=",
  "~": "=",
  "~=": "=",
  "=>": ">=",
  "≥": ">=",
  "≤": "<=",
};
const UNEQUAL = ["!=", "!", "<>", "≠"];

/**
 * What to write instead of a word; "" where it is an ordinary word.
 *
 * @param prefix "-" where the term is left out, else "".
 */
export function correctWord(prefix: string, word: string, around: Around): string {
  const { before, after } = around;
  const lowered = word.toLowerCase();
  const isBetween = after.length > 0 && (before.length > 0 || lowered === "not");
  if (LOGIC.includes(lowered) && (word === word.toUpperCase() || isBetween)) {
    return (
      "all terms must hold, '-' leaves one out, and a comma stands between " +
      "alternatives: class:Dense,Conv"
    );
  }
  const [, name = "", sign = "", rest = ""] = COMPARED.exec(word) ?? [];
  if (name && (isOneOf(KEYS, name.toLowerCase()) || !["!", "~"].includes(sign))) {
    return `such a term looks like ${comparison(prefix, name, sign, rest)}`;
  }
  const leading = LEADING.exec(word)?.[0];
  if (leading) {
    const value = word.slice(leading.length) || (after[0] ?? "");
    const written = comparison("", before.at(-1) ?? "", leading, value);
    return `such a term looks like ${written}, without spaces`;
  }
  if (TURNED.test(word)) return "what is compared stands in front: size>1M";
  if (word.startsWith("(")) {
    return (
      "terms have no parentheses around them, and a comma stands between " +
      "alternatives: class:Dense,Conv"
    );
  }
  return correctValue(prefix, word, around);
}

/**
 * What to write instead of a word, or of what stands after `class:`.
 *
 * @param prefix What belongs to the term and stands in front: "-", "class:", both or "".
 */
export function correctValue(prefix: string, value: string, around: Around): string {
  const leftOut = LEFT_OUT.exec(value)?.[0];
  if (leftOut) {
    const rest = value.slice(leftOut.length).replace(/^[!-]+/, "");
    const isWhole = rest !== "" && !rest.includes('"');
    const written = isWhole ? prefix.replace(/^-/, "") + rest : "is:shared";
    return `'-' leaves out a term: -${written}`;
  }
  if (value.includes("|")) {
    const written = alternatives(prefix, value, "|", around);
    return `a comma stands between alternatives: ${written}`;
  }
  if (value.includes("&") || value === "+") {
    const own = partsOf(value, /[&+]+/).map((part) => prefix + part);
    const terms = withNeighbours(value, "&+", own, around);
    const isWhole = terms.length > 1 && !terms.join("").includes('"');
    const written = isWhole ? terms.join(" ") : "class:Dense is:shared";
    return `all terms must hold: ${written}`;
  }
  if (value.startsWith(",") || (value.endsWith(",") && around.after.length > 0)) {
    const written = alternatives(prefix, value, ",", around);
    return `a comma stands between alternatives, without spaces: ${written}`;
  }
  return "";
}

const partsOf = (value: string, sign: string | RegExp) =>
  value.split(sign).filter(Boolean);

/** A comparison as it can be read, or an example of one. */
function comparison(prefix: string, name: string, sign: string, value: string): string {
  const key = name.toLowerCase();
  const isUnequal = UNEQUAL.includes(sign);
  if (!isOneOf(KEYS, key) || !value) return isUnequal ? "-size=12" : "size>=12";
  // What is left out and unequal is equal.
  const minus = isUnequal !== Boolean(prefix) ? "-" : "";
  if (!isOneOf(NUMBER_KEYS, key)) return `${minus}${key}:${value}`;
  return `${minus}${key}${isUnequal ? "=" : (WRITTEN[sign] ?? sign)}${value}`;
}

/** Words as alternatives, or an example where they are no mere words. */
function alternatives(
  prefix: string,
  value: string,
  sign: string,
  around: Around,
): string {
  const words = withNeighbours(value, sign, partsOf(value, sign), around);
  const isPlain = !/[:<>=",|&]/.test(words.join(""));
  const nPaths = words.filter((word) => word.includes("/")).length;
  const areAlike = words.length > 1 && (nPaths === 0 || nPaths === words.length);
  return isPlain && areAlike ? prefix + words.join(",") : "class:Dense,Conv";
}

/** Adds the words around, where a sign joins them to a value. */
function withNeighbours(
  value: string,
  signs: string,
  parts: readonly string[],
  { before, after }: Around,
): string[] {
  const last = signs.includes(value.at(0) ?? "") ? before.slice(-1) : [];
  const following = signs.includes(value.at(-1) ?? "") ? after.slice(0, 1) : [];
  return [...last, ...parts, ...following];
}
