"""What the header says of a run, and how much of it."""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp

import unflax_viz
from tests import example
from tests.describe.test_remarks import failed_run
from unflax_viz.describe.header import run_facts
from unflax_viz.protocol import Fact
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun


class Noisy(nn.Module):
    """Draws again and again from a stream that is not given."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for _ in range(30):
            x = nn.Dropout(0.5, deterministic=False)(x)
        return x


def test_tooltip_of_many_warnings_names_some_and_where_all_are() -> None:
    rngs = {"params": jax.random.key(0)}
    run = unflax_viz.capture_abstract(Noisy(), {}, jnp.ones((1, 2)), rngs=rngs)
    warnings = facts_of(run)["RNG warnings"]
    lines = warnings["exact"].splitlines()
    assert warnings["text"] == "30"
    assert lines[0] == "served by params: Dropout_0 dropout#1"
    assert lines[8:] == ["… 22 more: run.rng_report() lists all"]


def facts_of(run: FlaxRun) -> dict[str, Fact]:
    return {fact["label"]: fact for fact in run_facts(RunIndex(run))}


def verdict_on_draws(module: nn.Module, **rngs: jax.Array) -> Fact:
    return facts_of(unflax_viz.capture(module, {}, rngs=rngs))["draws"]


class Drawer(nn.Module):
    """Draws from two streams, several times."""

    n_draws: int = 1

    @nn.compact
    def __call__(self) -> None:
        for _ in range(self.n_draws):
            self.make_rng("a")
            self.make_rng("b")


def test_draws_of_different_keys_say_so_and_lead_to_all_draws() -> None:
    fact = verdict_on_draws(Drawer(), a=jax.random.key(0), b=jax.random.key(1))
    assert (fact["text"], fact.get("verdict")) == ("2", "2 different keys")
    assert fact.get("leads_to") == {"lens": "draws", "query": ""}
    assert "is_warning" not in fact


def test_keys_that_are_drawn_again_are_a_warning_that_leads_to_them() -> None:
    key = jax.random.key(0)
    fact = verdict_on_draws(Drawer(2), a=key, b=key)
    assert (fact["text"], fact.get("verdict")) == ("4", "2 keys drawn twice")
    assert fact.get("is_warning")
    search = fact.get("leads_to")
    assert search is not None
    run = unflax_viz.capture(Drawer(2), {}, rngs={"a": key, "b": key})
    assert len(run.find(**search)) == 4


def test_key_that_three_draw_is_not_drawn_twice() -> None:
    class Three(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            for stream in ("a", "b", "c"):
                self.make_rng(stream)

    key = jax.random.key(0)
    fact = verdict_on_draws(Three(), a=key, b=key, c=key)
    assert fact.get("verdict") == "1 key drawn repeatedly"


def test_states_say_how_far_they_moved() -> None:
    fact = facts_of(example.run())["states changed"]
    assert (fact["text"], fact.get("verdict")) == ("5", "at most 0.01961")
    assert fact["exact"] == "5; second.BatchNorm_0.var changed most"
    assert fact.get("leads_to") == {"lens": "state", "query": ""}


def test_states_whose_values_are_not_known_are_only_counted() -> None:
    run = unflax_viz.capture_abstract(
        example.MODEL, example.variables(), example.INPUTS, **example.options()
    )
    assert "verdict" not in facts_of(run)["states written"]


def test_header_of_a_model_that_raised_has_no_warnings() -> None:
    facts = facts_of(failed_run())
    assert list(facts) == ["parameters", "bytes", "calls", "draws"]
    assert not any(fact.get("is_warning") for fact in facts.values())
