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
