/** One value in numbers: facts, histogram and heatmap, before beside after. */
import type { Channel, Reply } from "../channel";
import { element } from "../dom";
import type { ArrayEntry, Heatmap, Moment } from "../protocol";
import type { Theme } from "../theme";
import { float32sOf, uint32sOf } from "../wire";
import { changesGrid, factsGrid } from "./facts";
import { emptyView, failureView, sentenceOf } from "./failure";
import { heatmapView } from "./heatmap";
import { histogramView } from "./histogram";

type ArrayReply = Reply<"array">;

/** What came for one moment: numbers, or a sentence instead. */
interface Outcome {
  moment: Moment;
  reply: ArrayReply | null;
  sentence: string;
}

/** Asks for each moment of an entry; null when a later entry has overtaken it. */
export async function loadOutcomes(
  channel: Channel,
  address: string,
  entry: ArrayEntry,
): Promise<Outcome[] | null> {
  const { group, collection, name } = entry;
  const load = async (moment: Moment): Promise<Outcome | null> => {
    try {
      const question = { address, group, collection, name, moment } as const;
      const reply = await channel.ask(
        { kind: "array", ...question },
        `array ${moment}`,
      );
      return { moment, reply, sentence: "" };
    } catch (error) {
      const sentence = sentenceOf(error);
      return sentence === null ? null : { moment, reply: null, sentence };
    }
  };
  const outcomes = await Promise.all(entry.moments.map(load));
  return outcomes.every((outcome) => outcome !== null) ? outcomes : null;
}

export function arrayCard(outcomes: readonly Outcome[], theme: Theme): HTMLElement {
  const isCompared = outcomes.length > 1;
  const range = sharedRange(outcomes);
  const pictures = outcomes.map((outcome) => picturesOf(outcome, range, theme));
  const moments = outcomes.map(({ moment }, index) =>
    element(
      "div",
      { class: "uv-moment" },
      isCompared || moment === "after"
        ? element("h5", { class: "uv-heading" }, moment)
        : null,
      ...(pictures[index] ?? []),
    ),
  );
  return element(
    "div",
    { class: "uv-card" },
    factsOf(outcomes),
    pictures.flat().length > 0
      ? element("div", { class: "uv-moments" }, ...moments)
      : null,
  );
}

function factsOf(outcomes: readonly Outcome[]): HTMLElement | null {
  const [first, second] = outcomes.flatMap(({ reply }) =>
    reply ? [reply.answer.facts] : [],
  );
  if (first && second) return changesGrid(first, second);
  return first ? factsGrid(first) : null;
}

/** A value that is no array, as it is. */
export function valueCard(entry: ArrayEntry): HTMLElement {
  const text = entry.valueText || "This is not an array, and too large to show here.";
  return element(
    "div",
    { class: "uv-card" },
    element("pre", { class: "uv-value" }, text),
  );
}

interface Range {
  low: number;
  high: number;
}

function sharedRange(outcomes: readonly Outcome[]): Range {
  const heatmaps = outcomes
    .map(({ reply }) => reply?.answer.heatmap)
    .filter((heatmap): heatmap is Heatmap => heatmap != null);
  return {
    low: Math.min(...heatmaps.map(({ low }) => low)),
    high: Math.max(...heatmaps.map(({ high }) => high)),
  };
}

function picturesOf(
  { reply, sentence }: Outcome,
  range: Range,
  theme: Theme,
): HTMLElement[] {
  if (!reply) return [failureView(sentence)];
  const { note, histogram, heatmap } = reply.answer;
  const views: HTMLElement[] = note ? [emptyView(note)] : [];
  if (histogram) {
    views.push(histogramView(histogram, uint32sOf(reply.buffers[histogram.buffer])));
  }
  if (heatmap) {
    const cells = float32sOf(reply.buffers[heatmap.buffer]);
    views.push(heatmapView(heatmap, cells, { theme, ...range }));
  }
  return views;
}
