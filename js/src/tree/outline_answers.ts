/**
 * What the tree shows, under every lens and query: the twin of
 * unflax_viz/clerk/outlines.py.
 */

import type { Archive } from "../page/archive";
import type { PageIndex, RowColumns } from "../page/page_index";
import { UnansweredError } from "../page/unanswered";
import {
  type ChildrenAnswer,
  type ChildrenRequest,
  type ExpandAnswer,
  type ExpandRequest,
  LENSES,
  type Lens,
  type LensCount,
  type LocateAnswer,
  type LocateRequest,
  type OutlineAnswer,
  type OutlineRequest,
  type Row,
  type Tab,
} from "../protocol";
import { Recent } from "../recent";
import type { Columns } from "./columns";
import { Matcher } from "./match";
import { type LensRows, Outline, TOP } from "./structure";
import { OutlineView } from "./windows";

const MAX_OUTLINES = 10;

type OutlineQuestion = OutlineRequest | ChildrenRequest | ExpandRequest | LocateRequest;

/** An answer that has no number yet. */
type Unnumbered<T> = Omit<T, "id">;

/** A lens under a query. */
interface Tree {
  outline: Outline;
  view(): OutlineView;
  find(id: string): number;
}

export class OutlineAnswers {
  readonly #lenses = new Map<Lens, Promise<LensRows>>();
  readonly #trees = new Recent<string, Promise<Tree>>(MAX_OUTLINES);
  readonly #addresses: readonly string[];
  #matcher: { query: string; matcher: Promise<Matcher> } | null = null;
  #columns: Promise<Columns> | null = null;

  /** @param calls Numbers of all calls by their address. */
  constructor(
    private readonly archive: Archive,
    private readonly index: PageIndex,
    private readonly calls: ReadonlyMap<string, number>,
  ) {
    this.#addresses = [...calls.keys()];
  }

  /** @throws QueryError or UnansweredError with a sentence for the reader. */
  async answer(request: OutlineQuestion): Promise<object> {
    const tree = await this.#treeOf(request.lens, request.query.trim());
    if (request.kind === "outline") return await this.#answerOutline(request, tree);
    if (request.kind === "children") return await answerChildren(request, tree);
    if (request.kind === "expand") return await answerExpand(request, tree);
    return await this.#answerLocate(request, tree);
  }

  async #answerOutline(
    { lens, query }: OutlineRequest,
    tree: Tree,
  ): Promise<Unnumbered<OutlineAnswer>> {
    const view = tree.view();
    if (query.trim()) await view.openFirstHits();
    else if (lens === "state" || lens === "draws") await view.openGroups();
    else await view.openOnlyChildren();
    const { levels, expanded } = view;
    const counts = await this.#countHits(query.trim());
    const { nHits } = tree.outline;
    return { kind: "outline", lens, query, levels, expanded, nHits, counts };
  }

  async #answerLocate(
    { row: id, address, step }: LocateRequest,
    tree: Tree,
  ): Promise<Unnumbered<LocateAnswer>> {
    const { outline } = tree;
    const { nHits } = outline;
    let row: number | null;
    if (step !== 0) row = outline.nextHit(id ? tree.find(id) : null, step);
    else if (id) row = tree.find(id);
    else row = this.#selectingRow(outline, address);
    if (row === null || !outline.isLeft(row)) {
      return { kind: "locate", trail: [], row: null, ordinal: 0, nHits };
    }
    const view = tree.view();
    return {
      kind: "locate",
      trail: view.places(row),
      row: await view.row(row),
      ordinal: outline.ordinalOf(row),
      nHits,
    };
  }

  /** The first row that is left and selects a call; headings come last. */
  #selectingRow(outline: Outline, address: string): number | null {
    const call = this.calls.get(address);
    if (call === undefined) {
      throw new UnansweredError(`No call at "${address}" in this run.`);
    }
    const { calls, items } = outline.rows;
    const rows = [...calls.keys()].filter(
      (row) => calls[row] === call && outline.isLeft(row),
    );
    return rows.find((row) => (items[row] ?? -1) >= 0) ?? rows[0] ?? null;
  }

  async #countHits(query: string): Promise<LensCount[]> {
    const { lenses } = await this.#readColumns();
    const matcher = query ? await this.#matcherOf(query) : null;
    return LENSES.map((lens) => ({
      lens,
      nItems: matcher ? countSet(matcher.find(lens)) : lenses[lens].n_items,
    }));
  }

  #treeOf(lens: Lens, query: string): Promise<Tree> {
    const key = `${lens} ${query}`;
    const tree = this.#trees.get(key) ?? this.#layOut(lens, query);
    this.#trees.set(key, tree);
    return tree;
  }

  async #layOut(lens: Lens, query: string): Promise<Tree> {
    const matcher = query ? await this.#matcherOf(query) : null;
    const rows = await this.#rowsOf(lens);
    const outline = new Outline(rows, matcher?.find(lens) ?? null);
    const numbers = new Map(rows.ids.map((id, number) => [id, number]));
    const find = (id: string) => {
      const row = id === "" ? TOP : numbers.get(id);
      if (row !== undefined) return row;
      throw new UnansweredError(`No row "${id}" in the lens "${lens}".`);
    };
    const draw = async (row: number): Promise<Row> => {
      const drawn = await this.#drawRow(lens, outline, row);
      const arrays = drawn.isHit && drawn.tab === null ? matcher?.fittingArrays : null;
      const use = arrays?.[rows.calls[row] ?? -1] ?? -1;
      return use < 0 ? drawn : { ...drawn, ...matcher?.entryOf(use) };
    };
    return { outline, find, view: () => new OutlineView(outline, draw) };
  }

  async #drawRow(lens: Lens, outline: Outline, row: number): Promise<Row> {
    const { rowsPerBlock, lenses } = this.index;
    const block = lenses[lens].rows[Math.floor(row / rowsPerBlock)] ?? -1;
    const columns = await this.archive.read<RowColumns>(block);
    const index = row % rowsPerBlock;
    return {
      id: outline.rows.ids[row] ?? "",
      address: this.#addresses[outline.rows.calls[row] ?? 0] ?? "",
      tab: (columns.tab[index] ?? null) as Tab | null,
      entry: columns.entry[index] ?? "",
      code: columns.code[index] ?? "",
      name: columns.name[index] ?? "",
      html: columns.html[index] ?? "",
      nChildren: outline.nChildren(row),
      isHit: outline.ordinalOf(row) > 0,
    };
  }

  #rowsOf(lens: Lens): Promise<LensRows> {
    const rows =
      this.#lenses.get(lens) ??
      this.archive.read<LensRows>(this.index.lenses[lens].outline);
    this.#lenses.set(lens, rows);
    return rows;
  }

  #matcherOf(query: string): Promise<Matcher> {
    if (this.#matcher?.query !== query) {
      const matcher = this.#readColumns().then((all) => new Matcher(query, all));
      this.#matcher = { query, matcher };
    }
    return this.#matcher.matcher;
  }

  #readColumns(): Promise<Columns> {
    this.#columns ??= this.archive.read<Columns>(this.index.search);
    return this.#columns;
  }
}

async function answerChildren(
  { row, start }: ChildrenRequest,
  tree: Tree,
): Promise<Unnumbered<ChildrenAnswer>> {
  return { kind: "children", level: await tree.view().level(tree.find(row), start) };
}

async function answerExpand(
  { row, start }: ExpandRequest,
  tree: Tree,
): Promise<Unnumbered<ExpandAnswer>> {
  const view = tree.view();
  await view.openBelow(tree.find(row), start);
  const nBranches = tree.outline.nParentsBelow(tree.find(row));
  return { kind: "expand", levels: view.levels, expanded: view.expanded, nBranches };
}

function countSet(mask: Uint8Array): number {
  return mask.reduce((sum, isSet) => sum + isSet, 0);
}
