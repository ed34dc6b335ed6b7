/**
 * Texts that names are compared with: the twin of `Pattern` in
 * unflax_viz/search/terms.py. `*`, `?` and `[..]` mean what Python's fnmatch says.
 */

export interface Pattern {
  /** In lower case. */
  text: string;
  how: "contains" | "equals" | "fits" | "address";
}

/** One pattern for each name of a path; null for `**`, any number of names. */
export type PathPattern = readonly (Pattern | null)[];

/** What one part of a glob takes: any letters, or one letter of a kind. */
type Part = "*" | ((letter: string) => boolean);

/** Makes a test for names in lower case. */
export function testFor({ text, how }: Pattern): (name: string) => boolean {
  if (how === "contains") return (name) => name.includes(text);
  if (how === "equals") return (name) => name === text;
  const parts = readGlob(Array.from(text));
  return (name) => fits(parts, Array.from(name));
}

function readGlob(letters: readonly string[]): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < letters.length; i += 1) {
    const letter = letters[i] ?? "";
    const end = letter === "[" ? endOfSet(letters, i) : -1;
    if (letter === "*") {
      if (parts.at(-1) !== "*") parts.push("*");
    } else if (letter === "?") parts.push(() => true);
    else if (end > 0) {
      parts.push(readSet(letters.slice(i + 1, end)));
      i = end;
    } else parts.push((other) => other === letter);
  }
  return parts;
}

/** Where the `]` of a set is that opens at `start`; -1 where there is none. */
function endOfSet(letters: readonly string[], start: number): number {
  let first = start + 1;
  if (letters[first] === "!") first += 1;
  // A bracket at the beginning belongs to the set.
  return letters.indexOf("]", first + 1 <= letters.length ? first + 1 : first);
}

function readSet(members: readonly string[]): (letter: string) => boolean {
  const isNegated = members[0] === "!";
  const ranges: [string, string][] = [];
  for (let i = isNegated ? 1 : 0; i < members.length; i += 1) {
    const low = members[i] ?? "";
    const high = members[i + 2];
    if (members[i + 1] === "-" && high !== undefined) {
      ranges.push([low, high]);
      i += 2;
    } else ranges.push([low, low]);
  }
  return (letter) =>
    ranges.some(([low, high]) => low <= letter && letter <= high) !== isNegated;
}

/** Goes back only to the last `*`: what an earlier one takes is as good as it gets. */
function fits(parts: readonly Part[], letters: readonly string[]): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < letters.length; ) {
    const part = parts[at];
    if (part === "*") {
      star = at;
      resume = i;
      at += 1;
    } else if (part?.(letters[i] ?? "")) {
      at += 1;
      i += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      i = resume;
    } else return false;
  }
  while (parts[at] === "*") at += 1;
  return at === parts.length;
}
