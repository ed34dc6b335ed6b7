"""What is a model of the collection, and how is it made ready to apply?"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

Factory = TypeVar("Factory", bound=Callable[[], nn.Module])
KeyStyle = Literal["typed", "raw", "single"]

MODELS: dict[str, Model] = {}


@dataclasses.dataclass(frozen=True)
class Model:
    """One run of one Flax Linen module, with the reason why it is tried.

    Attributes:
      name: Unique in the collection; the name of the factory, in snake case.
      theme: The file that it stands in.
      why: One sentence.
      make: Returns a new, unbound module.
      args: Positional arguments of the run; NumPy arrays stand for JAX arrays.
      kwargs: Keyword arguments of the run.
      init_args: Positional arguments of `init` where they differ from `args`.
      streams: Names of the RNG streams that the run is given.
      init_streams: Names of the RNG streams that `init` is given.
      key_style: Typed keys, raw uint32 keys, or one typed key instead of a dict.
      mutable: As `module.apply` takes it.
      method: As `module.apply` takes it.
      edit: Makes the run's variables of those that `init` gave.
      starts_empty: The run gets no variables, so that it creates them.
      needs_values: Its Python code looks at values: it cannot be traced abstractly.
      can_emit_keys: The keys of its draws can be read at run time, each as often as it
        was handed out; false where a backward pass runs the draw again.
      has_exact_init: Its variables are the ones that `init` computes; all others have
        fixed numbers in the shapes of `init`, which costs no compilation.
      needs_recursion: The recursion limit that Flax itself needs; 0 for Python's own.
      is_slow: Its run takes seconds.
    """

    name: str
    theme: str
    why: str
    make: Callable[[], nn.Module]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    init_args: tuple[Any, ...] | None = None
    streams: tuple[str, ...] = ()
    init_streams: tuple[str, ...] = ("params",)
    key_style: KeyStyle = "typed"
    mutable: Any = False
    method: Any = None
    edit: Callable[[dict[str, Any]], Any] | None = None
    starts_empty: bool = False
    needs_values: bool = False
    can_emit_keys: bool = True
    has_exact_init: bool = False
    needs_recursion: int = 0
    is_slow: bool = False

    def ready(self) -> Ready:
        """Returns a new module with everything that its run takes.

        The variables are made once per model; dicts are new, leaves shared.
        """
        kwargs = dict(arrays_of(dict(self.kwargs)))
        kwargs |= {"rngs": self.rngs(), "mutable": self.mutable, "method": self.method}
        variables = {} if self.starts_empty else copy_dicts(variables_of(self))
        if self.edit is not None:
            variables = self.edit(variables)
        return Ready(self.make(), variables, arrays_of(self.args), kwargs)

    @contextlib.contextmanager
    def room(self) -> Iterator[None]:
        """Raises the recursion limit to what the model needs."""
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, self.needs_recursion))
        try:
            yield
        finally:
            sys.setrecursionlimit(before)

    def rngs(self) -> Any:
        """Returns the `rngs` of the run: None, a dict of keys, or a single key."""
        if not self.streams:
            return None
        if self.key_style == "single":
            return jax.random.key(7)
        return keys_of(self.streams, self.key_style)


@dataclasses.dataclass(frozen=True)
class Ready:
    """A module and what `module.apply` is to be called with.

    Attributes:
      module: New and unbound.
      variables: Collections to names to values.
      args: Positional arguments.
      kwargs: Keyword arguments, `rngs`, `mutable` and `method` among them.
    """

    module: nn.Module
    variables: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def apply(self) -> Any:
        """Returns what Flax returns: the output, with the state where it is mutable."""
        return self.module.apply(self.variables, *self.args, **self.kwargs)


def model(
    why: str, *args: Any, name: str | None = None, **fields: Any
) -> Callable[[Factory], Factory]:
    """Enters a model into the collection; the decorated factory makes its module.

    Args:
      why: One sentence that says why the model is there.
      *args: Positional arguments of its run.
      name: Its name where one factory makes several models.
      **fields: Other fields of `Model`.

    Returns:
      A decorator for a function or a module class that needs no arguments.
    """

    def enter(make: Factory) -> Factory:
        own_name = name or snake_case(getattr(make, "__name__", ""))
        if own_name in MODELS:
            raise ValueError(f"Two models are called {own_name!r}.")
        theme = make.__module__.rpartition(".")[2]
        MODELS[own_name] = Model(own_name, theme, why, make, args, **fields)
        return make

    return enter


def values(*shape: int, seed: int = 0) -> np.ndarray:
    """Returns float32 numbers from a normal distribution, always the same."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def keys_of(streams: tuple[str, ...], style: KeyStyle = "typed") -> dict[str, Any]:
    """Returns a key of its own for each stream."""
    new = jax.random.PRNGKey if style == "raw" else jax.random.key
    return {stream: new(10 + index) for index, stream in enumerate(streams)}


def arrays_of(tree: Any) -> Any:
    """Replaces NumPy arrays by JAX arrays."""
    return jax.tree.map(
        lambda leaf: jnp.asarray(leaf) if isinstance(leaf, np.ndarray) else leaf, tree
    )


@functools.cache
def _initialised(name: str) -> dict[str, Any]:
    entry = MODELS[name]
    args = entry.args if entry.init_args is None else entry.init_args
    kwargs = dict(entry.kwargs)

    def init() -> Any:
        arrays: tuple[Any, dict[str, Any]] = arrays_of((args, kwargs))
        rngs = keys_of(entry.init_streams)
        return entry.make().init(rngs, *arrays[0], method=entry.method, **arrays[1])

    with entry.room():
        if entry.has_exact_init or entry.needs_values:
            return dict(init())
        shapes = dict(jax.eval_shape(init))
    return {collection: _filled(tree) for collection, tree in shapes.items()}


def _filled(shapes: Any) -> Any:
    leaves, tree = jax.tree.flatten(shapes)
    filled = [_numbers_for(leaf, index) for index, leaf in enumerate(leaves)]
    return jax.tree.unflatten(tree, filled)


def _numbers_for(shape: jax.ShapeDtypeStruct, seed: int) -> jax.Array:
    if not jnp.issubdtype(shape.dtype, jnp.floating):
        return jnp.asarray(np.zeros(shape.shape, shape.dtype))
    numbers = np.random.default_rng(seed).uniform(0.1, 0.9, shape.shape)
    return jnp.asarray(numbers.astype(shape.dtype))


def variables_of(entry: Model) -> dict[str, Any]:
    """Returns variables as `init` gives them for the model, without intermediates."""
    variables = dict(_initialised(entry.name))
    variables.pop("intermediates", None)
    return variables


def copy_dicts(tree: Any) -> Any:
    """Copies the dicts of a tree; what they hold stays the same object."""
    if type(tree) is dict:
        return {name: copy_dicts(child) for name, child in tree.items()}
    return tree


def snake_case(name: str) -> str:
    """Returns `SharedByTwo` as `shared_by_two`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
