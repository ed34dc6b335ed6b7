"""What a cell shows that ends with a record."""

from __future__ import annotations

import html.parser
import pickle
import re
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import treescope
from IPython.core.interactiveshell import InteractiveShell
from IPython.lib import pretty

import unflax_viz
from unflax_viz.describe.record_lines import line_of, numbers_text
from unflax_viz.record.run import FlaxRun
from unflax_viz.widget.display import prefer_own_html

MAX_BYTES = 60_000
EVIL = "<img src=x onerror=canary()>\"'\u202e\ud800</script><script>canary()"


class Small(nn.Module):
    """Has a parameter, states, a stream and a call below it."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.Dense(4)(x)
        x = nn.BatchNorm(use_running_average=False)(x)
        return nn.Dropout(0.5, deterministic=False)(x)


class Leaf(nn.Module):
    """Does nothing."""

    @nn.compact
    def __call__(self, x: float) -> float:
        return x


class Many(nn.Module):
    """Calls many modules, each of which calls many."""

    n: int
    n_below: int = 0

    @nn.compact
    def __call__(self, x: float) -> float:
        for _ in range(self.n):
            x = Many(self.n_below)(x) if self.n_below else Leaf()(x)
        return x


@pytest.fixture(scope="module")
def run() -> FlaxRun:
    x, key = jnp.ones((2, 3)), jax.random.key(0)
    rngs = {"params": key, "dropout": key}
    variables = Small().init(rngs, x)
    return unflax_viz.capture(
        Small(), variables, x, rngs={"dropout": key}, mutable=["batch_stats"]
    )


@pytest.fixture
def records(run: FlaxRun) -> dict[str, Any]:
    norm, dropout = run.at("BatchNorm_0"), run.at("Dropout_0")
    assert norm.scope_data is not None
    assert dropout.scope_data is not None
    rng: Any = dropout.scope_data.rngs["dropout"]
    return {
        "call": run.root,
        "scope": norm.scope_data,
        "parameter": norm.scope_data.parameters["scale"],
        "state": norm.scope_data.variables["batch_stats"]["mean"],
        "stream": rng,
        "draw": rng.draws[0],
        "arguments": run.root.input_structure,
    }


KINDS = ["call", "scope", "parameter", "state", "stream", "draw", "arguments"]


@pytest.fixture
def shell() -> Any:
    shell: Any = InteractiveShell()
    shell.display_formatter.active_types = shell.display_formatter.format_types
    return shell


def text_of(record: Any) -> str:
    return pretty.pretty(record)


def html_of(record: Any) -> str:
    return record._repr_html_()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "call",
            """\
InterceptedFlaxModuleMethod  /: Small.__call__ -> f32[2,4]
  Dense_0: Dense.__call__ -> f32[2,4]
  BatchNorm_0: BatchNorm.__call__ -> f32[2,4]
  Dropout_0: Dropout.__call__ -> f32[2,4]""",
        ),
        (
            "scope",
            """\
InterceptedFlaxScopeData  2 parameters, 2 states
  parameter bias  params/BatchNorm_0/bias  f32[4]  16 B
  parameter scale  params/BatchNorm_0/scale  f32[4]  16 B
  state mean  batch_stats/BatchNorm_0/mean  f32[4]  16 B  changed
  state var  batch_stats/BatchNorm_0/var  f32[4]  16 B  changed""",
        ),
        (
            "parameter",
            """\
FlaxParameter  params/BatchNorm_0/scale  f32[4]  16 B
  value  f32[4]  16 B  all 1
  used by BatchNorm_0""",
        ),
        (
            "state",
            """\
FlaxState  batch_stats/BatchNorm_0/mean  f32[4]  16 B  changed
  before  f32[4]  16 B  all 0
  after  f32[4]  16 B  0.0004454 ±0.01026 from -0.01243 to 0.01626
  read and written by this call""",
        ),
        (
            "stream",
            """\
FlaxRng  'dropout'  1 draw
  base  key<fry>[] 0x00000000 0x00000000
  dropout #1  key<fry>[] 0x47629426 0x722aaba7""",
        ),
        (
            "draw",
            """\
RngDraw  dropout #1  key<fry>[] 0x47629426 0x722aaba7
  drawn in  /Dropout_0
  fold in  Dropout_0 / 1""",
        ),
        ("arguments", "ArgsAndKwargs  1 argument\n  [0]  f32[2,3]  24 B"),
    ],
)
def test_record_is_a_few_lines_of_text(
    records: dict[str, Any], kind: str, text: str
) -> None:
    assert text_of(records[kind]) == text


@pytest.mark.parametrize("kind", KINDS)
def test_repr_is_one_line(records: dict[str, Any], kind: str) -> None:
    record = records[kind]
    first = text_of(record).split("\n")[0]
    assert repr(record) == f"<{first.replace('  ', ': ', 1)}>"


@pytest.mark.parametrize("has_setup", ["never", "before", "after"])
@pytest.mark.parametrize("kind", KINDS)
def test_ipython_shows_the_view_with_and_without_treescopes_setup(
    records: dict[str, Any],
    shell: Any,
    kind: str,
    has_setup: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def set_up() -> None:
        treescope.register_as_default(streaming=False)
        treescope.register_autovisualize_magic()

    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    if has_setup == "before":
        set_up()
    prefer_own_html(shell)
    if has_setup == "after":
        set_up()
    shown, _ = shell.display_formatter.format(records[kind])
    assert shown["text/plain"] == text_of(records[kind])
    assert "treescope-container" in shown["text/html"]
    assert "<div" in shown["text/html"].split("treescope-container")[3]
    other, _ = shell.display_formatter.format({"a": 1})
    assert ("treescope-container" in other.get("text/html", "")) == (
        has_setup != "never"
    )


def test_ipython_shows_one_line_for_each_call_of_a_tuple(
    shell: Any,
) -> None:
    run = unflax_viz.capture(Many(999), {}, 1.0)
    shown, _ = shell.display_formatter.format(run.calls())
    lines = shown["text/plain"].split("\n")
    assert len(lines) == 1_000
    assert max(map(len, lines)) < 100


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_sanitiser_leaves_holds_all_the_text(
    records: dict[str, Any], kind: str
) -> None:
    left = Sanitised(html_of(records[kind]))
    for line in text_of(records[kind]).split("\n"):
        assert line.strip() in left.text
    if "\n" in text_of(records[kind]):
        assert "details" in left.tags


class Sanitised(html.parser.HTMLParser):
    """What a sanitiser leaves: the usual elements, without script and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        self._open = tag
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open not in ("script", "style"):
            self.text += data


@pytest.mark.slow
@pytest.mark.parametrize("model", [Many(1_000), Many(10, 100), Many(100, 200)])
def test_what_is_drawn_of_a_big_run_does_not_grow_with_it(model: nn.Module) -> None:
    root = unflax_viz.capture(model, {}, 1.0).root
    assert len(html_of(root)) < MAX_BYTES
    assert len(text_of(root).split("\n")) <= 12
    assert text_of(root).endswith("  ... and more") or "Many_9" in text_of(root)
    assert html_of(root).count("<summary>") + html_of(root).count("<div") < 200


def test_names_of_somebody_else_are_text() -> None:
    class Named(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            self.param(EVIL, lambda _: jnp.ones(2))
            self.variable("cache", "value" + EVIL, lambda: EVIL)
            self.make_rng(EVIL)
            Leaf(name="of" + EVIL)(1.0)

    key = jax.random.key(0)
    rngs = {"params": key, EVIL: key}
    call = _named_run(Named(), rngs).root
    scope: Any = call.scope_data
    for record in (call, scope, *scope.parameters.values(), *scope.rngs.values()):
        page = html_of(record)
        for text in (page, text_of(record), repr(record)):
            text.encode()
            assert "\u202e" not in text
        assert "<treescope-container" in page
        assert "<img" not in page
        assert "<script>canary" not in page


def _named_run(model: nn.Module, rngs: dict[str, Any]) -> FlaxRun:
    with unflax_viz.recording() as recorded:
        model.init(rngs)
    return recorded[0]


def test_deleted_array_and_broken_repr_fail_in_their_place() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ValueError("no")

    class Holder(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            self.variable("cache", "array", lambda: jnp.ones(3)).value  # noqa: B018
            self.variable("cache", "odd", Broken).value  # noqa: B018

    value = jnp.ones(3)
    variables = {"cache": {"array": value, "odd": Broken()}}
    run = unflax_viz.capture(Holder(), variables, mutable=["cache"])
    value.delete()
    text = text_of(run.root)
    assert "state array  cache/array  f32[3]" in text
    assert "state odd  cache/odd  <Broken cannot be shown: ValueError>" in text
    assert "<treescope-container" in html_of(run.root)


def test_record_can_be_pickled_and_is_the_same_pytree(records: dict[str, Any]) -> None:
    state = records["state"]
    again = pickle.loads(pickle.dumps(state))
    assert jax.tree.structure(again) == jax.tree.structure(state)
    assert len(jax.tree.leaves(state)) == 2
    jax.tree.map(np.testing.assert_array_equal, again, state)


def test_many_keys_are_drawn_by_their_data() -> None:
    class Keys(nn.Module):
        @nn.compact
        def __call__(self) -> None:
            keys = jax.random.split(jax.random.key(0), (60, 70))
            self.variable("cache", "keys", lambda: keys)

    run = unflax_viz.capture(Keys(), {}, mutable="cache")
    assert "treescope" in treescope.render_to_html(run)
    assert re.search(
        r"key<fry>\[60,70\] 0x\w{8} 0x\w{8}", treescope.render_to_text(run)
    )


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (jnp.float32(3.5), "f32[]  4 B  3.5"),
        (
            np.array([1.0, np.nan, 3.0, -np.inf]),
            "f64[4]  32 B  2 ±1 from 1 to 3  1 NaN  1 -inf",
        ),
        (np.array([np.nan, np.inf]), "f64[2]  16 B  1 NaN  1 inf"),
        (np.array([3 + 4j, 0]), "c128[2]  32 B  magnitudes  2.5 ±2.5 from 0 to 5"),
        (jnp.zeros((0, 2)), "f32[0,2]  0 B"),
        (jnp.zeros(100_001), "f32[100001]  400 kB"),
        (jax.ShapeDtypeStruct((2,), jnp.float32), "f32[2]  8 B"),
    ],
)
def test_line_of_an_array_says_what_its_numbers_are(array: Any, words: str) -> None:
    assert numbers_text(array) == words


def test_record_without_a_colour_has_the_text_colour_of_the_page(
    records: dict[str, Any],
) -> None:
    assert line_of(records["scope"]).color == ""
    assert line_of(records["state"]).color == "#f58566"
    summary = re.search("<summary>(.*?)</summary>", html_of(records["scope"]))
    assert summary is not None
    assert "color" not in summary[1]
