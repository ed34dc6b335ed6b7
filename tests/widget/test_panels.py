"""The panels as widgets of their own: what they show first, and wrong paths."""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

import unflax_viz
from tests import example
from tests.test_protocol import misfits
from unflax_viz import errors, protocol

PARAMETERS = "parameters"
PARAMS = "parameters/params"
NORM = "first/BatchNorm_0"
PANELS: dict[str, Any] = {
    "parameters": unflax_viz.ParameterPanel,
    "state": unflax_viz.StatePanel,
    "rngs": unflax_viz.RngPanel,
    "call": unflax_viz.CallPanel,
}


@pytest.mark.parametrize("panel", PANELS)
def test_panel_shows_one_call_without_a_tree(panel: str) -> None:
    widget = PANELS[panel](example.run(), "first/Dense_0", height_px=200)
    assert (widget.panel, widget.tab, widget.selected) == (
        panel,
        panel,
        "first/Dense_0",
    )
    assert (widget.entry, widget.height_px) == ("", 200)
    assert widget.opening["call"]["address"] == "first/Dense_0"
    assert widget.opening["outline"]["levels"] == []
    traits = {
        name: getattr(widget, name) for name in protocol.SyncedTraits.__annotations__
    }
    assert misfits(traits, protocol.SyncedTraits) == []


@pytest.mark.parametrize("panel", PANELS)
def test_panel_shows_the_root_if_nobody_says_which_call(panel: str) -> None:
    assert PANELS[panel](example.run()).selected == "/"
    assert PANELS[panel](example.run(), "").selected == "/"
    assert PANELS[panel](example.run(), ()).selected == "/"


@pytest.mark.parametrize(
    ("panel", "path", "selected", "entry"),
    [
        (PARAMETERS, "first/Dense_0/kernel", "first/Dense_0", f"{PARAMS}/kernel"),
        (PARAMETERS, ("first", "Dense_0", "bias"), "first/Dense_0", f"{PARAMS}/bias"),
        (PARAMETERS, "params/first/Dense_0/bias", "first/Dense_0", f"{PARAMS}/bias"),
        (PARAMETERS, "scale", "/", f"{PARAMS}/scale"),
        (PARAMETERS, "second/Dense_0/kernel", "second/Dense_0", f"{PARAMS}/kernel"),
        (PARAMETERS, "forgotten/kernel", "/", "unused/params/forgotten/kernel"),
        (PARAMETERS, "second#2", "second#2", ""),
        ("state", f"batch_stats/{NORM}/mean", NORM, "state/batch_stats/mean"),
        ("state", f"{NORM}/mean", NORM, "state/batch_stats/mean"),
        ("state", "hidden", "/", "state/intermediates/hidden"),
        ("rngs", ("first", "Dropout_0"), "first/Dropout_0", ""),
        ("call", "/.head", "/.head", ""),
    ],
)
def test_path_names_a_call_or_one_of_its_values(
    panel: str, path: Any, selected: str, entry: str
) -> None:
    widget = PANELS[panel](example.run(), path)
    assert (widget.selected, widget.entry) == (selected, entry)
    listed = widget.opening["call"]
    groups = ("parameters", "unused", "state", "constants")
    keys = [shown["key"] for group in groups for shown in listed[group]]
    assert entry in ["", *keys]


class Mean(nn.Module):
    """A constant and a state of the same name in two collections."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        first = self.variable("given", "mean", jnp.zeros, 1)
        other = self.variable("kept", "mean", jnp.zeros, 1)
        only = self.variable("given", "only", jnp.zeros, 1)
        other.value = other.value + 1
        return x + first.value + only.value


@pytest.fixture(scope="module")
def ambiguous() -> unflax_viz.FlaxRun:
    zero = jnp.zeros(1)
    variables = {"given": {"mean": zero, "only": zero}, "kept": {"mean": zero}}
    return unflax_viz.capture(Mean(), variables, zero, mutable=["kept"])


def test_collection_decides_between_values_of_one_path(
    ambiguous: unflax_viz.FlaxRun,
) -> None:
    for path, entry in (
        ("given/mean", "constants/given/mean"),
        ("kept/mean", "state/kept/mean"),
        ("only", "constants/given/only"),
    ):
        assert unflax_viz.StatePanel(ambiguous, path).entry == entry
    with pytest.raises(errors.PathNotInRunError) as caught:
        unflax_viz.StatePanel(ambiguous, "mean")
    assert str(caught.value) == (
        "'mean' is in several collections, 'kept', 'given'; "
        "'kept/mean' names one of them."
    )


@pytest.mark.parametrize(
    ("panel", "path", "message"),
    [
        (
            "parameters",
            "first/Dense_0/kernal",
            "No call or parameter at 'first/Dense_0/kernal' in this run; the nearest "
            "is 'first/Dense_0/kernel'. run.paths() lists all calls.",
        ),
        (
            "state",
            ("first", "BatchNorm_0", "men"),
            "No call or state at 'first/BatchNorm_0/men' in this run; the nearest is "
            "'first/BatchNorm_0/mean'. run.paths() lists all calls.",
        ),
        (
            "rngs",
            "first/Dropout_1",
            "No call at 'first/Dropout_1' in this run; the nearest is "
            "'first/Dropout_0'. run.paths() lists all calls.",
        ),
        (
            "call",
            "first/Dense_0/kernel",
            "No call at 'first/Dense_0/kernel' in this run; the nearest is "
            "'first/Dense_0'. run.paths() lists all calls.",
        ),
    ],
)
def test_wrong_path_is_refused_with_the_nearest(
    panel: str, path: Any, message: str
) -> None:
    with pytest.raises(errors.PathNotInRunError) as caught:
        PANELS[panel](example.run(), path)
    assert str(caught.value) == message


def test_only_a_run_has_panels() -> None:
    with pytest.raises(
        errors.WrongArgumentError, match="ParameterPanel shows a FlaxRun"
    ):
        unflax_viz.ParameterPanel(example.MODEL)  # pyright: ignore


@pytest.mark.parametrize(
    ("panel", "path", "lines"),
    [
        (PARAMETERS, "first/Dense_0", ["bias  f32[4]  16 B", "kernel  f32[3,4]  48 B"]),
        (PARAMETERS, "first", ["no parameters"]),
        ("state", NORM, [f"{name}  f32[4]  16 B  changed" for name in ("mean", "var")]),
        ("rngs", "first", ["no draws"]),
        (
            "call",
            "first/Dense_0",
            ["in  f32[2,3]", "out  f32[2,4]", "parameters  16", "bytes out  32 B"],
        ),
    ],
)
def test_panel_has_text_and_html_for_readers_without_scripts(
    panel: str, path: str, lines: list[str]
) -> None:
    data, _ = PANELS[panel](example.run(), path)._repr_mimebundle_()
    assert data["text/plain"].split("\n")[1:] == lines
    for line in lines:
        assert f">{line}</div>" in data["text/html"]
    assert "Dropout" not in data["text/html"]


def test_names_in_the_static_panel_are_text() -> None:
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            name = "<img onerror=alert(1)>\u202e\n"
            return x * self.param(name, nn.initializers.ones, 1)

    made = Net().init(jax.random.key(0), jnp.ones(1))
    run = unflax_viz.capture(Net(), made, jnp.ones(1))
    data, _ = unflax_viz.ParameterPanel(run)._repr_mimebundle_()
    assert "<img" not in data["text/html"]
    assert "&lt;img" in data["text/html"]
    assert "\u202e" not in data["text/html"] + data["text/plain"]
    assert len(data["text/plain"].split("\n")) == 2


def test_long_panel_is_cut_and_says_how_much_is_left() -> None:
    given = {f"w{i}": jnp.ones(1) for i in range(150)}

    class Net(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            return x + sum(self.param(name, nn.initializers.ones, 1) for name in given)

    run = unflax_viz.capture(Net(), {"params": given}, jnp.ones(1))
    data, _ = unflax_viz.ParameterPanel(run)._repr_mimebundle_()
    assert data["text/plain"].split("\n")[-1] == "… and 51 more"
