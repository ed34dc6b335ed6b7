/** What the page's last block says of the others: unflax_viz/widget/page_answers.py. */
import type { Lens, Moment } from "../protocol";

/** All but the synced traits, which are there too as they begin. */
export interface PageIndex {
  /** The budget that calls and values had to keep to. */
  maxBytes: number;
  /** Block with the addresses of all calls, in order. */
  addresses: number;
  lenses: Record<Lens, LensBlocks>;
  rowsPerBlock: number;
  /** Block with the `Columns` that are searched. */
  search: number;
  /** Blocks with the answers of `callsPerBlock` calls each. */
  calls: readonly number[];
  callsPerBlock: number;
  values: readonly ValueBlocks[];
  /** Of how many calls, from the first, the values are there. */
  nValuedCalls: number;
}

interface LensBlocks {
  /** Block with the `LensRows`. */
  outline: number;
  /** Blocks with the `RowColumns` of `rowsPerBlock` rows each. */
  rows: readonly number[];
}

interface ValueBlocks {
  /** Index of the first call whose values are in the block. */
  first: number;
  /** Block with a `ValueBlock`. */
  block: number;
}

/** The rest of some neighbouring rows, by column. */
export interface RowColumns {
  tab: readonly string[];
  entry: readonly string[];
  code: readonly string[];
  name: readonly string[];
  html: readonly string[];
}

/** Answers about some calls, as they cross the wire. */
export interface CallBlock {
  calls: readonly object[];
  methods: readonly object[];
}

/** Answers about values, as they cross the wire. */
export interface ValueBlock {
  keys: readonly (readonly [address: string, entry: string, moment: Moment])[];
  answers: readonly object[];
  /** Base64. */
  buffers: readonly (readonly string[])[];
}
