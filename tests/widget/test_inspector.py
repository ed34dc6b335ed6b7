"""The widget in Python: traits, messages and what it shows without a browser."""

from __future__ import annotations

import gc
import inspect
import pathlib
import random
import threading
import weakref
from typing import Any

import ipywidgets
import numpy as np
import pytest
import traitlets
from flax import nnx

import unflax_viz
from tests import example
from tests.answers.test_clerk import random_junk
from tests.widget.test_desk import wait_until
from unflax_viz import errors, protocol
from unflax_viz.widget import bundle
from unflax_viz.widget.run_widget import RunWidget
from unflax_viz.widget.shown import close_widget


def test_run_that_ends_a_cell_shows_widget_page_and_text() -> None:
    data, _ = example.run()._repr_mimebundle_()
    assert set(data) == {
        "application/vnd.jupyter.widget-view+json",
        "text/html",
        "text/plain",
    }
    assert data["text/plain"].startswith("Example.__call__  55 parameters")
    assert "<details" in data["text/html"]
    assert "<script" not in data["text/html"]


def test_run_is_shown_by_one_widget_however_often_it_is_shown() -> None:
    first, other = capture_example(), capture_example()
    assert model_id_of(first) == model_id_of(first) != model_id_of(other)


def test_run_whose_widget_was_closed_is_shown_by_a_new_one() -> None:
    run = capture_example()
    closed = model_id_of(run)
    ipywidgets.Widget.close_all()
    assert model_id_of(run) != closed


def test_closed_widget_and_its_run_are_freed() -> None:
    run = capture_example()
    inspector = unflax_viz.inspect(run)
    freed = [weakref.ref(run), weakref.ref(inspector), weakref.ref(inspector.layout)]
    close_widget(inspector)
    del run, inspector
    gc.collect()
    assert [reference() for reference in freed] == [None, None, None]


def capture_example() -> unflax_viz.FlaxRun:
    return unflax_viz.capture(
        example.MODEL, example.variables(), example.INPUTS, **example.options()
    )


def model_id_of(run: unflax_viz.FlaxRun) -> str:
    data, _ = run._repr_mimebundle_()
    return data["application/vnd.jupyter.widget-view+json"]["model_id"]


def test_selection_of_an_unknown_address_is_refused_and_kept_as_it_was() -> None:
    inspector = unflax_viz.inspect(example.run(), selected="first")
    with pytest.raises(errors.PathNotInRunError):
        inspector.selected = "nowhere"
    assert inspector.selected == "first"


def test_empty_selection_is_the_root() -> None:
    inspector = unflax_viz.inspect(example.run(), selected="first")
    inspector.selected = ""
    assert inspector.selected == "/"


def sent_by(inspector: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Returns the list into which all goes that the widget sends as messages."""
    sent: list[Any] = []
    monkeypatch.setattr(
        inspector, "send", lambda content, buffers=None: sent.append((content, buffers))
    )
    return sent


def test_every_message_gets_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    inspector = unflax_viz.inspect(example.run())
    sent = sent_by(inspector, monkeypatch)
    call = {"kind": "call", "id": 3, "body": {"address": "first"}}
    for request in (call, "junk", None):
        inspector._handle_custom_msg(request, [])
    assert [answer["kind"] for answer, _ in sent] == ["call", "failure", "failure"]
    assert sent[0][0]["id"] == 3


def test_slow_message_is_answered_by_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inspector = unflax_viz.inspect(example.run())
    sent = sent_by(inspector, monkeypatch)
    body = {
        "address": "/",
        "entry": "parameters/params/scale",
        "side": "before",
        "index": [],
    }
    inspector._handle_custom_msg({"kind": "array", "id": 4, "body": body}, [])
    wait_until(lambda: sent)
    answer, _ = sent[-1]
    assert (answer["kind"], answer["id"]) == ("array", 4)
    assert answer["body"]["title"].startswith("scale")
    inspector.close()


def test_worker_ends_when_the_widget_is_closed() -> None:
    before = set(threading.enumerate())
    inspector = unflax_viz.inspect(example.run())
    inspector._repr_mimebundle_()
    (worker,) = set(threading.enumerate()) - before
    inspector.close()
    worker.join(20)
    assert not worker.is_alive()


def test_closed_widget_is_freed_after_its_worker_has_worked() -> None:
    run = capture_example()
    inspector = unflax_viz.inspect(run)
    inspector._repr_mimebundle_()
    freed = [weakref.ref(run), weakref.ref(inspector)]
    close_widget(inspector)
    del run, inspector

    def is_freed() -> bool:
        gc.collect()
        return [reference() for reference in freed] == [None, None]

    wait_until(is_freed)


# What the browser writes


TRAITS: dict[str, tuple[Any, Any]] = {
    "selected": ("first", "nowhere"),
    "tab": ("call", "calls"),
    "entry": ("state/batch_stats/mean", 3),
    "lens": ("modules", None),
    "query": ("class:Dense", "size>huge"),
    "expanded": (["/", "first"], ["/", 3]),
    "height_px": (300, "high"),
}
"""Of each trait that the browser writes: something else than at first, and junk."""


@pytest.mark.parametrize("name", TRAITS)
def test_browser_sets_a_trait_and_python_hears_of_it(name: str) -> None:
    inspector = unflax_viz.inspect(example.run())
    heard: list[Any] = []
    inspector.observe(lambda change: heard.append(change.new), names=name)
    inspector.set_state({name: TRAITS[name][0]})
    assert heard == [TRAITS[name][0]] == [getattr(inspector, name)]


@pytest.mark.parametrize("name", TRAITS)
def test_junk_from_the_browser_is_refused_and_said(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector = unflax_viz.inspect(example.run())
    before = getattr(inspector, name)
    sent = sent_by(inspector, monkeypatch)
    states: list[Any] = []
    monkeypatch.setattr(inspector, "send_state", states.append)
    heard: list[Any] = []
    inspector.observe(lambda change: heard.append(change.new), names=name)
    inspector.set_state({"tab": "rngs", name: TRAITS[name][1]})
    assert getattr(inspector, name) == before
    assert heard == []
    ((answer, _),) = sent
    assert (answer["kind"], answer["id"]) == ("failure", -1)
    # The reader may still be typing the query; all else goes back to what it was.
    assert states == ([] if name == "query" else [name])
    assert inspector.tab == ("overview" if name == "tab" else "rngs")


@pytest.mark.parametrize("name", ["opening", "panel", "_esm", "_model_name", "nothing"])
def test_browser_does_not_change_what_is_not_its_own(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector = unflax_viz.inspect(example.run())
    before = inspector.get_state()
    sent = sent_by(inspector, monkeypatch)
    inspector.set_state({name: {"title": "another"}})
    assert inspector.get_state() == before
    assert len(sent) == 1


@pytest.mark.parametrize("junk", [None, 3, "state", [], [["tab", "call"]]])
def test_state_that_is_no_object_is_refused(
    junk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector = unflax_viz.inspect(example.run())
    before = inspector.get_state()
    sent = sent_by(inspector, monkeypatch)
    inspector.set_state(junk)
    assert [answer["kind"] for answer, _ in sent] == ["failure"]
    assert inspector.get_state() == before


def test_random_states_are_each_taken_or_refused_and_fix_what_is_fixed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inspector = unflax_viz.inspect(example.run())
    sent = sent_by(inspector, monkeypatch)
    before = dict(inspector.opening)
    rng = random.Random(0)
    names = [*TRAITS, "opening", "panel", "layout", "_esm", "nothing"]
    values = [value for pair in TRAITS.values() for value in pair]
    for _ in range(2_000):
        state = {rng.choice(names): rng.choice([*values, random_junk(rng)])}
        n_sent = len(sent)
        inspector.set_state(state)
        ((name, value),) = state.items()
        was_taken = name in TRAITS and getattr(inspector, name) == value
        assert was_taken or len(sent) == n_sent + 1
    assert inspector.opening == before
    assert inspector.selected in example.ADDRESSES


@pytest.mark.parametrize("selected", [3, None, ["first", 3]])
def test_initial_selection_that_is_no_path_is_refused(selected: Any) -> None:
    with pytest.raises(errors.WrongArgumentError, match="A path is a string"):
        unflax_viz.inspect(example.run(), selected=selected)


# What Python writes


@pytest.mark.parametrize("name", [name for name in TRAITS if name != "selected"])
def test_junk_from_python_raises_and_leaves_the_trait_as_it_was(name: str) -> None:
    inspector = unflax_viz.inspect(example.run())
    before = getattr(inspector, name)
    error = errors.QueryError if name == "query" else traitlets.TraitError
    with pytest.raises(error):
        setattr(inspector, name, TRAITS[name][1])
    assert getattr(inspector, name) == before


@pytest.mark.parametrize("name", ["quer", "panel", "opening"])
def test_misspelt_and_fixed_traits_are_refused(name: str) -> None:
    with pytest.raises(errors.WrongArgumentError) as caught:
        unflax_viz.Inspector(example.run(), **{name: "x"})
    assert str(caught.value) == (
        f"Inspector has no trait '{name}' that can be set. Its own are selected, tab, "
        "entry, lens, query, expanded, height_px; those of every ipywidget, such as "
        "layout, can be set as well."
    )


def test_traits_of_every_widget_can_be_set() -> None:
    inspector = unflax_viz.inspect(example.run(), layout={"width": "50%"})
    assert inspector.layout.width == "50%"
    inspector.close()


@pytest.mark.parametrize(
    "view", [unflax_viz.inspect, unflax_viz.ParameterPanel, unflax_viz.CallPanel]
)
def test_closed_widget_lets_go_of_its_run_while_it_is_held(view: Any) -> None:
    run = capture_example()
    closed = view(run)
    closed._repr_mimebundle_()
    freed = weakref.ref(run)
    closed.close()
    del run

    def is_freed() -> bool:
        gc.collect()
        return freed() is None

    wait_until(is_freed)


def test_closed_widget_says_so_wherever_it_is_shown_or_asked_for_its_run() -> None:
    inspector = unflax_viz.inspect(example.run())
    inspector.close()
    words = "This Inspector of Example.__call__ is closed and no longer holds its run."
    assert inspector._repr_mimebundle_() == ({"text/plain": words}, {})
    assert not hasattr(inspector, "run")
    with pytest.raises(errors.ClosedViewError) as raised:
        _ = inspector.run
    assert str(raised.value) == f"{words} Keep the run to show it."


def test_closed_widget_still_takes_what_a_link_sets() -> None:
    first, other = (unflax_viz.inspect(example.run()) for _ in range(2))
    for name in ("selected", "query"):
        traitlets.link((first, name), (other, name))
    other.close()
    first.selected, first.query = "first", "Dense"
    assert (other.selected, other.query) == ("first", "Dense")


def test_closed_widget_shares_no_selection() -> None:
    closed, view = (unflax_viz.inspect(example.run()) for _ in range(2))
    closed.close()
    with pytest.raises(errors.WrongValueError, match="the other is a closed Insp"):
        view.share_selection(closed)


@pytest.mark.parametrize("name", ["opening", "panel"])
def test_what_is_fixed_is_read_only(name: str) -> None:
    with pytest.raises(traitlets.TraitError, match="read-only"):
        setattr(unflax_viz.inspect(example.run()), name, "call")


def test_all_that_is_written_can_be_linked() -> None:
    first = unflax_viz.inspect(example.run())
    other = unflax_viz.inspect(example.run())
    for name, (value, _) in TRAITS.items():
        ipywidgets.link((first, name), (other, name))
        setattr(first, name, value)
        assert getattr(other, name) == value
        ipywidgets.jslink((first, name), (other, name))


def test_initial_traits_are_there_in_the_opening() -> None:
    inspector = unflax_viz.inspect(
        example.run(), selected="first", tab="state", lens="draws", query="Dropout"
    )
    assert inspector.opening["call"]["address"] == "first"
    assert inspector.expanded == inspector.opening["outline"]["expanded"] == ["/"]
    assert (inspector.tab, inspector.lens, inspector.query) == (
        "state",
        "draws",
        "Dropout",
    )
    with pytest.raises(errors.QueryError):
        unflax_viz.inspect(example.run(), query="size>huge")


def test_traits_are_those_of_the_protocol_and_documented() -> None:
    names = set(protocol.SyncedTraits.__annotations__)
    own = {
        name
        for name, trait in RunWidget.class_traits(sync=True).items()
        if trait.this_class is RunWidget and not name.startswith("_")
    }
    assert own - {"kept"} == names == {*TRAITS, "opening", "panel"}
    for name in names:
        assert f"\n  {name}: " in (inspect.getdoc(RunWidget) or "")


# Sharing


def test_views_of_a_run_share_their_selection_both_ways() -> None:
    first = unflax_viz.inspect(example.run(), selected="second")
    other = unflax_viz.inspect(example.run(), share_with=first)
    assert other.selected == "second"
    other.selected = "first"
    assert first.selected == "first"
    first.selected = "/"
    assert other.selected == "/"


def test_a_selection_can_be_shared_by_three() -> None:
    first = unflax_viz.inspect(example.run())
    second = unflax_viz.inspect(example.run(), share_with=first)
    third = unflax_viz.RngPanel(example.run())
    second.share_selection(third)
    third.selected = "first"
    assert (first.selected, second.selected) == ("first", "first")


@pytest.mark.parametrize("closed", [0, 1])
def test_sharing_ends_when_either_is_closed(closed: int) -> None:
    pair = [unflax_viz.inspect(example.run()) for _ in range(2)]
    pair[0].share_selection(pair[1])
    pair[0].share_selection(pair[1])
    pair[closed].close()
    pair[1 - closed].selected = "first"
    assert pair[closed].selected == "/"
    assert not pair[1 - closed]._links


@pytest.mark.parametrize("other", [None, 3, "another run"])
def test_only_views_of_the_same_run_share(other: Any) -> None:
    if other == "another run":
        other = unflax_viz.inspect(capture_example())
    inspector = unflax_viz.inspect(example.run())
    with pytest.raises(errors.WrongValueError, match="Only views of the same run"):
        inspector.share_selection(other)


@pytest.mark.parametrize("thing", [None, "run", example.MODEL])
def test_only_a_run_can_be_inspected(thing: Any) -> None:
    with pytest.raises(errors.WrongArgumentError, match="Inspector shows a FlaxRun"):
        unflax_viz.inspect(thing)


@pytest.mark.parametrize(
    "view",
    [
        unflax_viz.inspect,
        unflax_viz.ParameterPanel,
        unflax_viz.StatePanel,
        unflax_viz.RngPanel,
        unflax_viz.CallPanel,
    ],
)
def test_an_nnx_model_is_named_by_every_view(view: Any) -> None:
    name = "Inspector" if view is unflax_viz.inspect else view.__name__
    with pytest.raises(errors.WrongArgumentError) as caught:
        view(nnx.Linear(1, 1, rngs=nnx.Rngs(0)))
    assert str(caught.value) == (
        f"{name} shows a FlaxRun. Linear is a Flax NNX model, and only Flax Linen "
        "models can be captured. flax.nnx.bridge.ToLinen(Linear, args=...) makes a "
        "Linen module of its class."
    )


def test_an_array_in_the_place_of_a_run_is_named_by_its_shape() -> None:
    with pytest.raises(errors.WrongArgumentError) as caught:
        unflax_viz.inspect(np.ones((2, 3), np.float32))  # pyright: ignore
    assert str(caught.value) == (
        "Inspector shows a FlaxRun, and was given an array of shape (2, 3) and dtype "
        "float32. unflax_viz.capture(module, variables, ...) makes one."
    )


def test_partial_run_says_what_it_ended_with() -> None:
    with pytest.raises(TypeError) as caught:
        unflax_viz.capture(
            example.MODEL,
            example.variables(),
            example.INPUTS,
            train=object(),
            surplus=1,
        )
    run = unflax_viz.partial_run(caught.value)
    assert run is not None
    data, _ = run._repr_mimebundle_()
    assert "TypeError" in data["text/html"]
    assert "TypeError" in data["text/plain"]


def test_missing_bundle_is_named_and_recording_works_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setattr(bundle, "_FOLDER", tmp_path)
    bundle.read_bundle.cache_clear()
    assert example.run().paths() == example.ADDRESSES
    with pytest.raises(errors.InstallationError, match=r"static/index\.js is missing"):
        unflax_viz.inspect(example.run())
