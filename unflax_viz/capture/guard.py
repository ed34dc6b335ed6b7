"""Keeps exceptions of a listener away from the model that it listens to."""

from __future__ import annotations

import traceback

from unflax_viz.capture.events import Event, Listener, RunGivenUp
from unflax_viz.capture.notes import describe_error
from unflax_viz.errors import RecordFailedError


class Guard:
    """A listener around another one that lets no exception out.

    After the first exception the other listener is told to give up the outermost run,
    and hears nothing more of it. It starts over with the next run.

    Attributes:
      failures: Why runs could not be recorded; without tracebacks, which would hold
        what the model computed.
    """

    def __init__(self, listener: Listener):
        self.failures: list[RecordFailedError] = []
        self._listener = listener
        self._n_open = 0
        self._has_failed = False

    def wants_run(self) -> bool:
        """Asks the listener; it wants none if it cannot say."""
        if not self._has_failed:
            try:
                return self._listener.wants_run()
            except Exception as error:
                self._note_failure(error)
        return False

    def handle(self, event: Event) -> None:
        """Tells the listener, unless it failed in this run; keeps what it raises."""
        self._n_open += event.opens
        if not self._has_failed:
            try:
                self._listener.handle(event)
            except Exception as error:
                self._note_failure(error)
        if self._has_failed and self._n_open == 0:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._has_failed = False
        try:
            self._listener.handle(RunGivenUp())
        except Exception as error:
            self.failures.append(_failure_of(error))

    def _note_failure(self, error: Exception) -> None:
        self._has_failed = True
        self.failures.append(_failure_of(error))


def _failure_of(error: Exception) -> RecordFailedError:
    """Writes down what was raised, and where, and lets go of the rest."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    file = place.filename.replace("\\", "/").rpartition("/")[2]
    return RecordFailedError(
        "unflax_viz could not record a run, which itself is not affected: "
        f"{describe_error(error)} ({file}:{place.lineno}, in {place.name})"
    )
