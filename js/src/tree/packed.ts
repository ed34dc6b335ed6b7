/** Unpacks what unflax_viz/tables/packed.py packed: JSON with arrays of numbers in it. */

/** Where an array is, behind the header: its kind, first byte and length. */
type Place = readonly [
  kind: "int32" | "float64" | "steps",
  start: number,
  length: number,
];

const ALIGNED = 8;

/** @throws Error where the bytes were not packed so, or are not all there. */
export async function unpack<T>(parts: readonly BufferSource[]): Promise<T> {
  const stream = new Blob([...parts]).stream();
  const unpacked = stream.pipeThrough(new DecompressionStream("gzip"));
  const bytes = await new Response(unpacked).arrayBuffer();
  const nHeader = new DataView(bytes).getUint32(0, true);
  const header = JSON.parse(
    new TextDecoder().decode(new Uint8Array(bytes, 4, nHeader)),
  );
  const start = Math.ceil((4 + nHeader) / ALIGNED) * ALIGNED;
  return restore(header, bytes, start) as T;
}

function restore(value: unknown, bytes: ArrayBuffer, start: number): unknown {
  if (Array.isArray(value)) return value.map((item) => restore(item, bytes, start));
  if (typeof value !== "object" || value === null) return value;
  if ("@" in value) return readArray(value["@"] as Place, bytes, start);
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, restore(item, bytes, start)]),
  );
}

function readArray([kind, from, length]: Place, bytes: ArrayBuffer, start: number) {
  if (kind === "float64") return new Float64Array(bytes, start + from, length);
  const numbers = new Int32Array(bytes, start + from, length);
  if (kind === "int32") return numbers;
  let sum = 0;
  // Not in place: an array that is written once may be read several times.
  return numbers.map((step) => {
    sum += step;
    return sum;
  });
}
