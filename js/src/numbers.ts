/** How numbers that are computed here read: short, and exact enough to compare. */

/** Writes a measured value with four significant digits, e.g. "-0.01234". */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  }
  const size = Math.abs(value);
  const isPlain = size === 0 || (size >= 1e-4 && size < 1e6);
  const text = isPlain ? String(Number(value.toPrecision(4))) : value.toExponential(2);
  return text.replace("-", "−");
}

/** Writes a count with separators, e.g. "1,048,576". */
export function exactCount(count: number): string {
  return count.toLocaleString("en-US");
}
