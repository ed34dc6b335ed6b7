"""What did one outermost call of a Flax model do?"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import os
import pathlib
from typing import Any, ClassVar, Protocol

from penzai import pz

from unflax_viz.errors import PathNotInRunError
from unflax_viz.record.calls import InterceptedFlaxModuleMethod, NotCaptured
from unflax_viz.record.effects import FlaxParameter

_STATIC: dict[str, Any] = {"pytree_node": False}

Node = InterceptedFlaxModuleMethod | NotCaptured


class RunDisplay(Protocol):
    """How a run shows itself. The last room sets it: a record knows no drawing."""

    def mimebundle(self, run: FlaxRun) -> Any:
        """Returns what IPython shows for a run that ends a cell."""
        ...

    def to_html(self, run: FlaxRun) -> str:
        """Returns one self-contained page with the inspector of the run."""
        ...


@pz.pytree_dataclass
class FlaxRun(pz.Struct):
    """One outermost `apply`, `init` or bound call of a Flax model.

    Attributes:
      root: The outermost call, with all others below it.
      output: What that function returned, by reference: for `apply` with `mutable`
        also the updated variables, for `init` the result and the variables. Where the
        run had no values, `jax.ShapeDtypeStruct`; None where the model raised.
      unread_parameters: Parameters that were given and that no call read.
      entry_point: `apply`, `init` or `bind`.
      is_abstract: Whether shapes alone were computed.
      error: `ValueError: ...` if the model raised, else the empty string.
      display: How a run shows itself, the same for all runs.
    """

    display: ClassVar[RunDisplay]

    root: InterceptedFlaxModuleMethod
    output: Any
    unread_parameters: dict[str, FlaxParameter]
    entry_point: str = dataclasses.field(metadata=_STATIC)
    is_abstract: bool = dataclasses.field(metadata=_STATIC)
    error: str = dataclasses.field(metadata=_STATIC)

    def calls(self) -> tuple[InterceptedFlaxModuleMethod, ...]:
        """Returns all calls in the order made, the root first."""
        return tuple(self.root.walk())

    def paths(self) -> tuple[str, ...]:
        """Returns the addresses that `at` takes, in the order of the calls."""
        return tuple(self.nodes_by_address)

    def at(self, address: str) -> InterceptedFlaxModuleMethod:
        """Returns the call with the given address.

        Args:
          address: `"/"` is the root, `"encoder/Dense_0"` the first `__call__` of that
            module, `"encoder/Dense_0.attend"` another method of it, and
            `"encoder/Dense_0#2"` the second call.

        Raises:
          PathNotInRunError: If no call has that address, or it could not be captured.
        """
        node = self.nodes_by_address.get(address or "/")
        if isinstance(node, NotCaptured):
            raise PathNotInRunError(
                f"The call at '{address}' was not captured: {node.reason}", address
            )
        if node is None:
            raise PathNotInRunError(_describe_missing(address, self.paths()), address)
        return node

    def to_html(self, file: str | os.PathLike[str]) -> pathlib.Path:
        """Writes one self-contained page with the inspector, which opens offline.

        Args:
          file: Where to write; an existing file is replaced.

        Returns:
          The path of the file.
        """
        path = pathlib.Path(file)
        path.write_text(self.display.to_html(self), encoding="utf-8")
        return path

    def __repr__(self) -> str:
        n_calls = len(self.calls())
        method = f"{self.root.class_name}.{self.root.method_name}"
        return f"<FlaxRun: {self.entry_point} of {method}, {n_calls:,} calls>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        del kwargs
        return self.display.mimebundle(self)

    def __treescope_repr__(self, path: str | None, subtree_renderer: Any) -> Any:
        """Leaves the drawing to the handler that is registered with Treescope."""
        return NotImplemented

    @functools.cached_property
    def nodes_by_address(self) -> dict[str, Node]:
        """All calls and not captured places by their address, in the order made."""
        nodes: dict[str, Node] = {}
        waiting: list[Node] = [self.root]
        while waiting:
            node = waiting.pop()
            nodes[node.address] = node
            if isinstance(node, InterceptedFlaxModuleMethod):
                waiting.extend(reversed(node.children))
        return nodes


def _describe_missing(address: str, paths: tuple[str, ...]) -> str:
    nearest = difflib.get_close_matches(address, paths, n=1, cutoff=0.0)
    hint = f"; the nearest is '{nearest[0]}'" if nearest else ""
    return f"No call at '{address}' in this run{hint}. run.paths() lists all of them."
