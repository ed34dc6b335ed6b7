/** What came for one array: facts, users and sharding once, pictures for each side. */

import { float32sOf, uint32sOf } from "../buffers";
import type { Reply } from "../channel";
import { element } from "../controls/dom";
import { emptyView, failureView } from "../controls/failure";
import type { PanelContext } from "../panels/context";
import { type HeatmapOptions, heatmapView } from "../plots/heatmap";
import { HistogramView } from "../plots/histogram";
import { smallMultiplesView } from "../plots/small_multiples";
import type { ArrayAnswer, ArrayItem, Fact, Heatmap, Side } from "../protocol";
import { comparisonTable, factsGrid, factsLine } from "./facts";
import { shardingView } from "./sharding";
import { joinedOnce, noDifferenceColumn, sideColumn, sideHeading } from "./side";
import { axisText } from "./slices";
import { usersView } from "./users";

/** What came for one side: numbers, or a sentence instead. */
export interface Outcome {
  side: Side;
  reply: Reply<"array"> | null;
  sentence: string;
}

export interface OutcomeOptions {
  address: string;
  entry: ArrayItem;
  context: PanelContext;
  /** What the pictures are of. */
  title: string;
  /** Called where the reader chooses one of several pictures. */
  fix(axis: number, index: number): void;
  nameFile(side: Side, ending: string): string;
}

interface Range {
  low: number;
  high: number;
}

export function loadedViews(
  outcomes: readonly Outcome[],
  options: OutcomeOptions,
): HTMLElement[] {
  const { entry, context } = options;
  const histograms: HistogramView[] = [];
  const chooseScale = (isLog: boolean) => {
    context.settings.isLog = isLog;
    for (const histogram of histograms) histogram.setLog(isLog);
  };
  const compared = comparedOutcomes(outcomes);
  const isNamed = outcomes.length > 1 || entry.group === "state";
  const columns = outcomes.map((outcome) => {
    const views = picturesOf(outcome, rangeFor(outcome, outcomes), options, {
      histograms,
      chooseScale,
    });
    const hasPlace = compared.includes(outcome) || outcomes.length === 1;
    if (views.length === 0 && hasPlace) return null;
    const heading = isNamed ? sideHeading(outcome.side, entry, context) : [];
    return sideColumn(heading, ...views);
  });
  const tableHeading = (outcome: Outcome) =>
    columns[outcomes.indexOf(outcome)]
      ? [outcome.side]
      : sideHeading(outcome.side, entry, context);
  const pictures = [...columns, noDifferenceColumn(entry)].filter((it) => it !== null);
  return [
    ...aboutViews(outcomes, options),
    ...statistics(outcomes, compared, entry.value_texts.length > 0, tableHeading),
    ...(pictures.length > 0
      ? [element("div", { class: "uv-sides" }, ...pictures)]
      : []),
  ];
}

/** What is known without the numbers. */
function aboutViews(
  outcomes: readonly Outcome[],
  { address, context }: OutcomeOptions,
): HTMLElement[] {
  const [first] = answersOf(outcomes);
  if (!first) return [];
  const about = mergedAbout(outcomes);
  const views: (HTMLElement | null)[] = [
    about.length > 0 ? factsLine(about) : null,
    usersView(first.users, first.n_users, address, context.select),
    first.sharding ? shardingView(first.sharding) : null,
  ];
  return views.filter((view) => view !== null);
}

const answersOf = (outcomes: readonly Outcome[]): ArrayAnswer[] =>
  outcomes.flatMap(({ reply }) => (reply ? [reply.answer] : []));

/** Each fact once, or with an arrow where the run changed it. */
function mergedAbout(outcomes: readonly Outcome[]): Fact[] {
  const facts = answersOf(outcomes).flatMap(({ about }) => about);
  const labels = [...new Set(facts.map(({ label }) => label))];
  return labels.map((label) => {
    const alike = facts.filter((fact) => fact.label === label);
    return {
      label,
      text: joinedOnce(alike.map(({ text }) => text)),
      exact: joinedOnce(alike.map(({ exact }) => exact)),
    };
  });
}

/** Those whose numbers stand in a table, so that each is told with its side. */
const comparedOutcomes = (outcomes: readonly Outcome[]): Outcome[] =>
  outcomes.length > 1 ? outcomes.filter(({ reply }) => reply?.answer.facts.length) : [];

function statistics(
  outcomes: readonly Outcome[],
  compared: readonly Outcome[],
  isValueShown: boolean,
  heading: (outcome: Outcome) => (Node | string)[],
): HTMLElement[] {
  if (compared.length > 0) {
    const columns = compared.map((outcome) => ({
      heading: heading(outcome),
      facts: outcome.reply?.answer.facts ?? [],
    }));
    return [comparisonTable(columns)];
  }
  const facts = answersOf(outcomes).flatMap((answer) => answer.facts);
  const isSaid = facts.length === 0 || (isValueShown && facts.length === 1);
  return isSaid ? [] : [factsGrid(facts)];
}

/** Before and after share their colours; a difference has its own. */
function rangeFor({ side }: Outcome, outcomes: readonly Outcome[]): Range {
  const isDifference = side === "difference";
  const heatmaps = outcomes
    .filter((outcome) => (outcome.side === "difference") === isDifference)
    .map(({ reply }) => reply?.answer.heatmap)
    .filter((heatmap): heatmap is Heatmap => heatmap != null);
  const low = Math.min(...heatmaps.map(({ low }) => low));
  const high = Math.max(...heatmaps.map(({ high }) => high));
  if (!isDifference) return { low, high };
  const reach = Math.max(Math.abs(low), Math.abs(high));
  return { low: -reach, high: reach };
}

function picturesOf(
  { side, reply, sentence }: Outcome,
  range: Range,
  options: OutcomeOptions,
  {
    histograms,
    chooseScale,
  }: { histograms: HistogramView[]; chooseScale(isLog: boolean): void },
): HTMLElement[] {
  if (!reply) return [failureView(sentence)];
  const { title, nameFile, context } = options;
  const { note, histogram, heatmap } = reply.answer;
  const views: HTMLElement[] = note ? [emptyView(note)] : [];
  const named = side === "before" ? title : `${title}, ${side}`;
  if (histogram) {
    const view = new HistogramView(
      histogram,
      uint32sOf(reply.buffers[histogram.buffer]),
      {
        title: named,
        fileName: nameFile(side, "svg"),
        theme: context.theme(),
        isLog: context.settings.isLog,
        chooseScale,
      },
    );
    histograms.push(view);
    views.push(view.element);
  }
  if (heatmap) {
    const cells = float32sOf(reply.buffers[heatmap.buffer]);
    const fileName = nameFile(side, "png");
    const theme = context.theme();
    const drawn = { theme, ...range, title: named, fileName };
    views.push(heatmapsView(heatmap, cells, drawn, options));
  }
  return views;
}

/** One picture, or one for each index of an axis. */
function heatmapsView(
  heatmap: Heatmap,
  cells: Float32Array,
  drawn: HeatmapOptions,
  { entry, fix }: OutcomeOptions,
): HTMLElement {
  const { each } = heatmap;
  const axis = each === null ? undefined : entry.axes[each];
  if (each === null || !axis) return heatmapView(heatmap, cells, drawn);
  return smallMultiplesView(heatmap, cells, {
    ...drawn,
    axisName: axisText(axis, each),
    fix: (index) => fix(each, index),
  });
}
