"""The record of one outermost call of a Flax model."""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from penzai import pz

from unflax_viz.errors import PathNotInRunError, WrongArgumentError
from unflax_viz.record.calls import InterceptedFlaxModuleMethod, NotCaptured
from unflax_viz.record.edits import check_steps, to_steps, values_by_name, with_values
from unflax_viz.record.effects import FlaxParameter
from unflax_viz.record.given import describe_given
from unflax_viz.record.kept import Kept
from unflax_viz.record.nearest import nearest_path
from unflax_viz.record.packing import Packed
from unflax_viz.record.ports import RUN_DISPLAY, RUN_SEARCH
from unflax_viz.record.recipe import Recipe
from unflax_viz.record.replacements import ComputedBy, ReplacedCall, Replacement
from unflax_viz.record.rng_report import RngReport, report_rngs
from unflax_viz.record.structures import leaf_paths, value_at

_STATIC: dict[str, Any] = {"pytree_node": False}

Node = InterceptedFlaxModuleMethod | NotCaptured


@pz.pytree_dataclass
class FlaxRun(pz.Struct, Packed):
    """One outermost `apply`, `init` or bound call of a Flax model.

    Attributes:
      root: The outermost call, with all others below it.
      output: What that function returned, by reference: for `apply` with `mutable`
        also the updated variables, for `init` the result and the variables. Where the
        run had no values, `jax.ShapeDtypeStruct`; None where the model raised.
      unused_variables: What was given and used by no call, in nested dicts by
        collection.
      rngs: The base keys that were given, by stream.
      replaced_calls: In an edited run, the calls that a replay replaces, by address.
      recipe: How the run was started, and how it is replayed and bound.
      is_abstract: Whether shapes alone were computed.
      error: `ValueError: ...` if the model raised, else the empty string.
    """

    _word = "run"

    root: InterceptedFlaxModuleMethod
    output: Any
    unused_variables: dict[str, Any]
    rngs: dict[str, Any]
    replaced_calls: dict[str, ReplacedCall]
    recipe: Recipe = dataclasses.field(metadata=_STATIC)
    is_abstract: bool = dataclasses.field(metadata=_STATIC)
    error: str = dataclasses.field(metadata=_STATIC)

    @property
    def entry_point(self) -> str:
        """Which function of Flax was called: `apply`, `init` or `bind`."""
        return self.recipe.entry_point

    def calls(self) -> tuple[InterceptedFlaxModuleMethod, ...]:
        """Returns all calls in the order made, the root first."""
        return tuple(self.root.walk())

    def paths(self) -> tuple[str, ...]:
        """Returns the addresses that `at` takes, in the order of the calls."""
        return tuple(self.nodes_by_address)

    def at(self, address: str) -> InterceptedFlaxModuleMethod:
        """Returns the call with the given address.

        Args:
          address: `"/"` is the outermost call (its `__call__` where it was made by
            another method), `"encoder/Dense_0"` the first `__call__` of that module,
            `"encoder/Dense_0.attend"` another method of it, and
            `"encoder/Dense_0#2"` the second call.

        Raises:
          PathNotInRunError: If no call has that address, or it could not be captured.
          WrongArgumentError: If the address is not a string.
        """
        given: Any = address
        if not isinstance(given, str):
            raise WrongArgumentError(
                "An address is a string such as 'encoder/Dense_0', not "
                f"{type(given).__name__}; run.paths() lists them.",
                given,
            )
        node = self.nodes_by_address.get(address)
        if node is None and address in ("", "/"):
            return self.root
        if isinstance(node, NotCaptured):
            raise PathNotInRunError(
                f"The call at '{address}' was not captured: {node.reason}", address
            )
        if node is None:
            raise PathNotInRunError(_describe_missing(address, self.paths()), address)
        return node

    def find(self, query: str, lens: str = "calls") -> tuple[Any, ...]:
        """Returns what fits a query, in the order of the inspector's tree.

        Args:
          query: Terms separated by spaces, which must all hold; `or` stands between
            alternatives, and `-`, `!` or `not` before a term leaves out what fits it.
            `dense` is part of a name or class, `Dense_*` a whole one, `encoder/**` a
            path.
            `class:`, `method:`, `param:`, `collection:`, `stream:`, `under:`, `path:`
            and `dtype:` take a name or a pattern, `shape:(*,64)` a shape, and
            `size>1M`, `bytes>4MB`, `params>1M`, `calls>3`, `depth<3` a number.
            `is:shared`, `is:unused`, `is:changed`, `is:stochastic`, `is:nan` and so on
            ask for a flag. docs/queries.md describes them all. "" finds everything.
          lens: What is looked for: `"calls"`; `"modules"`, of each of which the first
            call is returned, or `"classes"`, the same by class; `"parameters"`, from
            the largest to the smallest and those that no call read too; `"state"`,
            what changed; or `"draws"`.

        Returns:
          `InterceptedFlaxModuleMethod` for calls and modules, else `FlaxParameter`,
          `FlaxState` or `RngDraw`. What several calls used is there once, as the
          first of them saw it.

        Raises:
          QueryError: If the query cannot be read; its message says what to write.
          WrongValueError: If there is no such lens.
          WrongArgumentError: If the query is not a string.
        """
        return RUN_SEARCH.service.find(self, query, lens)

    def unused_parameters(self) -> dict[str, FlaxParameter]:
        """Returns the parameters that were given and that no call read, by name."""
        given = self.unused_variables.get("params", {})
        return {
            ".".join(path): FlaxParameter(value_at(given, path), path, ())
            for path in leaf_paths(given)
        }

    def parameters(self) -> dict[str, Any]:
        """Returns the value of every parameter that the model read, once each.

        Returns:
          The values by name, `"encoder.Dense_0.kernel"`, in the order first read.

        Raises:
          ParameterConflictError: If copies of a shared parameter differ, or if two
            parameters would have one name, since a dot is part of a module's name.
        """
        return values_by_name(self.root)

    def with_parameters(self, values: Mapping[str, Any]) -> FlaxRun:
        """Returns a copy of the run with other parameters, for `replay`.

        A shared parameter is changed for all its users.

        Args:
          values: New values by name, as `parameters` has them. They may be tracers.

        Raises:
          PathNotInRunError: If the model read no parameter of such a name.
          ParameterConflictError: If two parameters have such a name.
        """
        given: Any = values
        if not isinstance(given, Mapping):
            raise WrongArgumentError(
                "with_parameters takes values by the names that run.parameters() has, "
                f"in a dict; it was given {describe_given(given)}.",
                given,
            )
        return dataclasses.replace(self, root=with_values(self.root, values))

    def replace_call(
        self,
        address: str,
        replacement: Replacement | Callable[..., Any],
        step: int | tuple[int, ...] = (),
    ) -> FlaxRun:
        """Returns a copy of the run in which a replay replaces the result of a call.

        The original still runs, so that draws and states stay what they were.

        Args:
          address: The call, as `at` takes it.
          replacement: `unflax_viz.Identity`, `Zero`, `Scale`, `AddNoise`, `Fixed`, or a
            function of the call's arguments.
          step: Replaces only one step of the loop, or lane of the map, around the
            call; a tuple for several, outermost first. All if left out.

        Raises:
          PathNotInRunError: If no call has that address.
          WrongValueError: If there is no such step around the call.
          WrongArgumentError: If `replacement` cannot be called.
        """
        call = self.at(address)
        given: Any = replacement
        if isinstance(given, type) and issubclass(given, Replacement):
            raise WrongArgumentError(
                f"A call is replaced by an instance, {given.__name__}(...), not by the "
                "class.",
                given,
            )
        if not callable(given) and not isinstance(given, Replacement):
            raise WrongArgumentError(
                "A call is replaced by a function of its arguments, or by one of "
                "unflax_viz.Identity, Zero, Scale, AddNoise and Fixed (which gives a "
                f"value), not by {type(given).__name__}.",
                given,
            )
        steps = to_steps(step)
        check_steps(call, steps)
        if not isinstance(replacement, Replacement):
            replacement = ComputedBy(replacement)
        replaced = ReplacedCall(replacement, call.address, steps)
        calls = {**self.replaced_calls, call.address: replaced}
        return dataclasses.replace(self, replaced_calls=calls)

    def replay(self, /, *args: Any, rngs: Any = None, **kwargs: Any) -> Any:
        """Runs the model again, as the record has it, edits included.

        The parameters, states before and constants are those of the record, so an
        unedited run gives bit for bit what the recorded call gave.

        Args:
          *args: Arguments of the model, as in the recorded call.
          rngs: Other keys than those of the record; one key or keys by stream. Where
            the record is of a bound method that has an argument `rngs`, it is that.
          **kwargs: Keyword arguments of the model.

        Returns:
          What the recorded function returned: see `output`.

        Raises:
          ValueNeededError: If the record holds shapes instead of values; `bind` puts
            values there.
          DeletedArrayError: If an array of the record was donated or deleted.
        """
        return self.recipe.replay(self, args, kwargs, rngs)

    def bind(self, variables: Mapping[str, Any], rngs: Any = None) -> FlaxRun:
        """Returns a copy with values instead of shapes, keys included.

        Args:
          variables: Variables of the model by collection, as `apply` takes them.
          rngs: The base keys, one key or keys by stream; the record's if None.

        Raises:
          WrongArgumentError: If a variable that the model used is missing.
          DeletedArrayError: If an array among the variables or keys was deleted.
        """
        return self.recipe.bind(self, variables, rngs)

    def rng_report(self) -> RngReport:
        """Returns what is worth a look among the draws: repeated keys and the like."""
        return report_rngs(self.root, self.rngs)

    def to_html(
        self, file: str | os.PathLike[str], max_bytes: int = 20_000_000
    ) -> pathlib.Path:
        """Writes one self-contained page with the inspector, which opens offline.

        Tree, lenses, search and panels work in it. Slices of arrays and Treescope's
        views are not in it, and say so.

        Args:
          file: Where to write; an existing file is replaced.
          max_bytes: How many bytes the record may take in the file, compressed. All
            rows of the tree are there in any case; then the details of the calls in
            their order, and then the values, as far as it reaches. The header says
            what was left out.

        Returns:
          The path of the file.

        Raises:
          WrongArgumentError: If `max_bytes` is not an integer.
          WrongValueError: If it is negative.
        """
        path = pathlib.Path(file)
        page = RUN_DISPLAY.service.to_html(self, max_bytes)
        path.write_bytes(page.encode("utf-8", "backslashreplace"))
        return path

    def __repr__(self) -> str:
        n_calls = len(self.calls())
        calls = "1 call" if n_calls == 1 else f"{n_calls:,} calls"
        method = f"{self.root.class_name}.{self.root.method_name}"
        return f"<FlaxRun: {self.entry_point} of {method}, {calls}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        del kwargs
        return RUN_DISPLAY.service.mimebundle(self)

    def __treescope_repr__(self, path: str | None, subtree_renderer: Any) -> Any:
        """Leaves the drawing to the handler that is registered with Treescope."""
        return NotImplemented

    @property
    def kept(self) -> Kept:
        """What other rooms computed of the run; it dies with it and is not pickled.

        It stands on the run, and not in a table with weak keys: what is kept there
        refers to its run, which such a table would keep forever.
        """
        return vars(self).setdefault("_kept", Kept())

    @functools.cached_property
    def nodes_by_address(self) -> dict[str, Node]:
        """All calls and not captured places by their address, in the order made."""
        nodes: dict[str, Node] = {}
        waiting: list[Node] = [self.root]
        while waiting:
            node = waiting.pop()
            nodes[node.address] = node
            waiting.extend(reversed(node.children))
        return nodes


def _describe_missing(address: str, paths: tuple[str, ...]) -> str:
    nearest = nearest_path(address, paths)
    hint = f"; the nearest is '{nearest}'" if nearest else ""
    return f"No call at '{address}' in this run{hint}. run.paths() lists all of them."
