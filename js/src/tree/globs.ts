/**
 * Writes globs as regular expressions that take time in proportion to the text, as
 * unflax_viz/query/globs.py does. What a lookahead has found is not looked for again,
 * which stands for the atomic groups that JavaScript lacks.
 */

const WILDCARD = /\*+|\?|\[(!?)(\]?[^\]]*)\]/g;

/** Tells whether a name is meant: `*` any characters, `?` one, `[ab]`, `[!ab]`. */
export function nameFits(glob: string): (name: string) => boolean {
  const regex = new RegExp(`^${new Writer().name(glob)}$`, "s");
  return (name) => regex.test(name);
}

/** Tells whether a path such as "/encoder/dense_0" is meant; `**` is any names. */
export function pathFits(glob: string): (path: string) => boolean {
  const regex = new RegExp(`^${new Writer().path(glob)}$`, "s");
  return (path) => regex.test(path);
}

class Writer {
  #nGroups = 0;

  name(glob: string): string {
    const chunks = [""];
    const add = (text: string) => {
      chunks[chunks.length - 1] += text;
    };
    let position = 0;
    for (const found of glob.matchAll(WILDCARD)) {
      add(escaped(glob.slice(position, found.index)));
      position = found.index + found[0].length;
      if (found[0].startsWith("*")) chunks.push("");
      else add(character(found[0], found[1] ?? "", found[2] ?? ""));
    }
    add(escaped(glob.slice(position)));
    const [first = "", ...others] = chunks;
    const last = others.pop();
    const found = others.map((chunk) => this.#once(`[^/]*?${chunk}`));
    return [first, ...found, last === undefined ? "" : `[^/]*${last}`].join("");
  }

  path(glob: string): string {
    // Runs of names, each but the first after any number of names.
    const runs: string[][] = [[]];
    let isAfterAny = false;
    for (const name of glob.split("/")) {
      if (name !== "**") runs.at(-1)?.push(name);
      else if (!isAfterAny) runs.push([]);
      isAfterAny = name === "**";
    }
    const [first = "", ...others] = runs.map((run) =>
      run.map((name) => `/${this.name(name)}`).join(""),
    );
    const last = others.pop();
    if (last === undefined) return first;
    const found = others.map((run) => this.#once(`(?:/[^/]*)*?${run}(?=/|$)`));
    return [first, ...found, `(?:/.*)?${last}`].join("");
  }

  /** Matches what fits first, and never tries again. */
  #once(regex: string): string {
    this.#nGroups += 1;
    // Groups count from the left, where each opens before those within it.
    return `(?=(?<g${this.#nGroups}>${regex}))\\k<g${this.#nGroups}>`;
  }
}

function character(wildcard: string, no: string, set: string): string {
  if (wildcard === "?") return "[^/]";
  const inside = set.replace(/[\\[\]^&~|]/g, "\\$&");
  const characters = `(?!/)[${no ? "^" : ""}${inside}]`;
  try {
    new RegExp(characters);
  } catch {
    return "(?!)"; // Nothing is between z and a.
  }
  return characters;
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
