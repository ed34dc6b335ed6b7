"""Writes tests/golden/queries.json: what queries find in some small runs.

Both languages are held to it. `python -m tests.query.golden_queries` writes it anew.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any, cast

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

import unflax_viz
from unflax_viz.errors import QueryError
from unflax_viz.lenses.finder import Finder
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.lenses.lines import export_lens
from unflax_viz.record.index import RunIndex
from unflax_viz.tables.export import export_columns

PATH = pathlib.Path(__file__).parent.parent / "golden" / "queries.json"

QUERIES: tuple[str, ...] = (
    "dense",
    "DENSE",
    "dense block",
    "Dense_*",
    "den?e",
    "[dn]ense*",
    "[!d]*_0",
    "*",
    '"dense_0"',
    '"no such name"',
    '"a name, with \\"quotes\\" and spaces"',
    "dropout",
    "batch_stats",
    "Dense_0#2",
    ".attend",
    "/",
    "path:/",
    "encoder",
    "encoder/Dense_0",
    "/encoder/dense_0/",
    "encoder/*",
    "encoder/**",
    "**/Dense_0",
    "**/kernel",
    "*/*",
    "**",
    "encoder/**/bias",
    "second/Dense_0#2",
    "path:first,second",
    "path:*",
    "below:encoder",
    "below:/",
    "below:first,second",
    "below:second/Dense_0#2",
    "below:*",
    "below:**",
    'below:"first"',
    'below:"second"',
    'below:"second#2"',
    'below:"second/Dense_0"',
    'below:"/"',
    'below:"/#2"',
    'below:"ENCODER"',
    'below:"*"',
    "-below:second",
    "below:second size>4",
    "below:nothing",
    "[a-f]*_0",
    "**/[!d]*_0",
    "**/**/kernel",
    "encoder/**/**",
    "[z-a]*",
    "[d",
    "x]",
    "*e*d*",
    "**/*e*/**/k*",
    "class:Dense",
    "class:dense,dropout",
    "class:*norm",
    'class:"Dense"',
    'class:"Den*"',
    "-class:Dense",
    "method:attend",
    "method:__*",
    "param:kernel",
    "param:kernel,bias",
    "param:k*",
    "-param:kernel",
    "collection:batch_stats",
    "collection:params",
    "collection:cache",
    "stream:dropout",
    "stream:*",
    "-stream:dropout",
    "under:scan",
    '"under:scan"',
    'under:"scan x3"',
    "under:remat*",
    "shape:(*,4)",
    "shape:[*,4]",
    "shape:*,4",
    "shape:(3, 4)",
    "shape:(4,)",
    "shape:()",
    "shape:(...)",
    "shape:(3,...)",
    "shape:(...,4)",
    "shape:(3,...,4)",
    "shape:(3,4,...)",
    "dtype:f32",
    "dtype:float32",
    "dtype:bf16",
    "dtype:float*",
    "dtype:bfloat16,i32",
    "size>10",
    "size>=12",
    "size<4",
    "size<=4",
    "size=4",
    "size:4",
    "size:>0.01k",
    "size>1_0",
    "size>1e1",
    "size<1.5",
    "size=1.5",
    "bytes>48",
    "bytes>=0.04kB",
    "bytes<1KiB",
    "bytes>1GB",
    "params>20",
    "out>=32",
    "users>1",
    "out<0.1kB -is:error",
    "params=0",
    "calls>1",
    "calls=1",
    "depth<1",
    "depth>=2",
    "is:shared",
    "is:unused",
    "is:changed",
    "is:created",
    "is:stacked",
    "is:nan",
    "is:inf",
    "is:nan,inf",
    "is:stochastic",
    "is:warning",
    "is:nested",
    "is:error",
    "is:captured",
    "-is:captured",
    "-is:shared",
    "IS:Shared",
    'is:"shared"',
    "size>10 dtype:f32 is:shared",
    "shape:(4,4) -is:nan",
    "class:Dense -is:shared size>4",
    "class:dropout stream:dropout",
    "-first -second",
    "dense,dropout",
    "Dense_*,encoder",
    "-dense,dropout",
    "dense,",
    "first/Dense_0,second/Dense_0",
    '"size!=12"',
    '"a|b" "="',
    'class:"Dense|Conv"',
    "or",
    "<lambda>",
    "a+b",
    "r~1",
    "why!",
    "~ mlp/~/linear",
    "/a|b&c!=d/",
    # Operators as other languages write them.
    "a OR b",
    "NOT a",
    "a or b",
    "a and -b",
    "a && b & c",
    "is:shared or class:Dropout and -first",
    "dense | dropout -second | encoder",
    "size>10 | stream:dropout",
    "not not a",
    "not -a",
    "dense||conv",
    "class:Dense|Dropout",
    "class:Dense|param:bias",
    "param:kernel|bias is:shared",
    "class:Dense, class:Dropout",
    "dense, dropout",
    "class: Dense, Dropout",
    "class = dense",
    "Class != Dense",
    "-class!=Dense",
    "size == 12",
    "size = 12",
    "size ≥ 12",
    "size≤12",
    "size ≠ 12",
    "size != 12 is:shared",
    "params >= 20",
    "is = shared",
    "! is:shared",
    "path=encoder",
    "shape = 3, 4",
    "shape: [3, 4]",
    "/dense/",
    "/encoder/dense_[0-9]/",
    # What cannot be read.
    "or",
    "a or",
    "| a",
    "a and or b",
    "dense not",
    "/^first\\/[bd]/",
    "/(den|drop).*_0$/",
    "-/.*/",
    "-",
    "a -",
    "- a",
    '"a',
    '"a"b',
    '""',
    "clas:Dense",
    "http://x",
    "x=3",
    "class:",
    "below:",
    "below>3",
    "class: Dense",
    "class:,",
    "class>3",
    "param=kernel",
    "shape:",
    "shape:(a)",
    "shape:(3,4",
    "shape:(...,3,...)",
    "size",
    "size>",
    "size>x",
    "size>4MB",
    "size>-1",
    "bytes>1Q",
    "is:",
    "is:foo",
    "is:shared,foo",
    "is:shared,stochastic",
    "AND",
    "size!=",
    "class~Dense",
    "is!shared",
    "size >=",
    "x = 3",
    "x!=12",
    "=",
    "<3",
    "12<size<100",
    "1.5k>=size",
    "(dense conv)",
    "(dense|conv)",
    "-(dense)",
    "|",
    "&",
    "!",
    ",",
    ", dense",
    "class:!Dense",
    "is:!shared",
    "a" + "/a" * 60,
    "x" * 1001,
)

BOUND_QUERIES: tuple[str, ...] = (
    "/",
    "path:/",
    "-path:/",
    "path:/,Dense_0",
    "below:/",
    "below:/ class:Dense",
    'below:"/"',
    'below:"encoder"',
    'below:"/#2"',
    "path:encoder",
)
UNREAD_QUERIES: tuple[str, ...] = (
    "is:nan",
    "-is:nan,inf",
    "is:changed",
    "path:/",
    'below:"/"',
)


class Block(nn.Module):
    """A layer with parameters, state and draws."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.Dense(4)(x)
        x = nn.BatchNorm(use_running_average=False)(x)
        return nn.Dropout(0.5, deterministic=False)(x)

    def attend(self, x: jax.Array) -> jax.Array:
        return x


class Step(nn.Module):
    """The body of a loop."""

    @nn.compact
    def __call__(self, x: jax.Array, _: None) -> tuple[jax.Array, None]:
        return nn.Dense(4, param_dtype=jnp.bfloat16, name="inner")(x), None


class Encoder(nn.Module):
    """A layer whose name has to be quoted, and a model inside the model."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.Dense(4, name='a name, with "quotes" and spaces')(x)
        inner: Any = {"params": {"kernel": jnp.ones((4, 4))}}
        return cast(jax.Array, nn.Dense(4, use_bias=False).apply(inner, x))


class Half(nn.Module):
    """A model that can be asked for half of what it does."""

    def setup(self) -> None:
        self.inner = nn.Dense(4)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.half(x) + x

    def half(self, x: jax.Array) -> jax.Array:
        return self.inner(x)


class Searched(nn.Module):
    """Something for every term of the language."""

    def setup(self) -> None:
        self.scale = self.param("scale", nn.initializers.ones, ())
        self.n_steps = self.variable(
            "cache", "n_steps", lambda: jnp.zeros((), jnp.int32)
        )
        self.first = Block()
        self.second = Block()
        self.encoder = Encoder()
        loop = nn.scan(
            nn.remat(Step),
            variable_axes={"params": 0},
            split_rngs={"params": True},
            length=3,
        )
        self.loop = loop()

    def __call__(self, x: jax.Array) -> jax.Array:
        x = self.first(x)
        x = self.second(self.second(x * self.scale))
        x = self.encoder(self.second.attend(x))
        self.n_steps.value = self.n_steps.value + jnp.ones((), jnp.int32)
        return self.loop(x.astype(jnp.bfloat16), None)[0]


def searched_run() -> unflax_viz.FlaxRun:
    """Captures the model of the golden queries, with a NaN and an infinity in it."""
    x = jnp.ones((2, 3))
    keys = {"params": jax.random.key(0), "dropout": jax.random.key(1)}
    shapes = jax.eval_shape(Searched().init, keys, x)
    variables: Any = jax.tree.map(lambda leaf: jnp.ones(leaf.shape, leaf.dtype), shapes)
    params = variables["params"]
    params["first"]["Dense_0"]["bias"] = jnp.full((4,), jnp.nan)
    params["second"]["BatchNorm_0"]["scale"] = jnp.full((4,), jnp.inf)
    params["forgotten"] = {"kernel": jnp.ones((3, 3, 4))}
    return unflax_viz.capture(
        Searched(),
        variables,
        x,
        rngs={"dropout": jax.random.key(2)},
        mutable=["batch_stats", "cache"],
    )


def bound_run() -> unflax_viz.FlaxRun:
    """Records a bound submodule: its root is not at "/", but an inner model is."""
    x = jnp.ones((2, 4))
    params = Encoder().init(jax.random.key(0), x)["params"]
    variables = {
        "params": {"scale": jnp.ones(()), "encoder": params},
        "cache": {"n_steps": jnp.zeros((), jnp.int32)},
    }
    with unflax_viz.recording() as runs:
        Searched().bind(variables).encoder(x)
    (run,) = runs
    return run


def unread_run() -> unflax_viz.FlaxRun:
    """Traces another method than `__call__`: no call is at "/", and shapes are all."""
    x = jax.ShapeDtypeStruct((2, 4), jnp.float32)
    variables = jax.eval_shape(Half().init, jax.random.key(0), x)
    return unflax_viz.capture_abstract(Half(), variables, x, method="half")


def golden() -> dict[str, Any]:
    """Returns what the file holds, run by run."""
    return {
        "searched": _golden_of(searched_run(), QUERIES),
        "bound": _golden_of(bound_run(), BOUND_QUERIES),
        "unread": _golden_of(unread_run(), UNREAD_QUERIES),
    }


def _golden_of(run: unflax_viz.FlaxRun, queries: tuple[str, ...]) -> dict[str, Any]:
    finder = Finder(RunIndex(run))
    finder.find_broken_values()
    return {
        "columns": _listed(export_columns(finder.contents, finder.broken_values)),
        "lenses": {lens: _export(finder, lens) for lens in LENSES},
        "ids": {lens: _ids(finder, lens) for lens in LENSES},
        "queries": [answer for query in queries for answer in _answers(finder, query)],
    }


def _export(finder: Finder, lens: str) -> Any:
    return _listed(export_lens(LENSES[lens], finder.rows(lens), finder.contents))


def _listed(columns: Any) -> Any:
    """Returns columns with lists in the place of arrays."""
    if isinstance(columns, np.ndarray):
        return columns.tolist()
    if isinstance(columns, dict):
        return {name: _listed(column) for name, column in columns.items()}
    return columns


def _ids(finder: Finder, lens: str) -> list[str]:
    """Returns what names each row of a lens, as the browser has it, too."""
    rows = finder.rows(lens)
    addresses = finder.index.table.addresses
    if rows.is_named_by_call:
        return [addresses[call] for call in rows.calls]
    names = finder.contents.names.texts
    return [
        f"group {names[rows.headings[row]]}" if row in rows.headings else str(item)
        for row, item in enumerate(rows.items.tolist())
    ]


def _answers(finder: Finder, query: str) -> list[dict[str, Any]]:
    """Returns the hits in each lens, or the one error."""
    try:
        return [
            {"query": query, "lens": lens, "hits": _hits(finder, lens, query)}
            for lens in LENSES
        ]
    except QueryError as error:
        place = {"start": error.start, "end": error.end}
        return [{"query": query, "message": error.message, **place}]


def _hits(finder: Finder, lens: str, query: str) -> list[str]:
    ids = _ids(finder, lens)
    return [ids[row] for row in finder.hits(lens, query)]


def main() -> None:
    """Writes the file."""
    runs = ",\n".join(f'"{name}": {_text(run)}' for name, run in golden().items())
    PATH.write_text(f"{{\n{runs}\n}}\n", encoding="utf-8")


def _text(run: dict[str, Any]) -> str:
    """Writes one answer on a line, for whoever reads the difference of two versions."""
    lines = ",\n".join(f"    {json.dumps(answer)}" for answer in run.pop("queries"))
    return f'{json.dumps(run)[:-1]},\n  "queries": [\n{lines}\n  ]\n}}'


if __name__ == "__main__":
    main()
