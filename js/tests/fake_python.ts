/**
 * Python's side of the tree, without Python: answers outline, children, expand and
 * locate from a tree that a test writes down, or from one of any size.
 */
import {
  type Answer,
  type Lens,
  type LensCount,
  type Level,
  type OutlineAnswer,
  type Request,
  ROWS_PER_WINDOW,
  type Row,
} from "../src/protocol";

/** A row's name, and the rows below it. */
export interface FakeNode {
  name: string;
  children?: FakeNode[];
  row?: Partial<Row>;
}

interface Kept {
  node: FakeNode;
  id: string;
  parent: Kept | null;
  index: number;
  isHit: boolean;
  children: Kept[];
}

const EXPAND_BUDGET = 500;

/** `n` leaves, called "Dense_0" and so on. */
export const leaves = (n: number, name = "Dense"): FakeNode[] =>
  Array.from({ length: n }, (_, index) => ({ name: `${name}_${index}` }));

export class FakePython {
  readonly #outlines = new Map<string, { top: Kept; all: Map<string, Kept> }>();

  /** @param trees The top of each lens; those left out are empty. */
  constructor(private readonly trees: Partial<Record<Lens, FakeNode[]>>) {}

  /** The answer, as TypeScript has it; null to what the tree does not ask. */
  answer(request: Request): Answer | null {
    const { id } = request;
    if ("query" in request && request.query.includes("<")) {
      const message = `'${request.query}' cannot be read.`;
      return { kind: "failure", id, message };
    }
    switch (request.kind) {
      case "outline":
        return { ...this.outline(request.lens, request.query), id };
      case "children": {
        const kept = this.#find(request.lens, request.query, request.row);
        if (!kept) return { kind: "failure", id, message: `No row ${request.row}.` };
        return { kind: "children", id, level: levelOf(kept, request.start) };
      }
      case "expand":
        return this.#expand(request);
      case "locate":
        return this.#locate(request);
      default:
        return null;
    }
  }

  outline(lens: Lens, query: string): OutlineAnswer {
    const { top, all } = this.#outline(lens, query);
    const first = top.children[0];
    const isOneRoot = top.children.length === 1 && first && first.children.length > 0;
    const opened = isOneRoot ? [first] : [];
    const nHits = [...all.values()].filter(({ isHit }) => isHit).length;
    return {
      kind: "outline",
      id: 0,
      lens,
      query,
      levels: [top, ...opened].map((kept) => levelOf(kept, 0)),
      expanded: opened.map(({ id }) => id),
      nHits,
      counts: this.#counts(query),
    };
  }

  #counts(query: string): LensCount[] {
    const lenses: Lens[] = ["calls", "modules", "parameters", "state", "draws"];
    return lenses.map((lens) => {
      const all = [...this.#outline(lens, query).all.values()];
      const nItems = query ? all.filter(({ isHit }) => isHit).length : all.length;
      return { lens, nItems };
    });
  }

  #expand(request: Extract<Request, { kind: "expand" }>): Answer {
    const { id, lens, query, row, start } = request;
    const above = this.#find(lens, query, row);
    if (!above) return { kind: "failure", id, message: `No row ${row}.` };
    const levels: Level[] = [];
    const expanded: string[] = [];
    let nSent = 0;
    let nBranches = 0;
    const queue = [above];
    for (let kept = queue.shift(); kept; kept = queue.shift()) {
      nBranches += 1;
      queue.push(...kept.children.filter(({ children }) => children.length > 0));
      if (nBranches <= start || nSent >= EXPAND_BUDGET) continue;
      const level = levelOf(kept, 0);
      levels.push(level);
      expanded.push(kept.id);
      nSent += level.rows.length;
    }
    return { kind: "expand", id, levels, expanded, nBranches };
  }

  #locate(request: Extract<Request, { kind: "locate" }>): Answer {
    const { id, lens, query, row, address, step } = request;
    const all = [...this.#outline(lens, query).all.values()];
    const hits = all.filter(({ isHit }) => isHit);
    const from = all.findIndex((kept) =>
      row ? kept.id === row : rowOf(kept).address === address,
    );
    let found = all[from];
    if (step === 1) found = hits.find((kept) => all.indexOf(kept) > from) ?? hits[0];
    if (step === -1) {
      const place = from < 0 ? all.length : from;
      const before = hits.filter((kept) => all.indexOf(kept) < place);
      found = before.at(-1) ?? hits.at(-1);
    }
    const trail = [];
    for (let kept = found; kept?.parent; kept = kept.parent) {
      trail.unshift({ row: kept.id, index: kept.index });
    }
    const ordinal = found ? hits.indexOf(found) + 1 : 0;
    const located = found ? rowOf(found) : null;
    return { kind: "locate", id, trail, row: located, ordinal, nHits: hits.length };
  }

  #find(lens: Lens, query: string, id: string): Kept | undefined {
    const { top, all } = this.#outline(lens, query);
    return id === "" ? top : all.get(id);
  }

  #outline(lens: Lens, query: string): { top: Kept; all: Map<string, Kept> } {
    const key = `${lens} ${query}`;
    let outline = this.#outlines.get(key);
    if (!outline) {
      const node = { name: "", children: this.trees[lens] ?? [] };
      const top = keep(node, "", null, query);
      outline = { top, all: new Map() };
      const visit = (kept: Kept) => {
        if (kept.parent) outline?.all.set(kept.id, kept);
        kept.children.forEach((child, index) => {
          child.index = index;
          visit(child);
        });
      };
      visit(top);
      this.#outlines.set(key, outline);
    }
    return outline;
  }
}

function keep(node: FakeNode, id: string, parent: Kept | null, query: string): Kept {
  const isHit = query !== "" && node.name.toLowerCase().includes(query.toLowerCase());
  const kept: Kept = { node, id, parent, index: 0, isHit, children: [] };
  const below = id === "" || id === "/" ? "" : `${id}/`;
  for (const child of node.children ?? []) {
    const made = keep(child, `${below}${child.name}`, kept, query);
    if (query === "" || made.isHit || made.children.length > 0)
      kept.children.push(made);
  }
  return kept;
}

function levelOf(kept: Kept, start: number): Level {
  const rows = kept.children.slice(start, start + ROWS_PER_WINDOW).map(rowOf);
  return { row: kept.id, start, total: kept.children.length, rows };
}

function rowOf({ node, id, isHit, children }: Kept): Row {
  const className = node.name.replace(/_\d+$/, "");
  return {
    id,
    address: id,
    tab: null,
    entry: "",
    code: `run.at("${id}")`,
    name: `${id} ${className}`,
    html: rowHtml(node.name, className),
    nChildren: children.length,
    isHit,
    ...node.row,
  };
}

const rowHtml = (name: string, className: string) =>
  `<span class="uv_row"><span class="uv_name">${name}</span>` +
  '<span style="--block-color: #b0c7e8;">' +
  `<span class="colored_line">${className}</span></span>` +
  '<span class="uv_shape">f32[8,28,28,256]</span>' +
  '<span class="uv_flag">#1 draw</span><span class="uv_size">11.2M</span></span>';
