/** What can be searched for, in the words of the help beside the search box. */

export interface QueryExample {
  /** A query that can be read. */
  query: string;
  /** What it finds. */
  meaning: string;
}

export const QUERY_RULE =
  "Terms are separated by spaces, and all must hold; a minus before a term denies it, " +
  "quotes keep spaces together, upper and lower case are the same. Terms about arrays " +
  "must hold of one and the same array of a call.";

export const QUERY_EXAMPLES: readonly QueryExample[] = [
  { query: "conv", meaning: "a name on the path, or a class, with “conv” in it" },
  { query: "Dense_*", meaning: "a whole name or class; * ? [..] stand for letters" },
  { query: "encoder/*/mlp", meaning: "a whole path; ** for several names" },
  { query: "/block_[0-3]/", meaning: "a regular expression, in the path" },
  { query: "class:Conv method:__call__", meaning: "class and method" },
  { query: "param:kernel shape:(*,64)", meaning: "name and shape of an array" },
  { query: "dtype:bf16 size>1M", meaning: "dtype, elements of one array" },
  { query: "shape:(3,3,...) bytes>4MB", meaning: "the first axes, bytes of one array" },
  {
    query: "params>1M depth<3 calls>3",
    meaning: "elements, depth, calls below a call",
  },
  { query: "collection:batch_stats", meaning: "the collection of an array" },
  { query: "stream:dropout under:scan", meaning: "the RNG stream, the transform" },
  { query: "is:shared is:unused", meaning: "shared by several calls, read by none" },
  {
    query: "is:changed -is:created",
    meaning: "changed by the run, but not made in it",
  },
  { query: "is:nan is:inf", meaning: "values that are no numbers" },
  { query: "is:stochastic is:stacked", meaning: "draws keys, has a layer axis" },
  { query: "is:nested is:error", meaning: "a model inside a model, raised" },
];
