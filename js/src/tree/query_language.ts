/** What can be searched for, in the words of the help beside the search box. */

export interface QueryExample {
  /** A query that can be read. */
  query: string;
  /** What it finds. */
  meaning: string;
}

export const QUERY_RULE =
  "Terms are separated by spaces, and all must hold; “or” stands between alternatives, " +
  "so does a comma within a term; a minus, “!” or “not” before a term excludes it; quotes " +
  "keep spaces together; case does not matter. Terms about arrays must hold of one and " +
  "the same array of a call.";

export const QUERY_EXAMPLES: readonly QueryExample[] = [
  { query: "conv", meaning: "a name of the path, or a class, with “conv” in it" },
  { query: "Dense_*", meaning: "a whole name or class; * ? [ab] stand for characters" },
  { query: "encoder/*/mlp", meaning: "the whole path; ** for any number of names" },
  { query: "below:encoder", meaning: "what was called in it, however deep" },
  { query: "attn or mlp is:nan", meaning: "either of two queries" },
  { query: "class:Dense,Conv", meaning: "calls of these classes; also method:" },
  { query: "param:kernel shape:(*,64)", meaning: "a parameter of that name and shape" },
  { query: "shape:(3,3,...) bytes>4MB", meaning: "first axes, bytes of one array" },
  { query: "dtype:bf16 size>1M", meaning: "dtype, elements of one array" },
  {
    query: "params>1M depth<3",
    meaning: "elements in a call and below; calls around it",
  },
  { query: "collection:batch_stats", meaning: "a value of that collection" },
  {
    query: "stream:dropout under:scan",
    meaning: "draws from a stream, under a transform",
  },
  { query: "is:shared", meaning: "a parameter that more than one call read" },
  { query: "is:unused", meaning: "given, but read by no call; among the parameters" },
  {
    query: "is:changed -is:created",
    meaning: "changed by the run, but not made in it",
  },
  { query: "is:nan,inf", meaning: "values that hold NaN or an infinity" },
  { query: "is:stochastic", meaning: "calls that drew a key; also is:warning" },
  { query: "is:error,nested", meaning: "calls that raised; models inside the model" },
];
