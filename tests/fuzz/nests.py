"""Builds the Flax module of a spec.

Every module takes an array of `SHAPE` and returns one, and beside it what the draws
below it told, in the order of the program.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from tests.fuzz.arguments import odd_object, pack, unpack
from tests.fuzz.specs import LEAVES, LIFTS, Spec
from tests.fuzz.told import N_HEAD, N_KEY, tell

SHAPE = (2, 3)
Path = tuple[str, ...]
Result = tuple[Any, tuple[Array, ...]]
STATES = ("state", "stats", "batch_stats")
STACKED = {nn.PARTITION_NAME: "stack"}
"""What scan and vmap name the axis that they add to a boxed parameter."""


class Node(nn.Module):
    """A module of a nest, with a second method."""

    spec: Spec

    def again(self, x: Any) -> Result:
        return self(x)


class Root(nn.Module):
    """The root: takes and returns what is packed, and something odd beside it."""

    spec: Spec
    pack: str = ""

    @nn.compact
    def __call__(self, packed: Any, odd: Any = None) -> Any:
        y, told = build(self.spec)(unpack(packed))
        return pack(self.pack, y), told, odd

    def again(self, packed: Any, odd: Any = None) -> Any:
        return self(packed, odd)


class TellingDropout(nn.Dropout):
    """A dropout that leaves what it drew in `drawn` for the module around it."""

    @nn.nowrap
    def make_rng(self, name: str = "params") -> Any:
        key = super().make_rng(name)
        _drawn.append(tell(self.scope, name, key))
        return key


_drawn: list[Array] = []


class Leaf(Node):
    """A module with variables or draws of its own."""

    @nn.compact
    def __call__(self, x: Array) -> Result:
        return _LEAVES[self.spec.kind](self, x)


def _dense(module: Leaf, x: Array) -> Result:
    def first_words(key: Any) -> Array:
        return tell(module.scope, "params", key)

    kernel = module.param("kernel", nn.initializers.normal(), (3, 3))
    module.param("seed", first_words)
    return jnp.tanh(x @ kernel), ()


def _boxed(module: Leaf, x: Array) -> Result:
    start = nn.with_partitioning(nn.initializers.normal(), ("in", "out"))
    kernel: Any = module.param("kernel", start, (3, 3))
    return x @ kernel, ()


def _linear(module: Leaf, x: Array) -> Result:
    del module
    return nn.Dense(3, name="inner")(x), ()


def _noise(module: Leaf, x: Array) -> Result:
    told = []
    for stream in module.spec["streams"]:
        key = module.make_rng(stream)
        told.append(tell(module.scope, stream, key))
        x = x + jax.random.uniform(key, x.shape, x.dtype)
    return x, tuple(told)


def _dropout(module: Leaf, x: Array) -> Result:
    stream = module.spec["streams"][0]
    x = TellingDropout(0.5, rng_collection=stream, name="inner")(x, deterministic=False)
    return x, (_drawn.pop(),)


def _norm(module: Leaf, x: Array) -> Result:
    is_fixed = not module.is_mutable_collection("batch_stats")
    return nn.BatchNorm(use_running_average=is_fixed, name="inner")(x), ()


def _count(module: Leaf, x: Array) -> Result:
    count = module.variable("state", "count", lambda: jnp.zeros((), jnp.int32))
    if module.is_mutable_collection("state"):
        count.value = count.value + 1
    return x + count.value.astype(x.dtype), ()


def _average(module: Leaf, x: Array) -> Result:
    mean = module.variable("stats", "mean", lambda: jnp.zeros((1, 3)))
    if module.is_mutable_collection("stats"):
        mean.value = 0.9 * mean.value + 0.1 * x.mean(0, keepdims=True)
    return x - mean.value, ()


def _constant(module: Leaf, x: Array) -> Result:
    offset = module.variable("const", "offset", lambda: jnp.full((1, 3), 0.5))
    return x + offset.value, ()


def _sow(module: Leaf, x: Array) -> Result:
    module.sow("intermediates", "seen", x)
    return x, ()


_LEAVES: dict[str, Callable[[Leaf, Array], Result]] = {
    "dense": _dense,
    "boxed": _boxed,
    "linear": _linear,
    "noise": _noise,
    "dropout": _dropout,
    "norm": _norm,
    "count": _count,
    "average": _average,
    "constant": _constant,
    "sow": _sow,
}


class Compact(Node):
    """Makes its children where it calls them."""

    @nn.compact
    def __call__(self, x: Array) -> Result:
        return _in_turn([build(child) for child in self.spec.children], x)


class Setup(Node):
    """Makes its children in `setup`."""

    def setup(self) -> None:
        for child in self.spec.children:
            setattr(self, child.name, build(child, has_name=False))

    def __call__(self, x: Array) -> Result:
        return _in_turn([getattr(self, child.name) for child in self.spec.children], x)


class Twice(Node):
    """Calls one child twice, the second time by its second method."""

    @nn.compact
    def __call__(self, x: Array) -> Result:
        child = build(self.spec.children[0])
        return _in_turn([child, child.again], x)


class Lent(Node):
    """Lends one child to two others, which call it, the second perhaps lifted."""

    @nn.compact
    def __call__(self, x: Array) -> Result:
        child = build(self.spec.children[0])
        lifts: dict[str, Any] = {"": Borrower, "remat": nn.remat(Borrower)}
        lifts["jit"] = nn.jit(Borrower)
        second = lifts[self.spec["lift"]](child, name="two")
        return _in_turn([Borrower(child, name="one"), second], x)


class Borrower(nn.Module):
    """Calls a module that it was given."""

    layer: nn.Module

    def __call__(self, x: Array) -> Result:
        return self.layer(x)


class Packed(Node):
    """Gives its child an array in a class that checks it, and gets such a one back."""

    @nn.compact
    def __call__(self, x: Array) -> Result:
        kind = self.spec["pack"]
        y, told = Opener(self.spec.children[0], name="opener")(pack(kind, x), kind)
        return unpack(y), told


class Opener(nn.Module):
    """Unpacks what it gets, and packs what it returns."""

    spec: Spec

    @nn.compact
    def __call__(self, packed: Any, kind: str) -> Result:
        y, told = build(self.spec)(unpack(packed))
        return pack(kind, y), told


class Odd(Node):
    """Gives its child an odd object, and gets it back."""

    @nn.compact
    def __call__(self, x: Array) -> Result:
        receiver = Receiver(self.spec.children[0], name="receiver")
        y, told, _ = receiver(x, odd=odd_object(self.spec["odd"]))
        return y, told


class Receiver(nn.Module):
    """Gives the odd object that it gets back."""

    spec: Spec

    @nn.compact
    def __call__(self, x: Array, odd: Any) -> Any:
        y, told = build(self.spec)(x)
        return y, told, odd


class Lifted(Node):
    """Calls its children through a lifted transform."""

    @nn.compact
    def __call__(self, x: Array) -> Result:
        return _LIFTS[self.spec.kind](self, x)


class Cell(nn.RNNCellBase):
    """A cell of an RNN with a nest in it."""

    spec: Spec

    @nn.compact
    def __call__(self, carry: Any, inputs: Any) -> Any:
        y, told = build(self.spec)(carry + inputs)
        return y, (y, told)

    @nn.nowrap
    def initialize_carry(self, rng: Any, input_shape: tuple[int, ...]) -> Any:
        del rng
        return jnp.zeros(input_shape)

    @property
    def num_feature_axes(self) -> int:
        return 1


def _in_turn(layers: list[Any], x: Any) -> Result:
    told: tuple[Array, ...] = ()
    for layer in layers:
        x, below = layer(x)
        told += below
    return x, told


def _call(module: Any, x: Any) -> Result:
    return module(x)


def _put_through(module: Lifted, transform: Any, x: Any, **options: Any) -> Result:
    """Calls the child as a transformed class or through a transformed function."""
    spec = module.spec
    (child,) = spec.children
    if spec["form"] == "function":
        kind = spec.get("pack", "")

        def call(inner: Any, packed: Any) -> Result:
            y, told = inner(unpack(packed))
            return pack(kind, y), told

        y, told = transform(call, **options)(build(child), pack(kind, x))
        return unpack(y), told
    method = "again" if spec["form"] == "method" else "__call__"
    lifted = transform(class_of(child), methods=[method], **options)
    return getattr(lifted(child, name=child.name), method)(x)


def _scan(module: Lifted, x: Array) -> Result:
    spec = module.spec
    if runs_once_to_make(spec) and module.is_mutable_collection("params"):
        return build(spec.children[0])(x)
    carried, broadcast = [], ["const"]
    axes: Any = {"intermediates": 0}
    if spec["has_own_params"]:
        axes["params"] = 0
    else:
        broadcast.append("params")
    for name in STATES:
        if not spec["carries_state"]:
            axes[name] = 0
        elif module.is_mutable_collection(name):
            carried.append(name)
        else:
            broadcast.append(name)
    return _put_through(
        module,
        nn.scan,
        x,
        variable_axes=axes,
        variable_broadcast=broadcast,
        variable_carry=carried,
        split_rngs=dict(spec["split"]),
        length=spec["n_times"],
        metadata_params=STACKED,
        check_constancy_invariants=spec["is_probed"],
    )


def _vmap(module: Lifted, x: Array) -> Result:
    spec = module.spec
    axes: Any = dict.fromkeys((*STATES, "intermediates"), 0)
    axes |= {"params": 0 if spec["has_own_params"] else None, "const": None}
    if spec["maps_input"]:
        x = jnp.stack([x + lane for lane in range(spec["n_times"])])
    y, told = _put_through(
        module,
        nn.vmap,
        x,
        variable_axes=axes,
        split_rngs=dict(spec["split"]),
        in_axes=0 if spec["maps_input"] else None,
        metadata_params=STACKED,
        axis_size=spec["n_times"],
    )
    return y.mean(0), told


def _map_variables(module: Lifted, x: Array) -> Result:
    def double(variables: Any) -> Any:
        def double_one(leaf: Any) -> Any:
            return leaf * 2 if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf

        return jax.tree.map(double_one, variables)

    makes = module.is_mutable_collection("params")
    mapped: Any = {"mapped_collections": "params", "init": makes, "mutable": False}
    return _put_through(module, nn.map_variables, x, trans_in_fn=double, **mapped)


def _remat(module: Lifted, x: Array) -> Result:
    return _put_through(module, nn.remat, x)


def _jit(module: Lifted, x: Array) -> Result:
    return _put_through(module, nn.jit, x)


def _branch(module: Lifted, x: Array) -> Result:
    """A cond or a switch; while variables are made, all branches in turn."""
    spec = module.spec
    branches = Setup(spec, name="branches")
    if module.is_mutable_collection("params"):
        return branches(x)
    shapes = [list(told_shapes(child)) for child in spec.children]

    def function_of(index: int) -> Callable[[Any, Array], Result]:
        before = list(itertools.chain(*shapes[:index]))
        after = list(itertools.chain(*shapes[index + 1 :]))

        def branch(inner: Any, x: Array) -> Result:
            y, told = getattr(inner, spec.children[index].name)(x)
            return y, (*_nothing(before), *told, *_nothing(after))

        return branch

    functions: Any = [function_of(index) for index in range(len(shapes))]
    if spec.kind == "cond":
        is_first = jnp.asarray(spec["taken"] == 0)
        return nn.cond(is_first, *functions, branches, x)
    return nn.switch(jnp.asarray(spec["taken"]), functions, branches, x)


def _while_loop(module: Lifted, x: Array) -> Result:
    spec = module.spec
    (child,) = spec.children
    layer = build(child)
    if module.is_mutable_collection("params"):
        return layer(x)
    n_times = spec["n_times"]
    shapes = [(n_times, *shape) for shape in told_shapes(child)]

    def is_before_end(inner: Any, carry: Any) -> Any:
        del inner
        return carry[0] < n_times

    def step(inner: Any, carry: Any) -> Any:
        number, x, rows = carry
        x, told = inner(x)
        rows = (row.at[number].set(new) for row, new in zip(rows, told, strict=True))
        return number + 1, x, tuple(rows)

    written = [name for name in STATES if module.is_mutable_collection(name)]
    start = (jnp.zeros((), jnp.int32), x, _nothing(shapes))
    _, y, told = nn.while_loop(
        is_before_end,
        step,
        layer,
        start,
        carry_variables=written,
        broadcast_variables=nn.DenyList(written),
        split_rngs=dict(spec["split"]),
    )
    return y, told


def _rnn(module: Lifted, x: Array) -> Result:
    spec = module.spec
    (child,) = spec.children
    rnn = nn.RNN(
        Cell(child, name="cell"),
        time_major=True,
        variable_axes=dict.fromkeys(STATES, 0),
        variable_broadcast=["params", "const"],
        split_rngs=dict(spec["split"]),
        name="rnn",
    )
    y, told = rnn(jnp.stack([x] * spec["n_times"]))
    return y[-1], told


def _custom_vjp(module: Lifted, x: Array) -> Result:
    def forward(inner: Any, x: Array) -> Any:
        return inner(x), None

    def backward(_: None, cotangents: Any) -> Any:
        return cotangents

    function = nn.custom_vjp(_call, forward_fn=forward, backward_fn=backward)
    return function(build(module.spec.children[0]), x)


def _vjp(module: Lifted, x: Array) -> Result:
    layer = build(module.spec.children[0])
    y, _, told = nn.vjp(_call, layer, x, has_aux=True, vjp_variables=False)
    return y, told


_LIFTS: dict[str, Callable[[Lifted, Array], Result]] = {
    "scan": _scan,
    "vmap": _vmap,
    "remat": _remat,
    "jit": _jit,
    "map_variables": _map_variables,
    "cond": _branch,
    "switch": _branch,
    "while_loop": _while_loop,
    "rnn": _rnn,
    "custom_vjp": _custom_vjp,
    "vjp": _vjp,
}

_CLASSES: dict[str, type[Node]] = {
    **dict.fromkeys(LEAVES, Leaf),
    **dict.fromkeys(LIFTS, Lifted),
    "compact": Compact,
    "setup": Setup,
    "twice": Twice,
    "lent": Lent,
    "packed": Packed,
    "odd": Odd,
}


def class_of(spec: Spec) -> type[Node]:
    """Returns the class that a spec is built of."""
    return _CLASSES[spec.kind]


def build(spec: Spec, has_name: bool = True) -> Node:
    """Builds the module of a spec; in `setup` the attribute gives the name."""
    return class_of(spec)(spec, name=spec.name if has_name else None)


def _nothing(shapes: list[Any]) -> tuple[Array, ...]:
    return tuple(jnp.zeros((*shape, N_HEAD + N_KEY), jnp.uint32) for shape in shapes)


def runs_once_to_make(spec: Spec) -> bool:
    """Tells whether its child is called plainly where variables are to be made.

    What a loop carries has to be there before it begins.
    """
    return spec.kind == "while_loop" or bool(spec.get("carries_state"))


def told_shapes(spec: Spec) -> Iterator[tuple[int, ...]]:
    """Yields, for each draw that is told, the numbers of its steps and lanes."""
    if not spec.children:
        yield from [()] * len(spec.get("streams", ()))
    axes = (spec["n_times"],) if spec.get("n_times") else ()
    for _ in range(2 if spec.kind in ("twice", "lent") else 1):
        for child in spec.children:
            for shape in told_shapes(child):
                yield (*axes, *shape)
