"""Folds an array to a few numbers without a second array of its size.

Widening to float64 would cost up to eight bytes per element, and XLA's CPU backend was
measured to store eight such temporaries for one set of statistics. So a piece is read
in chunks that fit in a cache, and the results of the chunks are merged.

Large arrays are shared out among threads, since NumPy leaves them the interpreter. None
of them calls BLAS, whose own threads would wait for the same cores.
"""

import concurrent.futures
import functools
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unflax_viz.measure.meshes import enable_x64
from unflax_viz.measure.progress import Report, part_of, tell
from unflax_viz.measure.subtraction import Difference, computed

CHUNK_SIZE = 2**17  # elements: 1 MB in float64, about the size of a CPU's L2 cache
CHUNKS_PER_TASK = 32  # so that each task's working memory is soon paid for
MAX_THREADS = 4  # more would wait for the memory
DEVICE_CHUNK_SIZE = 2**20  # larger, because every chunk costs kernel launches

Piece = np.ndarray | jax.Array | Difference
"""An array on one device, or what is to be subtracted there."""

# fold(chunks, *operands) -> pytree of NumPy scalars and arrays
FoldOnHost = Callable[..., Any]
# reduce_chunk(chunk, counted, *operands) -> pytree of JAX arrays
ReduceChunk = Callable[..., Any]
# merge(left, right, xp) -> pytree of the same structure
Merge = Callable[[Any, Any, Any], Any]


def fold_pieces(
    pieces: list[Any],
    fold_on_host: FoldOnHost,
    reduce_chunk: ReduceChunk,
    merge: Merge,
    *operands: Any,
    report: Report | None = None,
) -> Any:
    """Reduces every piece where it lies and merges the results.

    Args:
      pieces: At least one piece of any shape.
      fold_on_host: Called as `fold_on_host(chunks, *operands)` for what lies in host
        memory, with an iterator over at least one chunk; see `chunks_of`. For a large
        piece it is called several times, by several threads.
      reduce_chunk: Called as `reduce_chunk(chunk, counted, *operands)` in compiled
        code, with a chunk of shape (n,) and a boolean mask of the same shape for the
        elements to count. A module-level function, so that its compilation is found
        again.
      merge: Called as `merge(left, right, xp)` with two results, and `numpy` or
        `jax.numpy`.
      *operands: Arrays or numbers handed through.
      report: Told how far it is, by the thread that calls this: on the host before
        each chunk, or before each task of a large piece; on a device before each piece.

    Returns:
      The merged result, its leaves NumPy arrays or scalars.
    """
    results: list[Any] = []
    with np.errstate(all="ignore"):
        for number, piece in enumerate(pieces):
            part = part_of(report, number / len(pieces), (number + 1) / len(pieces))
            if is_on_host(piece):
                results += _fold_in_tasks(piece, fold_on_host, operands, part)
            else:
                tell(part, 0.0)
                results.append(fold_on_device(piece, reduce_chunk, merge, *operands))
        if not all(map(is_on_host, pieces)):
            results = jax.device_get(results)
        return merge_all(results, merge)


def merge_all(results: Iterable[Any], merge: Merge) -> Any:
    """Merges at least one result on the host."""
    return functools.reduce(lambda left, right: merge(left, right, np), results)


def is_on_host(piece: Piece) -> bool:
    """Tells whether NumPy can read a piece, or both sides of a difference."""
    array = piece.before if isinstance(piece, Difference) else piece
    return isinstance(array, np.ndarray)


def _fold_in_tasks(
    piece: Any, fold_on_host: FoldOnHost, operands: Any, report: Report | None
) -> list[Any]:
    """Folds a piece in host memory; returns results in the order of its parts."""
    n_elements, task_size = piece.size, CHUNKS_PER_TASK * CHUNK_SIZE
    n_threads = min(_n_cores(), MAX_THREADS)
    if n_elements < 2 * task_size or n_threads == 1:
        return [fold_on_host(chunks_of(piece, report), *operands)]

    def fold_from(start: int) -> Any:
        stop = min(start + task_size, n_elements)
        with np.errstate(all="ignore"):  # which holds for one thread
            return fold_on_host(chunks_of(piece, None, (start, stop)), *operands)

    results: list[Any] = []
    with concurrent.futures.ThreadPoolExecutor(n_threads) as pool:
        starts = range(0, n_elements, task_size)
        tasks = [pool.submit(fold_from, start) for start in starts]
        try:
            for start, task in zip(starts, tasks, strict=True):
                tell(report, start / n_elements)
                results.append(task.result())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return results


def _n_cores() -> int:
    """Counts the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def chunks_of(
    piece: Any, report: Report | None = None, span: tuple[int, int] | None = None
) -> Iterator[np.ndarray]:
    """Yields the elements of a piece in host memory, a cacheful at a time.

    Args:
      piece: A NumPy array of any shape, strides and dtype, or a difference of two.
      report: Told before each chunk how much is read.
      span: The first element and the one after the last, in the order of memory; all
        of them if left out.

    Yields:
      Arrays of shape (n,), one of length 0 for an empty piece, in the order of memory.
      Each is valid until the next; only a view with gaps is copied, chunk by chunk.
    """
    arrays: list[np.ndarray]
    arrays, structure = jax.tree.flatten(piece)
    if arrays[0].size <= CHUNK_SIZE:
        tell(report, 0.0)
        yield computed(structure.unflatten([array.reshape(-1) for array in arrays]))
        return
    start, stop = span or (0, arrays[0].size)
    # NumPy's stubs have no range, nor the array that one operand yields.
    parts: Any = np.nditer(
        arrays,
        flags=["external_loop", "buffered", "ranged"],
        order="K",
        buffersize=CHUNK_SIZE,
    )
    parts.iterrange = start, stop
    n_read = 0
    for part in parts:
        tell(report, n_read / (stop - start))
        flat = part if isinstance(part, tuple) else (part,)
        yield computed(structure.unflatten(flat))
        n_read += flat[0].size


def fold_on_device(
    piece: Any, reduce_chunk: ReduceChunk, merge: Merge, *operands: Any
) -> Any:
    """Does for one piece what `fold_pieces` describes, in one compiled call."""
    with enable_x64(True):
        return _fold_compiled(piece, operands, reduce_chunk, merge, DEVICE_CHUNK_SIZE)


@functools.partial(jax.jit, static_argnames=("reduce_chunk", "merge", "max_chunk"))
def _fold_compiled(
    piece: Any,
    operands: tuple[Any, ...],
    reduce_chunk: ReduceChunk,
    merge: Merge,
    max_chunk: int,
) -> Any:
    flat = jax.tree.map(lambda array: array.reshape(-1), piece)
    size = flat.size
    chunk_size = min(size, max_chunk)
    if chunk_size == size:
        return reduce_chunk(computed(flat), jnp.ones(size, bool), *operands)

    def reduce_at(start: jax.Array) -> Any:
        # The last chunk is moved back to fit; what it repeats is masked out.
        first = jnp.minimum(start, size - chunk_size)
        chunk = jax.tree.map(
            lambda array: jax.lax.dynamic_slice(array, (first,), (chunk_size,)), flat
        )
        counted = first + jnp.arange(chunk_size, dtype=jnp.int64) >= start
        return reduce_chunk(computed(chunk), counted, *operands)

    def merge_next(index: jax.Array, result: Any) -> Any:
        return merge(result, reduce_at(index * chunk_size), jnp)

    n_chunks = -(-size // chunk_size)
    initial = reduce_at(jnp.zeros((), jnp.int64))
    return jax.lax.fori_loop(
        jnp.ones((), jnp.int64), jnp.array(n_chunks, jnp.int64), merge_next, initial
    )
