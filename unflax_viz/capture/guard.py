"""Keeps exceptions of an observer away from the model that it listens to."""

from __future__ import annotations

import traceback
from typing import Any

from unflax_viz.capture.notes import describe_error
from unflax_viz.capture.observer import Entry, Observer
from unflax_viz.errors import RecordFailedError


class Guard:
    """An observer around another one, of which no exception comes out.

    After the first one the other observer hears nothing more of the outermost run,
    which it is told to give up; with the next run it begins anew.

    Attributes:
      failures: Why runs could not be recorded; without tracebacks, which would hold
        what the model computed.
    """

    def __init__(self, observer: Observer):
        self.failures: list[RecordFailedError] = []
        self._observer = observer
        self._n_open = 0
        self._has_failed = False

    def wants_run(self) -> bool:
        """Asks the observer; it wants none if it cannot say."""
        return self._tell("wants_run", default=False)

    def skip_run(self) -> None:
        """Tells the observer."""
        self._tell("skip_run")

    def give_up_run(self) -> None:
        """Tells the observer."""
        self._tell("give_up_run")

    def open_run(self, entry: Entry, module: Any, args: Any, kwargs: Any) -> None:
        """Tells the observer, and counts what is open."""
        self._n_open += 1
        self._tell("open_run", entry, module, args, kwargs)

    def close_run(self, output: Any, error: BaseException | None) -> None:
        """Tells the observer; the outermost run may be over."""
        self._n_open -= 1
        self._tell("close_run", output, error)

    def open_call(self, module: Any, method_name: str, args: Any, kwargs: Any) -> None:
        """Tells the observer, and counts what is open."""
        self._n_open += 1
        self._tell("open_call", module, method_name, args, kwargs)

    def close_call(self, output: Any, error: BaseException | None) -> None:
        """Tells the observer; the outermost run may be over."""
        self._n_open -= 1
        self._tell("close_call", output, error)

    def replace_output(self, args: Any, kwargs: Any, output: Any) -> Any:
        """Asks the observer; the output stays if it cannot say."""
        return self._tell("replace_output", args, kwargs, output, default=output)

    def follows_steps(self) -> bool:
        """Asks the observer."""
        return self._tell("follows_steps", default=False)

    def note_step(self, token: Any, step: Any) -> None:
        """Tells the observer."""
        self._tell("note_step", token, step)

    def open_setup(self, module: Any) -> None:
        """Tells the observer, and counts what is open."""
        self._n_open += 1
        self._tell("open_setup", module)

    def close_setup(self, module: Any, error: BaseException | None) -> None:
        """Tells the observer; the outermost run may be over."""
        self._n_open -= 1
        self._tell("close_setup", module, error)

    def note_read(self, scope: Any, collection: str, name: str, value: Any) -> None:
        """Tells the observer."""
        self._tell("note_read", scope, collection, name, value)

    def note_write(self, scope: Any, collection: str, name: str) -> None:
        """Tells the observer."""
        self._tell("note_write", scope, collection, name)

    def note_read_all(self, scope: Any) -> None:
        """Tells the observer."""
        self._tell("note_read_all", scope)

    def note_draw(
        self, scope: Any, stream: str, served: str, key: Any, purpose: str
    ) -> None:
        """Tells the observer."""
        self._tell("note_draw", scope, stream, served, key, purpose)

    def open_transform(self, kind: str, scopes: Any) -> Any:
        """Asks the observer for a token."""
        return self._tell("open_transform", kind, scopes)

    def note_trace(self, token: Any, inner_scopes: Any) -> None:
        """Tells the observer."""
        self._tell("note_trace", token, inner_scopes)

    def close_transform(self, token: Any) -> None:
        """Tells the observer."""
        self._tell("close_transform", token)

    def open_region(self) -> Any:
        """Asks the observer for a token."""
        return self._tell("open_region")

    def note_times(self, n_times: int | None, token: Any = None) -> None:
        """Tells the observer."""
        self._tell("note_times", n_times, token)

    def note_branch(self, token: Any, branch: int) -> None:
        """Tells the observer."""
        self._tell("note_branch", token, branch)

    def note_condition(self, token: Any, is_running: bool) -> None:
        """Tells the observer."""
        self._tell("note_condition", token, is_running)

    def note_mapped_streams(self, streams: Any, n_times: int | None) -> None:
        """Tells the observer."""
        self._tell("note_mapped_streams", streams, n_times)

    def end_forks(self, scope: Any, keys: Any) -> None:
        """Tells the observer."""
        self._tell("end_forks", scope, keys)

    def _tell(self, callback: str, *args: Any, default: Any = None) -> Any:
        """Calls the observer, unless it failed in this run; keeps what it raises."""
        answer = default
        if not self._has_failed:
            try:
                answer = getattr(self._observer, callback)(*args)
            except Exception as error:
                self._has_failed = True
                self.failures.append(_failure_of(error))
        # A run that nobody said to want is skipped, and given up then.
        if self._n_open == 0 and self._has_failed and callback != "wants_run":
            self._begin_anew()
        return answer

    def _begin_anew(self) -> None:
        self._has_failed = False
        try:
            self._observer.give_up_run()
        except Exception as error:
            self.failures.append(_failure_of(error))


def _failure_of(error: Exception) -> RecordFailedError:
    """Writes down what was raised, and where, and lets go of the rest."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    file = place.filename.replace("\\", "/").rpartition("/")[2]
    return RecordFailedError(
        "unflax_viz could not record a run, which itself is not affected: "
        f"{describe_error(error)} ({file}:{place.lineno}, in {place.name})"
    )
