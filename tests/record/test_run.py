"""FlaxRun and its calls as frozen Penzai Structs."""

from __future__ import annotations

import copy
import dataclasses
import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from penzai import pz

import unflax_viz
from tests import example
from tests.root_elsewhere import runs_without_root_at_slash
from unflax_viz import errors
from unflax_viz.record import penzai_v1
from unflax_viz.record.scopes import parameters_of, rngs_of, states_of


def test_root_is_found_by_slash_and_by_nothing() -> None:
    run = example.run()
    assert run.at("/") is run.at("") is run.root


def test_slash_is_the_call_of_that_address_or_else_the_outermost_one() -> None:
    bound, loss, half = runs_without_root_at_slash()
    assert bound.at("/") is bound.find("class:Dense")[0]
    assert loss.at("/") is loss.root.children[0]
    assert half.at("/") is half.root
    for run in (bound, loss, half):
        assert run.at("") is run.root


def test_slash_in_a_query_means_the_outermost_call() -> None:
    for run in runs_without_root_at_slash():
        assert run.root in run.find("path:/")
        assert run.root in run.find("/", lens="modules")
        assert run.find("below:/") == run.calls()[1:]


def test_missing_address_names_the_nearest_one() -> None:
    with pytest.raises(errors.PathNotInRunError) as caught:
        example.run().at("first/Dense_7")
    assert str(caught.value) == (
        "No call at 'first/Dense_7' in this run; the nearest is 'first/Dense_0'. "
        "run.paths() lists all of them."
    )
    assert isinstance(caught.value, KeyError)
    assert caught.value.address == "first/Dense_7"


def test_run_is_a_pytree_of_its_values() -> None:
    run = example.run()
    doubled = jax.tree.map(lambda leaf: leaf, run)
    assert isinstance(doubled, unflax_viz.FlaxRun)
    assert jax.tree.structure(doubled) == jax.tree.structure(run)
    assert doubled.paths() == run.paths()


def test_selection_edits_a_copy_and_leaves_the_run_alone() -> None:
    run = example.run()
    before = parameters_of(run.at("first/Dense_0"))["kernel"].value
    edited = (
        pz.select(run)
        .at_instances_of(unflax_viz.FlaxParameter)
        .where(lambda parameter: parameter.path[-1] == "kernel")
        .apply(lambda parameter: dataclasses.replace(parameter, value=0))
    )
    assert parameters_of(edited.at("first/Dense_0"))["kernel"].value == 0
    assert parameters_of(run.at("first/Dense_0"))["kernel"].value is before


def test_run_survives_deepcopy() -> None:
    again = copy.deepcopy(example.run())
    assert again.paths() == example.run().paths()
    np.testing.assert_array_equal(again.output[0], example.run().output[0])


def test_values_satisfy_the_protocols_of_penzai() -> None:
    parameter: penzai_v1.ParameterLike = parameters_of(example.run().root)["scale"]
    state: penzai_v1.LocalStateEffect = states_of(
        example.run().at("first/BatchNorm_0")
    )["batch_stats", "mean"]
    rng: penzai_v1.RandomEffect = rngs_of(example.run().at("first/Dropout_0"))[0]
    assert parameter.value_structure.shape == (1, 3)
    np.testing.assert_array_equal(state.get(), np.zeros(4))
    assert rng.next_key() is not None
    with pytest.raises(errors.FrozenRecordError, match=r"batch_stats/first\.Batch"):
        state.set(jnp.zeros(4))


def test_repr_is_one_line() -> None:
    assert repr(example.run()) == "<FlaxRun: apply of Example.__call__, 14 calls>"
    alone = unflax_viz.capture(example.MODEL, {}, jnp.ones(1), method=lambda m, x: x)
    assert repr(alone).endswith(", 1 call>")


def test_same_class_has_the_same_valid_colour() -> None:
    first, second = example.run().at("first"), example.run().at("second")
    assert first.treescope_color() == second.treescope_color()
    assert first.treescope_color() != example.run().root.treescope_color()
    assert re.fullmatch("#[0-9a-f]{6}", first.treescope_color())


class Inner(nn.Module):
    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(3, use_bias=False, name="b")(x)


class Dotted(nn.Module):
    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return Inner(name="a")(x) + nn.Dense(3, use_bias=False, name="a.b")(x)


def test_names_that_a_dot_makes_alike_are_refused() -> None:
    variables = Dotted().init(jax.random.key(0), jnp.ones(2))
    run = unflax_viz.capture(Dotted(), variables, jnp.ones(2))
    said = (
        "Two parameters of this run are called 'a.b.kernel': a/b/kernel and a.b/kernel"
    )
    with pytest.raises(errors.ParameterConflictError, match=re.escape(said)):
        run.parameters()
    with pytest.raises(errors.ParameterConflictError, match=re.escape(said)):
        run.with_parameters({"a.b.kernel": jnp.zeros((2, 3))})


@pytest.mark.parametrize("address", [None, 3, ("first",)])
def test_address_that_is_no_text_is_refused(address: Any) -> None:
    with pytest.raises(errors.WrongArgumentError) as caught:
        example.run().at(address)
    assert str(caught.value) == (
        "An address is a string such as 'encoder/Dense_0', not "
        f"{type(address).__name__}; run.paths() lists them."
    )


@pytest.mark.parametrize("replacement", [None, 3, "x"])
def test_replacement_that_cannot_be_called_is_refused(replacement: Any) -> None:
    with pytest.raises(errors.WrongArgumentError) as caught:
        example.run().replace_call("first", replacement)
    assert str(caught.value) == (
        "A call is replaced by a function of its arguments, or by one of "
        "unflax_viz.Identity, Zero, Scale, AddNoise and Fixed (which gives a value), "
        f"not by {type(replacement).__name__}."
    )
