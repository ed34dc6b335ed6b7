/** How numbers that are computed here read: short, and exact enough to compare. */

/** Writes a value with four significant digits, as `format_number` does in Python. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value)) return String(size === 0 ? 0 : value);
  if (size >= 9999.5 && size < 999_999.5) return exactCount(Math.round(value));
  const rounded = Number(value.toPrecision(4));
  const isPlain = Math.abs(rounded) >= 1e-4 && Math.abs(rounded) < 1e4;
  return isPlain ? String(rounded) : withTwoDigitPower(rounded.toExponential());
}

/** Writes a power as Python does: 1e+06, where JavaScript has 1e+6. */
const withTwoDigitPower = (text: string): string =>
  text.replace(/e([+-])(\d)$/, "e$10$2");

/** As many digits as any float64 needs. */
const MAX_DIGITS = 17;

/**
 * Writes two values that are not the same with as many digits as tell them apart.
 *
 * @param exacts The values in full, as Python writes them; given back where more digits
 *   do not help.
 */
export function toldApart(
  exacts: readonly [string, string],
): readonly [string, string] {
  const [left, right] = exacts.map((exact) => Number(exact.replaceAll(",", "")));
  if (left === undefined || right === undefined) return exacts;
  if (!Number.isFinite(left) || !Number.isFinite(right)) return exacts;
  for (let nDigits = 5; nDigits < MAX_DIGITS; nDigits++) {
    const texts = [longNumber(left, nDigits), longNumber(right, nDigits)] as const;
    if (texts[0] !== texts[1]) return texts;
  }
  return exacts;
}

/** Writes two values short, or with as many digits as tell them apart. */
export function shortPair(left: number, right: number): readonly [string, string] {
  const texts = [shortNumber(left), shortNumber(right)] as const;
  if (left === right || texts[0] !== texts[1]) return texts;
  return toldApart([String(left), String(right)]);
}

/** Zeros in the place of digits that were left out would read as if they were known. */
function longNumber(value: number, nDigits: number): string {
  const size = Math.abs(value);
  const isPlain = size === 0 || (size >= 1e-4 && size < 10 ** nDigits);
  return isPlain
    ? value.toLocaleString("en-US", { maximumSignificantDigits: nDigits })
    : withTwoDigitPower(value.toExponential(nDigits - 1));
}

/** Writes a number of 32 bits with as few digits as no other one has. */
export function exactFloat32(value: number): string {
  for (let nDigits = 1; nDigits < 9; nDigits++) {
    const text = value.toPrecision(nDigits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
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
