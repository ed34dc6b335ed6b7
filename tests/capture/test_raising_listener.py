"""A listener that raises: the model does not feel it, and Flax is as it was.

Every model of the collection runs under a listener that raises somewhere, and with
every event it raises in models that cause it, at the first and at the last time.
"""

from __future__ import annotations

import functools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

from tests.capture.test_table import assert_same_bits
from tests.fuzz.runs import look_of_flax
from tests.models import MODELS, Model
from unflax_viz.capture.events import Event
from unflax_viz.capture.freeze import freeze_run
from unflax_viz.capture.guard import Guard
from unflax_viz.capture.linen.watch import watching
from unflax_viz.capture.recorder import Recorder

CALLS = ["wants_run", *(kind.__name__ for kind in Event.__subclasses__())]
RICH = [
    "draws_in_setup",
    "compact_mlp",
    "reads_all_variables",
    "while_with_split_rngs",
    "cond_left",
    "jit",
    "batch_norm_in_vmap",
    "scan_with_split_rngs",
]
"""Models that together cause every event, the quickest first."""
WITHOUT_USERS = {"RunSkipped", "RunGivenUp"}
"""What no single run causes that goes well; they have tests of their own."""


class HostileError(Exception):
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("nothing to say")


ERRORS = (RuntimeError, RecursionError, MemoryError, HostileError)


class Raising:
    """Passes everything on to a recorder, and raises where it is told to.

    Attributes:
      counts: How often it was asked, and told of each event.
      n_raised: How often it raised.
    """

    def __init__(
        self,
        is_bad: Callable[[str, int], bool],
        error: Any = RuntimeError,
        max_runs: int = 1,
    ):
        self.counts: Counter[str] = Counter()
        self.n_raised = 0
        self._is_bad = is_bad
        self._error = error
        self._recorder = Recorder(freeze_run, max_runs)

    @property
    def finished(self) -> list[Any]:
        return self._recorder.finished

    def wants_run(self) -> bool:
        self._count("wants_run")
        return self._recorder.wants_run()

    def handle(self, event: Event) -> None:
        self._count(type(event).__name__)
        self._recorder.handle(event)

    def _count(self, name: str) -> None:
        self.counts[name] += 1
        if self._is_bad(name, self.counts[name]):
            self.n_raised += 1
            raise self._error("a fault of the listener")


def apply_watched(entry: Model, listener: Raising) -> tuple[Any, Guard]:
    """Applies a model under a guarded listener; Flax is checked around it."""
    before = look_of_flax()
    guard = Guard(listener)
    with entry.room():
        ready = entry.ready()
        with watching(guard):
            returned = ready.apply()
    assert look_of_flax() == before
    return returned, guard


def apply_plainly(entry: Model) -> Any:
    with entry.room():
        return entry.ready().apply()


@functools.cache
def counts_of(name: str) -> Counter[str]:
    """Counts what a run of a model asks and causes."""
    listener = Raising(lambda call, number: False)
    apply_watched(MODELS[name], listener)
    return listener.counts


@functools.cache
def plain_result_of(name: str) -> Any:
    return apply_plainly(MODELS[name])


def users_of(call: str) -> Iterator[tuple[str, int]]:
    """Yields rich models that cause an event, and how often."""
    for name in RICH:
        n_times = counts_of(name)[call]
        if n_times:
            yield name, n_times


@pytest.mark.slow
@pytest.mark.parametrize("entry", MODELS.values(), ids=lambda entry: entry.name)
def test_model_does_not_feel_a_listener_that_raises(entry: Model) -> None:
    dice = random.Random(entry.name)
    listener = Raising(lambda *_: dice.random() < 0.1, dice.choice(ERRORS))
    returned, guard = apply_watched(entry, listener)
    assert_same_bits(returned, apply_plainly(entry))
    assert len(guard.failures) == listener.n_raised


@pytest.mark.slow
@pytest.mark.parametrize("call", sorted({*CALLS} - WITHOUT_USERS))
def test_no_call_is_felt_when_it_raises(call: str) -> None:
    users = list(users_of(call))
    assert users
    name, n_times = users[0]
    places = {(name, 1), (name, n_times), (users[-1][0], 1)}
    for name, number in places:
        listener = Raising(lambda *place, bad=(call, number): place == bad)
        returned, guard = apply_watched(MODELS[name], listener)
        assert_same_bits(returned, plain_result_of(name))
        assert len(guard.failures) == 1
        assert "a fault of the listener" in str(guard.failures[0])


def test_listener_that_cannot_even_give_up_is_not_felt() -> None:
    listener = Raising(lambda name, _: name in ("CallClosed", "RunGivenUp"))
    returned, guard = apply_watched(MODELS["compact_mlp"], listener)
    assert_same_bits(returned, plain_result_of("compact_mlp"))
    assert listener.counts["RunGivenUp"] == 1
    assert len(guard.failures) == 2


def test_listener_that_raises_where_a_run_is_skipped_is_not_felt() -> None:
    listener = Raising(lambda name, _: name == "RunSkipped")
    guard = Guard(listener)
    model, x = nn.Dense(2), jnp.ones((1, 2))
    plain = model.init(jax.random.key(0), x)
    with watching(guard):
        model.init(jax.random.key(0), x)
        skipped = model.init(jax.random.key(0), x)
    assert_same_bits(skipped, plain)
    assert len(guard.failures) == 1


class Refuses(nn.Module):
    """Raises after it called a layer."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        nn.Dense(2)(x)
        raise ValueError("the model's own")


def test_exception_of_the_model_is_its_own_under_a_listener_that_raises() -> None:
    before = look_of_flax()
    listener = Raising(lambda name, number: name == "CallClosed", HostileError)
    guard = Guard(listener)
    with pytest.raises(ValueError, match="the model's own"), watching(guard):
        Refuses().init(jax.random.key(0), jnp.ones((1, 2)))
    assert len(guard.failures) == 1
    assert look_of_flax() == before


def test_run_after_one_that_failed_is_heard_from_its_beginning() -> None:
    listener = Raising(lambda *place: place == ("CallClosed", 1), max_runs=2)
    guard = Guard(listener)
    model, x = nn.Dense(2), jnp.ones((1, 2))
    with watching(guard):
        variables = model.init(jax.random.key(0), x)
        model.apply(variables, x)
    assert len(guard.failures) == 1
    assert listener.counts["RunOpened"] == 2
    (run,) = listener.finished
    assert run.entry_point == "apply"


def test_guard_is_silent_for_the_rest_of_a_run_that_failed() -> None:
    listener = Raising(lambda *place: place == ("CallOpened", 2))
    apply_watched(MODELS["compact_mlp"], listener)
    counts = listener.counts
    assert counts["CallOpened"] == 2
    assert counts["CallClosed"] < counts_of("compact_mlp")["CallClosed"]
    assert counts["RunClosed"] == 0
