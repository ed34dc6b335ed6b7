"""An interrupt in any line of putting a watch on or taking it off leaves nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import flax.core.scope
import flax.linen as nn
import jax
import pytest

import unflax_viz
from unflax_viz import errors
from unflax_viz.capture import listeners
from unflax_viz.capture.guard import Guard
from unflax_viz.capture.linen import internals, watch
from unflax_viz.capture.linen.watch import watching
from unflax_viz.capture.listeners import LISTENERS
from unflax_viz.capture.recorder import Recorder
from unflax_viz.record.scopes import rngs_of

FILES = {module.__file__ for module in (watch, listeners)}


class Draws(nn.Module):
    """Draws once."""

    @nn.compact
    def __call__(self) -> Any:
        return self.make_rng("noise")


@pytest.fixture(autouse=True)
def tracing_as_it_was() -> Iterator[None]:
    before = sys.gettrace()
    yield
    sys.settrace(before)


def interrupt_at(number: int) -> Callable[..., Any]:
    """Returns a trace function that interrupts at the n-th line of our files."""
    n_lines = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal n_lines
        if frame.f_code.co_filename not in FILES:
            return None
        if event == "line":
            n_lines += 1
            if n_lines == number:
                raise KeyboardInterrupt
        return trace

    return trace


def was_interrupted(number: int) -> bool:
    """Opens and closes a watch, and interrupts it; false if it has fewer lines."""
    guard = Guard(Recorder(lambda run: None))
    sys.settrace(interrupt_at(number))
    try:
        with watching(guard):
            pass
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


def test_interrupt_in_any_line_leaves_flax_as_it_was() -> None:
    limit = sys.getrecursionlimit()
    interceptors = internals.interceptors_of_thread()
    number, is_going_on = 1, True
    while is_going_on:
        is_going_on = was_interrupted(number)
        assert not watch.is_patched(), number
        assert not LISTENERS.is_any(), number
        assert sys.getrecursionlimit() == limit, number
        assert interceptors == [], number
        number += 1
    assert number > 200
    run = unflax_viz.capture(Draws(), {}, rngs={"noise": jax.random.key(0)})
    assert len(rngs_of(run.root)[0].draws) == 1


def test_capture_after_an_interrupt_while_it_was_muted_hears_everything() -> None:
    LISTENERS.is_muted, LISTENERS.purpose = True, "init kernel"
    run = unflax_viz.capture(Draws(), {}, rngs={"noise": jax.random.key(0)})
    assert [draw.purpose for draw in rngs_of(run.root)[0].draws] == [""]


def test_what_somebody_else_replaces_meanwhile_stays_and_is_not_heard_twice() -> None:
    scope = flax.core.scope.Scope
    original = scope.make_rng
    try:
        with unflax_viz.recording():
            beneath = scope.make_rng
            scope.make_rng = lambda self, name="params": beneath(self, name)
            wrapped = scope.make_rng
        assert scope.make_rng is wrapped
        expected = r"^Scope\.make_rng was replaced while a recording was open"
        with pytest.raises(errors.InstallationError, match=expected):
            unflax_viz.capture(Draws(), {}, rngs={"noise": jax.random.key(0)})
    finally:
        scope.make_rng = original
    assert not watch.is_patched()
    run = unflax_viz.capture(Draws(), {}, rngs={"noise": jax.random.key(0)})
    assert len(rngs_of(run.root)[0].draws) == 1
