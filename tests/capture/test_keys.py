"""Keys of streams that share a key, of other implementations, and of steps run alone.

The model hands out the words of the keys that Flax gave it, which is the truth.
"""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import unflax_viz
from unflax_viz.describe.draws import rng_item
from unflax_viz.record.effects import RngDraw
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun
from unflax_viz.record.scopes import rngs_of

IMPLEMENTATIONS = ["threefry2x32", "rbg", "unsafe_rbg"]


def words_of(key: Any) -> np.ndarray:
    is_typed = jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    return np.asarray(jax.random.key_data(key) if is_typed else key)


def draws_of(run: FlaxRun, stream: str) -> list[RngDraw]:
    return [
        draw
        for call in run.calls()
        for rng in rngs_of(call)
        for draw in rng.draws
        if draw.stream == stream
    ]


def assert_keys(run: FlaxRun, stream: str, expected: Any) -> None:
    """The one draw of a stream has these words, and so has its code."""
    (draw,) = draws_of(run, stream)
    assert draw.missing_key_reason == ""
    np.testing.assert_array_equal(words_of(draw.key), np.asarray(expected))
    for call in run.calls():
        for rng in rngs_of(call):
            for entry in rng_item(rng, call, RunIndex(run))["draws"]:
                if rng.stream == stream and entry["code"]:
                    again = eval(entry["code"], {"jax": jax, "run": run})
                    np.testing.assert_array_equal(words_of(again), np.asarray(expected))


def draw_words(module: nn.Module, stream: str) -> jax.Array:
    key = module.make_rng(stream)
    is_typed = jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    return jax.random.key_data(key) if is_typed else key


class DrawsTwo(nn.Module):
    """Returns the words of one key of each of two streams."""

    @nn.compact
    def __call__(self, x: jax.Array) -> Any:
        return draw_words(self, "a"), draw_words(self, "b")


class Mapped(nn.Module):
    """Splits one of the two streams for its lanes."""

    @nn.compact
    def __call__(self, x: jax.Array) -> Any:
        split: Any = {"a": True, "b": False}
        return nn.vmap(DrawsTwo, variable_axes={}, split_rngs=split)()(x)


class Step(nn.Module):
    """A step of a scan around a module that draws."""

    @nn.compact
    def __call__(self, carry: Any, x: jax.Array) -> Any:
        return carry, DrawsTwo()(x)


class Scanned(nn.Module):
    """Splits one of the two streams for its steps."""

    reverse: bool = False

    @nn.compact
    def __call__(self, x: jax.Array) -> Any:
        split: Any = {"a": True, "b": False}
        scanned = nn.scan(
            Step, variable_axes={}, split_rngs=split, reverse=self.reverse
        )
        return scanned()(0, x)[1]


class MappedStep(nn.Module):
    """A step of a scan that splits again for the lanes of a vmap."""

    @nn.compact
    def __call__(self, carry: Any, x: jax.Array) -> Any:
        return carry, Mapped()(x)


class ScannedMapped(nn.Module):
    """A vmap inside a scan, both of which split stream a."""

    @nn.compact
    def __call__(self, x: jax.Array) -> Any:
        split: Any = {"a": True, "b": False}
        return nn.scan(MappedStep, variable_axes={}, split_rngs=split)()(0, x)[1]


class Looped(nn.Module):
    """Folds the number of its step into a stream, n times."""

    @nn.compact
    def __call__(self, words: jax.Array) -> Any:
        def body(module: Any, carry: Any) -> Any:
            i, seen = carry
            return i + 1, seen.at[i].set(draw_words(module, "a"))

        return nn.while_loop(
            lambda _, carry: carry[0] < words.shape[0],
            body,
            self,
            (0, words),
            split_rngs={"a": True},
        )[1]


class SetupDraws(nn.Module):
    """Draws in setup, for each step of the scan that it is in."""

    def setup(self) -> None:
        self.words = draw_words(self, "a")

    def __call__(self, carry: Any, x: jax.Array) -> Any:
        return carry, self.words


class ScannedSetup(nn.Module):
    """A scan over a module whose setup draws."""

    @nn.compact
    def __call__(self, x: jax.Array) -> Any:
        scanned = nn.scan(SetupDraws, variable_axes={}, split_rngs={"a": True})
        return scanned()(0, x)[1]


class Alternates(nn.Module):
    """Its branches draw from different streams."""

    @nn.compact
    def __call__(self, carry: Any, x: jax.Array) -> Any:
        words = nn.cond(
            carry % 2 == 0,
            lambda module: draw_words(module, "a"),
            lambda module: draw_words(module, "b"),
            self,
        )
        return carry + 1, words


class ScannedBranches(nn.Module):
    """A branch inside a scan, the other one at each second step."""

    @nn.compact
    def __call__(self, x: jax.Array) -> Any:
        split: Any = {"a": True, "b": True}
        scanned = nn.scan(Alternates, variable_axes={}, split_rngs=split)
        return scanned()(jnp.int32(0), x)[1]


def capture(module: nn.Module, x: Any, rngs: Any) -> FlaxRun:
    return unflax_viz.capture(module, {}, x, rngs=rngs)


@pytest.mark.slow
@pytest.mark.parametrize("make", [Mapped, Scanned, ScannedMapped])
@pytest.mark.parametrize("style", [*IMPLEMENTATIONS, "raw"])
def test_streams_with_one_key_object_are_split_each_by_itself(
    make: Any, style: str
) -> None:
    key = jax.random.PRNGKey(5) if style == "raw" else jax.random.key(5, impl=style)
    run = capture(make(), jnp.ones((3, 2, 2)), {"a": key, "b": key})
    for number, stream in enumerate("ab"):
        assert_keys(run, stream, run.output[number])
    place = run.rng_report().same_at_every_step
    assert [draw.stream for draw in place] == ["b"]


def test_initial_values_are_split_though_another_stream_has_their_key() -> None:
    class Layers(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> Any:
            split: Any = {"params": True, "dropout": False}
            layers = nn.vmap(nn.Dense, variable_axes={"params": 0}, split_rngs=split)
            return layers(4)(x)

    key = jax.random.key(0)
    with unflax_viz.recording() as runs:
        Layers().init({"params": key, "dropout": key}, jnp.ones((3, 2)))
    kernel = next(
        draw for draw in draws_of(runs[0], "params") if draw.purpose == "init kernel"
    )
    assert kernel.key is not None
    made = [nn.initializers.lecun_normal()(k, (2, 4)) for k in kernel.key]
    expected = runs[0].output[1]["params"]["VmapDense_0"]["kernel"]
    np.testing.assert_array_equal(np.stack(made), expected)


@pytest.mark.parametrize("impl", IMPLEMENTATIONS)
def test_keys_of_a_loop_are_those_that_each_step_drew(impl: str) -> None:
    key = jax.random.key(5, impl=impl)
    words = jnp.zeros((3, words_of(key).shape[0]), jnp.uint32)
    run = capture(Looped(), words, {"a": key})
    assert_keys(run, "a", run.output)


@pytest.mark.parametrize("make", [Mapped, Scanned, ScannedMapped])
def test_keys_of_steps_that_run_one_by_one_are_those_of_each(make: Any) -> None:
    keys = {"a": jax.random.key(1), "b": jax.random.key(2)}
    with jax.disable_jit():
        run = capture(make(), jnp.ones((3, 2, 2)), keys)
    for number, stream in enumerate("ab"):
        assert_keys(run, stream, run.output[number])
    report = run.rng_report()
    assert report.repeated_keys == ()
    has_lanes = make is not Scanned
    assert [draw.stream for draw in report.same_at_every_step] == ["b"] * has_lanes


def test_keys_of_a_reversed_scan_are_in_the_order_of_its_steps() -> None:
    keys = {"a": jax.random.key(1), "b": jax.random.key(2)}
    with jax.disable_jit():
        run = capture(Scanned(reverse=True), jnp.ones((3, 2)), keys)
    assert_keys(run, "a", run.output[0])


def test_keys_of_a_loop_that_runs_step_by_step_are_those_of_each_step() -> None:
    with jax.disable_jit():
        run = capture(Looped(), jnp.zeros((3, 2), jnp.uint32), {"a": jax.random.key(5)})
    assert_keys(run, "a", run.output)
    (call,) = [call for call in run.calls() if call.method_name == "body"]
    assert [str(transform) for transform in call.transforms] == ["while_loop x3"]
    (entry,) = rng_item(rngs_of(call)[0], call, RunIndex(run))["draws"]
    assert [step["text"] for step in entry["lineage"]] == ["draw x3"]
    assert len(entry["keys"]) == 3


def test_key_drawn_in_setup_at_each_step_is_missing_with_its_reason() -> None:
    with jax.disable_jit():
        run = capture(ScannedSetup(), jnp.ones(3), {"a": jax.random.key(5)})
    (draw,) = draws_of(run, "a")
    assert draw.key is None
    assert draw.missing_key_reason == (
        "drawn in setup, at each step of a loop that jax.disable_jit ran step by step"
    )


def test_key_drawn_at_some_steps_alone_is_missing_with_its_reason() -> None:
    keys = {"a": jax.random.key(1), "b": jax.random.key(2)}
    with jax.disable_jit():
        run = capture(ScannedBranches(), jnp.ones(3), keys)
    reasons = {
        stream: [draw.missing_key_reason for draw in draws_of(run, stream)]
        for stream in "ab"
    }
    step_by_step = "under jax.disable_jit each step runs by itself"
    assert reasons == {
        "a": [f"drawn at 2 of 3 steps: {step_by_step}"],
        "b": [f"drawn at 1 of 3 steps: {step_by_step}"],
    }


def test_keys_that_were_drawn_one_by_one_cannot_be_bound_to_others() -> None:
    keys = {"a": jax.random.key(1), "b": jax.random.key(2)}
    with jax.disable_jit():
        run = capture(Scanned(), jnp.ones((3, 2)), keys)
    (draw,) = draws_of(run.bind({}, {"a": jax.random.key(3)}), "a")
    assert draw.key is None
    assert draw.missing_key_reason == "the steps ran one by one, under jax.disable_jit"


def test_keys_of_another_implementation_are_bound_as_flax_would_draw_them() -> None:
    keys = {name: jax.random.key(0, impl="unsafe_rbg") for name in "ab"}
    shapes = jax.eval_shape(lambda: keys)
    plan = unflax_viz.capture_abstract(
        ScannedMapped(), {}, jnp.ones((3, 2, 2)), rngs=shapes
    )
    expected = ScannedMapped().apply({}, jnp.ones((3, 2, 2)), rngs=keys)
    for number, stream in enumerate("ab"):
        (draw,) = draws_of(plan.bind({}, keys), stream)
        np.testing.assert_array_equal(words_of(draw.key), expected[number])


class Borrower(nn.Module):
    """Calls a module of another one."""

    layer: nn.Module

    def __call__(self, x: jax.Array) -> Any:
        return self.layer(x)


class JitsBorrower(nn.Module):
    """Forks the streams of one scope, and not those of the other inside it."""

    @nn.compact
    def __call__(self, x: jax.Array) -> Any:
        return nn.jit(Borrower)(DrawsTwo(name="lent"), name="borrower")(x)


def test_scopes_in_one_transform_keep_each_its_own_streams() -> None:
    keys = {"a": jax.random.key(1), "b": jax.random.key(2)}
    run = capture(JitsBorrower(), jnp.ones(2), keys)
    called: Any = run.at("borrower").children[0]
    lent = called.scope_data
    for number, stream in enumerate("ab"):
        (draw,) = lent.rngs[stream].draws
        np.testing.assert_array_equal(words_of(draw.key), run.output[number])


class Branches(nn.Module):
    """Runs one of three functions."""

    @nn.compact
    def __call__(self, index: Any) -> Any:
        layers = [nn.Dense(1, use_bias=False, name=f"layer{n}") for n in range(3)]
        for layer in layers:
            layer(jnp.ones(1))
        functions = [lambda module, x, n=n: layers[n](x) for n in range(3)]
        return nn.switch(index, functions, self, jnp.ones(1))


@pytest.mark.parametrize("index", [0, 2])
def test_branch_that_runs_alone_has_its_own_number(index: int) -> None:
    variables = Branches().init(jax.random.key(0), 0)
    with jax.disable_jit():
        run = unflax_viz.capture(Branches(), variables, index)
    branches = [str(t) for call in run.calls() for t in call.transforms]
    assert set(branches) == {f"switch branch {index}"}


class SetupScanned(nn.Module):
    """Calls twice what draws in setup, and sets it up for each call."""

    def setup(self) -> None:
        split: Any = {"a": True}
        self.steps = nn.scan(SetupDraws, variable_axes={}, split_rngs=split)()

    def __call__(self, x: jax.Array) -> Any:
        return self.steps(0, x)[1], self.steps(0, x)[1]


def test_each_call_has_what_its_own_setup_drew() -> None:
    run = capture(SetupScanned(), jnp.ones(2), {"a": jax.random.key(5)})
    for address, expected in zip(("steps", "steps#2"), run.output, strict=True):
        scope: Any = run.at(address).scope_data
        (draw,) = scope.rngs["a"].draws
        np.testing.assert_array_equal(words_of(draw.key), expected)


class JitsScannedMapped(nn.Module):
    """A vmap inside a scan inside a jit, which forks the streams."""

    @nn.compact
    def __call__(self, x: jax.Array) -> Any:
        return nn.jit(ScannedMapped)()(x)


@pytest.mark.parametrize("is_disabled", [False, True])
def test_keys_below_a_fork_have_an_axis_for_each_step_and_lane(
    is_disabled: bool,
) -> None:
    keys = {"a": jax.random.key(1), "b": jax.random.key(2)}
    with jax.disable_jit(is_disabled):
        run = capture(JitsScannedMapped(), jnp.ones((3, 2, 2)), keys)
    for number, stream in enumerate("ab"):
        (draw,) = [d for d in draws_of(run, stream) if d.purpose != "fork"]
        np.testing.assert_array_equal(words_of(draw.key), run.output[number])
