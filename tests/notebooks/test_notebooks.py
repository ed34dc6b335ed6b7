"""The notebooks run top to bottom, answer their question and store no output."""

import pathlib
from typing import Any

import nbclient
import nbformat
import pytest

_FOLDER = pathlib.Path(__file__).parents[2] / "notebooks"
_NAMES = sorted(path.name for path in _FOLDER.glob("*.ipynb"))
_WIDGET = "application/vnd.jupyter.widget-view+json"

pytestmark = pytest.mark.notebook


def _execute(name: str, questions: str) -> tuple[Any, list[str]]:
    """Runs a notebook and then `questions`; returns it, and the lines they print."""
    notebook: Any = nbformat.read(_FOLDER / name, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(questions))
    nbclient.NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(_FOLDER)}},
    ).execute()
    texts = [output.get("text", "") for output in notebook.cells[-1].outputs]
    return notebook, str("".join(texts)).splitlines()


def _cell_with(notebook: Any, text: str) -> Any:
    (cell,) = [cell for cell in notebook.cells[:-1] if text in cell.source]
    return cell


def _is_drawn_by(cell: Any) -> bool:
    return any(_WIDGET in output.get("data", {}) for output in cell.outputs)


@pytest.mark.parametrize("name", _NAMES)
def test_notebook_is_stored_without_outputs(name: str) -> None:
    notebook: Any = nbformat.read(_FOLDER / name, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert {cell.execution_count for cell in code} == {None}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"


def test_first_look_trains_and_shows_the_run() -> None:
    notebook, answers = _execute(
        "01_first_look.ipynb",
        "print(accuracy > 0.9, type(run).__name__, run.is_abstract, len(run.calls()))\n"
        "print(inspector.selected, inspector.tab)\n"
        "pairs = zip(*map(jax.tree.leaves, [run.output, (logits, updated)]))\n"
        "print([a is b for a, b in pairs])",
    )
    assert answers == [
        "True FlaxRun False 10",
        "ConvBlock_1/BatchNorm_0 state",
        "[True, True, True, True, True]",
    ]
    assert _is_drawn_by(_cell_with(notebook, "%%unflax -o run"))
    assert _is_drawn_by(_cell_with(notebook, "unflax_viz.inspect(run)"))


def test_someone_elses_model_is_captured_without_and_with_values() -> None:
    notebook, answers = _execute(
        "02_someone_elses_model.ipynb",
        "print([(r.is_abstract, len(r.calls())) for r in (plan, run)])\n"
        "print(sum(sizes.values()), n_changed, len(moved))\n"
        "plain = model.apply(variables, images, train=True, mutable=['batch_stats'])\n"
        "print((run.output[0] == plain[0]).all())",
    )
    assert answers == ["[(True, 124), (False, 50)]", "11181642 40 40", "True"]
    assert _is_drawn_by(_cell_with(notebook, "unflax_viz.capture_abstract("))
    assert _is_drawn_by(_cell_with(notebook, "run = unflax_viz.capture("))


def test_find_your_way_finds_what_a_long_run_did() -> None:
    notebook, answers = _execute(
        "03_find_your_way.ipynb",
        "print(len(run.calls()), losses[-1] < losses[0])\n"
        "print(inspector.lens, inspector.query, inspector.selected)\n"
        "print(tree.expanded[2:], calls.selected, drew.selected)\n"
        "print([call.address for call in sick.find('is:nan')])\n"
        "print(len(moved), histogram.n_nan, file.is_file())",
    )
    assert answers == [
        "123 True",
        "parameters class:Dense size>=4k upper_2/Dense_0",
        "['upper_2', 'upper_2/MultiHeadDotProductAttention_0'] "
        "upper_1/Dropout_0 upper_1/Dropout_0",
        "['upper_5/Dense_1', 'upper_6/BatchNorm_0', 'upper_7/BatchNorm_0']",
        "16 0 True",
    ]
    for shown in ("inspector.entry", "tree.expanded", "sick,\n", "HBox(["):
        assert _is_drawn_by(_cell_with(notebook, shown))
    assert _is_drawn_by(_cell_with(notebook, "unflax_viz.ParameterPanel("))
