"""What is true about one eager run of a Flax model, found without unflax_viz?

`truth_of` applies a model, unjitted, and watches it by means of its own:

- *Calls* are what a plain `nn.intercept_methods` interceptor sees, in order, without
  `setup`. Flax traces the body of a loop more than once; so each call also leaves a
  marker that is emitted when the traced code runs, and **a call counts if its marker
  was emitted**: what was traced and thrown away never is. The branches of `nn.cond`
  and `nn.switch` all count, if the condition itself was reached. The probe with which
  `nn.scan` looks for its constants never counts, though parts of it run. Nothing is
  taken from a compilation cache: every `nn.jit` is traced anew.
- *Parameters read* are seen by `Scope.get_variable`, `Scope.param` and
  `Scope.variables`, in branches that are not taken too.
- *Keys* are emitted at run time by each `Scope.make_rng`: once for each step of a
  loop, once for each lane that has its own key, once for all lanes that share one, and
  only in the branch that is taken. Keys with which `nn.jit` forks its streams are
  apart: no module asked for them.

What another model does that is applied inside the model is marked as nested, and is
not in the parameters and keys.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from unittest import mock

import flax.core
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from flax.core import axes_scan, lift, meta
from flax.core import scope as core_scope
from flax.linen import transforms
from jax.extend import linear_util
from jax.interpreters import partial_eval

from tests.models import Model

Path = tuple[str, ...]
KeyData = tuple[int, ...]
OWN_RUN = "oracle_own_run"


class Call(NamedTuple):
    """One call of a module's method.

    Attributes:
      path: Path of the module's scope.
      method_name: Name of the method as Flax has it.
      class_name: Name of the module's class.
      n_times: How often its code ran: the product of the loops around it; 0 in a
        branch that was not taken. Lanes of a vmap run at once. Under a derivative JAX
        may run it again for the backward pass, and a loop's body may count once.
      is_nested: It belongs to another model that is applied inside this one.
    """

    path: Path
    method_name: str
    class_name: str
    n_times: int
    is_nested: bool


@dataclasses.dataclass(frozen=True)
class Truth:
    """What one run did.

    Attributes:
      output: What `module.apply` returns, without the state.
      state: The mutable collections after the run; empty with `mutable=False`.
      calls: In the order in which they began.
      parameters_read: Paths below 'params' of the leaves that were read or created;
        a parameter that is a dict of arrays counts as its leaves.
      keys: By the path of the scope and the stream that was asked: how often each key
        was handed out, as raw key data.
      forked: The same for the keys that `nn.jit` drew for its own streams.
    """

    output: Any
    state: dict[str, Any]
    calls: tuple[Call, ...]
    parameters_read: frozenset[Path]
    keys: dict[tuple[Path, str], Counter[KeyData]]
    forked: dict[tuple[Path, str], Counter[KeyData]]


def truth_of(entry: Model) -> Truth:
    """Applies the model and returns what is true about the run.

    It is applied twice: what is emitted from a loop changes how XLA compiles it, and
    with that the last bits of the output, so output and state are of a run unwatched.
    """
    with entry.room():
        returned = entry.ready().apply()
    output, state = returned if entry.mutable is not False else (returned, {})
    watch, _ = watch_run(entry)
    return Truth(
        output,
        dict(state),
        watch.calls(),
        frozenset(watch.parameters_read),
        watch.keys(is_fork=False),
        watch.keys(is_fork=True),
    )


def watch_run(entry: Model) -> tuple[_Watch, Any]:
    """Applies the model once, watched; returns what was seen and what it returned."""
    watch = _Watch()
    with entry.room():
        ready = entry.ready()
        with watch.open():
            returned = ready.apply()
            jax.effects_barrier()
    return watch, returned


def leaf_paths(tree: Any, path: Path = ()) -> Iterator[Path]:
    """Yields the path of everything in a tree of dicts that is not a dict itself."""
    if not isinstance(tree, dict | flax.core.FrozenDict):
        yield path
        return
    for name, child in tree.items():
        yield from leaf_paths(child, (*path, name))


def key_data(key: Any) -> KeyData:
    """Returns the words of one key of either style."""
    return tuple(int(word) for word in np.asarray(_words_of(key)).ravel())


def _words_of(key: Any) -> Any:
    is_typed = jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    return jax.random.key_data(key) if is_typed else key


@dataclasses.dataclass
class _SeenCall:
    path: Path
    method_name: str
    class_name: str
    is_nested: bool
    branch: int | None


@dataclasses.dataclass
class _SeenDraw:
    path: Path
    stream: str
    parameter: str | None
    is_fork: bool
    in_probe: bool
    keys: list[KeyData] = dataclasses.field(default_factory=list)


class _Watch:
    """Patches Flax while it is open, and gathers what the run says of itself."""

    def __init__(self) -> None:
        self.parameters_read: set[Path] = set()
        self._seen: dict[int, _SeenCall] = {}
        self._draws: list[_SeenDraw] = []
        self._n_emitted: Counter[int] = Counter()
        self._branch_parents: dict[int, int | None] = {}
        self._markers = itertools.count()
        self._n_probes = 0
        self._branch: int | None = None
        self._parameter: str | None = None
        self._is_forking = False
        self._has_own_run = False

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Watches what Flax does in the context, then puts everything back."""
        scope = core_scope.Scope
        proxy = transforms._HashableProxy
        replaced: list[tuple[Any, str, Any]] = [
            (scope, "make_rng", self._make_rng(scope.make_rng)),
            (scope, "get_variable", self._get_variable(scope.get_variable)),
            (scope, "param", self._param(scope.param)),
            (scope, "variables", self._variables(scope.variables)),
            (core_scope, "bind", self._bind(core_scope.bind)),
            (axes_scan, "pe", _Probing(partial_eval, self)),
            (lift, "cond", self._branching(lift.cond)),
            (lift, "switch", self._branching(lift.switch)),
            (transforms, "fork_rngs", self._fork_rngs(transforms.fork_rngs)),
            (proxy, "from_module", _never_cached(proxy)),
        ]
        with contextlib.ExitStack() as stack:
            for owner, name, value in replaced:
                stack.enter_context(mock.patch.object(owner, name, value))
            stack.enter_context(nn.intercept_methods(self._intercept))
            yield

    def calls(self) -> tuple[Call, ...]:
        """Returns the calls that count, in the order in which they began."""
        return tuple(
            Call(
                seen.path,
                seen.method_name,
                seen.class_name,
                self._n_emitted[marker],
                seen.is_nested,
            )
            for marker, seen in self._seen.items()
            if self._n_emitted[marker] or self._is_reached(seen.branch)
        )

    def keys(self, is_fork: bool) -> dict[tuple[Path, str], Counter[KeyData]]:
        """Returns the keys handed out, or those that `nn.jit` forked."""
        # What a scan's probe creates is kept where the body finds it then, and thrown
        # away where the body creates it again.
        created = {(d.path, d.parameter) for d in self._draws if not d.in_probe}
        keys: dict[tuple[Path, str], Counter[KeyData]] = {}
        for draw in self._draws:
            is_repeated = draw.in_probe and (draw.path, draw.parameter) in created
            if draw.keys and draw.is_fork == is_fork and not is_repeated:
                keys.setdefault((draw.path, draw.stream), Counter()).update(draw.keys)
        return keys

    @contextlib.contextmanager
    def probe(self) -> Iterator[None]:
        """Marks what is traced in the context as a scan's search for constants."""
        self._n_probes += 1
        try:
            yield
        finally:
            self._n_probes -= 1

    def _is_reached(self, branch: int | None) -> bool:
        while branch is not None:
            if self._n_emitted[branch]:
                return True
            branch = self._branch_parents[branch]
        return False

    def _mark(self) -> int:
        marker = next(self._markers)
        if not self._n_probes:
            jax.debug.callback(functools.partial(self._count, marker))
        return marker

    def _count(self, marker: int) -> None:
        self._n_emitted[marker] += 1

    def _intercept(
        self,
        next_function: Callable[..., Any],
        args: Any,
        kwargs: Any,
        context: nn.module.InterceptorContext,
    ) -> Any:
        scope = context.module.scope
        is_call = context.method_name != "setup" and _is_real(scope)
        if is_call and not self._n_probes:
            assert scope is not None
            self._seen[self._mark()] = _SeenCall(
                scope.path,
                context.method_name,
                type(context.module).__name__,
                not scope.has_flag(OWN_RUN),
                self._branch,
            )
        return next_function(*args, **kwargs)

    def _make_rng(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def make_rng(scope: Any, name: str = "params") -> Any:
            key = original(scope, name)
            parameter, in_probe = self._parameter, self._n_probes > 0
            if scope.has_flag(OWN_RUN) and (parameter or not in_probe):
                draw = _SeenDraw(
                    scope.path, name, parameter, self._is_forking, in_probe
                )
                self._draws.append(draw)
                jax.debug.callback(functools.partial(_note_key, draw), _words_of(key))
            return key

        return make_rng

    def _get_variable(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def get_variable(scope: Any, col: str, name: str, default: Any = None) -> Any:
            value = original(scope, col, name, default)
            if col == "params" and scope.has_variable(col, name):
                self._note_read(scope, (name,), value)
            return value

        return get_variable

    def _param(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def param(scope: Any, name: str, *args: Any, **kwargs: Any) -> Any:
            before, self._parameter = self._parameter, name
            try:
                value = original(scope, name, *args, **kwargs)
            finally:
                self._parameter = before
            self._note_read(scope, (name,), meta.unbox(value))
            return value

        return param

    def _variables(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def variables(scope: Any) -> Any:
            everything = original(scope)
            self._note_read(scope, (), everything.get("params", {}))
            return everything

        return variables

    def _note_read(self, scope: Any, below: Path, value: Any) -> None:
        if _is_real(scope) and scope.has_flag(OWN_RUN):
            self.parameters_read |= set(leaf_paths(value, (*scope.path, *below)))

    def _bind(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def bind(
            variables: Any, rngs: Any = None, mutable: Any = False, flags: Any = None
        ) -> Any:
            flags = dict(flags or {})
            if not self._has_own_run:
                self._has_own_run = flags[OWN_RUN] = True
            return original(variables, rngs=rngs, mutable=mutable, flags=flags)

        return bind

    def _branching(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def branching(*args: Any, **kwargs: Any) -> Any:
            before, marker = self._branch, self._mark()
            self._branch_parents[marker] = before
            self._branch = marker
            try:
                return original(*args, **kwargs)
            finally:
                self._branch = before

        return branching

    def _fork_rngs(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @contextlib.contextmanager
        def fork_rngs(module: nn.Module) -> Iterator[None]:
            forked = original(module)
            self._is_forking = True
            try:
                forked.__enter__()
            finally:
                self._is_forking = False
            with contextlib.ExitStack() as stack:
                stack.push(forked)
                yield

        return fork_rngs


class _Probing:
    """Stands for JAX's tracer in Flax's scan, and tells when the probe is traced."""

    def __init__(self, original: Any, watch: _Watch) -> None:
        self._original = original
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def trace_to_jaxpr_nounits(self, *args: Any, **kwargs: Any) -> Any:
        """Traces the probe of Flax 0.12.8 and older."""
        with self._watch.probe():
            return self._original.trace_to_jaxpr_nounits(*args, **kwargs)

    def trace_to_jaxpr_dynamic(self, body: Any, avals: list[Any]) -> Any:
        """Traces the probe of Flax 0.12.9 and newer.

        That one takes everything that is emitted in the body for a result of the probe,
        and refuses it where it differs from step to step. So what does not depend on
        the step is run here, as older versions do, and Flax is given the results.
        """
        unknown = [self._original.PartialVal.unknown(aval) for aval in avals]
        _, results, _ = self.trace_to_jaxpr_nounits(body, unknown)
        assert all(result.is_known() for result in results)
        constants = [result.get_known() for result in results]
        known = linear_util.wrap_init(lambda *_: constants, debug_info=body.debug_info)
        return self._original.trace_to_jaxpr_dynamic(known, avals)


_hash_keys = itertools.count(-1, -1)


def _never_cached(proxy: Any) -> Any:
    """Makes Flax see a new module at every `nn.jit`, so that it traces it anew."""
    original = proxy.from_module

    def from_module(module: nn.Module) -> Any:
        return dataclasses.replace(original(module), hash_key=next(_hash_keys))

    return staticmethod(from_module)


def _is_real(scope: Any) -> bool:
    """Tells whether a scope is not one in which Flax only tries a `setup`."""
    return scope is not None and type(scope.root) is core_scope.Scope


def _note_key(draw: _SeenDraw, words: Any) -> None:
    draw.keys.append(tuple(int(word) for word in np.asarray(words).ravel()))
