"""Are models that others wrote recorded truly, with a cache, nn.remat and nn.scan?

They come from PyPI with weights drawn here, so that nothing is fetched. The truth is
that of `tests.oracles`, as for the collection of models.
"""

from __future__ import annotations

import collections
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax.core import axes_scan, lift
from flax.core import scope as core_scope

import unflax_viz
from tests import oracles
from tests.capture.test_table import assert_same_bits, keys_of, seen_calls, words_of
from tests.models import Model
from unflax_viz.record.calls import Transform
from unflax_viz.record.run import FlaxRun

pytestmark = pytest.mark.slow

N_TOKENS = 12
N_CACHED = 5
RECIPE = {"rngs", "mutable", "method"}


@pytest.fixture(autouse=True)
def promotion_as_jax_has_it() -> Iterator[None]:
    """What others wrote relies on promotion, which this suite forbids its own code."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


@functools.cache
def gpt2() -> Model:
    """One step of decoding with six layers; five tokens are in the cache."""
    pytest.importorskip("transformers", reason="transformers is not installed")
    from transformers import GPT2Config
    from transformers.models.gpt2 import modeling_flax_gpt2

    config = GPT2Config(
        n_embd=64, n_layer=6, n_head=4, n_positions=2 * N_TOKENS, vocab_size=256
    )
    module = modeling_flax_gpt2.FlaxGPT2LMHeadModule(config)
    tokens = jnp.ones((2, N_TOKENS), jnp.int32)
    variables = random_variables(module, tokens, tokens, tokens, init_cache=True)
    variables["params"]["lm_head"] = {"kernel": jnp.ones((64, 256))}
    for layer in variables["cache"]["transformer"]["h"].values():
        layer["attn"]["cache_index"] = jnp.int32(N_CACHED)
    return foreign_model(
        "gpt2",
        module,
        variables,
        (tokens[:, :1], tokens, jnp.full((2, 1), N_CACHED)),
        mutable=["cache"],
    )


@functools.cache
def whisper() -> Model:
    """A training step of four and four layers under `nn.remat`, with dropout."""
    pytest.importorskip("transformers", reason="transformers is not installed")
    from transformers import WhisperConfig
    from transformers.models.whisper import modeling_flax_whisper

    config = WhisperConfig(
        d_model=64,
        encoder_layers=4,
        decoder_layers=4,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=128,
        decoder_ffn_dim=128,
        vocab_size=256,
        max_source_positions=N_TOKENS,
        max_target_positions=N_TOKENS,
        num_mel_bins=8,
        pad_token_id=0,
        dropout=0.1,
    )
    module = modeling_flax_whisper.FlaxWhisperForConditionalGenerationModule(
        config, gradient_checkpointing=True
    )
    sound = jnp.asarray(draw((2, 8, 2 * N_TOKENS)))
    tokens = jnp.ones((2, N_TOKENS), jnp.int32)
    args = (sound, tokens, tokens, jnp.cumsum(tokens, axis=1) - 1)
    return foreign_model(
        "whisper",
        module,
        random_variables(module, *args),
        args,
        {"deterministic": False},
        streams=("dropout",),
    )


@functools.cache
def memax() -> Model:
    """Three layers of a GRU, each an `nn.scan` over twelve steps with two resets."""
    train_utils = pytest.importorskip(
        "memax.linen.train_utils", reason="memax is not installed"
    )
    module = train_utils.get_residual_memory_models(
        hidden=64, output=8, num_layers=3, models=["GRU"]
    )["GRU"]
    steps = (jnp.asarray(draw((N_TOKENS, 16))), jnp.arange(N_TOKENS) % 6 == 0)
    args = (module.zero_carry(), steps)
    return foreign_model("memax", module, random_variables(module, *args), args)


every = pytest.mark.parametrize(
    "make", [gpt2, whisper, memax], ids=lambda m: m.__name__
)
Make = Callable[[], Model]


def draw(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).normal(0.0, 0.3, shape).astype(np.float32)


def random_variables(module: nn.Module, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Draws variables in the shapes of `init`, which costs no compilation."""
    init = functools.partial(module.init, **kwargs)
    shapes = jax.eval_shape(init, jax.random.key(0), *args)
    return jax.tree.map(lambda leaf: jnp.asarray(draw(leaf.shape), leaf.dtype), shapes)


def foreign_model(
    name: str,
    module: nn.Module,
    variables: Any,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Model:
    return Model(
        name,
        "foreign",
        "Others wrote it.",
        lambda: module,
        args,
        kwargs or {},
        starts_empty=True,
        edit=lambda _: variables,
        **fields,
    )


@functools.cache
def applied(make: Make) -> Any:
    return make().ready().apply()


@functools.cache
def run_of(make: Make) -> FlaxRun:
    ready = make().ready()
    return unflax_viz.capture(
        ready.module, ready.variables, *ready.args, **ready.kwargs
    )


@functools.cache
def abstract_run_of(make: Make) -> FlaxRun:
    ready = make().ready()
    return unflax_viz.capture_abstract(
        ready.module, ready.variables, *ready.args, **ready.kwargs
    )


@functools.cache
def truth_of(make: Make) -> oracles.Truth:
    return oracles.truth_of(make())


def replay(make: Make) -> Any:
    ready = make().ready()
    kwargs = {name: ready.kwargs[name] for name in ready.kwargs.keys() - RECIPE}
    return run_of(make).replay(*ready.args, **kwargs)


def n_calls_under(run: FlaxRun, kind: str) -> int:
    kinds = [[t.kind for t in call.transforms] for call in run.calls()]
    return sum(kind in around for around in kinds)


def n_calls_below(run: FlaxRun, address: str) -> int:
    return len(list(run.at(address).walk()))


@every
def test_output_and_state_are_those_of_apply(make: Make) -> None:
    assert_same_bits(run_of(make).output, applied(make))


@every
def test_replay_gives_the_same_bits(make: Make) -> None:
    assert_same_bits(replay(make), applied(make))


@every
def test_calls_are_those_that_ran(make: Make) -> None:
    expected = [(c.path, c.method_name, c.class_name) for c in truth_of(make).calls]
    assert seen_calls(run_of(make)) == expected


@every
def test_abstract_run_has_the_same_calls_and_shapes(make: Make) -> None:
    run, abstract = run_of(make), abstract_run_of(make)
    assert abstract.paths() == run.paths()
    for left, right in zip(abstract.calls(), run.calls(), strict=True):
        assert left.transforms == right.transforms
        assert str(left.output_structure) == str(right.output_structure)


@every
def test_given_parameter_is_either_read_or_listed_as_unused(make: Make) -> None:
    run = run_of(make)
    given = oracles.leaf_paths(make().ready().variables["params"])
    listed = [*run.parameters(), *run.unused_parameters()]
    assert sorted(listed) == sorted(".".join(path) for path in given)
    read = {".".join(path) for path in truth_of(make).parameters_read}
    assert read == set(run.parameters())


@every
def test_keys_are_those_that_flax_handed_out(make: Make) -> None:
    drawn = keys_of(run_of(make), is_fork=False)
    expected = truth_of(make).keys
    assert drawn.keys() == expected.keys()
    for place, counted in expected.items():
        words = [word for draw in drawn[place] for word in words_of(draw.key)]
        assert collections.Counter(words) == counted


@every
def test_flax_is_its_own_after_a_capture_and_a_replay(make: Make) -> None:
    places = (nn.Module, nn.transforms, core_scope.Scope, core_scope, lift, axes_scan)
    before = [dict(vars(place)) for place in places]
    run_of.__wrapped__(make)
    replay(make)
    for place, expected in zip(places, before, strict=True):
        changed = {k for k, v in vars(place).items() if expected.get(k) is not v}
        assert changed == set()


def test_decode_cache_is_recorded_before_and_after_the_step() -> None:
    given = gpt2().ready().variables["cache"]
    _, state = applied(gpt2)
    by_path: dict[Any, Any] = {
        recorded.path: recorded
        for call in run_of(gpt2).calls()
        if call.scope_data is not None
        for recorded in call.scope_data.variables.get("cache", {}).values()
    }
    assert by_path.keys() == set(oracles.leaf_paths(given))
    for path, recorded in by_path.items():
        before, after = (
            functools.reduce(lambda tree, name: tree[name], path, tree)
            for tree in (given, state["cache"])
        )
        assert recorded.before is before
        assert_same_bits(recorded.after, after)
        assert not recorded.was_created
    indices = [s.after for path, s in by_path.items() if path[-1] == "cache_index"]
    assert indices == [N_CACHED + 1] * 6


def test_kernel_beside_a_tied_head_is_unused() -> None:
    assert list(run_of(gpt2).unused_parameters()) == ["lm_head.kernel"]
    nested = [call for call in run_of(gpt2).calls() if call.is_nested]
    assert [(call.class_name, call.path) for call in nested] == [("Dense", ())]


def test_each_layer_with_a_cache_makes_the_same_calls() -> None:
    run = run_of(gpt2)
    layers = [n_calls_below(run, f"transformer/h/{i}") for i in range(6)]
    assert layers == [16] * 6
    assert len(run.calls()) == sum(layers) + 8


def test_each_layer_is_under_its_own_remat() -> None:
    run = run_of(whisper)
    names = [f"model/{side}/layers" for side in ("encoder", "decoder")]
    layers = [n_calls_below(run, f"{name}/{i}") for name in names for i in range(4)]
    assert layers == [17] * 4 + [28] * 4
    assert n_calls_under(run, "remat") == sum(layers)
    assert len(run.calls()) == sum(layers) + 16


def test_cell_of_each_layer_is_under_a_scan_of_all_steps() -> None:
    run = run_of(memax)
    scans = [call.transforms for call in run.calls() if call.transforms]
    assert scans == [(Transform("scan", N_TOKENS),)] * 30
    assert len(run.calls()) == 30 + 21
