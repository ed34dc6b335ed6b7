"""What Penzai's unflaxify promises, held against Penzai's classes and against ours."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from penzai import pz
from penzai.deprecated.v1.toolshed import unflaxify

import unflax_viz
from tests import example
from tests.capture.test_table import assert_same_bits
from unflax_viz import errors


def scope_data_of(module: Any) -> Any:
    """Returns scope data with one parameter, made by Penzai or by us."""
    dense = nn.Dense(2)
    variables = dense.init(jax.random.key(0), jnp.ones((1, 3)))
    return module.unflaxify_apply(dense, variables, jnp.ones((1, 3))).scope_data


@pytest.fixture(params=[unflaxify, unflax_viz], ids=["penzai", "unflax_viz"])
def module(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_scope_data_has_the_fields_of_the_seed(module: Any) -> None:
    names = [field.name for field in dataclasses.fields(scope_data_of(module))]
    assert names == ["parameters", "variables", "immutable_variables", "rngs"]


def test_attributes_go_out_and_in_again(module: Any) -> None:
    data = scope_data_of(module)
    attributes = data.attributes_dict()
    assert list(attributes) == [f.name for f in dataclasses.fields(data)]
    again = type(data).from_attributes(**attributes)
    assert again.parameters is data.parameters
    with pytest.raises(ValueError, match="Incorrect fields"):
        type(data).from_attributes(parameters={})


def test_scope_data_is_frozen(module: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        scope_data_of(module).parameters = {}


def test_keys_of_fields_are_attribute_keys(module: Any) -> None:
    data = scope_data_of(module)
    assert data.key_for_field("rngs") == jax.tree_util.GetAttrKey("rngs")


def test_flattening_gives_the_fields_in_order(module: Any) -> None:
    data = scope_data_of(module)
    children, static = data.tree_flatten()
    keyed, _ = data.tree_flatten_with_keys()
    assert [child for _, child in keyed] == list(children)
    assert [key.name for key, _ in keyed] == [f.name for f in dataclasses.fields(data)]
    again = type(data).tree_unflatten(static, children)
    assert again.parameters is data.parameters


def test_selection_sets_a_parameter(module: Any) -> None:
    data = scope_data_of(module)
    zeros = jnp.zeros((3, 2))
    edited = data.select().at(lambda d: d.parameters["kernel"].value).set(zeros)
    assert edited.parameters["kernel"].value is zeros
    assert data.parameters["kernel"].value is not zeros


def test_tree_map_reaches_the_values(module: Any) -> None:
    data = jax.tree.map(jnp.zeros_like, scope_data_of(module))
    np.testing.assert_array_equal(data.parameters["kernel"].value, jnp.zeros((3, 2)))


def test_parameters_have_value_and_structure(module: Any) -> None:
    parameter = scope_data_of(module).parameters["kernel"]
    assert parameter.value.shape == parameter.value_structure.shape == (3, 2)
    assert parameter.name == "kernel"


def test_call_is_coloured_by_its_class(module: Any) -> None:
    dense = nn.Dense(3)
    weights = dense.init(jax.random.key(0), jnp.ones((1, 3)))
    first = module.unflaxify_apply(dense, weights, jnp.ones((1, 3)))
    other = module.unflaxify_apply(nn.Dense(3, name="x"), weights, jnp.ones((1, 3)))
    assert first.treescope_color() == other.treescope_color()


class Mlp(nn.Module):
    """Two layers, compact."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(4)(nn.relu(nn.Dense(16)(x)))


class Shifted(nn.Module):
    """A layer and a parameter of its own, in setup."""

    features: int

    def setup(self) -> None:
        self.dense = nn.Dense(self.features)
        self.shift = self.param("shift", nn.initializers.ones_init(), ())

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.dense(x) + self.shift


class SetupMlp(nn.Module):
    """Two such layers, in setup."""

    def setup(self) -> None:
        self.first = Shifted(16)
        self.second = Shifted(4)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.second(nn.relu(self.first(x)))


@pytest.mark.parametrize("model", [Mlp(), SetupMlp()])
def test_root_called_with_its_arguments_gives_what_apply_gives(
    module: Any, model: nn.Module
) -> None:
    x = jax.random.normal(jax.random.key(42), (4, 8))
    variables = model.init(jax.random.key(43), x)
    root = module.unflaxify_apply(model, variables, x)
    assert_same_bits(root(module.ArgsAndKwargs.capture(x)), model.apply(variables, x))


class Counting(nn.Module):
    """A shared layer, a counter that changes and a constant."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shared = nn.Dense(4, name="shared")
        x = shared(nn.relu(shared(x)))
        counter = self.variable("counters", "n", lambda: jnp.asarray(10.0))
        offset = self.variable("constants", "offset", lambda: jnp.asarray(100.0))
        counter.value += 1.0
        return x + counter.value.reshape(1, 1) + offset.value.reshape(1, 1)


class Sharing(nn.Module):
    """A module that is called twice, with another one of its class between."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shared = Counting(name="twice")
        return shared(Counting()(shared(x)))


def test_shared_parameters_and_states_are_run_as_apply_does() -> None:
    x = jax.random.normal(jax.random.key(42), (3, 4))
    variables = Sharing().init(jax.random.key(43), x)
    run = unflax_viz.capture(Sharing(), variables, x, mutable="counters")
    expected, updated = Sharing().apply(variables, x, mutable="counters")
    inputs = unflax_viz.ArgsAndKwargs.capture(x)
    assert_same_bits(run.root(inputs), expected)
    assert_same_bits(run.replay(x), (expected, updated))
    before: Any = variables["counters"]["twice"]["n"]
    assert updated["counters"]["twice"]["n"] == before + 2


def test_inner_call_is_made_alone_with_its_own_keys() -> None:
    run = example.run()
    x = jnp.linspace(1.0, 2.0, 8).reshape(2, 4)
    for address in ("second", "second#2"):
        call = run.at(address)
        inputs = unflax_viz.ArgsAndKwargs.capture(x, True)
        alone = call(inputs)
        assert alone.shape == (2, 4)
        assert_same_bits(call(inputs), alone)
    first = run.at("second")(unflax_viz.ArgsAndKwargs.capture(x, True))
    later = run.at("second#2")(unflax_viz.ArgsAndKwargs.capture(x, True))
    assert not np.array_equal(first, later), "the second call draws another key"


def test_call_under_a_transform_cannot_be_made_alone() -> None:
    class Step(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array, _: None) -> tuple[jax.Array, None]:
            return nn.Dense(3)(x), None

    steps = nn.scan(
        Step, variable_axes={"params": 0}, split_rngs={"params": True}, length=2
    )()
    variables = steps.init(jax.random.key(0), jnp.ones((1, 3)), None)
    run = unflax_viz.capture(steps, variables, jnp.ones((1, 3)), None)
    with pytest.raises(errors.CallNotAloneError) as caught:
        run.at("Dense_0")(unflax_viz.ArgsAndKwargs.capture(jnp.ones((1, 3))))
    assert str(caught.value) == (
        "The call at 'Dense_0' cannot be made alone: it runs under nn.scan, and its "
        "record holds all steps at once. run.replay(...) runs the whole model again."
    )


def test_all_parameters_are_selected_at_once() -> None:
    selected = pz.select(example.run()).at_instances_of(unflax_viz.FlaxParameter)
    assert len(selected) == sum(
        len(call.scope_data.parameters)
        for call in example.run().calls()
        if call.scope_data
    )


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda run: pickle.loads(pickle.dumps(run))]
)
def test_duplicate_of_a_run_replays_to_the_same_bits(duplicate: Any) -> None:
    again = duplicate(example.run())
    assert again.paths() == example.run().paths()
    assert_same_bits(again.replay(example.INPUTS), example.run().output)
