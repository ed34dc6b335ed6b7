"""recording: every outermost Flax call of the user's own code, really executed."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from typing import Any

import flax.core.lift
import flax.linen as nn
import flax.linen.module
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax.core import Tracer

import unflax_viz
from tests import example
from unflax_viz import errors
from unflax_viz.capture.linen import internals, watch


def apply_once() -> jax.Array:
    output, _ = example.MODEL.apply(
        example.variables(), example.INPUTS, **example.options()
    )
    return output


def test_a_block_that_called_an_nnx_model_says_that_it_is_not_captured() -> None:
    model = nnx.Linear(2, 1, rngs=nnx.Rngs(0))
    with (
        pytest.warns(UserWarning, match="NNX") as warned,
        unflax_viz.recording() as runs,
    ):
        model(jnp.ones((1, 2)))
    assert len(runs) == 0
    (warning,) = warned
    assert str(warning.message) == (
        "No Flax Linen call was seen in this block. Calls of Flax NNX models, such as "
        "model (Linear), are not captured: flax.nnx.bridge.ToLinen(Linear, args=...) "
        "makes a Linen module of its class. Nor are calls in another thread, or in "
        "code that jax.jit had compiled before."
    )
    assert warning.filename == __file__


def test_a_block_that_called_a_linen_model_beside_an_nnx_one_says_nothing() -> None:
    model = nnx.Linear(2, 1, rngs=nnx.Rngs(0))
    with unflax_viz.recording() as runs:
        model(jnp.ones((1, 2)))
        apply_once()
    assert len(runs) > 0


def test_a_block_that_raised_says_nothing_of_nnx() -> None:
    model = nnx.Linear(2, 1, rngs=nnx.Rngs(0))
    text: Any = "text"
    with pytest.raises(TypeError), unflax_viz.recording():
        model(text)


def test_an_empty_block_says_nothing() -> None:
    with unflax_viz.recording() as runs:
        pass
    with contextlib.ExitStack() as stack:
        stack.enter_context(unflax_viz.recording())
    assert len(runs) == 0


def test_block_computes_what_it_computes_without_recording() -> None:
    expected = apply_once()
    with unflax_viz.recording() as runs:
        output = apply_once()
    np.testing.assert_array_equal(output, expected)
    np.testing.assert_array_equal(runs[0].output[0], expected)
    assert runs[0].paths() == example.ADDRESSES


def test_apply_init_and_bound_calls_are_runs() -> None:
    keys = {"params": jax.random.key(0), "dropout": jax.random.key(1)}
    with unflax_viz.recording() as runs:
        example.MODEL.init(keys, example.INPUTS)
        apply_once()
        example.MODEL.bind(example.variables())(example.INPUTS, train=False)
        nn.apply(example.Example.head, example.MODEL)(
            example.variables(), jnp.ones((2, 4))
        )
    assert [run.entry_point for run in runs] == ["init", "apply", "bind", "apply"]
    assert [len(run.calls()) for run in runs] == [14, 14, 14, 1]


def test_init_shows_the_parameters_that_it_made() -> None:
    keys = {"params": jax.random.key(0), "dropout": jax.random.key(1)}
    with unflax_viz.recording() as runs:
        made = example.MODEL.init(keys, example.INPUTS)
    scope = runs[0].at("first/Dense_0").scope_data
    assert scope is not None
    kernel = scope.parameters["kernel"].value
    assert kernel is made["params"]["first"]["Dense_0"]["kernel"]


def test_apply_inside_jit_has_shapes_and_holds_no_tracer() -> None:
    with unflax_viz.recording() as runs:
        jax.jit(
            lambda weights: example.MODEL.apply(
                weights, example.INPUTS, **example.options()
            )
        )(example.variables())
    assert runs[0].is_abstract
    leaves = jax.tree.leaves(runs[0])
    assert leaves
    assert not any(isinstance(leaf, Tracer) for leaf in leaves)


def test_call_that_was_compiled_before_is_not_seen() -> None:
    compiled = jax.jit(lambda x: nn.Dense(2).apply(dense, x))
    dense = nn.Dense(2).init(jax.random.key(0), jnp.ones((1, 3)))
    compiled(jnp.ones((1, 3)))
    with unflax_viz.recording() as runs:
        compiled(jnp.ones((1, 3)))
    assert len(runs) == 0
    assert runs.n_seen == 0


def test_only_the_first_runs_are_kept_and_all_are_counted() -> None:
    with unflax_viz.recording(max_runs=2) as runs:
        for _ in range(5):
            apply_once()
    assert (len(runs), runs.n_seen) == (2, 5)
    assert repr(runs) == "<2 of 5 Flax runs recorded>"


def test_max_runs_below_one_is_refused() -> None:
    with (
        pytest.raises(ValueError, match=r"^max_runs is the number of runs to keep"),
        unflax_viz.recording(max_runs=0),
    ):
        pytest.fail("the block must not run")


def test_nested_recordings_both_see_the_run() -> None:
    with unflax_viz.recording() as outer:
        apply_once()
        with unflax_viz.recording() as inner:
            apply_once()
    assert (len(outer), len(inner)) == (2, 1)
    assert outer[1].paths() == inner[0].paths() == example.ADDRESSES


def test_number_of_runs_to_keep_is_a_number() -> None:
    text: Any = "a"
    with pytest.raises(errors.WrongValueError, match=r"at least 1; got 'a'\.$"):
        unflax_viz.recording(max_runs=text).__enter__()


def test_recordings_in_two_tasks_see_each_its_own() -> None:
    async def record(may_end: asyncio.Event) -> int:
        with unflax_viz.recording() as runs:
            apply_once()
            await may_end.wait()
        return len(runs)

    async def overlap() -> tuple[int, int]:
        first_ends, second_ends = asyncio.Event(), asyncio.Event()
        first = asyncio.create_task(record(first_ends))
        second = asyncio.create_task(record(second_ends))
        await asyncio.sleep(0)  # Both are open now.
        apply_once()
        first_ends.set()
        n_first = await first
        apply_once()
        second_ends.set()
        return n_first, await second

    assert asyncio.run(overlap()) == (1, 1)


def test_tasks_that_the_block_starts_are_recorded_until_it_ends() -> None:
    async def apply_and_wait(may_go_on: asyncio.Event) -> None:
        apply_once()
        await may_go_on.wait()
        apply_once()

    async def start() -> int:
        may_go_on = asyncio.Event()
        with unflax_viz.recording() as runs:
            task = asyncio.create_task(apply_and_wait(may_go_on))
            await asyncio.sleep(0)
        may_go_on.set()
        await task
        return runs.n_seen

    assert asyncio.run(start()) == 1


def test_thread_with_the_context_of_the_block_is_not_recorded() -> None:
    async def start() -> int:
        with unflax_viz.recording() as runs:
            await asyncio.to_thread(apply_once)
        return runs.n_seen

    assert asyncio.run(start()) == 0


def test_recording_may_end_before_an_interceptor_that_came_later() -> None:
    names: list[str] = []

    def note(next_fun: Any, args: Any, kwargs: Any, context: Any) -> Any:
        names.append(context.method_name)
        return next_fun(*args, **kwargs)

    opened = contextlib.ExitStack()
    opened.enter_context(unflax_viz.recording())
    with nn.intercept_methods(note):
        opened.close()
        apply_once()
    assert "head" in names
    n_names = len(names)
    apply_once()
    assert len(names) == n_names


def test_another_thread_may_end_a_recording() -> None:
    opened = contextlib.ExitStack()
    runs = opened.enter_context(unflax_viz.recording())
    thread = threading.Thread(target=opened.close)
    thread.start()
    thread.join()
    assert not watch.is_patched()
    apply_once()
    assert len(runs) == 0


def test_flax_that_keeps_its_interceptors_otherwise_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flax.linen.module, "_global_interceptor_stack", object())
    expected = r"no flax\.linen\.module\._global_interceptor_stack\._storage, which"
    with pytest.raises(errors.InstallationError, match=expected):
        unflax_viz.recording().__enter__()


@pytest.mark.parametrize("error", [ValueError("wrong"), KeyboardInterrupt()])
def test_exception_in_the_block_passes_and_puts_flax_back(
    error: BaseException,
) -> None:
    class Raising(nn.Module):
        def __call__(self) -> None:
            raise error

    with pytest.raises(type(error)) as caught, unflax_viz.recording() as runs:
        Raising().apply({})
    assert caught.value is error
    assert not watch.is_patched()
    assert runs[0].error == f"{type(error).__name__}: {error}".rstrip(": ")


def test_another_thread_is_not_recorded_and_not_disturbed() -> None:
    outputs: list[jax.Array] = []
    with unflax_viz.recording() as runs:
        thread = threading.Thread(target=lambda: outputs.append(apply_once()))
        thread.start()
        thread.join()
    assert len(runs) == 0
    np.testing.assert_array_equal(outputs[0], apply_once())


def test_two_threads_each_record_their_own() -> None:
    seen: dict[int, int] = {}
    barrier = threading.Barrier(2)

    def record(n_runs: int) -> None:
        with unflax_viz.recording() as runs:
            barrier.wait(timeout=30)
            for _ in range(n_runs):
                apply_once()
            barrier.wait(timeout=30)
        seen[n_runs] = len(runs)

    threads = [threading.Thread(target=record, args=(n,)) for n in (1, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {1: 1, 3: 3}


class Repeating(nn.Module):
    """Applies one jitted layer twice; the second time it is compiled already."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        layer = nn.jit(nn.Dense)(3)
        return layer(layer(x))


def test_body_that_nn_jit_has_compiled_is_seen_again() -> None:
    weights = Repeating().init(jax.random.key(0), jnp.ones((1, 3)))
    Repeating().apply(weights, jnp.ones((1, 3)))
    with unflax_viz.recording() as runs:
        Repeating().apply(weights, jnp.ones((1, 3)))
    assert runs[0].paths() == ("/", "JitDense_0", "JitDense_0#2")


def test_body_that_cannot_be_seen_again_is_a_node_that_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(internals, "mark_scope", lambda scope, mark: None)
    weights = Repeating().init(jax.random.key(0), jnp.ones((1, 3)))
    run = unflax_viz.capture(Repeating(), weights, jnp.ones((1, 3)))
    assert run.paths() == ("/", "JitDense_0", "JitDense_0.jit")
    hidden = run.nodes_by_address["JitDense_0.jit"]
    assert isinstance(hidden, unflax_viz.NotCaptured)
    assert "had compiled before" in hidden.reason


def test_flax_without_a_part_that_is_listened_to_is_refused_and_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(flax.core.lift, "_partial_pack")
    with (
        pytest.raises(errors.InstallationError, match=r"lift\._partial_pack, which"),
        unflax_viz.recording(),
    ):
        pytest.fail("the block must not run")
    assert not watch.is_patched()


def test_recursion_limit_that_the_block_sets_stays() -> None:
    before = sys.getrecursionlimit()
    try:
        with unflax_viz.recording():
            sys.setrecursionlimit(before + 1234)
        assert sys.getrecursionlimit() == before + 1234
    finally:
        sys.setrecursionlimit(before)
    with unflax_viz.recording():
        assert sys.getrecursionlimit() > before
    assert sys.getrecursionlimit() == before
