"""What was called, with what, and its source."""

from __future__ import annotations

import dataclasses
import functools
import linecache
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import pytest

import unflax_viz
from tests import example
from tests.describe.model_runs import NAMES, traced_run
from tests.models import MODELS
from unflax_viz.answers.method import describe_method
from unflax_viz.describe.header import call_facts
from unflax_viz.protocol import MethodAnswer
from unflax_viz.record.calls import NotCaptured
from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import FlaxRun


def answer(run: FlaxRun, address: str) -> MethodAnswer:
    return describe_method(run.nodes_by_address[address], RunIndex(run))


def lines(structure: list[Any]) -> list[tuple[int, str, str]]:
    return [(line["depth"], line["label"], line["text"]) for line in structure]


def test_call_of_the_example_is_told_whole() -> None:
    answered = answer(example.run(), "first")
    assert lines(answered["inputs"]) == [(0, "x", "f32[2,3]"), (0, "train", "True")]
    assert lines(answered["outputs"]) == [(0, "", "f32[2,4]")]
    assert answered["fields"] == [
        {"name": "features", "text": "4", "is_default": False}
    ]
    assert (answered["number"], answered["n_calls"]) == (2, 14)
    assert (answered["previous"], answered["next"]) == ("/", "first/Dense_0")
    assert answered["docstring"] == "Dense, BatchNorm and Dropout, compact."
    source = answered["source"].split("\n")
    assert source[:2] == [
        "@nn.compact",
        "def __call__(self, x: jax.Array, train: bool) -> jax.Array:",
    ]
    assert source[-1] == "    return nn.relu(x)"
    assert answered["file"].endswith("example.py")
    assert linecache.getline(example.__file__, answered["line"]) == "    @nn.compact\n"


def test_first_and_last_call_have_one_neighbour() -> None:
    first, last = answer(example.run(), "/"), answer(example.run(), "/.head")
    assert (first["previous"], first["number"]) == ("", 1)
    assert (last["next"], last["number"]) == ("", 14)


def test_places_that_were_not_captured_are_skipped() -> None:
    first = example.run().at("first")
    calls = dict(first.submodule_calls)
    calls[(1, "BatchNorm_0.__call__")] = NotCaptured(
        ("hidden",), "hidden", "jit", "no reason"
    )
    root = dataclasses.replace(first, submodule_calls=calls)
    run = dataclasses.replace(example.run(), root=root)
    addresses = tuple(run.nodes_by_address)
    assert addresses == ("first", "first/Dense_0", "hidden", "first/Dropout_0")
    hidden, last = answer(run, "hidden"), answer(run, "first/Dropout_0")
    assert (hidden["number"], hidden["source"], hidden["inputs"]) == (0, "", [])
    assert (hidden["previous"], hidden["next"]) == ("first/Dense_0", "first/Dropout_0")
    assert (last["number"], last["n_calls"]) == (3, 3)
    assert last["previous"] == "first/Dense_0"


class Pair(NamedTuple):
    """A tuple with names."""

    left: Any
    right: Any


class Odd(nn.Module):
    """Takes and returns nested things."""

    init: Any = nn.initializers.normal(0.02)
    act: Any = nn.relu
    layers: Any = ()
    table: Any = None
    function: Any = functools.partial(jnp.sum, axis=0)

    @nn.compact
    def __call__(self, x: Any, *rest: Any, named: Any = None) -> Any:
        del rest, named
        return {"a": Pair(x, [x, None]), "b\n": "text"}


def test_nested_arguments_have_names_and_depths() -> None:
    run = unflax_viz.capture(
        Odd(), {}, jnp.ones(2), 1, {"k": jnp.ones(3)}, named=(1.5, "s")
    )
    answered = answer(run, "/")
    assert lines(answered["inputs"]) == [
        (0, "x", "f32[2]"),
        (0, "rest[0]", "1"),
        (0, "rest[1]", "dict of 1"),
        (1, "k", "f32[3]"),
        (0, "named", "tuple of 2"),
        (1, "[0]", "1.5"),
        (1, "[1]", "'s'"),
    ]
    assert lines(answered["outputs"]) == [
        (0, "", "dict of 2"),
        (1, "a", "Pair"),
        (2, "left", "f32[2]"),
        (2, "right", "list of 2"),
        (3, "[0]", "f32[2]"),
        (3, "[1]", "None"),
        (1, "b\\n", "'text'"),
    ]


def test_fields_are_short_and_say_whether_they_are_the_class_s_own() -> None:
    module = Odd(layers=(nn.Dense(3), jnp.ones((2, 2))), table={"a": 1, "b": nn.gelu})
    fields = {
        field["name"]: (field["text"], field["is_default"])
        for field in answer(unflax_viz.capture(module, {}, jnp.ones(2)), "/")["fields"]
    }
    assert fields == {
        "init": ("normal(0.02)", True),
        "act": ("relu", True),
        "layers": ("(Dense(…), f32[2,2])", False),
        "table": ("{'a': 1, 'b': gelu}", False),
        "function": ("sum(axis=0)", True),
    }


def test_many_lines_are_cut_and_counted() -> None:
    class Wide(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array, *, many: Any) -> jax.Array:
            return x

    run = unflax_viz.capture(Wide(), {}, jnp.ones(1), many=[1.0] * 1000)
    shown = answer(run, "/")["inputs"]
    assert len(shown) == 301
    assert shown[-1] == {"depth": 0, "label": "…", "text": "702 more"}


def test_module_of_exec_has_no_source_and_no_file() -> None:
    text = (
        "import flax.linen as nn\n"
        "class Made(nn.Module):\n"
        "  def __call__(self, x):\n"
        "    return x\n"
    )
    space: dict[str, Any] = {"__name__": "made"}
    exec(text, space)
    answered = answer(unflax_viz.capture(space["Made"](), {}, jnp.ones(1)), "/")
    assert (answered["source"], answered["line"]) == ("", 0)
    assert answered["file"] == "text that was run with exec"
    assert answered["docstring"] == ""


@pytest.mark.parametrize(
    "file",
    [
        "/tmp/ipykernel_123/456.py",
        "<ipython-input-3-0123>",
        "/tmp/ipython-input-1-2.py",
    ],
)
def test_method_of_a_notebook_cell_is_said_to_be_there(file: str) -> None:
    method = "    def __call__(self, x):\n        return x  # \u202e\n"
    text = f"class Cell(nn.Module):\n{method}"
    lines_of_cell = [str(line) for line in text.splitlines(keepends=True)]
    linecache.cache[file] = (len(text), None, lines_of_cell, file)
    space: dict[str, Any] = {"__name__": "__main__", "nn": nn}
    exec(compile(text, file, "exec"), space)
    answered = answer(unflax_viz.capture(space["Cell"](), {}, jnp.ones(1)), "/")
    assert answered["file"] == "a notebook cell"
    assert answered["source"] == "def __call__(self, x):\n    return x  # \\u202e"
    assert answered["line"] == 2


@pytest.mark.parametrize(
    "method", [lambda module, x: module(x), jnp.sum, functools.partial(Odd.__call__)]
)
def test_function_in_the_place_of_a_method_is_answered(method: Any) -> None:
    try:
        run = unflax_viz.capture(Odd(), {}, jnp.ones(1), method=method)
    except Exception as error:
        run = unflax_viz.partial_run(error)
    assert run is not None
    for address in run.paths():
        answered = answer(run, address)
        assert answered["n_calls"] >= 1


class Breaks(nn.Module):
    """One layer returns, the next raises."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return Raises()(nn.Dense(3)(x))


class Raises(nn.Module):
    """Gives up."""

    def __call__(self, x: jax.Array) -> jax.Array:
        raise ValueError("no")


def test_only_what_returned_in_a_run_that_raised_has_an_output() -> None:
    with unflax_viz.recording() as runs, pytest.raises(ValueError, match="no"):
        Breaks().init(jax.random.key(0), jnp.ones((2, 3)))
    (run,) = runs
    outputs = {path: answer(run, path)["outputs"] for path in run.paths()}
    assert [path for path, lines in outputs.items() if lines] == ["Dense_0"]
    index = RunIndex(run)
    facts = {call.address: call_facts(call, index) for call in run.calls()}
    assert [
        path for path, it in facts.items() if "out" in [fact["label"] for fact in it]
    ] == ["Dense_0"]


def test_method_that_is_given_to_apply_is_found() -> None:
    def twice(module: Any, y: jax.Array) -> jax.Array:
        """Calls it twice."""
        return module(module(y))

    module = nn.Dropout(0.0, deterministic=True)
    run = unflax_viz.capture(module, {}, jnp.ones(1), method=twice)
    answered = answer(run, run.root.address)
    assert "return module(module(y))" in answered["source"]
    assert answered["docstring"] == "Calls it twice."
    assert lines(answered["inputs"])[0] == (0, "y", "f32[1]")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_call_of_every_model_is_answered(name: str) -> None:
    run = traced_run(name)
    with MODELS[name].room():
        index = RunIndex(run)
        for node in index.table.nodes:
            answered = describe_method(node, index)
            is_own = type(getattr(node, "module", None)).__module__.startswith("tests")
            is_method = getattr(node, "method_name", "") == "__call__"
            if is_own and is_method:
                assert "def __call__" in answered["source"]


class Bare(nn.Module):
    """Is made without its fields below."""

    field: Any
    callback: Any

    @nn.compact
    def __call__(self, x: Any) -> Any:
        return x


class RaisingKey:
    """A key of a dict that cannot be written."""

    def __str__(self) -> str:
        raise RuntimeError("not for you")

    __repr__ = __str__


def test_bare_module_and_arguments_that_raise_are_answered() -> None:
    call = example.run().at("first")
    inputs = dataclasses.replace(call.input_structure, args=({RaisingKey(): 1}, 2))
    module = object.__new__(Bare)
    object.__setattr__(module, "callback", RaisingKey())
    root = dataclasses.replace(call, module=module, input_structure=inputs)
    answered = answer(dataclasses.replace(example.run(), root=root), "first")
    assert lines(answered["inputs"]) == [
        (0, "x", "dict of 1"),
        (1, "<RaisingKey cannot be shown: RuntimeError>", "1"),
        (0, "train", "2"),
    ]
    assert [(field["name"], field["text"]) for field in answered["fields"]] == [
        ("callback", "<RaisingKey cannot be shown: RuntimeError>")
    ]


def test_initialisers_are_in_words() -> None:
    inits: dict[Any, str] = {
        nn.initializers.zeros: "zeros",
        nn.initializers.zeros_init(): "zeros",
        nn.initializers.he_normal(): "he_normal()",
        nn.initializers.lecun_uniform(): "lecun_uniform()",
        nn.initializers.glorot_normal(): "glorot_normal()",
        nn.initializers.variance_scaling(
            3.0, "fan_out", "normal"
        ): "variance_scaling(3.0, fan_out, normal)",
        nn.initializers.constant(3): "constant(3)",
        nn.initializers.normal(): "normal()",
        nn.initializers.uniform(scale=0.5): "uniform(0.5)",
        nn.initializers.orthogonal(column_axis=0): "orthogonal(column_axis=0)",
        nn.with_partitioning(nn.initializers.ones, ("a",)): "ones",
    }
    for init, expected in inits.items():
        run = unflax_viz.capture_abstract(Odd(init=init), {}, jnp.ones(2))
        texts = {f["name"]: f["text"] for f in answer(run, "/")["fields"]}
        assert texts["init"] == expected
