/** Which parts of a piece of Python are comments, strings, keywords and decorators. */

interface Token {
  kind: "comment" | "string" | "keyword" | "decorator" | "plain";
  text: string;
}

const KEYWORDS =
  "and as assert async await break case class continue def del elif else except False " +
  "finally for from global if import in is lambda match None nonlocal not or pass raise " +
  "return self True try while with yield";

const PATTERN = new RegExp(
  [
    String.raw`(?<comment>#[^\n]*)`,
    String.raw`(?<string>(?:\b[rbfuRBFU]{1,2})?(?:"""[\s\S]*?(?:"""|(?![\s\S]))|'''[\s\S]*?(?:'''|(?![\s\S]))|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))`,
    String.raw`(?<decorator>(?<=^[ \t]*)@[\w.]+)`,
    String.raw`(?<keyword>\b(?:${KEYWORDS.split(" ").join("|")})\b)`,
  ].join("|"),
  "gm",
);

/** Cuts `source` into tokens; their texts in order are `source` again. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of source.matchAll(PATTERN)) {
    if (match.index > end) {
      tokens.push({ kind: "plain", text: source.slice(end, match.index) });
    }
    tokens.push({ kind: kindOf(match.groups ?? {}), text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < source.length) tokens.push({ kind: "plain", text: source.slice(end) });
  return tokens;
}

function kindOf(groups: Record<string, string | undefined>): Token["kind"] {
  if (groups.comment !== undefined) return "comment";
  if (groups.decorator !== undefined) return "decorator";
  return groups.keyword !== undefined ? "keyword" : "string";
}
