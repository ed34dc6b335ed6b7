"""What the lines of the tree say, under every lens."""

from __future__ import annotations

import json
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

import unflax_viz
from tests import example
from unflax_viz.describe.pieces import spoken_name
from unflax_viz.lenses.finder import Finder
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.lenses.lines import row_of
from unflax_viz.protocol import Row
from unflax_viz.record.index import RunIndex


def rows_of(finder: Finder, lens: str) -> list[Row]:
    """Returns all rows of a lens."""
    laid_out = finder.rows(lens)
    numbers = range(len(laid_out))
    return [row_of(finder, LENSES[lens], laid_out, row) for row in numbers]


def texts_of(row: Row) -> list[str]:
    """Returns the texts of the pieces of a row."""
    return [text for _, text in row["pieces"]]


def lines_of(finder: Finder, lens: str) -> list[list[str]]:
    """Returns the texts of the pieces of all rows of a lens."""
    return [texts_of(row) for row in rows_of(finder, lens)]


def finder() -> Finder:
    """Returns a finder of the example."""
    return Finder(RunIndex(example.run()))


def test_a_call_has_name_class_shape_flags_and_size() -> None:
    lines = lines_of(finder(), "calls")
    assert lines[0] == ["Example", "f32[2,4]", "shared", "~1 changed", "55    220 B"]
    assert lines[3] == [
        "BatchNorm_0",
        "BatchNorm",
        "f32[2,4]",
        "~2 changed",
        "8     32 B",
    ]
    assert lines[4] == ["Dropout_0", "Dropout", "f32[2,4]", "1 draw"]
    assert lines[13] == ["Example", ".head", "f32[2,4]", "shared", "3     12 B"]


def test_a_module_has_its_calls() -> None:
    lines = lines_of(finder(), "modules")
    assert lines[0] == ["Example", "2 calls", "55    220 B"]
    assert lines[5] == ["second", "Block", "2 calls", "28    112 B"]


def test_a_parameter_has_its_path_and_its_users() -> None:
    lines = lines_of(finder(), "parameters")
    assert lines[0] == [
        "second/Dense_0/kernel",
        "Dense",
        "f32[4,4]",
        "shared by 2 calls",
        "16     64 B",
    ]
    assert ["forgotten/kernel", "f32[2,2]", "unused", "4     16 B"] in lines


def test_a_state_has_what_it_was_and_is() -> None:
    class Counter(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            n = self.variable("cache", "n", lambda: jnp.zeros((), jnp.int32))
            n.value = n.value + jnp.ones((), jnp.int32)
            longer = self.variable("cache", "longer", lambda: jnp.ones(2))
            longer.value = jnp.ones(3)
            self.variable("cache", "new", lambda: jnp.ones(4)).value = jnp.zeros(4)

    cache = {"n": jnp.array(3, jnp.int32), "longer": jnp.ones(2)}
    run = unflax_viz.capture(Counter(), {"cache": cache}, mutable=["cache"])
    lines = lines_of(Finder(RunIndex(run)), "state")
    assert [lines[0], *sorted(lines[1:])] == [
        ["cache", "3 states changed"],
        ["longer", "Counter", "f32[2] → f32[3]", "3     12 B"],
        ["n", "Counter", "3 → 4", "1      4 B"],
        ["new", "Counter", "f32[4]", "created", "4     16 B"],
    ]


def test_a_draw_has_its_counter_and_its_key() -> None:
    lines = lines_of(finder(), "draws")
    assert lines[0] == ["dropout", "3 draws"]
    assert lines[3][:3] == ["second/Dropout_0", "Dropout", "counter 2"]
    scope = example.run().at("second/Dropout_0#2").scope_data
    assert scope is not None
    key = scope.rngs["dropout"].next_key()
    assert key is not None
    words = jax.random.key_data(key).tolist()
    assert lines[3][3] == " ".join(f"0x{word:08x}" for word in words)


class _Inner(nn.Module):
    """Something of everything that a lens lists."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.BatchNorm(use_running_average=False)(nn.Dense(2)(x))
        return nn.Dropout(0.5, deterministic=False)(x) * self.param(
            "scale", nn.initializers.ones, ()
        )


class _Outer(_Inner):
    """The same modules, and below them a model of its own that is applied twice."""

    variables: Any = None

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = super().__call__(x)
        for _ in range(2):
            keys = {"dropout": jax.random.key(3)}
            state = ["batch_stats"]
            x, _ = _Inner().apply(self.variables, x, rngs=keys, mutable=state)
        return x


def test_what_a_model_inside_the_model_used_is_told_apart_by_its_call() -> None:
    x, keys = jnp.ones((2, 2)), {"dropout": jax.random.key(2)}
    made: Any = _Inner().init({"params": jax.random.key(0), **keys}, x)
    run = unflax_viz.capture(_Outer(made), made, x, rngs=keys, mutable=["batch_stats"])
    searched = Finder(RunIndex(run))
    for lens in LENSES:
        names = [row["name"] for row in rows_of(searched, lens)]
        assert len(set(names)) == len(names), lens
    for lens in ("parameters", "state", "draws"):
        lines = [" ".join(line) for line in lines_of(searched, lens)]
        assert len(set(lines)) == len(lines), lens
    kernels = [
        row for row in rows_of(searched, "parameters") if "kernel" in row["name"]
    ]
    assert [(row["name"], texts_of(row)[0]) for row in kernels] == [
        ("Dense_0/kernel parameter", "Dense_0/kernel"),
        ("Dense_0#2/kernel parameter", "Dense_0#2/kernel"),
        ("Dense_0#3/kernel parameter", "Dense_0#3/kernel"),
    ]
    assert [row["address"] for row in kernels] == ["Dense_0", "Dense_0#2", "Dense_0#3"]
    names = [row["name"] for row in rows_of(searched, "parameters")]
    # The call of the class above is the second one of the root.
    assert {"scale parameter", "/#3/scale parameter", "/#4/scale parameter"} < set(
        names
    )


def test_nan_is_flagged_once_it_is_known() -> None:
    variables: Any = {"params": {"kernel": jnp.full((2, 2), jnp.nan)}}
    run = unflax_viz.capture(nn.Dense(2, use_bias=False), variables, jnp.ones((1, 2)))
    searched = Finder(RunIndex(run))
    assert "NaN" not in lines_of(searched, "calls")[0]
    assert "NaN" not in lines_of(searched, "parameters")[0]
    searched.find_broken_values()
    assert "NaN" in lines_of(searched, "calls")[0]
    assert "NaN" in lines_of(searched, "parameters")[0]


def test_a_place_that_was_not_captured_has_a_row_under_calls_and_modules() -> None:
    run = example.run()
    place = unflax_viz.NotCaptured(("gone",), "gone.jit", "jit", "It was compiled.")
    calls = {**run.root.submodule_calls, (9, "gone"): place}
    edited = unflax_viz.FlaxRun(
        **{
            **run.attributes_dict(),
            "root": type(run.root)(
                **{**run.root.attributes_dict(), "submodule_calls": calls}
            ),
        }
    )
    searched = Finder(RunIndex(edited))
    for lens in ("calls", "modules"):
        row = next(r for r in rows_of(searched, lens) if r["address"] == "gone.jit")
        assert texts_of(row)[-1] == "nn.jit not captured"
        assert (row["code"], row["name"][-12:]) == ("", "not captured")
    assert searched.count()["modules"] == len(searched.find("", "modules")) + 1
    assert searched.find("gone", "calls") == ()
    assert len(searched.hits("calls", "-is:captured")) == 1


def test_modules_of_a_class_stand_below_it_with_their_paths() -> None:
    lines = lines_of(finder(), "classes")
    start = next(row for row, line in enumerate(lines) if line[0] == "Dense")
    assert lines[start][1] == "2 modules, 3 calls"
    assert [line[0] for line in lines[start + 1 : start + 3]] == [
        "first/Dense_0",
        "second/Dense_0",
    ]


def test_a_hundred_rows_are_small() -> None:
    class Layers(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            for number in range(100):
                x = nn.Dense(8, name=f"encoder_layer_{number}")(x)
            return nn.Dropout(0.5, deterministic=False)(x)

    x, keys = jnp.ones((2, 8)), {"dropout": jax.random.key(0)}
    variables: Any = jax.eval_shape(
        Layers().init, {"params": jax.random.key(0), **keys}, x
    )
    run = unflax_viz.capture_abstract(Layers(), variables, x, rngs=keys)
    searched = Finder(RunIndex(run))
    for lens in ("calls", "modules", "parameters"):
        window = rows_of(searched, lens)[1:101]
        assert len(window) == 100
        assert len(json.dumps(window)) < 60_000, lens
        assert all(len(row["pieces"]) < 12 for row in window)


def test_hostile_names_are_text_in_every_lens() -> None:
    hostile = "</span><img src=x onerror=alert(1)>\u202e\x00"

    class Holder(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            self.variable(hostile, hostile, lambda: "").value = hostile
            self.make_rng(hostile)
            return nn.Dense(2, name=hostile + "d")(x)

    keys = {"params": jax.random.key(0), hostile: jax.random.key(1)}
    made = Holder().init(keys, jnp.ones((1, 2)))
    run = unflax_viz.capture(
        Holder(), made, jnp.ones((1, 2)), rngs=keys, mutable=[hostile]
    )
    searched = Finder(RunIndex(run))
    for lens in LENSES:
        for row in rows_of(searched, lens):
            said = "".join(texts_of(row))
            assert "\u202e" not in said + row["name"] + row["code"]
            assert "\x00" not in said + row["name"]
            assert eval(row["code"], {"run": run}) is not None


def test_a_spoken_name_keeps_its_beginning_and_its_end() -> None:
    spoken = spoken_name("a" * 500 + "b", "Dense")
    assert len(spoken) < 220
    assert spoken.startswith("aaa")
    assert spoken.endswith("ab Dense")
    assert "…" in spoken
