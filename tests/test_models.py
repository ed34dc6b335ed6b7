"""The collection of models is whole and sound, and the oracles say what is so."""

from __future__ import annotations

import hashlib
import pathlib
import re
from collections import Counter
from typing import Any

import flax.core.scope
import flax.linen as nn
import jax
import numpy as np
import pytest
from flax.core import axes_scan, lift
from flax.errors import ScopeCollectionNotFound

from tests import models
from tests.models import MODELS, Model
from tests.models.table import keys_of, model
from tests.oracles import Truth, leaf_paths, truth_of, watch_run

ROOT = pathlib.Path(__file__).parent.parent
ALL = list(MODELS.values())


def truth(name: str) -> Truth:
    return truth_of(MODELS[name])


def calls(name: str) -> list[tuple[str, str, int]]:
    return [
        ("/".join(call.path), call.method_name, call.n_times)
        for call in truth(name).calls
    ]


def derived(key: Any, *suffix: str | int) -> Any:
    """The key of a draw as FLIP 2396 has it, written anew."""
    digest = hashlib.sha1()
    for part in suffix:
        is_name = isinstance(part, str)
        digest.update(part.encode() if is_name else part.to_bytes(1, "big"))
    word = int.from_bytes(digest.digest()[:4], "big")
    return jax.random.fold_in(key, np.uint32(word))


def base(stream: str = "dropout") -> Any:
    return keys_of((stream,))[stream]


def data_of(keys: list[Any]) -> Counter[tuple[int, ...]]:
    return Counter(tuple(map(int, jax.random.key_data(key))) for key in keys)


def flax_functions() -> list[Any]:
    scope = flax.core.scope.Scope
    proxy = nn.transforms._HashableProxy
    return [
        *(scope.make_rng, scope.get_variable, scope.param, scope.variables),
        *(flax.core.scope.bind, lift.cond, lift.switch, nn.transforms.fork_rngs),
        *(vars(axes_scan)["pe"], vars(proxy)["from_module"]),
    ]


def test_readme_says_how_many_models_there_are() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"compare {len(MODELS)} models" in readme


def test_every_model_has_one_sentence_that_says_why_it_is_there() -> None:
    for entry in MODELS.values():
        assert re.fullmatch(r"[A-Z0-9][^\n]{15,85}[.]", entry.why), entry.name
        assert ". " not in entry.why, entry.name
    assert len({entry.why for entry in MODELS.values()}) == len(MODELS)


def test_names_say_the_theme_that_they_stand_in() -> None:
    for name, entry in MODELS.items():
        assert name == entry.name
        assert re.fullmatch(r"[a-z0-9_]+", name)
        assert hasattr(models, entry.theme)


def test_name_is_given_once() -> None:
    with pytest.raises(ValueError, match=r"Two models are called 'dense'\."):
        model("Again.", name="dense")(lambda: nn.Dense(1))


def test_ready_model_shares_nothing_but_leaves() -> None:
    first, second = MODELS["compact_mlp"].ready(), MODELS["compact_mlp"].ready()
    kernel = first.variables["params"]["head"].pop("kernel")
    assert second.variables["params"]["head"]["kernel"] is kernel
    assert first.module is not second.module


@pytest.mark.slow
@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.name)
def test_model_initialises_and_applies(entry: Model) -> None:
    with entry.room():
        returned = entry.ready().apply()
    if entry.mutable is not False:
        _, state = returned
        assert isinstance(state, dict)


@pytest.mark.parametrize(
    "entry", [entry for entry in ALL if entry.needs_values], ids=lambda e: e.name
)
def test_model_that_needs_values_cannot_be_traced(entry: Model) -> None:
    ready = entry.ready()
    with pytest.raises(jax.errors.ConcretizationTypeError):
        jax.eval_shape(
            lambda *args: ready.module.apply(*args), ready.variables, *ready.args
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    "entry", [entry for entry in ALL if not entry.is_slow], ids=lambda e: e.name
)
def test_oracle_changes_no_more_than_the_last_bits(entry: Model) -> None:
    seen = truth_of(entry)
    _, watched = watch_run(entry)
    plain = seen.output if entry.mutable is False else (seen.output, seen.state)
    assert_close(watched, plain)
    known = set(leaf_paths(entry.ready().variables.get("params", {})))
    known |= set(leaf_paths(seen.state.get("params", {})))
    assert seen.parameters_read <= known
    assert {path for path, _ in seen.keys} <= {call.path for call in seen.calls}


def assert_close(got: Any, expected: Any) -> None:
    assert jax.tree.structure(got) == jax.tree.structure(expected)
    pairs = zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True)
    for one, other in pairs:
        if hasattr(one, "logits"):
            one, other = one.logits, other.logits
        if isinstance(one, jax.Array) and one.dtype.kind in "fc":
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
        else:
            np.testing.assert_array_equal(one, other)


def test_oracle_puts_flax_back() -> None:
    before = flax_functions()
    truth("scan_with_split_rngs")
    assert all(a is b for a, b in zip(flax_functions(), before, strict=True))


def test_oracle_puts_flax_back_after_an_error() -> None:
    before = flax_functions()
    failing = Model(
        "x", "plain", "x", lambda: nn.Dense(2), (np.ones(3),), starts_empty=True
    )
    with pytest.raises(ScopeCollectionNotFound):
        truth_of(failing)
    assert all(a is b for a, b in zip(flax_functions(), before, strict=True))


def test_body_traced_four_times_is_one_call() -> None:
    assert calls("scan_of_scan") == [
        ("", "__call__", 1),
        ("layers", "__call__", 3),
        ("layers/ScanLayer_0", "__call__", 6),
        ("layers/ScanLayer_0/Dense_0", "__call__", 6),
        ("layers/ScanLayer_0/Dropout_0", "__call__", 6),
    ]


def test_branch_that_is_not_taken_is_a_call_that_ran_zero_times() -> None:
    assert calls("cond_right") == [
        ("", "__call__", 1),
        ("", "left", 0),
        ("left", "__call__", 0),
        ("Dropout_0", "__call__", 0),
        ("", "right", 1),
        ("right", "__call__", 1),
        ("late", "__call__", 1),
    ]


def test_calls_from_a_compilation_cache_are_seen() -> None:
    blocks = ["first", "first/Dense_0", "first/Dropout_0"]
    blocks += [path.replace("first", "second") for path in blocks]
    paths = ["", *blocks]
    assert [path for path, _, _ in calls("jit_cached")] == paths


def test_calls_of_another_model_are_marked_as_nested() -> None:
    nested = [call.is_nested for call in truth("applies_another").calls]
    assert nested == [False, True, True, True, False]


def test_parameters_that_nothing_asks_for_are_not_read() -> None:
    assert truth("setup_unused").parameters_read == {
        ("used", "kernel"),
        ("used", "bias"),
    }


def test_tree_parameter_is_read_as_its_leaves() -> None:
    paths = {("tree", "scale"), ("tree", "shifts")}
    assert truth("tree_parameter").parameters_read == paths


def test_keys_of_a_scan_are_split_and_carry_the_second_count() -> None:
    suffix = ("layers", "Dropout_0", 2)
    expected = [derived(key, *suffix) for key in jax.random.split(base(), 3)]
    keys = truth("scan_with_split_rngs").keys
    assert keys == {(("layers", "Dropout_0"), "dropout"): data_of(expected)}


def test_key_that_all_steps_share_is_emitted_in_each() -> None:
    key = derived(base(), "layers", "Dropout_0", 2)
    keys = truth("scan_with_unsplit_rngs").keys
    assert keys == {(("layers", "Dropout_0"), "dropout"): data_of([key] * 3)}


def test_key_that_all_lanes_share_is_emitted_once() -> None:
    key = derived(base(), "block", "Dropout_0", 1)
    keys = truth("vmap_with_unsplit_rngs").keys
    assert keys == {(("block", "Dropout_0"), "dropout"): data_of([key])}


def test_keys_of_a_vmap_in_a_scan_are_split_twice() -> None:
    lanes = [
        derived(lane, "layers", "Dropout_0", 2)
        for step in jax.random.split(base(), 3)
        for lane in jax.random.split(step, 2)
    ]
    keys = truth("scan_of_vmap").keys
    assert keys == {(("layers", "Dropout_0"), "dropout"): data_of(lanes)}


def test_key_is_emitted_only_in_the_branch_that_is_taken() -> None:
    key = derived(base(), "late", 1)
    assert truth("cond_right").keys == {(("late",), "dropout"): data_of([key])}


def test_keys_of_a_jit_are_below_the_fork() -> None:
    fork = derived(base(), "block", 1)
    seen = truth("jit")
    assert seen.forked == {(("block",), "dropout"): data_of([fork])}
    key = derived(fork, "Dropout_0", 1)
    assert seen.keys == {(("block", "Dropout_0"), "dropout"): data_of([key])}


def test_keys_of_a_loop_are_folded_with_the_turn() -> None:
    turns = [jax.random.fold_in(base("noise"), turn) for turn in range(3)]
    keys = [derived(turn, 1) for turn in turns]
    assert truth("while_with_split_rngs").keys == {((), "noise"): data_of(keys)}


def test_parameters_shared_by_all_steps_are_created_by_one_key_each() -> None:
    kernels = truth("rnn_creates_parameters").keys
    assert kernels == {
        (("cell", "i"), "params"): data_of(
            [derived(base("params"), "cell", "i", count) for count in (1, 2)]
        ),
        (("cell", "h"), "params"): data_of([derived(base("params"), "cell", "h", 1)]),
    }


def test_stream_that_is_not_given_is_noted_as_asked() -> None:
    asked = {stream for _, stream in truth("falls_back_to_params").keys}
    assert asked == {"dropout"}
