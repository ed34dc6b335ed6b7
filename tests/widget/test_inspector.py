"""The widget in Python: traits, messages and what it shows without a browser."""

from __future__ import annotations

import gc
import pathlib
import weakref
from typing import Any

import ipywidgets
import pytest

import unflax_viz
from tests import example
from unflax_viz import errors
from unflax_viz.widget import bundle
from unflax_viz.widget.display import close_widget


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


def test_every_message_gets_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    inspector = unflax_viz.inspect(example.run())
    sent: list[Any] = []
    monkeypatch.setattr(inspector, "send", lambda *message: sent.append(message))
    for request in ({"kind": "call", "id": 3, "address": "first"}, "junk", None):
        inspector._handle_custom_msg(request, [])
    assert [answer["kind"] for answer, _ in sent] == ["call", "failure", "failure"]
    assert sent[0][0]["id"] == 3


@pytest.mark.parametrize("thing", [None, "run", example.MODEL])
def test_only_a_run_can_be_inspected(thing: Any) -> None:
    with pytest.raises(errors.NotARunError, match="Inspector shows a FlaxRun"):
        unflax_viz.inspect(thing)


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
    with pytest.raises(errors.BundleMissingError, match=r"static/index\.js is missing"):
        unflax_viz.inspect(example.run())
