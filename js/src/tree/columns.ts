/**
 * What a query can ask of every call, value and draw, as unflax_viz/search/export.py
 * writes it: numbers into the lists of names, paths and kinds; -1 stands for none.
 */

export interface Columns {
  names: readonly string[];
  /** All paths and their beginnings; a path stands after its beginnings. */
  paths: { parents: readonly number[]; lastNames: readonly number[] };
  /** Shapes and dtypes: the names of a dtype are its long and its short one. */
  kinds: {
    shapes: readonly (readonly number[])[];
    dtypes: readonly (readonly number[])[];
    /** Elements. */
    sizes: readonly number[];
    bytes: readonly number[];
  };
  calls: {
    path: readonly number[];
    label: readonly number[];
    className: readonly number[];
    method: readonly number[];
    under: readonly number[];
    flags: readonly number[];
    module: readonly number[];
    depth: readonly number[];
    nCalls: readonly number[];
    nParameters: readonly number[];
    /** The names of each tuple of transforms. */
    transforms: readonly (readonly number[])[];
  };
  values: {
    call: readonly number[];
    group: readonly number[];
    collection: readonly number[];
    name: readonly number[];
    path: readonly number[];
    kind: readonly number[];
    flags: readonly number[];
    /** Of a parameter or a changed state; -1 for others. */
    item: readonly number[];
  };
  draws: {
    call: readonly number[];
    stream: readonly number[];
    flags: readonly number[];
  };
  /** Why NaN could be found in no value; "" where some value can be read. */
  unreadReason: string;
  /** How many modules, parameters and changed states there are to find. */
  nModules: number;
  nParameters: number;
  nStates: number;
}

/** 1 where something holds, one byte for each row. */
export type Mask = Uint8Array;

export function maskOf(length: number, holds: (index: number) => unknown): Mask {
  const mask = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) if (holds(i)) mask[i] = 1;
  return mask;
}

/** Marks each of `nThings` that is among the numbers of the chosen rows. */
export function anyBy(numbers: readonly number[], chosen: Mask, nThings: number): Mask {
  const found = new Uint8Array(nThings);
  numbers.forEach((number, row) => {
    if (chosen[row] && number >= 0) found[number] = 1;
  });
  return found;
}
