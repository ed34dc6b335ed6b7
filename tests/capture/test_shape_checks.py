"""What is remembered of initialisers changes no record and no error."""

from __future__ import annotations

import collections
import functools
import itertools
import warnings
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import errors

import unflax_viz
from tests.capture.test_table import (
    TRACEABLE,
    abstract_run_of,
    every,
    take,
    without_ids,
)
from tests.models import Model
from unflax_viz.capture.linen.shape_checks import ShapeChecks
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.scopes import parameters_of, rngs_of

INITIALISERS = nn.initializers
LECUN = INITIALISERS.lecun_normal()
X = jnp.ones((2, 4))


class Layers(nn.Module):
    """Equal layers one after the other.

    Attributes:
      make: Makes one.
    """

    make: Callable[[], nn.Module]
    n_layers: int = 4

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for _ in range(self.n_layers):
            x = self.make()(x)
        return x


class Scale(nn.Module):
    """Holds one parameter.

    Attributes:
      init_fn: Its initialiser.
    """

    init_fn: Any

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return x * self.param("scale", self.init_fn, (x.shape[-1],))[None]


def check_of(init_fn: Any, *init_args: Any, **init_kwargs: Any) -> Callable[[], Any]:
    """Makes what `Scope.param` of Flax gives to `jax.eval_shape`."""
    return lambda: init_fn(jax.random.key(0), *init_args, **init_kwargs)


def n_traces(*checks: Callable[[], Any]) -> int:
    memory, traced = ShapeChecks(), []

    def eval_shape(function: Any) -> Any:
        traced.append(function)
        return jax.eval_shape(function)

    for check in checks:
        assert memory.trace(check, eval_shape) == jax.eval_shape(check)
    return len(traced)


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Lists the functions that are given to `jax.eval_shape` without arguments."""
    functions: list[Any] = []
    eval_shape = jax.eval_shape

    def listed(function: Any, *args: Any, **kwargs: Any) -> Any:
        functions.extend([] if args or kwargs else [function])
        return eval_shape(function, *args, **kwargs)

    monkeypatch.setattr(jax, "eval_shape", listed)
    return functions


def picture_of(run: FlaxRun) -> list[Any]:
    return [
        (
            *(call.address, call.class_name, call.method_name, call.transforms),
            without_ids((call.input_structure, call.output_structure, call.error)),
            [(name, str(it)) for name, it in parameters_of(call).items()],
            [without_ids(rng) for rng in rngs_of(call)],
        )
        for call in run.calls()
    ]


@pytest.mark.slow
@every([entry for entry in TRACEABLE if not entry.is_slow])
def test_record_is_the_same_without_the_memory(
    entry: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered = picture_of(abstract_run_of(entry.name))
    monkeypatch.setattr(
        ShapeChecks, "trace", lambda _, check, eval_shape: eval_shape(check)
    )
    assert picture_of(take(entry, unflax_viz.capture_abstract)) == remembered


@pytest.mark.parametrize("capture", [unflax_viz.capture, unflax_viz.capture_abstract])
def test_equal_layers_are_checked_by_one_tracing(
    capture: Any, traced: list[Any]
) -> None:
    module = Layers(lambda: nn.Dense(4))
    variables = module.init(jax.random.key(0), X)
    capture(module, variables, X)
    assert len(traced) == 2  # kernel and bias
    traced.clear()
    module.apply(variables, X)
    assert len(traced) == 8


def test_a_second_recording_knows_nothing_of_the_first(traced: list[Any]) -> None:
    module = nn.Dense(4)
    variables = module.init(jax.random.key(0), X)
    for _ in range(2):
        unflax_viz.capture(module, variables, X)
    assert len(traced) == 4


def lines_of_layer(raised: pytest.ExceptionInfo[BaseException]) -> list[int]:
    return [it.lineno for it in raised.traceback if str(it.path).endswith("linear.py")]


@pytest.mark.parametrize("n_right", [0, 3])
@pytest.mark.parametrize("make", [lambda: nn.Dense(4), lambda: nn.DenseGeneral(4)])
def test_wrong_shape_raises_what_flax_raises(make: Any, n_right: int) -> None:
    module = Layers(make)
    variables = module.init(jax.random.key(0), X)
    name = list(variables["params"])[n_right]
    variables["params"][name]["kernel"] = jnp.ones((4, 5))
    with pytest.raises(errors.ScopeParamShapeError) as expected:
        module.apply(variables, X)
    with pytest.raises(errors.ScopeParamShapeError) as raised:
        unflax_viz.capture(module, variables, X)
    assert str(raised.value) == str(expected.value)
    assert lines_of_layer(raised) == lines_of_layer(expected) != []


def test_initialiser_that_raises_is_asked_every_time() -> None:
    check = check_of(LECUN, (4,))
    memory = ShapeChecks()
    with pytest.raises(ValueError, match="Can't compute input and output") as expected:
        jax.eval_shape(check)
    for _ in range(2):
        with pytest.raises(ValueError, match="Can't compute") as raised:
            memory.trace(check, jax.eval_shape)
        assert str(raised.value) == str(expected.value)


CALLED: list[Callable[[], None]] = []


def of_the_module(key: Any, shape: Any) -> jax.Array:
    """Closes over nothing, and is not pure all the same."""
    CALLED[-1]()
    return INITIALISERS.ones(key, shape)


def counted_by(count: Callable[[], None]) -> dict[str, Any]:
    """Makes initialisers of a user's own, which tell when they are called."""

    def own(key: Any, shape: Any) -> jax.Array:
        count()
        return INITIALISERS.ones(key, shape)

    class Stateful:
        def __call__(self, key: Any, shape: Any) -> jax.Array:
            return own(key, shape)

    CALLED.append(count)
    return {
        "function": own,
        "function of the module": of_the_module,
        "lambda": lambda key, shape: own(key, shape),
        "partial": functools.partial(own),
        "object": Stateful(),
        "method": Stateful().__call__,
        "boxed": nn.with_partitioning(own, ("a",)),
        "logically boxed": nn.with_logical_partitioning(own, ("a",)),
    }


@pytest.mark.parametrize("kind", counted_by(lambda: None))
def test_initialiser_of_a_user_runs_as_often_as_in_flax(kind: str) -> None:
    counts: collections.Counter[str] = collections.Counter()
    stage = "init"
    own = counted_by(lambda: counts.update([stage]))[kind]
    module = Layers(lambda: Scale(own))
    variables = module.init(jax.random.key(0), X)
    stage = "apply"
    module.apply(variables, X)
    stage = "capture"
    unflax_viz.capture(module, variables, X)
    assert counts["capture"] == counts["apply"] > 0


def test_initialiser_that_is_a_new_lambda_in_each_call_is_traced() -> None:
    sizes = itertools.count(1)
    checks = [check_of(lambda _, size: jnp.ones(size), next(sizes)) for _ in range(3)]
    assert n_traces(*checks) == 3


def test_initialiser_that_draws_moves_the_stream_as_in_flax() -> None:
    class Drawing(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            def init_fn(_: Any, shape: Any) -> jax.Array:
                return jax.random.normal(self.make_rng("noise"), shape)

            x = x * self.param("first", init_fn, (4,))[None]
            x = x * self.param("second", init_fn, (4,))[None]
            return x + jax.random.normal(self.make_rng("noise"), x.shape)

    rngs = {"params": jax.random.key(0), "noise": jax.random.key(1)}
    module = Drawing()
    variables = module.init(rngs, X)
    run = unflax_viz.capture(module, variables, X, rngs={"noise": jax.random.key(2)})
    expected = module.apply(variables, X, rngs={"noise": jax.random.key(2)})
    assert (run.output == expected).all()
    (rng,) = rngs_of(run.root)
    assert [draw.counter for draw in rng.draws] == [1, 2, 3]


def test_warning_of_64_bits_comes_as_often_as_in_flax() -> None:
    module = Layers(lambda: nn.Dense(4, param_dtype=np.float64))
    variables = Layers(lambda: nn.Dense(4)).init(jax.random.key(0), X)

    def warnings_of(function: Any) -> list[str]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            function(module, variables, X)
        return [str(it.message) for it in caught]

    expected = warnings_of(lambda module, *args: module.apply(*args))
    assert len(expected) >= 8
    assert warnings_of(unflax_viz.capture) == expected


SAME = {
    "made anew": lambda: check_of(INITIALISERS.normal(0.02), (3, 4), jnp.float32),
    "constants": lambda: check_of(
        INITIALISERS.constant(2.0), (3,), np.dtype("float32")
    ),
    "by keyword": lambda: check_of(INITIALISERS.zeros, shape=(3,), dtype=jnp.bfloat16),
    "partial": lambda: check_of(functools.partial(INITIALISERS.ones, shape=[3])),
    "boxed": lambda: check_of(nn.with_partitioning(LECUN, ("d", None)), (3, 4)),
    "logically": lambda: check_of(nn.with_logical_partitioning(LECUN, ("d",)), (3, 4)),
    "numpy scalar": lambda: check_of(
        INITIALISERS.normal(np.float32(0.02)), (np.int64(3),)
    ),
    "orthogonal": lambda: check_of(INITIALISERS.orthogonal(), (3, 3)),
}


@pytest.mark.parametrize("make", SAME.values(), ids=SAME)
def test_equal_checks_of_pure_initialisers_are_traced_once(make: Any) -> None:
    assert n_traces(make(), make()) == 1


DIFFERENT = {
    "shape": lambda: (check_of(LECUN, (3, 4)), check_of(LECUN, (4, 3))),
    "type of a number": lambda: (
        check_of(INITIALISERS.ones, (3,)),
        check_of(INITIALISERS.ones, (np.int32(3),)),
    ),
    "dtype": lambda: (
        check_of(LECUN, (3, 4), jnp.float32),
        check_of(LECUN, (3, 4), jnp.bfloat16),
    ),
    "function": lambda: (
        check_of(INITIALISERS.ones, (3,)),
        check_of(INITIALISERS.zeros, (3,)),
    ),
    "closure": lambda: (
        check_of(INITIALISERS.variance_scaling(1.0, "fan_in", "normal"), (3, 4)),
        check_of(INITIALISERS.variance_scaling(1.0, "fan_out", "normal"), (3, 4)),
    ),
    "array": lambda: (check_of(INITIALISERS.constant(np.ones(3)), (3,)),) * 2,
    "64 bits": lambda: (check_of(INITIALISERS.ones, (3,), np.uint64),) * 2,
    "jitted": lambda: (check_of(jax.jit(lambda _: jnp.ones(3))),) * 2,
    "not a check": lambda: (lambda: jnp.ones(3),) * 2,
}


@pytest.mark.parametrize("make", DIFFERENT.values(), ids=DIFFERENT)
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype")
def test_checks_that_may_differ_are_traced_each(make: Any) -> None:
    assert n_traces(*make()) == 2


def test_type_of_a_number_that_jax_refuses_is_not_taken_for_another() -> None:
    memory = ShapeChecks()
    memory.trace(check_of(INITIALISERS.ones, (3,)), jax.eval_shape)
    with pytest.raises(TypeError):
        memory.trace(check_of(INITIALISERS.ones, (3.0,)), jax.eval_shape)


def test_array_that_changes_its_shape_is_looked_at_again() -> None:
    value = np.ones(3)
    constant = INITIALISERS.constant(value)
    memory = ShapeChecks()
    memory.trace(check_of(constant, (3,)), jax.eval_shape)
    value.resize(4, refcheck=False)
    with pytest.raises(ValueError, match="broadcast"):
        memory.trace(check_of(constant, (3,)), jax.eval_shape)


def test_attention_is_checked_by_one_tracing_for_equal_shapes(
    traced: list[Any],
) -> None:
    module = nn.MultiHeadDotProductAttention(num_heads=2)
    x = jnp.ones((1, 3, 4))
    variables = module.init(jax.random.key(0), x)
    traced.clear()
    unflax_viz.capture_abstract(module, variables, x)
    assert len(traced) == 4  # kernel and bias, on the way in and on the way out


@pytest.mark.slow
@pytest.mark.parametrize("transform", [nn.remat, nn.jit])
def test_nothing_of_a_trace_is_held_by_what_is_remembered(transform: Any) -> None:
    module = Layers(lambda: transform(nn.MultiHeadDotProductAttention)(num_heads=2), 2)
    x = jnp.ones((1, 3, 4))
    variables = module.init(jax.random.key(0), x)
    with jax.checking_leaks():
        unflax_viz.capture(module, variables, x)


def test_box_that_is_taken_off_inside_the_check_is_checked_each_time() -> None:
    mesh = jax.make_mesh((1,), ("x",), axis_types=(jax.sharding.AxisType.Auto,))
    init = nn.initializers.lecun_normal()

    def model(name: str) -> nn.Module:
        return nn.DenseGeneral(
            3, kernel_init=nn.with_partitioning(init, (name, None), mesh)
        )

    variables = {"params": {"kernel": jnp.ones((4, 3)), "bias": jnp.zeros(3)}}
    with unflax_viz.recording():
        model("x").apply(variables, jnp.ones((2, 4)))
        with pytest.raises(ValueError, match="nope"):
            model("nope").apply(variables, jnp.ones((2, 4)))
