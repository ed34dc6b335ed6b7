/** What the page's last block says of the others: unflax_viz/widget/page_answers.py. */
import type { Moment } from "../protocol";

/** All but the synced traits, which are there too as they begin. */
export interface PageIndex {
  /** The budget that calls and values had to keep to. */
  maxBytes: number;
  /** Block with the addresses of all calls, in order. */
  addresses: number;
  /** For each lens, blocks with how `rowsPerBlock` rows each are drawn. */
  lines: Record<string, readonly number[]>;
  rowsPerBlock: number;
  /** Block with the packed `TreeColumns`. */
  columns: number;
  /** Blocks with the answers of `callsPerBlock` calls each. */
  calls: readonly number[];
  callsPerBlock: number;
  values: readonly ValueBlocks[];
  /** Of how many calls, from the first, the values are there. */
  nValuedCalls: number;
}

interface ValueBlocks {
  /** Index of the first call whose values are in the block. */
  first: number;
  /** Block with a `ValueBlock`. */
  block: number;
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
