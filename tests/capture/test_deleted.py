"""What is asked of a record whose arrays were donated says which one is gone."""

from __future__ import annotations

import copy
import pathlib
import pickle
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest
import treescope
from penzai import pz

import unflax_viz
from unflax_viz.answers.clerk import Clerk
from unflax_viz.answers.lines import lines_of
from unflax_viz.errors import DeletedArrayError
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.render.static_html import static_html
from unflax_viz.render.text import run_text

Call = InterceptedFlaxModuleMethod
X = jnp.ones((2, 3))


class Noisy(nn.Module):
    """Has a parameter, a counter that is one number, and a draw."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        n_calls = self.variable("count", "n_calls", lambda: jnp.zeros((), jnp.int32))
        n_calls.value = n_calls.value + jnp.ones((), jnp.int32)
        return nn.Dropout(0.5, deterministic=False)(nn.Dense(2)(x))


def recorded() -> tuple[unflax_viz.FlaxRun, dict[str, Any], jax.Array]:
    """Returns a run, and the variables and the key that it was given."""
    key = jax.random.key(1)
    keys = {"params": jax.random.key(0), "dropout": key}
    variables: Any = Noisy().init(keys, X)
    run = unflax_viz.capture(
        Noisy(), variables, X, rngs={"dropout": key}, mutable=["count"]
    )
    return run, variables, key


LATER = (
    " was deleted; most likely its memory was donated to a jitted call. A record "
    "refers to arrays and does not copy them: use it before that call, or capture with "
    "what the call returned."
)
KERNEL = "scope_data.parameters['kernel'].value"
IN_RUN = f"run.root.submodule_calls[(0, 'Dense_0.__call__')].{KERNEL}"
IN_VARIABLES = "variables['params']['Dense_0']['kernel']"


@pytest.mark.parametrize(
    ("use", "name"),
    [
        (lambda run: run.replay(X), IN_VARIABLES),
        (
            lambda run: run.at("Dense_0")(unflax_viz.ArgsAndKwargs.capture(X)),
            IN_VARIABLES,
        ),
        (pickle.dumps, IN_RUN),
        (copy.deepcopy, IN_RUN),
        (lambda run: copy.deepcopy([run]), IN_RUN),
        (lambda run: pickle.dumps(run.at("Dense_0")), f"call.{KERNEL}"),
        (lambda run: copy.deepcopy(run.at("Dense_0")), f"call.{KERNEL}"),
    ],
)
def test_use_of_a_record_names_the_parameter_that_was_donated(
    use: Callable[[unflax_viz.FlaxRun], Any], name: str
) -> None:
    run, variables, _ = recorded()
    variables["params"]["Dense_0"]["kernel"].delete()
    with pytest.raises(DeletedArrayError) as caught:
        use(run)
    assert str(caught.value) == name + LATER


@pytest.mark.parametrize(
    ("use", "name"),
    [
        (lambda run: run.replay(X), "rngs['dropout']"),
        (
            lambda run: run.at("Dropout_0")(unflax_viz.ArgsAndKwargs.capture(X)),
            "rngs['dropout']",
        ),
        (
            pickle.dumps,
            "run.root.submodule_calls[(1, 'Dropout_0.__call__')].scope_data"
            ".rngs['dropout'].base",
        ),
    ],
)
def test_use_of_a_record_names_the_key_that_was_donated(
    use: Callable[[unflax_viz.FlaxRun], Any], name: str
) -> None:
    run, _, key = recorded()
    key.delete()
    with pytest.raises(DeletedArrayError) as caught:
        use(run)
    assert str(caught.value) == name + LATER


def test_bind_names_what_it_was_given_and_was_donated() -> None:
    run, variables, key = recorded()
    variables["params"]["Dense_0"]["kernel"].delete()
    with pytest.raises(DeletedArrayError) as caught:
        run.bind(variables)
    said = (
        " was deleted; most likely its memory was donated to a jitted call. Bind "
        "before that call, or bind what the call returned."
    )
    assert str(caught.value) == IN_VARIABLES + said
    key.delete()
    for rngs, name in ((None, "rngs['dropout']"), (key, "rngs['params']")):
        with pytest.raises(DeletedArrayError) as caught:
            run.bind({}, rngs)
        assert str(caught.value) == name + said


def test_other_parameters_and_keys_replay_where_the_recorded_ones_are_gone() -> None:
    run, variables, key = recorded()
    expected = run.replay(X)
    kept = {name: jnp.copy(value) for name, value in run.parameters().items()}
    jax.tree.map(lambda leaf: leaf.delete(), variables["params"])
    key.delete()
    output, _ = run.with_parameters(kept).replay(X, rngs={"dropout": jax.random.key(1)})
    assert (output == expected[0]).all()


class Shared(nn.Module):
    """Calls one layer twice."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        layer = nn.Dense(3)
        return layer(layer(x))


def test_a_donated_copy_of_a_shared_parameter_is_named() -> None:
    variables = Shared().init(jax.random.key(0), X)
    run = unflax_viz.capture(Shared(), variables, X)
    _, key = run.root.submodule_calls
    copied = jnp.copy(run.parameters()["Dense_0.kernel"])
    edited = (
        pz.select(run)
        .at(
            lambda it: (
                it.root.submodule_calls[key].scope_data.parameters["kernel"].value
            )
        )
        .set(copied)
    )
    assert (edited.replay(X) == run.output).all()
    copied.delete()
    with pytest.raises(DeletedArrayError) as caught:
        edited.replay(X)
    assert str(caught.value) == "A copy of a shared parameter" + LATER


def test_an_array_within_a_module_is_found_as_well() -> None:
    class Holding(nn.Module):
        table: Any

        def __call__(self) -> None:
            pass

    table = jnp.ones(3)
    run = unflax_viz.capture(Holding(table), {})
    table.delete()
    with pytest.raises(DeletedArrayError) as caught:
        pickle.dumps(run)
    assert str(caught.value) == "An array that the record refers to" + LATER


def test_everything_is_still_shown_where_all_arrays_are_gone(
    tmp_path: pathlib.Path,
) -> None:
    run, _, key = recorded()
    for leaf in [*jax.tree.leaves(run), key]:
        if not leaf.is_deleted():
            leaf.delete()
    run.to_html(tmp_path / "run.html")
    assert str(run.rng_report()) == "Nothing to report."
    clerk = Clerk(run)
    answers = [clerk.call(address) for address in run.paths()]
    texts = [run_text(run), static_html(run), treescope.render_to_text(run), *answers]
    rows, draws = (lines_of(clerk.finder, lens) for lens in ("state", "draws"))
    shown = "\n".join(map(str, [*texts, *rows, *draws]))
    assert "cannot be shown" not in shown
    assert rows
    assert draws
    assert "key deleted" in str(draws)
    (count,) = clerk.call("/")["state"]
    assert count["value_texts"] == ["deleted", "deleted"]
    body = {"address": "/", "entry": count["key"], "side": "before", "index": []}
    answer: Any = clerk.answer({"kind": "array", "id": 0, "body": body})
    assert answer[0]["body"]["note"] == (
        "The array was deleted; most likely its memory was donated to a later call."
    )
