"""A cell that runs again shows what the reader looked at before."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

import unflax_viz
from tests import example
from tests.describe.test_remarks import failed_run
from unflax_viz.widget import looks
from unflax_viz.widget.looks import LOOKS


class Round:
    """One run of a cell."""


@pytest.fixture(autouse=True)
def _no_cells() -> None:
    LOOKS.forget()


def run_cell(monkeypatch: pytest.MonkeyPatch, cell_id: str = "cell") -> None:
    """Begins to run a cell, as IPython says it."""
    current = Round()
    monkeypatch.setattr(looks, "running_cell", lambda: (current, cell_id))


LOOK: dict[str, Any] = {
    "selected": "second/Dense_0",
    "tab": "call",
    "entry": "parameters/params/kernel",
    "lens": "calls",
    "query": "class:Dense",
    "expanded": ["/", "second"],
    "height_px": 700,
}


def look_at(inspector: unflax_viz.Inspector) -> None:
    inspector.set_state(LOOK)


def look_of(inspector: unflax_viz.Inspector) -> dict[str, Any]:
    return {name: getattr(inspector, name) for name in LOOK}


def test_cell_that_runs_again_goes_on_with_its_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        run_cell(monkeypatch)
        inspector = unflax_viz.inspect(example.run())
        if inspector.query != LOOK["query"]:
            look_at(inspector)
        inspector.close()
    run_cell(monkeypatch)
    again = unflax_viz.inspect(example.run())
    assert look_of(again) == LOOK
    assert again.opening["call"]["address"] == "second/Dense_0"


def test_views_of_a_cell_have_each_their_own_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_cell(monkeypatch)
    first, second = (unflax_viz.inspect(example.run()) for _ in range(2))
    second.height_px = 300
    first.height_px = 900
    run_cell(monkeypatch)
    views = [unflax_viz.inspect(example.run()) for _ in range(3)]
    assert [view.height_px for view in views] == [900, 300, 480]


def test_another_cell_and_one_without_an_id_begin_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_cell(monkeypatch)
    look_at(unflax_viz.inspect(example.run()))
    for cell_id in ("another", ""):
        run_cell(monkeypatch, cell_id)
        assert unflax_viz.inspect(example.run()).height_px == 480


def test_traits_that_are_given_stand_over_the_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_cell(monkeypatch)
    look_at(unflax_viz.inspect(example.run()))
    run_cell(monkeypatch)
    inspector = unflax_viz.inspect(example.run(), selected="first", query="")
    assert (inspector.selected, inspector.query) == ("first", "")
    assert inspector.height_px == 700


class Other(nn.Module):
    """Has other calls under the name of the example."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(2, name="first")(x)


class Example(Other):
    """Has the name of the example too."""


def other_run(model: nn.Module) -> unflax_viz.FlaxRun:
    variables = jax.eval_shape(model.init, jax.random.key(0), jnp.ones((1, 2)))
    return unflax_viz.capture_abstract(model, variables, jnp.ones((1, 2)))


def test_what_is_not_in_the_next_run_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_cell(monkeypatch)
    look_at(unflax_viz.inspect(example.run()))
    run_cell(monkeypatch)
    inspector = unflax_viz.inspect(other_run(Example()))
    assert (inspector.selected, inspector.entry) == ("/", "")
    assert inspector.expanded == ["/"]
    assert (inspector.query, inspector.height_px) == ("class:Dense", 700)


def test_another_model_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    run_cell(monkeypatch)
    look_at(unflax_viz.inspect(example.run()))
    run_cell(monkeypatch)
    assert unflax_viz.inspect(other_run(Other())).height_px == 480


def test_call_that_raised_is_selected_whatever_was_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_cell(monkeypatch)
    unflax_viz.inspect(failed_run()).selected = "Dropout_0"
    run_cell(monkeypatch)
    assert unflax_viz.inspect(failed_run()).selected == "Conv_0"


def test_panel_shows_what_the_cell_says(monkeypatch: pytest.MonkeyPatch) -> None:
    run_cell(monkeypatch)
    panel = unflax_viz.ParameterPanel(example.run(), "first/Dense_0")
    panel.selected, panel.height_px = "second/Dense_0", 300
    run_cell(monkeypatch)
    again = unflax_viz.ParameterPanel(example.run(), "first/Dense_0")
    assert (again.selected, again.height_px) == ("first/Dense_0", 300)


def test_views_made_after_a_cell_count_as_those_of_the_cell() -> None:
    for height_px in (480, 620):
        with LOOKS.after_cell("cell"):
            inspector = unflax_viz.inspect(example.run())
        assert inspector.height_px == height_px
        inspector.height_px = 620


def test_look_does_not_keep_its_view_or_its_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_cell(monkeypatch)
    inspector = unflax_viz.inspect(example.run())
    look_at(inspector)
    ((_, look),) = LOOKS._by_cell["cell"].looks
    assert look == {name: LOOK[name] for name in look}
    assert set(look) == set(LOOK) - {"lens"}
