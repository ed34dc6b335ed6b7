/** How numbers that are computed here read: short, and exact enough to compare. */

/** Writes a value with four significant digits, as Python writes its facts. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  const isPlain = !(size > 0) || (size >= 1e-4 && size < 1e6);
  return isPlain ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

/** Writes a count with separators, e.g. "1,048,576". */
export function exactCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Writes how many there are, e.g. "1 row", "1,200 rows". */
export function countedText(count: number, noun: string): string {
  return `${exactCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Writes a count in at most five letters, e.g. "950", "12.3k", "1.2M". */
export function shortCount(count: number): string {
  if (count < 1000) return String(count);
  const [divisor, letter] = count < 999_500 ? [1e3, "k"] : ([1e6, "M"] as const);
  return `${Number((count / divisor).toPrecision(3))}${letter}`;
}
