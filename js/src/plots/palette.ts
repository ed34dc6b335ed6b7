/**
 * Which colour a number gets: a palette from blue over the page's own surface to red
 * where values lie on both sides of zero, else one hue from the surface to full.
 */
import type { Theme } from "../theme";

type Rgb = readonly [number, number, number];

/** From the lowest number to the highest, at equal distances. */
const DIVERGING: Record<Theme, readonly Rgb[]> = {
  light: [
    [23, 66, 130],
    [77, 142, 200],
    [178, 209, 233],
    [246, 246, 246],
    [246, 197, 170],
    [219, 113, 84],
    [150, 24, 42],
  ],
  dark: [
    [166, 214, 255],
    [78, 152, 222],
    [35, 84, 138],
    [34, 35, 38],
    [134, 58, 44],
    [222, 110, 80],
    [255, 205, 176],
  ],
};

const SEQUENTIAL: Record<Theme, readonly Rgb[]> = {
  light: [
    [245, 248, 250],
    [176, 214, 220],
    [84, 163, 184],
    [32, 104, 141],
    [19, 48, 92],
  ],
  dark: [
    [28, 32, 38],
    [26, 75, 105],
    [41, 128, 153],
    [116, 188, 187],
    [224, 244, 214],
  ],
};

/** Neither palette comes near the stripe, for colour-blind eyes too. */
const NO_NUMBER: Record<Theme, readonly [Rgb, Rgb]> = {
  light: [
    [153, 17, 255],
    [255, 255, 255],
  ],
  dark: [
    [158, 48, 255],
    [20, 20, 22],
  ],
};

export interface Palette {
  isDiverging: boolean;
  low: number;
  high: number;
  /** The stripe and the ground of cells without a number. */
  noNumber: readonly [Rgb, Rgb];
  colorOf(value: number): Rgb;
}

export function paletteFor(low: number, high: number, theme: Theme): Palette {
  const isDiverging = low < 0 && high > 0;
  const stops = (isDiverging ? DIVERGING : SEQUENTIAL)[theme];
  const reach = Math.max(-low, high);
  const from = isDiverging ? -reach : low;
  const span = isDiverging ? 2 * reach : high - low;
  const colorOf = (value: number): Rgb => {
    if (!Number.isFinite(value)) return NO_NUMBER[theme][0];
    const share = span > 0 ? (value - from) / span : 0.5;
    return between(stops, Math.min(1, Math.max(0, share)));
  };
  return { isDiverging, low, high, noNumber: NO_NUMBER[theme], colorOf };
}

function between(stops: readonly Rgb[], share: number): Rgb {
  const place = share * (stops.length - 1);
  const index = Math.min(Math.floor(place), stops.length - 2);
  const [start, end] = [stops[index], stops[index + 1]];
  if (!start || !end) return [0, 0, 0];
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(start[channel] + (end[channel] - start[channel]) * (place - index));
  return [mix(0), mix(1), mix(2)];
}

/** The colours from the lowest to the highest number, at equal distances. */
export function colorsAlong(palette: Palette, nColors: number): string[] {
  const { low, high } = palette;
  return Array.from({ length: nColors }, (_, index) =>
    cssColor(palette.colorOf(low + ((high - low) * index) / (nColors - 1))),
  );
}

export const cssColor = ([red, green, blue]: Rgb): string =>
  `rgb(${red} ${green} ${blue})`;
