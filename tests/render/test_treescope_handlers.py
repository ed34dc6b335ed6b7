"""treescope.render of a run or a call."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import treescope

import unflax_viz
from tests import example


class Nested(nn.Module):
    """A chain of modules, each inside the other."""

    depth: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return Nested(self.depth - 1)(x) if self.depth else nn.Dense(1)(x)


def test_run_is_drawn_by_its_calls() -> None:
    text = treescope.render_to_text(example.run())
    assert text.startswith("FlaxRun(apply:")
    assert "first/Dense_0: Dense.__call__ -> f32[2,4]" in text
    assert "FlaxParameter(value=" in text


def test_call_is_drawn_alone() -> None:
    text = treescope.render_to_text(example.run().at("second#2"))
    assert text.startswith("second#2: Block.__call__ -> f32[2,4] (")
    assert "second/Dropout_0#2: Dropout.__call__" in text


def test_deep_run_is_drawn_as_far_as_it_is_useful() -> None:
    model = Nested(60)
    made = model.init(jax.random.key(0), jnp.ones((1, 1)))
    run = unflax_viz.capture(model, made, jnp.ones((1, 1)))
    assert len(run.calls()) == 62
    assert "54 calls below" in treescope.render_to_text(run)
    assert len(treescope.render_to_html(run)) < 300_000


def test_value_that_treescope_cannot_draw_is_said_in_its_place() -> None:
    class Failing:
        def __treescope_repr__(self, path: str | None, subtree_renderer: Any) -> Any:
            raise RuntimeError("no picture")

    class Holder(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            self.variable("cache", "odd", Failing)

    run = unflax_viz.capture(Holder(), {}, mutable="cache")
    text = treescope.render_to_text(run.root)
    assert "Failing cannot be drawn: RuntimeError" in text
