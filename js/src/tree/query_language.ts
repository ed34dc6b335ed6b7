/** What can be searched for, in the words of the help beside the search box. */
import type { TableSchema } from "./columns";

export interface QueryExample {
  /** A query that can be read. */
  query: string;
  /** What it finds. */
  meaning: string;
}

export const QUERY_RULE =
  "Separate terms by spaces; all must hold, those about arrays of one and the same " +
  "array. “or” and commas stand between alternatives; “-”, “!” or “not” excludes; " +
  "quotes keep spaces.";

/** What does not depend on the columns. */
export const SYNTAX_EXAMPLES: readonly QueryExample[] = [
  { query: "conv", meaning: "a name of the path, or a class, with “conv” in it" },
  { query: "Dense_*", meaning: "a whole name or class; * ? [ab] stand for characters" },
  { query: "encoder/*/mlp", meaning: "the whole path; ** for any number of names" },
  { query: "attn or mlp is:nan", meaning: "either of two queries" },
  {
    query: "class:Dense,Conv -depth<2",
    meaning: "either class, but not near the root",
  },
];

/** An example of each key and of each flag that the columns declare. */
export function examplesOf(schema: readonly TableSchema[]): QueryExample[] {
  const examples = new Map<string, string>();
  const columns = schema.flatMap((table) => table.columns);
  for (const { key, flags, example, meaning } of columns) {
    if (flags.length === 0) examples.set(example, plain(meaning));
    for (const it of flags) {
      const query = `${key}:${it.flag}`;
      if (!examples.has(query)) examples.set(query, plain(it.meaning));
    }
  }
  return Array.from(examples, ([query, meaning]) => ({ query, meaning }));
}

/** The first words of a meaning, without the marks of Markdown. */
const plain = (meaning: string) => (meaning.split(";")[0] ?? "").replace(/[`*]/g, "");
