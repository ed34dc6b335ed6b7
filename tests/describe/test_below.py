"""What an empty panel says of the calls below is what its query lists."""

from __future__ import annotations

from typing import cast

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

import unflax_viz
from tests.query.golden_queries import searched_run
from unflax_viz.describe.below import below_of
from unflax_viz.protocol import Below
from unflax_viz.record.effects import FlaxParameter
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.structures import count_elements


def below(run: FlaxRun, address: str) -> dict[str, Below]:
    found = below_of(run.at(address), RunIndex(run))
    return {each["tab"]: each for each in found}


def test_root_lists_whole_lenses() -> None:
    run = searched_run()
    assert below(run, "/")["rngs"] == Below(
        tab="rngs", text="3 draws", lens="draws", query=""
    )


def test_call_that_has_its_own_says_nothing() -> None:
    run = searched_run()
    assert set(below(run, "/")) == {"rngs"}, "the root has parameters and state"
    assert below(run, "first/Dense_0") == {}


def test_query_lists_what_was_counted() -> None:
    run = searched_run()
    n_checked = 0
    for call in run.calls():
        if call is run.root:
            continue
        for tab, each in below(run, call.address).items():
            found = run.find(each["query"], lens=each["lens"])
            n_found = len(found)
            if tab == "parameters":
                values = [cast(FlaxParameter, it).value for it in found]
                n_found = count_elements(values)
            assert str(n_found) in each["text"].split(), (call.address, each)
            n_checked += 1
    assert n_checked > 4


def test_calls_are_counted_wherever_their_modules_are() -> None:
    run = searched_run()
    # A model that is applied in the encoder has a path of its own.
    query = below(run, "encoder")["parameters"]["query"]
    assert query == 'below:"encoder"'
    assert "/#2" in [call.address for call in run.find(query)]


@pytest.mark.parametrize(
    "name", ["a b", 'a"b', "a,b", "a*", "-a", "!a", "a|b", "[a]", "é", "a:b", "(a"]
)
def test_names_that_mean_something_in_a_query_are_found(name: str) -> None:
    class Outer(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            # One more that a "?" in the place of the letter would find as well.
            return Inner(name=name)(Inner(name="axb")(x))

    variables = Outer().init(jax.random.key(0), jnp.ones((1, 2)))
    run = unflax_viz.capture_abstract(Outer(), variables, jnp.ones((1, 2)))
    query = below(run, name)["parameters"]["query"]
    assert [call.class_name for call in run.find(query)] == ["Dense"]


class Inner(nn.Module):
    """A call with nothing of its own."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(3)(x)
