"""How a run was started: enough to start it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from unflax_viz.record.calls import ArgsAndKwargs, InterceptedFlaxModuleMethod
    from unflax_viz.record.run import FlaxRun


class Recipe(Protocol):
    """The arguments of a run other than its data, and the way to its front end.

    The front end that recorded the run makes it. It is frozen, hashable, and copied
    and pickled with the run, which needs nothing else to be run again.

    Attributes:
      entry_point: `apply`, `init` or `bind`.
      method: The function that was applied to the outermost module.
    """

    @property
    def entry_point(self) -> str:
        """Which function of Flax was called."""
        ...

    @property
    def method(self) -> Any:
        """The function that was applied."""
        ...

    def replay(self, run: FlaxRun, args: Any, kwargs: Any, rngs: Any) -> Any:
        """Applies the model again and returns what it returns."""
        ...

    def bind(self, run: FlaxRun, variables: Any, rngs: Any) -> FlaxRun:
        """Replaces shapes with values."""
        ...

    @staticmethod
    def call_again(node: InterceptedFlaxModuleMethod, inputs: ArgsAndKwargs) -> Any:
        """Makes a recorded call alone; a function of a module, which calls keep."""
        ...
