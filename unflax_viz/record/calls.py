"""One intercepted method call: what its scope held, and what it called in turn."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from penzai import pz

from unflax_viz.record.colors import color_of_module
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState
from unflax_viz.record.packing import Packed
from unflax_viz.record.shown import Shown

_STATIC: dict[str, Any] = {"pytree_node": False}


@pz.pytree_dataclass
class ArgsAndKwargs(Shown, pz.Struct):
    """The arguments of a call.

    Attributes:
      args: Positional arguments.
      kwargs: Keyword arguments.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @classmethod
    def capture(cls, /, *args: Any, **kwargs: Any) -> ArgsAndKwargs:
        """Builds the record of the arguments given to this very call."""
        return cls(args=args, kwargs=kwargs)


@pz.pytree_dataclass
class InterceptedFlaxScopeData(Shown, pz.Struct):
    """What a call's own scope held, its submodules excluded.

    Penzai's class of this name types the fields by its protocols `ParameterLike`,
    `LocalStateEffect` and `RandomEffect`, which ours satisfy.

    Attributes:
      parameters: The parameters that the call used, by name.
      variables: The variables of mutable collections that it used, by collection and
        name, each with its value before and after the run.
      immutable_variables: Variables of other collections that it read, by collection
        and name, by reference.
      rngs: The streams that it drew from, by the name asked for, with every draw.
    """

    parameters: dict[str, FlaxParameter]
    variables: dict[str, dict[str, FlaxState]]
    immutable_variables: dict[str, dict[str, Any]]
    rngs: dict[str, FlaxRng]


REPEATING = frozenset({"scan", "vmap", "while_loop"})
"""Transforms that run their body many times."""


@dataclasses.dataclass(frozen=True)
class Transform:
    """A lifted transform that a call ran under.

    Attributes:
      kind: Flax's word for it: `scan`, `vmap`, `remat`, `jit`, `cond`, ...
      n_times: How often it ran the body; None where that is not known, or once.
      branch: Which function of a `cond` or `switch`, from 0; the true function of a
        `cond` is 0. Which of them ran is not known.
      is_condition: Whether this is the condition of a `while_loop`.
    """

    kind: str
    n_times: int | None = None
    branch: int | None = None
    is_condition: bool = False

    @property
    def is_repeating(self) -> bool:
        """Whether it runs its body for several steps or lanes."""
        return self.kind in REPEATING

    def __str__(self) -> str:
        name = f"{self.kind} condition" if self.is_condition else self.kind
        if self.branch is not None:
            name += f" branch {self.branch}"
        return name if self.n_times is None else f"{name} x{self.n_times}"


@pz.pytree_dataclass
class InterceptedFlaxModuleMethod(Shown, pz.Struct, Packed):
    """One intercepted method call of a Flax module.

    Attributes:
      module: The module, unbound.
      method_name: The method, such as `__call__`.
      scope_data: What the call's own scope held; None if it held nothing.
      submodule_calls: The calls it made, in order, under keys such as
        `(0, "Dense_0.__call__")`; a call that could not be seen is a `NotCaptured`.
      path: Where the module sits, `("encoder", "Dense_0")`; `()` for the root.
      address: What names this call in its run, `encoder/Dense_0#2`.
      input_structure: The arguments, arrays replaced by `jax.ShapeDtypeStruct`.
      output_structure: The result in the same way; None where the call raised.
      transforms: The lifted transforms that it ran under, outermost first.
      error: `ValueError: ...` if this very call raised, else the empty string.
      site: Where in the program the call stands; a replay finds it by this.
      entry: 0 where the call belongs to the outermost model; a model that is applied
        inside it has a number of its own, and its own variables.
      call_again: The function of the front end that makes the call again.
    """

    _word = "call"

    module: Any = dataclasses.field(metadata=_STATIC)
    method_name: str = dataclasses.field(metadata=_STATIC)
    scope_data: InterceptedFlaxScopeData | None
    submodule_calls: dict[tuple[int, str], InterceptedFlaxModuleMethod | NotCaptured]
    path: tuple[str, ...] = dataclasses.field(metadata=_STATIC)
    address: str = dataclasses.field(metadata=_STATIC)
    input_structure: ArgsAndKwargs = dataclasses.field(metadata=_STATIC)
    output_structure: Any = dataclasses.field(metadata=_STATIC)
    transforms: tuple[Transform, ...] = dataclasses.field(metadata=_STATIC)
    error: str = dataclasses.field(metadata=_STATIC)
    site: tuple[Any, ...] = dataclasses.field(metadata=_STATIC)
    entry: int = dataclasses.field(metadata=_STATIC)
    call_again: Callable[[InterceptedFlaxModuleMethod, ArgsAndKwargs], Any] = (
        dataclasses.field(metadata=_STATIC)
    )

    def __call__(self, args_and_kwargs: ArgsAndKwargs) -> Any:
        """Makes the call again, alone, with the values and the keys of the record.

        Args:
          args_and_kwargs: The arguments of the method.

        Returns:
          What the method returns; `FlaxRun.replay` returns the state as well.

        Raises:
          CallNotAloneError: If the call ran under a lifted transform, belongs to a
            model inside the model, or is not a method of its module.
          ValueNeededError: If the record holds shapes instead of values.
          DeletedArrayError: If an array of the record was donated or deleted.
        """
        return self.call_again(self, args_and_kwargs)

    @property
    def is_nested(self) -> bool:
        """Whether it belongs to another model that is applied inside this one."""
        return self.entry > 0

    @property
    def class_name(self) -> str:
        """The module's class, such as `Dense`."""
        return type(self.module).__name__

    @property
    def children(self) -> tuple[InterceptedFlaxModuleMethod | NotCaptured, ...]:
        """What the call called, in order."""
        return tuple(self.submodule_calls.values())

    def walk(self) -> Iterator[InterceptedFlaxModuleMethod]:
        """Yields this call and all below it in the order made; needs no recursion."""
        waiting: list[InterceptedFlaxModuleMethod | NotCaptured] = [self]
        while waiting:
            node = waiting.pop()
            waiting.extend(reversed(node.children))
            if isinstance(node, InterceptedFlaxModuleMethod):
                yield node

    def treescope_color(self) -> str:
        """Returns the colour of the module's class, as `#rrggbb`."""
        return color_of_module(self.module)


@pz.pytree_dataclass
class NotCaptured(Shown, pz.Struct):
    """A place where the model did something that could not be seen.

    Attributes:
      path: Where it was.
      address: What names this place in its run.
      kind: What was there, such as `jit`.
      reason: Why it could not be seen and what shows it.
      class_name: "not captured" instead of a class.
      scope_data: None, as for a call that held nothing.
      children: Empty, as for a call that called nothing.
      transforms: Empty; what it ran under is not known.
      error: Empty; so is whether it raised.
      is_nested: False; nor is the model to which it belongs.
    """

    class_name: ClassVar[str] = "not captured"
    scope_data: ClassVar[None] = None
    children: ClassVar[tuple[()]] = ()
    transforms: ClassVar[tuple[()]] = ()
    error: ClassVar[str] = ""
    is_nested: ClassVar[bool] = False

    path: tuple[str, ...] = dataclasses.field(metadata=_STATIC)
    address: str = dataclasses.field(metadata=_STATIC)
    kind: str = dataclasses.field(metadata=_STATIC)
    reason: str = dataclasses.field(metadata=_STATIC)

    def treescope_color(self) -> str:
        """Returns a grey: nothing is known of the class."""
        return "#d0d0d0"
