"""How is an array folded to a few numbers without a second array of its size?

Widening to float64 would cost up to eight bytes per element, and XLA's CPU backend
was measured to store eight such temporaries for one set of statistics. So a piece is
read in chunks, and the results of the chunks are merged. (A NumPy array that is a view
with gaps is copied once, in its own dtype.)
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unflax_viz.summary.progress import Report, part_of, tell
from unflax_viz.summary.values import enable_x64

CHUNK_SIZE = 2**17  # elements: 1 MB in float64, about the size of a CPU's L2 cache
DEVICE_CHUNK_SIZE = 2**20  # larger, because every chunk costs kernel launches

# reduce_chunk(chunk, counted, xp, *operands) -> pytree of arrays
ReduceChunk = Callable[..., Any]
# merge(left, right, xp) -> pytree of the same structure
Merge = Callable[[Any, Any, Any], Any]


def fold_pieces(
    pieces: list[np.ndarray | jax.Array],
    reduce_chunk: ReduceChunk,
    merge: Merge,
    *operands: Any,
    report: Report | None = None,
) -> Any:
    """Reduces every piece chunk by chunk where it lies and merges the results.

    Args:
      pieces: At least one array, each on one device, any shape.
      reduce_chunk: Called as `reduce_chunk(chunk, counted, xp, *operands)` with a
        chunk of shape (n,), a boolean mask of the same shape for the elements that
        are to be counted, and `numpy` or `jax.numpy`. A module-level function, so
        that its compilation is found again.
      merge: Called as `merge(left, right, xp)` with two results of `reduce_chunk`.
      *operands: Arrays or numbers handed through to `reduce_chunk`.
      report: Told how far it is: before each chunk on the host, and before each piece
        on a device.

    Returns:
      The merged result, its leaves NumPy arrays or scalars.
    """
    with np.errstate(all="ignore"):
        dispatched: list[Any] = []
        for number, piece in enumerate(pieces):
            part = part_of(report, number / len(pieces), (number + 1) / len(pieces))
            if isinstance(piece, np.ndarray):
                result = fold_on_host(
                    piece, reduce_chunk, merge, *operands, report=part
                )
            else:
                tell(part, 0.0)
                result = fold_on_device(piece, reduce_chunk, merge, *operands)
            dispatched.append(result)
        results = jax.device_get(dispatched)
        return functools.reduce(lambda left, right: merge(left, right, np), results)


def fold_on_host(
    piece: np.ndarray,
    reduce_chunk: ReduceChunk,
    merge: Merge,
    *operands: Any,
    report: Report | None = None,
) -> Any:
    """Does for one NumPy array what `fold_pieces` describes, with NumPy alone."""
    flat = piece.reshape(-1)
    result = None
    for start in range(0, max(flat.size, 1), CHUNK_SIZE):
        tell(report, start / max(flat.size, 1))
        chunk = flat[start : start + CHUNK_SIZE]
        counted = np.ones(chunk.shape, bool)
        reduced = reduce_chunk(chunk, counted, np, *operands)
        result = reduced if result is None else merge(result, reduced, np)
    return result


def fold_on_device(
    piece: jax.Array, reduce_chunk: ReduceChunk, merge: Merge, *operands: Any
) -> Any:
    """Does for one JAX array what `fold_pieces` describes, in one compiled call."""
    with enable_x64(True):
        return _fold_compiled(piece, operands, reduce_chunk, merge, DEVICE_CHUNK_SIZE)


@functools.partial(jax.jit, static_argnames=("reduce_chunk", "merge", "max_chunk"))
def _fold_compiled(
    piece: jax.Array,
    operands: tuple[Any, ...],
    reduce_chunk: ReduceChunk,
    merge: Merge,
    max_chunk: int,
) -> Any:
    flat = piece.reshape(-1)
    chunk_size = min(flat.size, max_chunk)
    if chunk_size == flat.size:
        counted = jnp.ones(flat.shape, bool)
        return reduce_chunk(flat, counted, jnp, *operands)

    def reduce_at(start: jax.Array) -> Any:
        # The last chunk is moved back to fit; what it repeats is masked out.
        first = jnp.minimum(start, flat.size - chunk_size)
        chunk = jax.lax.dynamic_slice(flat, (first,), (chunk_size,))
        counted = first + jnp.arange(chunk_size, dtype=jnp.int64) >= start
        return reduce_chunk(chunk, counted, jnp, *operands)

    def merge_next(index: jax.Array, result: Any) -> Any:
        return merge(result, reduce_at(index * chunk_size), jnp)

    n_chunks = -(-flat.size // chunk_size)
    initial = reduce_at(jnp.zeros((), jnp.int64))
    return jax.lax.fori_loop(
        jnp.ones((), jnp.int64), jnp.array(n_chunks, jnp.int64), merge_next, initial
    )
