"""Record every outermost Flax call that the user's own code makes."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, overload

from unflax_viz.capture.freeze import freeze_run
from unflax_viz.capture.guard import Guard
from unflax_viz.capture.linen.watch import watching
from unflax_viz.capture.recorder import Recorder
from unflax_viz.errors import WrongValueError
from unflax_viz.record.given import describe_unseen_nnx
from unflax_viz.record.run import FlaxRun


class RecordedRuns(Sequence[FlaxRun]):
    """The runs of one recording, in the order made; grows while it is open.

    Attributes:
      max_runs: How many are kept.
    """

    def __init__(self, recorder: Recorder[FlaxRun], max_runs: int):
        self._recorder = recorder
        self.max_runs = max_runs

    @property
    def n_seen(self) -> int:
        """How many outermost Flax calls there were, those not kept included."""
        return self._recorder.n_seen

    @overload
    def __getitem__(self, index: int) -> FlaxRun: ...
    @overload
    def __getitem__(self, index: slice) -> list[FlaxRun]: ...
    def __getitem__(self, index: int | slice) -> FlaxRun | list[FlaxRun]:
        return self._recorder.finished[index]

    def __len__(self) -> int:
        return len(self._recorder.finished)

    def __repr__(self) -> str:
        kept = f"{len(self)} of {self.n_seen} Flax runs"
        return f"<{kept} recorded>"


@contextlib.contextmanager
def recording(max_runs: int = 16) -> Iterator[RecordedRuns]:
    """Records every outermost Flax call in the block, which really runs.

    Args:
      max_runs: How many runs are kept, the first ones; at least 1. The others run
        as well and are counted in `n_seen`.

    Yields:
      The runs, a sequence of `FlaxRun`. A run whose model raised is there too, up to
      the call that raised. The block's own exceptions pass unchanged.

    Raises:
      WrongValueError: If `max_runs` is below 1.
    """
    given: Any = max_runs
    if not isinstance(given, int) or given < 1:
        raise WrongValueError(
            f"max_runs is the number of runs to keep, at least 1; got {given!r}.",
            max_runs,
        )
    recorder = Recorder(freeze_run, max_runs)
    runs = RecordedRuns(recorder, max_runs)
    guard = Guard(recorder)
    with watching(guard):
        yield runs
    for failure in guard.failures:
        warnings.warn(str(failure), stacklevel=3)
    if not runs.n_seen and (words := describe_unseen_nnx(_names_of_caller(), "block")):
        warnings.warn(words, stacklevel=3)


def _names_of_caller() -> dict[str, Any]:
    """Returns what the block of a recording that ends can reach by name."""
    frame = sys._getframe()
    for _ in range(3):  # Between them are `recording` and contextlib.
        if frame.f_back is None:
            return {}
        frame = frame.f_back
    own = dict(frame.f_locals)
    return own | {k: v for k, v in frame.f_globals.items() if k not in own}
