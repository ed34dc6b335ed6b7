/**
 * How a message of the wire becomes a TypeScript object: the one place where
 * snake_case turns into camelCase and back, and where buffers turn into numbers.
 */

function renameKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, rename));
  const isPlain = value === null || typeof value !== "object";
  if (isPlain || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [rename(key), renameKeys(item, rename)]),
  );
}

/** Reads a message or trait of the wire; `T` is what protocol.ts says it is. */
export function fromWire<T>(message: unknown): T {
  const camelCase = (key: string) =>
    key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return renameKeys(message, camelCase) as T;
}

/** Writes a request as it crosses the wire. */
export function toWire(message: object): unknown {
  const snakeCase = (key: string) =>
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return renameKeys(message, snakeCase);
}

/** Copies a buffer's bytes, because its start need not be aligned to a number. */
function alignedBytes(view: DataView | undefined): ArrayBuffer {
  if (!view) return new ArrayBuffer(0);
  const bytes = new Uint8Array(view.byteLength - (view.byteLength % 4));
  bytes.set(new Uint8Array(view.buffer, view.byteOffset, bytes.length));
  return bytes.buffer;
}

/** Reads a buffer as float32 numbers; a missing buffer holds none. */
export function float32sOf(view: DataView | undefined): Float32Array {
  return new Float32Array(alignedBytes(view));
}

/** Reads a buffer as uint32 numbers; a missing buffer holds none. */
export function uint32sOf(view: DataView | undefined): Uint32Array {
  return new Uint32Array(alignedBytes(view));
}
