/** What a query that finds nothing, or that cannot be read, was probably meant to be. */
import { type Columns, textsOf } from "./columns";
import { parseQuery, QueryError, type Term, tablesOfFlags } from "./query";

/** Letters that two words may differ in: one, and another for every four. */
const LETTERS_PER_SLIP = 4;

/** Of a longer run the first names are compared. */
const MAX_NAMES = 20_000;

/** How many queries are tried for each term. */
const MAX_TRIED = 3;

/** A term with a value: what comes before the value, and the value. */
const KEYED = /^([-!]?\s*)([a-z_]+)(\s*[:<>=!≥≤≠]+\s*)(.+)$/is;

/** Of kinds of values that are compared with names. */
const NAMED = new Set(["text", "texts", "path", "below"]);

/**
 * Returns the query that was probably meant; "" where nothing is close.
 *
 * @param finds Whether a query can be read and finds something.
 */
export function nearestQuery(
  query: string,
  columns: Columns,
  finds: (query: string) => boolean,
): string {
  let terms: Term[][];
  try {
    terms = parseQuery(query, columns.schema);
  } catch (error) {
    return error instanceof QueryError ? respelled(query, error, columns) : "";
  }
  for (const { start, end } of terms.flat()) {
    const word = query.slice(start, end);
    for (const other of similarTerms(word, columns)) {
      const meant = query.slice(0, start) + other + query.slice(end);
      if (finds(meant)) return meant;
    }
  }
  return terms.length === 1 ? withoutOneTerm(query, terms[0] ?? [], finds) : "";
}

/** Of names, those that are most like a word; it itself is not among them. */
export function nearestNames(word: string, names: Iterable<string>): string[] {
  const wanted = word.toLowerCase();
  const costs = new Map<string, number>();
  for (const name of names) {
    const cost = costOf(wanted, name.toLowerCase());
    if (cost > 0 && cost < Number.POSITIVE_INFINITY) costs.set(name, cost);
  }
  const surplus = (name: string) => Math.abs(name.length - word.length);
  return [...costs]
    .sort(([a, costA], [b, costB]) => costA - costB || surplus(a) - surplus(b))
    .map(([name]) => name);
}

/** The query with its key or its flag as one that there is. */
function respelled(query: string, { start, end }: QueryError, columns: Columns) {
  const [, not, key, operator, value] = KEYED.exec(query.slice(start, end)) ?? [];
  if (key === undefined || value === undefined) return "";
  const keys = columns.schema.flatMap((table) => table.columns.map((it) => it.key));
  const flags = tablesOfFlags(columns.schema).keys();
  const isFlag = key.toLowerCase() === "is";
  const [near] = isFlag ? nearestNames(value, flags) : nearestNames(key, keys);
  if (near === undefined) return "";
  const term = isFlag ? key + operator + near : near + operator + value;
  const meant = query.slice(0, start) + not + term + query.slice(end);
  try {
    parseQuery(meant, columns.schema);
  } catch {
    return "";
  }
  return meant;
}

/** The term with names of this run in the place of a name that none has. */
function similarTerms(term: string, columns: Columns): string[] {
  if (/[*?["|,]/.test(term)) return [];
  const [, not = "", key = "", operator = "", value = term] = KEYED.exec(term) ?? [];
  if (not) return [];
  const names = namesUnder(key.toLowerCase(), columns);
  const parts = value.split("/");
  return parts
    .flatMap((part, index) => {
      if (!part || names.has(part.toLowerCase())) return [];
      return nearestNames(part, names.values())
        .slice(0, MAX_TRIED)
        .map((name) => parts.map((it, at) => (at === index ? name : it)).join("/"));
    })
    .map((meant) => key + operator + quoted(meant));
}

/** The names that a value of a key is compared with, by their small letters. */
function namesUnder(key: string, columns: Columns): Map<string, string> {
  const found = new Set<number>();
  for (const { name: table, columns: declared } of columns.schema) {
    for (const column of declared) {
      const isAsked = key === "" ? column.in_words : column.key === key;
      if (!isAsked || !NAMED.has(column.kind)) continue;
      const numbers = columns.tables[table]?.columns[column.key] ?? [];
      const { parents, last_names } = columns.paths;
      if (column.kind === "text") for (const it of Array.from(numbers)) found.add(it);
      else if (column.kind === "texts") {
        for (const it of Array.from(numbers))
          columns.sets[it]?.forEach(found.add, found);
      } else if (parents.length > 0) Array.from(last_names, (it) => found.add(it));
    }
  }
  const known = textsOf(columns).names;
  const names = new Map<string, string>();
  for (const number of found) {
    if (names.size === MAX_NAMES) break;
    const name = columns.names[number];
    if (name) names.set(known[number] ?? name, name);
  }
  return names;
}

/** The query without the first term that keeps it from finding anything. */
function withoutOneTerm(
  query: string,
  terms: readonly Term[],
  finds: (query: string) => boolean,
): string {
  if (terms.length < 2) return "";
  const shorter = terms.map(({ start, end }) =>
    `${query.slice(0, start).trim()} ${query.slice(end).trim()}`.trim(),
  );
  return shorter.find(finds) ?? "";
}

/** How far a name is from a word: 0 if they are the same, infinite if far apart. */
function costOf(word: string, name: string): number {
  const most = 1 + Math.floor(word.length / LETTERS_PER_SLIP);
  const isBeginning = word.length > 2 && name.startsWith(word);
  if (isBeginning && name !== word) return 1;
  if (Math.abs(word.length - name.length) > most) return Number.POSITIVE_INFINITY;
  const slips = slipsBetween(word, name);
  const isClose = slips <= most && slips < Math.min(word.length, name.length);
  return isClose ? slips : Number.POSITIVE_INFINITY;
}

/** Letters to insert, leave out or replace; two that are swapped count once. */
function slipsBetween(a: string, b: string): number {
  let [before, last] = [
    [] as number[],
    Array.from({ length: b.length + 1 }, (_, j) => j),
  ];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const at = (numbers: number[], index: number) =>
        numbers[index] ?? Number.POSITIVE_INFINITY;
      row.push(
        Math.min(
          at(last, j) + 1,
          at(row, j - 1) + 1,
          at(last, j - 1) + (isSame ? 0 : 1),
          isSwapped ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

const quoted = (text: string) => (/[\s&]/.test(text) ? `"${text}"` : text);
