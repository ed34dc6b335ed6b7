/** How the buffers of a message turn into numbers. */

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
