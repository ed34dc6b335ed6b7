"""Copying and pickling a run leaves the user's classes alone, in a real notebook."""

from __future__ import annotations

import copy
import pathlib
import subprocess
import sys
import textwrap
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
import pytest
from IPython.core.interactiveshell import InteractiveShell

import unflax_viz
from unflax_viz import errors

CELL = """
from typing import Any, NamedTuple
import copy, enum, gc, pickle
import cloudpickle
import flax.linen as nn, jax, jax.numpy as jnp, numpy as np
import unflax_viz

SCALE = 2.0
x = jnp.ones((1, 2))

class Answer(NamedTuple):
    value: Any

def scaled(factor):
    return lambda key, shape, dtype=jnp.float32: factor * jnp.ones(shape, dtype)

def make_local():
    factor = 3.0

    class Local(nn.Module):
        @nn.compact
        def __call__(self, x):
            return factor * nn.Dense(2, kernel_init=scaled(factor))(x)

    return Local

class Mode(enum.Enum):
    PLAIN = 1

class Layer(nn.Module):
    inner: Any
    mode: Mode = Mode.PLAIN

    def __call__(self, x):
        assert self.mode is Mode.PLAIN
        return SCALE * self.inner(x)

class Model(nn.Module):
    make_kernel: Any = scaled(0.5)

    def setup(self):
        self.layer = Layer(make_local()())
        self.dense = nn.Dense(3, kernel_init=self.make_kernel)

    def __call__(self, x):
        return Answer(super_scaled(self.dense(self.layer(x))))

def super_scaled(x):
    return SCALE * x

variables = Model().init(jax.random.key(0), x)
run = unflax_viz.capture(Model(), variables, x)
recorded = np.asarray(run.output.value)
methods = [Model.__call__, Model.setup, Layer.__call__]
sent = cloudpickle.dumps(Model)
"""

FRESH = '''
import pathlib, pickle, sys
import jax.numpy as jnp, numpy as np
import flax.linen as nn
import unflax_viz

class Model(nn.Module):
    """Another class of the same name."""

SCALE = 100.0
before = dict(vars(Model))
sent = pickle.loads(pathlib.Path(sys.argv[3]).read_bytes())
sent_before = dict(vars(sent))
packed = pathlib.Path(sys.argv[1]).read_bytes()
run = pickle.loads(packed)
again = pickle.loads(packed)
assert type(run.root.module) is type(again.root.module) is not Model
kept = dict(vars(type(run.root.module)))
pickle.loads(packed)
assert dict(vars(type(run.root.module))) == kept
x = jnp.ones((1, 2))
np.testing.assert_array_equal(run.output.value, np.load(sys.argv[2]))
np.testing.assert_array_equal(run.replay(x).value, np.load(sys.argv[2]))
assert dict(vars(Model)) == before
assert dict(vars(sent)) == sent_before
call = run.at("layer")
np.testing.assert_array_equal(
    call(unflax_viz.ArgsAndKwargs.capture(x)),
    pickle.loads(pickle.dumps(call))(unflax_viz.ArgsAndKwargs.capture(x)),
)
run.to_html(sys.argv[1] + ".html")
'''


class Notebook:
    """Runs cells in a shell of their own, as a notebook does."""

    def __init__(self) -> None:
        self.shell = InteractiveShell()
        self.run(CELL)

    def run(self, cell: str) -> None:
        self.shell.run_cell(textwrap.dedent(cell), silent=True).raise_error()

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]


@pytest.fixture
def notebook() -> Any:
    main = sys.modules["__main__"]
    yield Notebook()
    sys.modules["__main__"] = main


@pytest.mark.parametrize(
    "duplicate",
    ["copy.copy(run)", "copy.deepcopy(run)", "pickle.loads(pickle.dumps(run))"],
)
def test_the_model_follows_its_globals_after_the_run_was_duplicated(
    notebook: Notebook, duplicate: str
) -> None:
    notebook.run(f"duplicate = {duplicate}")
    notebook.run("assert [Model.__call__, Model.setup, Layer.__call__] == methods")
    notebook.run("assert type(duplicate.root.module) is Model")
    notebook.run("assert type(duplicate.output) is Answer")
    notebook.run("np.testing.assert_array_equal(duplicate.replay(x).value, recorded)")
    notebook.run("SCALE = 4.0; y = Model().apply(variables, x)")
    notebook.run("np.testing.assert_array_equal(y.value, 4 * recorded)")
    notebook.run("np.testing.assert_array_equal(run.replay(x).value, 4 * recorded)")


def test_a_run_that_is_read_after_it_was_dropped_uses_the_class_that_is_there(
    notebook: Notebook,
) -> None:
    notebook.run("packed = pickle.dumps(run); del run; gc.collect()")
    notebook.run("run = pickle.loads(packed)")
    notebook.run("assert [Model.__call__, Model.setup, Layer.__call__] == methods")
    notebook.run("assert type(run.root.module) is Model")
    notebook.run("SCALE = 4.0")
    notebook.run("np.testing.assert_array_equal(run.replay(x).value, 4 * recorded)")


REDEFINED = """
class Model(nn.Module):
    def __call__(self, x):
        return "new"
"""


@pytest.mark.parametrize("drop", ["", "del run, methods; gc.collect()"])
def test_a_class_defined_again_is_left_alone_and_the_record_keeps_its_own(
    notebook: Notebook, drop: str
) -> None:
    notebook.run("packed = pickle.dumps(run); old = id(Model)")
    notebook.run(REDEFINED)
    notebook.run(drop)
    notebook.run("before = dict(vars(Model)); again = pickle.loads(packed)")
    notebook.run("assert dict(vars(Model)) == before")
    notebook.run("assert Model().apply({}, x) == 'new'")
    notebook.run("assert type(again.root.module) is not Model")
    notebook.run("np.testing.assert_array_equal(again.replay(x).value, recorded)")
    notebook.run("deep = copy.deepcopy(again)")
    notebook.run("np.testing.assert_array_equal(deep.replay(x).value, recorded)")
    notebook.run("assert dict(vars(Model)) == before")


@pytest.mark.slow
def test_another_process_reads_a_run_of_a_notebook(
    notebook: Notebook, tmp_path: pathlib.Path
) -> None:
    packed, expected = tmp_path / "run.pickle", tmp_path / "expected.npy"
    packed.write_bytes(_evaluate(notebook, "pickle.dumps(run)"))
    notebook.run(f"np.save({str(expected)!r}, recorded)")
    sent = tmp_path / "class.pickle"
    sent.write_bytes(notebook["sent"])
    _read_elsewhere(FRESH, packed, expected, sent)


def test_an_edited_run_with_a_function_of_a_notebook_is_read_elsewhere(
    notebook: Notebook, tmp_path: pathlib.Path
) -> None:
    packed, expected = tmp_path / "run.pickle", tmp_path / "expected.npy"
    notebook.run("edited = run.replace_call('dense', lambda x: SCALE * x)")
    notebook.run("deep = copy.deepcopy(edited)")
    notebook.run("assert (edited.replay(x).value == deep.replay(x).value).all()")
    packed.write_bytes(_evaluate(notebook, "pickle.dumps(edited)"))
    notebook.run(f"np.save({str(expected)!r}, edited.replay(x).value)")
    code = """
    import pathlib, pickle, sys
    import jax.numpy as jnp, numpy as np
    run = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())
    y = run.replay(jnp.ones((1, 2))).value
    np.testing.assert_array_equal(y, np.load(sys.argv[2]))
    """
    _read_elsewhere(textwrap.dedent(code), packed, expected)


def _evaluate(notebook: Notebook, expression: str) -> Any:
    notebook.run(f"_value = {expression}")
    return notebook["_value"]


def _read_elsewhere(code: str, *arguments: pathlib.Path) -> None:
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True)


def test_a_deep_copy_shares_modules_and_copies_arrays(notebook: Notebook) -> None:
    run = notebook["run"]
    deep = copy.deepcopy(run)
    assert deep.root.module is run.root.module
    assert deep.recipe.method is run.recipe.method
    kernels = [
        it.at("dense").scope_data.parameters["kernel"].value for it in (run, deep)
    ]
    assert kernels[0] is not kernels[1]
    assert copy.copy(run).root is run.root


def test_a_run_that_an_earlier_version_pickled_is_refused_in_words() -> None:
    run = unflax_viz.capture(nn.Dropout(0.5, deterministic=True), {}, jnp.ones(2))
    unpack, (packed, arrays, _) = run.__reduce__()
    with pytest.raises(errors.OtherVersionError) as caught:
        unpack(packed, arrays)
    assert str(caught.value) == (
        "This record was pickled by another version of unflax_viz, and this one cannot "
        "read it (format 1, not 2). Read it with the version that wrote it, or capture "
        "the run again."
    )
