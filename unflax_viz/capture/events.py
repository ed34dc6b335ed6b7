"""What a front end tells of a run as it happens: facts that know no Flax."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, Protocol

from unflax_viz.record.recipe import Recipe

Path = tuple[str, ...]


class Place(NamedTuple):
    """Where in a model something happens.

    Attributes:
      path: The path of the module from the root.
      identity: The same for all of one run outside of transforms, and for all of one
        tracing inside them.
    """

    path: Path
    identity: int


class BaseKeys(NamedTuple):
    """The base keys of one place, which a transform is used with.

    Attributes:
      identity: As in `Place`.
      keys: The keys by stream.
    """

    identity: int
    keys: dict[str, Any]


class Source(Protocol):
    """What the front end can say of a run while the run is open.

    Attributes:
      identity: That of the run's places outside of transforms.
      rngs: The base keys that were given, by stream.
      can_write: Tells whether a collection may be written; holds nothing of the run.
    """

    identity: int
    rngs: dict[str, Any]
    can_write: Callable[[str], bool]

    def variables(self, is_meant: Callable[[str], bool]) -> dict[str, Any]:
        """Copies the collections that are meant; dicts are new, leaves are the same."""
        ...

    def unbound(self, module: Any) -> Any:
        """Copies a module without its variables; the same module, the same copy."""
        ...

    def returned(self, output: Any) -> Any:
        """Adds to the output of the root what the run returns with it."""
        ...


@dataclasses.dataclass(eq=False)
class Transform:
    """Names one use of a lifted transform in the events that speak of it.

    Attributes:
      kind: Flax's name of the transform: `scan`, `vmap`, `remat`, `jit`, ...
    """

    kind: str


class Event:
    """Something that happened.

    Attributes:
      opens: 1 where it opens something that another event closes, -1 where it closes.
    """

    __slots__ = ()
    opens: ClassVar[int] = 0


class Listener(Protocol):
    """Hears what happens in the thread that it listens in."""

    def wants_run(self) -> bool:
        """Tells whether a run that began now would be kept."""
        ...

    def handle(self, event: Event) -> None:
        """Takes notice of what happened."""
        ...


@dataclasses.dataclass(slots=True, eq=False)
class RunSkipped(Event):
    """An outermost run begins that no listener wants."""


@dataclasses.dataclass(slots=True, eq=False)
class RunGivenUp(Event):
    """What is open of the outermost run will not be closed."""


@dataclasses.dataclass(slots=True, eq=False)
class RunOpened(Event):
    """A function of a module with variables is about to run, outermost or nested.

    Attributes:
      source: What can be asked of the run.
      recipe: How it was started.
      module: The module.
      method_name: The name of the function.
      place: Where the module is.
      args: Positional arguments of the function.
      kwargs: Keyword arguments of the function.
    """

    opens: ClassVar[int] = 1

    source: Source
    recipe: Recipe
    module: Any
    method_name: str
    place: Place
    args: Any
    kwargs: Any


@dataclasses.dataclass(slots=True, eq=False)
class RunClosed(Event):
    """The function of the last `RunOpened` is over."""

    opens: ClassVar[int] = -1

    output: Any
    error: BaseException | None


@dataclasses.dataclass(slots=True, eq=False)
class CallOpened(Event):
    """A module's method is about to run.

    Attributes:
      module: The module.
      method_name: The name of the method.
      place: Where the module is.
      args: Positional arguments of the method.
      kwargs: Keyword arguments of the method.
      as_run: Makes the event of a run that begins with this call, for those who know
        no run that the place belongs to.
    """

    opens: ClassVar[int] = 1

    module: Any
    method_name: str
    place: Place
    args: Any
    kwargs: Any
    as_run: Callable[[], RunOpened]


@dataclasses.dataclass(slots=True, eq=False)
class OutputReady(Event):
    """The method of the last `CallOpened` is about to return.

    Attributes:
      args: Its positional arguments.
      kwargs: Its keyword arguments.
      output: What it returns; a listener may put something else there.
    """

    args: Any
    kwargs: Any
    output: Any


@dataclasses.dataclass(slots=True, eq=False)
class CallClosed(Event):
    """The method of the last `CallOpened` is over."""

    opens: ClassVar[int] = -1

    output: Any
    error: BaseException | None


@dataclasses.dataclass(slots=True, eq=False)
class SetupOpened(Event):
    """A module's `setup` is about to run."""

    opens: ClassVar[int] = 1

    module: Any
    place: Place


@dataclasses.dataclass(slots=True, eq=False)
class SetupClosed(Event):
    """The `setup` of the last `SetupOpened` is over."""

    opens: ClassVar[int] = -1

    error: BaseException | None


@dataclasses.dataclass(slots=True, eq=False)
class VariableRead(Event):
    """A variable that exists was read; inside a transform `value` is a part."""

    place: Place
    collection: str
    name: str
    value: Any


@dataclasses.dataclass(slots=True, eq=False)
class AllVariablesRead(Event):
    """All variables of a place and of those below it were handed out at once.

    Attributes:
      place: The place.
      variables: Collection and path of each.
    """

    place: Place
    variables: list[tuple[str, Path]]


@dataclasses.dataclass(slots=True, eq=False)
class VariableWritten(Event):
    """A variable was written."""

    place: Place
    collection: str
    name: str


@dataclasses.dataclass(slots=True, eq=False)
class KeyDrawn(Event):
    """A stream handed out a key.

    Attributes:
      place: Who drew.
      stream: The stream that was asked for.
      served: The stream that the key came from.
      counter: How many keys the place has drawn from it, this one included.
      base_key: The base key of the stream there.
      suffix: Names and numbers that were folded into the base key; none at its end.
      number: What they were hashed to, from 0 to 2**32 - 1.
      key: The key.
      purpose: What Flax itself drew for, such as `init kernel`, or `fork` where the key
        is to be a base key; empty where the model asked.
    """

    place: Place
    stream: str
    served: str
    counter: int
    base_key: Any
    suffix: tuple[str | int, ...]
    number: int
    key: Any
    purpose: str


@dataclasses.dataclass(slots=True, eq=False)
class ForksEnded(Event):
    """Keys that were drawn with the purpose `fork` are no longer base keys."""

    identity: int
    keys: list[Any]


@dataclasses.dataclass(slots=True, eq=False)
class TransformOpened(Event):
    """A lifted transform begins.

    Attributes:
      transform: Its name in later events.
      place: Where it is used.
      outside: The base keys of each place that it is used with.
    """

    transform: Transform
    place: Place
    outside: tuple[BaseKeys, ...]


@dataclasses.dataclass(slots=True, eq=False)
class TracingBegun(Event):
    """A transform is about to trace a function of it.

    Attributes:
      transform: The transform.
      inside: The base keys that its places have in this tracing, in the same order.
    """

    transform: Transform
    inside: tuple[BaseKeys, ...]


@dataclasses.dataclass(slots=True, eq=False)
class TransformClosed(Event):
    """The transform has published what its body wrote."""

    transform: Transform


@dataclasses.dataclass(slots=True, eq=False)
class TimesKnown(Event):
    """A transform says how many times it runs its body; None if it cannot."""

    transform: Transform | None
    n_times: int | None


@dataclasses.dataclass(slots=True, eq=False)
class StreamsMapped(Event):
    """A transform derives keys of these streams, one for each step or lane."""

    transform: Transform | None
    streams: set[str]
    n_times: int | None


@dataclasses.dataclass(slots=True, eq=False)
class BranchBegun(Event):
    """One function of a `cond` or `switch` is about to be traced, or to run."""

    transform: Transform | None
    branch: int


@dataclasses.dataclass(slots=True, eq=False)
class ConditionNoted(Event):
    """The condition of a loop begins to run, or is over."""

    transform: Transform | None
    is_running: bool


@dataclasses.dataclass(slots=True, eq=False)
class StepNoted(Event):
    """The body of a transform is about to run for a step or lane, or no longer.

    The number is a tracer where the body is traced for all of them; None at the end.
    Where steps run one by one every listener is told; else those that follow steps.
    """

    transform: Transform | None
    step: Any
