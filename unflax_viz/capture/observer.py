"""What does a recording want to be told of a run?"""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol


@dataclasses.dataclass(frozen=True)
class Entry:
    """One entry into Flax: `nn.apply(method, module)` or `nn.init_with_output`.

    Attributes:
      entry_point: `apply`, `init` or `bind`.
      module: The module that was given, unbound; None for a bound one.
      method: The function of a bound module that is applied.
      options: `mutable` and `capture_intermediates` where they were given.
    """

    entry_point: str
    module: Any
    method: Any
    options: dict[str, Any]


class Observer(Protocol):
    """Hears what Flax does, in the thread that opened the recording."""

    def wants_run(self) -> bool:
        """Tells whether a run that began now would be kept."""
        ...

    def skip_run(self) -> None:
        """An outermost run begins that nobody would keep."""

    def give_up_run(self) -> None:
        """What is open of the outermost run will not be closed: forget it."""

    def open_run(self, entry: Entry, module: Any, args: Any, kwargs: Any) -> None:
        """A function of a bound module is about to run, outermost or nested."""

    def close_run(self, output: Any, error: BaseException | None) -> None:
        """The function of the last `open_run` is over."""

    def open_call(self, module: Any, method_name: str, args: Any, kwargs: Any) -> None:
        """A module's method is about to run."""

    def close_call(self, output: Any, error: BaseException | None) -> None:
        """The method of the last `open_call` is over."""

    def replace_output(self, args: Any, kwargs: Any, output: Any) -> Any:
        """Returns what the last `open_call` is to return instead of `output`."""

    def follows_steps(self) -> bool:
        """Tells whether the steps and lanes of traced bodies are to be numbered."""
        ...

    def note_step(self, token: Any, step: Any) -> None:
        """The body of a transform is about to run for a step or lane.

        The number is a tracer where the body is traced for all of them. Where steps run
        one by one it is told in any case.
        """

    def open_setup(self, module: Any) -> None:
        """A module's `setup` is about to run."""

    def close_setup(self, module: Any, error: BaseException | None) -> None:
        """The `setup` of the last `open_setup` is over."""

    def note_read(self, scope: Any, collection: str, name: str, value: Any) -> None:
        """A variable that exists was read; inside a transform `value` is a part."""

    def note_write(self, scope: Any, collection: str, name: str) -> None:
        """A variable was written."""

    def note_read_all(self, scope: Any) -> None:
        """All variables of a scope and of those below it were handed out at once."""

    def note_draw(
        self, scope: Any, stream: str, served: str, key: Any, purpose: str
    ) -> None:
        """A stream handed out a key; the scope's counter is already advanced."""

    def open_transform(self, kind: str, scopes: Any) -> Any:
        """A lifted transform begins; returns a token for the other calls."""

    def note_trace(self, token: Any, inner_scopes: Any) -> None:
        """The transform is about to trace a function of it with fresh scopes."""

    def close_transform(self, token: Any) -> None:
        """The transform has published what its body wrote."""

    def open_region(self) -> Any:
        """Returns the token of the transform that was opened last and is open."""

    def note_times(self, n_times: int | None, token: Any = None) -> None:
        """Says how many times a transform runs its body; by default the last opened."""

    def note_branch(self, token: Any, branch: int) -> None:
        """One function of a `cond` or `switch` is about to be traced, or to run."""

    def note_condition(self, token: Any, is_running: bool) -> None:
        """The condition of a loop begins to run, or is over."""

    def note_mapped_streams(self, streams: Any, n_times: int | None) -> None:
        """A transform derives keys of these streams, one for each step or lane."""

    def end_forks(self, scope: Any, keys: Any) -> None:
        """Keys that were drawn with the purpose `fork` are base keys no longer."""
