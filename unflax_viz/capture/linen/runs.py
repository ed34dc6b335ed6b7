"""What a recording has to know when a run of Flax Linen begins."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from unflax_viz.capture.events import RunOpened
from unflax_viz.capture.linen import internals
from unflax_viz.capture.linen.recipe import LinenRecipe


@dataclasses.dataclass(frozen=True)
class Entry:
    """One entry into Flax: `nn.apply(method, module)` or `nn.init_with_output`.

    Attributes:
      entry_point: `apply`, `init` or `bind`.
      module: The module that was given, unbound; None for a bound one.
      method: The function of a bound module that is applied.
      options: `mutable` and `capture_intermediates` where they were given.
      watching: Lets a listener hear Linen; for the recipe of the run.
    """

    entry_point: str
    module: Any
    method: Any
    options: dict[str, Any]
    watching: Callable[..., AbstractContextManager[None]]


class LinenSource:
    """What the root scope of a run says while the run is open; see `Source`.

    Attributes:
      identity: That of the root scope.
      rngs: The base keys that were given, by stream.
      can_write: Tells whether a collection may be written.
    """

    def __init__(self, root_scope: Any, has_variables: bool):
        self.identity: int = internals.identity_of(root_scope)
        self.rngs: dict[str, Any] = internals.rngs_of(root_scope)
        self.can_write: Callable[[str], bool] = functools.partial(
            internals.is_mutable, root_scope.mutable
        )
        self._scope = root_scope
        self._has_variables = has_variables and root_scope.mutable is not False
        self._copies = internals.UnboundCopies()

    def variables(self, is_meant: Callable[[str], bool]) -> dict[str, Any]:
        """Copies the collections that are meant; dicts are new, leaves are the same."""
        return internals.variables_of(self._scope, is_meant)

    def unbound(self, module: Any) -> Any:
        """Copies a module without its scope; the same module gives the same copy."""
        return self._copies.copy(module)

    def returned(self, output: Any) -> Any:
        """Adds the variables to the output, as `apply` and `init` return them."""
        if not self._has_variables:
            return output
        return output, self._scope.mutable_variables()


def run_opened(entry: Entry, module: Any, args: Any, kwargs: Any) -> RunOpened:
    """Makes the event of a run whose function is about to be called."""
    source = LinenSource(module.scope.root, has_variables=entry.entry_point != "bind")
    return RunOpened(
        source=source,
        recipe=_recipe_of(entry, module, source),
        module=module,
        method_name=internals.method_name_of(entry.method),
        place=internals.place_of(module.scope),
        args=args,
        kwargs=kwargs,
    )


def bound_run_opened(
    watching: Any, module: Any, method_name: str, args: Any, kwargs: Any
) -> RunOpened:
    """Makes the event of a run that is one call of a method of a bound module."""
    method = getattr(type(module), method_name, None)
    return run_opened(Entry("bind", None, method, {}, watching), module, args, kwargs)


def _recipe_of(entry: Entry, module: Any, source: LinenSource) -> LinenRecipe:
    given = entry.module
    is_unbound = given is not None and given.scope is None
    return LinenRecipe(
        module=given if is_unbound else source.unbound(module),
        method=entry.method,
        entry_point=entry.entry_point,
        mutable=entry.options.get("mutable", module.scope.mutable),
        capture_intermediates=entry.options.get("capture_intermediates", False),
        rng_counters=internals.rng_counters_of(module.scope.root),
        watching=entry.watching,
    )
