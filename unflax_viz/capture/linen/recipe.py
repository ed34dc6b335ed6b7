"""How is a run of Linen replayed, edits included?

The root is applied again, with the variables that the record holds, and only the calls
that were replaced are redirected: applying module by module, as Penzai's unflaxify
does, cannot reproduce what lifted transforms do.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import flax.linen as nn

from unflax_viz.capture.linen import internals
from unflax_viz.capture.linen.bind import bind_run
from unflax_viz.capture.linen.single_call import call_again
from unflax_viz.capture.linen.variables import check_values, variables_below
from unflax_viz.capture.redirector import Redirector
from unflax_viz.record.packing import Packed
from unflax_viz.record.refs import with_refs
from unflax_viz.record.run import FlaxRun

_STATIC: dict[str, Any] = {"pytree_node": False}


@dataclasses.dataclass(frozen=True)
class LinenRecipe(Packed):
    """The arguments of `apply` other than its data; see `Recipe`.

    Attributes:
      module: The outermost module, unbound.
      method: The function that was applied to it.
      entry_point: `apply`, `init` or `bind`.
      mutable: Which collections could be written, as `apply` takes it.
      capture_intermediates: As `apply` takes it.
      rng_counters: How many keys each scope had drawn from each stream before, by path
        and stream; a bound module goes on where its last call ended.
      watching: Lets a listener hear a replay. It is given, since what watches Linen
        makes recipes and stands above them.
    """

    _word = "recipe"

    module: Any = dataclasses.field(metadata=_STATIC)
    method: Any = dataclasses.field(metadata=_STATIC)
    entry_point: str = dataclasses.field(metadata=_STATIC)
    mutable: Any = dataclasses.field(metadata=_STATIC)
    capture_intermediates: Any = dataclasses.field(metadata=_STATIC)
    rng_counters: internals.RngCounters = dataclasses.field(metadata=_STATIC)
    watching: Callable[..., AbstractContextManager[None]] = dataclasses.field(
        metadata=_STATIC
    )

    call_again = staticmethod(call_again)

    def __hash__(self) -> int:
        """Leaves out what may not be hashable, such as a module with a list."""
        return hash((type(self.module), self.entry_point))

    def replay(self, run: FlaxRun, args: Any, kwargs: Any, rngs: Any) -> Any:
        """Applies the root again with the variables of the record."""
        variables = with_refs(variables_below(run.root, run.unused_variables))
        kwargs, rngs = self._own_arguments(kwargs, rngs)
        keys = dict(run.rngs) if rngs is None else rngs
        check_values(variables, keys)
        if not run.replaced_calls:
            return self._apply(run, variables, keys, args, kwargs)
        redirector = Redirector(
            {
                run.at(address).site: replaced
                for address, replaced in run.replaced_calls.items()
            }
        )
        with self.watching(redirector, redirector.follows_steps):
            return self._apply(run, variables, keys, args, kwargs)

    def bind(self, run: FlaxRun, variables: Any, rngs: Any) -> FlaxRun:
        """Replaces shapes with values, and derives the keys."""
        return bind_run(run, variables, rngs)

    def _own_arguments(self, kwargs: Any, rngs: Any) -> tuple[Any, Any]:
        """Leaves `rngs` to a bound method that has an argument of that name.

        `apply` takes the keyword for itself; a bound method is called without it.
        """
        if self.entry_point != "bind" or rngs is None:
            return kwargs, rngs
        if "rngs" not in inspect.signature(self.method).parameters:
            return kwargs, rngs
        return {**kwargs, "rngs": rngs}, None

    def _apply(
        self, run: FlaxRun, variables: Any, keys: Any, args: Any, kwargs: Any
    ) -> Any:
        if self.entry_point == "bind":
            scope, module = internals.bind_at(
                self.module, run.root.path, variables, keys, self.mutable
            )
            internals.set_rng_counters(scope, self.rng_counters)
            with scope.temporary():
                return self.method(module, *args, **kwargs)
        options = {
            "mutable": self.mutable,
            "capture_intermediates": self.capture_intermediates,
        }
        if self.entry_point == "init":
            initialise = nn.init_with_output(self.method, self.module, **options)
            return initialise(keys, *args, **kwargs)
        apply = nn.apply(self.method, self.module, **options)
        return apply(variables, *args, rngs=keys, **kwargs)
