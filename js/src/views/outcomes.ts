/** What came for one array: facts, users and sharding once, pictures for each moment. */
import type { Reply } from "../channel";
import { element } from "../dom";
import type { ArrayAnswer, Heatmap, Moment } from "../protocol";
import { float32sOf, uint32sOf } from "../wire";
import type { PanelContext } from "./context";
import { comparisonTable, factsGrid, factsLine } from "./facts";
import { emptyView, failureView } from "./failure";
import { heatmapView } from "./heatmap";
import { HistogramView } from "./histogram";
import { shardingView } from "./sharding";
import { usersView } from "./users";

/** What came for one moment: numbers, or a sentence instead. */
export interface Outcome {
  moment: Moment;
  reply: Reply<"array"> | null;
  sentence: string;
}

export interface OutcomeOptions {
  address: string;
  context: PanelContext;
  /** Whether the value itself is above already, as text. */
  isValueShown: boolean;
  /** Whether moments are named even where there is only one. */
  isState: boolean;
  /** What the pictures are of. */
  title: string;
  nameFile(moment: Moment, ending: string): string;
}

interface Range {
  low: number;
  high: number;
}

export function loadedViews(
  outcomes: readonly Outcome[],
  options: OutcomeOptions,
): HTMLElement[] {
  const first = outcomes.find(({ reply }) => reply)?.reply?.answer;
  const histograms: HistogramView[] = [];
  const chooseScale = (isLog: boolean) => {
    options.context.settings.isLog = isLog;
    for (const histogram of histograms) histogram.setLog(isLog);
  };
  const columns = outcomes.map((outcome) => {
    const views = picturesOf(outcome, rangeFor(outcome, outcomes), options, {
      histograms,
      chooseScale,
    });
    const isNamed = outcomes.length > 1 || options.isState;
    const heading = element("h5", { class: "uv-heading" }, outcome.moment);
    return views.length > 0
      ? element("div", { class: "uv-moment" }, isNamed ? heading : null, ...views)
      : null;
  });
  const pictures = columns.filter((column) => column !== null);
  return [
    ...(first ? aboutViews(first, options) : []),
    ...statistics(outcomes, options.isValueShown),
    ...(pictures.length > 0
      ? [element("div", { class: "uv-moments" }, ...pictures)]
      : []),
  ];
}

/** What is so at every moment. */
function aboutViews(
  { about, users, nUsers, sharding }: ArrayAnswer,
  { address, context }: OutcomeOptions,
): HTMLElement[] {
  const views: (HTMLElement | null)[] = [
    about.length > 0 ? factsLine(about) : null,
    usersView(users, nUsers, address, context.select),
    sharding ? shardingView(sharding) : null,
  ];
  return views.filter((view) => view !== null);
}

function statistics(
  outcomes: readonly Outcome[],
  isValueShown: boolean,
): HTMLElement[] {
  const columns = outcomes.flatMap(({ moment, reply }) =>
    reply && reply.answer.facts.length > 0
      ? [{ heading: moment, facts: reply.answer.facts }]
      : [],
  );
  const [first] = columns;
  const isSaid = isValueShown && columns.every(({ facts }) => facts.length <= 1);
  if (!first || isSaid) return [];
  if (columns.length === 1) return [factsGrid(first.facts)];
  return [comparisonTable(columns)];
}

/** Before and after share their colours; a difference has its own. */
function rangeFor({ moment }: Outcome, outcomes: readonly Outcome[]): Range {
  const isDifference = moment === "difference";
  const heatmaps = outcomes
    .filter((outcome) => (outcome.moment === "difference") === isDifference)
    .map(({ reply }) => reply?.answer.heatmap)
    .filter((heatmap): heatmap is Heatmap => heatmap != null);
  const low = Math.min(...heatmaps.map(({ low }) => low));
  const high = Math.max(...heatmaps.map(({ high }) => high));
  if (!isDifference) return { low, high };
  const reach = Math.max(Math.abs(low), Math.abs(high));
  return { low: -reach, high: reach };
}

function picturesOf(
  { moment, reply, sentence }: Outcome,
  range: Range,
  { title, nameFile, context }: OutcomeOptions,
  {
    histograms,
    chooseScale,
  }: { histograms: HistogramView[]; chooseScale(isLog: boolean): void },
): HTMLElement[] {
  if (!reply) return [failureView(sentence)];
  const { note, histogram, heatmap } = reply.answer;
  const views: HTMLElement[] = note ? [emptyView(note)] : [];
  const named = moment === "before" ? title : `${title}, ${moment}`;
  if (histogram) {
    const view = new HistogramView(
      histogram,
      uint32sOf(reply.buffers[histogram.buffer]),
      {
        title: named,
        fileName: nameFile(moment, "svg"),
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
    const fileName = nameFile(moment, "png");
    const theme = context.theme();
    views.push(
      heatmapView(heatmap, cells, { theme, ...range, title: named, fileName }),
    );
  }
  return views;
}
