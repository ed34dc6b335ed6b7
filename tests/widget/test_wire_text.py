"""Names that UTF-8 cannot hold, on their way to the browser and back."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

import unflax_viz
from unflax_viz.record.run import FlaxRun
from unflax_viz.widget.wire_text import from_wire, to_wire

NAME = "a\ud800"


class Leaf(nn.Module):
    """Reads a parameter of an odd name."""

    @nn.compact
    def __call__(self) -> jax.Array:
        return self.param("k" + NAME, lambda _: jnp.ones(2))


class Holder(nn.Module):
    """Calls a module of an odd name."""

    @nn.compact
    def __call__(self) -> jax.Array:
        return Leaf(name=NAME)()


@pytest.fixture
def run() -> FlaxRun:
    variables = {"params": {NAME: {"k" + NAME: jnp.ones(2)}}}
    return unflax_viz.capture(Holder(), variables)


def assert_can_be_sent(message: Any) -> None:
    json.dumps(message, ensure_ascii=False, default=str).encode()


def test_text_comes_back_as_it_was() -> None:
    message = {NAME: [NAME, ("plain", "ä", 1)]}
    assert_can_be_sent(to_wire(message))
    assert from_wire(to_wire(message)) == message


def test_widget_sends_and_takes_a_name_that_utf_8_cannot_hold(
    run: FlaxRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget = unflax_viz.inspect(run, selected=NAME)
    sent: list[Any] = []
    monkeypatch.setattr(widget.comm, "send", lambda data, **_: sent.append(data))
    assert_can_be_sent(widget.get_state())
    assert_can_be_sent(widget._repr_mimebundle_()[0])
    widget.send_state("selected")
    widget.selected = "/"
    widget.set_state({"selected": r"a\ud800"})
    assert widget.selected == NAME
    assert len(sent) >= 2
    assert_can_be_sent(sent)
    widget.close()


def test_page_with_such_a_name_can_be_written(
    run: FlaxRun, tmp_path: pathlib.Path
) -> None:
    page = run.to_html(tmp_path / "run.html").read_text(encoding="utf-8")
    assert r"a\ud800" in page
