/** Where the bars of a histogram stand, on a page and in a file. */

import type { Histogram } from "../protocol";
import { toldApart } from "../values/numbers";

/** How high the highest bar is. */
export const HEIGHT = 100;

/** Fewer bins than this do not fill the width, or one bin would be a wall. */
const N_PLACES = 12;

export function barHeight(count: number, maxCount: number, isLog: boolean): number {
  if (count === 0 || maxCount === 0) return 0;
  const share = isLog ? Math.log1p(count) / Math.log1p(maxCount) : count / maxCount;
  return Math.max(1.5, share * HEIGHT);
}

/** Where the plot begins, in bins, and how many it has room for. */
export function placesOf({
  n_bins: nBins,
}: Histogram): [from: number, nPlaces: number] {
  const nPlaces = Math.max(nBins, N_PLACES);
  return [(nBins - nPlaces) / 2, nPlaces];
}

/** The two ends as they are written, told apart where short they would read the same. */
export function endTexts({ low, high }: Histogram): readonly [string, string] {
  const isAlike = low.text === high.text && low.exact !== high.exact;
  return isAlike ? toldApart([low.exact, high.exact]) : [low.text, high.text];
}
