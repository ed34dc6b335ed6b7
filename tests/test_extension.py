"""The magics, in shells of this process."""

from __future__ import annotations

import pathlib
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets.config import Config

import unflax_viz
from tests.small_model import HEADER, MODEL, SHOWN
from unflax_viz import cell_output, extension
from unflax_viz.capture.linen import watch
from unflax_viz.record.run import FlaxRun


def make_shell(folder: pathlib.Path) -> InteractiveShell:
    config = Config({"HistoryManager": {"enabled": False}})
    return InteractiveShell(ipython_dir=str(folder), config=config)


@pytest.fixture
def bare_shell(tmp_path: pathlib.Path) -> Iterator[InteractiveShell]:
    shell = make_shell(tmp_path)
    yield shell
    shell.restore_sys_module_state()


@pytest.fixture
def shell(bare_shell: InteractiveShell) -> InteractiveShell:
    run(bare_shell, MODEL).raise_error()
    extension.load_ipython_extension(bare_shell)
    return bare_shell


def run(shell: InteractiveShell, cell: str) -> ExecutionResult:
    return shell.run_cell(cell, store_history=True)


def state_of(shell: InteractiveShell) -> dict[str, Any]:
    """Copies all that an extension could leave something in."""
    formatters = shell.display_formatter.formatters  # pyright: ignore
    return {
        "magics": {k: dict(m) for k, m in shell.magics_manager.magics.items()},
        "registry": dict(shell.magics_manager.registry),
        "cleanup": list(shell.input_transformers_cleanup),
        "post": list(shell.input_transformers_post),
        "ast": list(shell.ast_transformers),
        "events": {k: list(v) for k, v in shell.events.callbacks.items()},
        "printers": {
            kind: (
                dict(formatter.type_printers),
                dict(formatter.deferred_printers),
                dict(formatter.singleton_printers),
            )
            for kind, formatter in formatters.items()
        },
        "custom_exceptions": shell.custom_exceptions,
        "excepthook": (sys.excepthook, sys.displayhook),
        "configurables": list(shell.configurables),
        "names": set(shell.user_ns),
        "is_patched": watch.is_patched(),
    }


# The cell as it would have run


def test_result_goes_through_the_display_hook(shell: InteractiveShell) -> None:
    run(shell, "'before'")
    result = run(shell, "%%unflax\ny = net.apply(variables, x)\ny.shape")
    assert result.success
    assert result.result == (1, 2)
    assert shell.user_ns["_"] == (1, 2)
    assert shell.user_ns["__"] == "before"
    assert shell.user_ns["Out"][result.execution_count] == (1, 2)
    assert shell.user_ns["y"].shape == (1, 2)


def test_semicolon_hides_the_result_but_not_the_run(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "%%unflax\nnet.apply(variables, x).shape;")
    assert "(1, 2)" not in capsys.readouterr().out
    run(shell, "%%unflax\nnet.apply(variables, x).shape")
    shown = capsys.readouterr().out
    assert shown.endswith(SHOWN)
    assert shown.index("(1, 2)") < shown.index(SHOWN)


@pytest.mark.parametrize("interactivity", ["all", "none", "last_expr_or_assign"])
def test_interactivity_of_the_shell_is_kept(
    shell: InteractiveShell, interactivity: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.ast_node_interactivity = interactivity
    shown: list[str] = []
    for magic in ["", "%%unflax\nnet.apply(variables, x)\n"]:
        capsys.readouterr()
        run(shell, magic + "'first'\nz = 'last'")
        lines = capsys.readouterr().out.splitlines()
        shown.append(",".join(line.split()[-1] for line in lines if "'" in line))
    assert shown[0] == shown[1]
    assert ("first" in shown[0]) == (interactivity == "all")


def test_cell_may_await(shell: InteractiveShell) -> None:
    cell = "%%unflax -o run\nimport asyncio\nawait asyncio.sleep(0, result=7)\n"
    assert (
        run(shell, cell + "net.apply(variables, x)\nawait asyncio.sleep(0, 8)").result
        == 8
    )
    assert len(shell.user_ns["run"].calls()) == 3


@pytest.mark.parametrize("cell", ["%%unflax\n%%time\n{}", "%%time\n%%unflax\n{}"])
def test_other_cell_magics_work_above_and_below(
    shell: InteractiveShell, cell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(shell, cell.format("net.apply(variables, x).shape"))
    assert result.result == (1, 2)
    shown = capsys.readouterr().out
    assert "Wall time" in shown
    assert shown.count(SHOWN) == shown.count("Net.__call__") == 1


def test_nested_cell_does_not_end_the_recording_around_it(
    shell: InteractiveShell,
) -> None:
    inner = "%%unflax -o inner\\nnet.apply(variables, x)"
    run(
        shell,
        "%%unflax -o outer\n"
        "get_ipython().run_cell('1')\n"
        f"get_ipython().run_cell('{inner}')\n"
        "net.apply(variables, x)",
    )
    assert isinstance(shell.user_ns["inner"], FlaxRun)
    assert len(shell.user_ns["outer"]) == 2


def test_prompts_and_indent_are_stripped_first(shell: InteractiveShell) -> None:
    assert run(shell, "\n  %%unflax -o run\n  net.apply(variables, x).shape").success
    assert isinstance(shell.user_ns["run"], FlaxRun)


# What is bound and shown


def test_one_run_is_bound_as_it_is_and_several_as_a_list(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "%%unflax -o run\nnet.apply(variables, x)")
    assert shell.user_ns["run"].entry_point == "apply"
    capsys.readouterr()
    run(
        shell,
        "%%unflax --output run\nv = net.init(jax.random.key(1), x)\nnet.apply(v, x);",
    )
    assert [r.entry_point for r in shell.user_ns["run"]] == ["init", "apply"]
    init, apply = capsys.readouterr().out.split("\n\n")
    assert init.startswith(f"{HEADER}  4 draws, 4 different keys\n")
    assert apply == SHOWN
    run(shell, "%%unflax -o run\n1")
    assert shell.user_ns["run"] == []


def test_only_the_first_runs_are_kept_and_the_reader_is_told(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = "for _i in range(3):\n    net.apply(variables, x)"
    run(shell, f"%%unflax -o runs --max-runs 2\n{loop}")
    assert len(shell.user_ns["runs"]) == 2
    shown = capsys.readouterr().out
    assert shown == (
        "3 Flax calls were seen; the first 2 are kept. --max-runs N keeps more.\n"
        f"{SHOWN}\n{SHOWN}"
    )
    run(shell, f"%%unflax --max-runs 1\n{loop}")
    assert capsys.readouterr().out == (
        f"3 Flax calls were seen; the first is kept. --max-runs N keeps more.\n{SHOWN}"
    )


@pytest.mark.parametrize(
    "cell",
    [
        "1;",
        "net.bind(variables);",
        "fast(variables, x);",
        "import threading\n"
        "thread = threading.Thread(target=net.apply, args=(variables, x))\n"
        "thread.start()\nthread.join()",
    ],
)
def test_no_flax_call_is_said_with_what_to_do(
    shell: InteractiveShell, cell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "fast = jax.jit(net.apply)\nfast(variables, x)")
    capsys.readouterr()
    run(shell, f"%%unflax\n{cell}")
    assert capsys.readouterr().out == (
        "No Flax call was seen in this cell: no Linen module was called (those of Flax "
        "NNX are not captured), or only in another thread, or in code that jax.jit had "
        "compiled before. unflax_viz.capture(model, variables, ...) calls a model and "
        "records it.\n"
    )


NNX_MODEL = """
from flax import nnx

class MLP(nnx.Module):
    def __init__(self, rngs):
        self.layer = nnx.Linear(4, 2, rngs=rngs)

    def __call__(self, x):
        return self.layer(x)

model = MLP(nnx.Rngs(0))
"""
NNX_CALLED = (
    "No Flax Linen call was seen in this cell. Calls of Flax NNX models, such as model "
    "(MLP), are not captured: flax.nnx.bridge.ToLinen(MLP, args=...) makes a Linen "
    "module of its class. Nor are calls in another thread, or in code that jax.jit had "
    "compiled before.\n"
)


@pytest.mark.parametrize(
    "cell",
    ["%%unflax\nmodel(x);", "%unflax model(x);", "%unflax\nmodel(x);"],
)
def test_a_cell_that_called_an_nnx_model_says_that_it_is_not_captured(
    shell: InteractiveShell, cell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, NNX_MODEL).raise_error()
    capsys.readouterr()
    run(shell, cell).raise_error()
    assert capsys.readouterr().out == NNX_CALLED


def test_a_cell_that_called_a_linen_model_too_shows_just_that(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, NNX_MODEL).raise_error()
    capsys.readouterr()
    run(shell, "%%unflax\nmodel(x)\nnet.apply(variables, x);").raise_error()
    assert capsys.readouterr().out == SHOWN


def test_cell_without_the_magic_is_not_recorded(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "%%unflax -o run\nnet.apply(variables, x)")
    before = shell.user_ns["run"]
    capsys.readouterr()
    run(shell, "net.apply(variables, x);")
    assert capsys.readouterr().out == ""
    assert shell.user_ns["run"] is before


def test_run_that_cannot_be_drawn_leaves_the_result_alone(
    shell: InteractiveShell,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(run: object) -> str:
        raise RuntimeError("no pencil")

    monkeypatch.setattr(cell_output, "run_text", fail)
    result = run(shell, "%%unflax\nnet.apply(variables, x).shape")
    assert result.success
    assert result.result == (1, 2)
    shown = capsys.readouterr()
    assert "unflax_viz cannot show this: RuntimeError: no pencil" in shown.out
    assert "Traceback" not in shown.out + shown.err


# The line magic


def test_line_magic_records_one_expression(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(shell, "%unflax -o run net.apply(variables, x).shape, {x.ndim}")
    assert result.result == ((1, 2), {2})
    shown = capsys.readouterr().out
    assert shown.index("(1, 2)") < shown.index(SHOWN)
    assert isinstance(shell.user_ns["run"], FlaxRun)
    run(shell, "y = %unflax net.apply(variables, x)")
    assert shell.user_ns["y"].shape == (1, 2)


def test_line_magic_sees_local_names(shell: InteractiveShell) -> None:
    run(shell, "def f(mine):\n    a = %unflax mine + 1\n    return a\nf(2)")
    assert shell.user_ns["_"] == 3


def test_line_magic_alone_records_the_rest_of_the_cell(
    shell: InteractiveShell,
) -> None:
    cell = "net.init(jax.random.key(1), x)\n%unflax -o run\nnet.apply(variables, x)"
    run(shell, cell)
    assert shell.user_ns["run"].entry_point == "apply"


def test_line_magic_in_a_recorded_cell_is_shown_once(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "%%unflax -o all\n%unflax -o one net.apply(variables, x)\n1")
    assert capsys.readouterr().out.count("Net.__call__") == 1
    assert isinstance(shell.user_ns["all"], FlaxRun)
    assert isinstance(shell.user_ns["one"], FlaxRun)


def test_magics_are_functions_too(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extension, "get_ipython", lambda: shell)
    assert extension.unflax("-o run net.apply(variables, x).shape") == (1, 2)
    assert isinstance(shell.user_ns["run"], FlaxRun)
    assert extension.unflax("-o run", "z = 1\nnet.apply(variables, x).shape") == (1, 2)
    assert shell.user_ns["z"] == 1
    assert shell.run_cell_magic("unflax", "", "z = 4\nz") == 4
    extension.unload_ipython_extension(shell)
    with pytest.raises(UsageError) as caught:
        extension.unflax("1")
    assert str(caught.value) == (
        "%unflax is not loaded here. First run: %load_ext unflax_viz"
    )


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%unflax --bogus\n1", "unrecognized arguments: --bogus."),
        ("%%unflax -o\n1", "argument -o/--output: expected one argument."),
        ("%%unflax -o 1a\n1", "-o needs the name of a variable; got '1a'."),
        ("%%unflax -o for\n1", "-o needs the name of a variable; got 'for'."),
        ("%%unflax --max-runs 0\n1", "--max-runs needs a count from 1; got '0'."),
        ("%%unflax --max-runs x\n1", "--max-runs needs a count from 1; got 'x'."),
        ("%%unflax -o 'r\n1", "No closing quotation."),
        (
            "%%unflax f(x)\n1",
            "%%unflax takes options only, and the code below it; got 'f(x)' on its "
            "line.",
        ),
    ],
)
def test_bad_options_are_explained_and_nothing_runs(
    shell: InteractiveShell, cell: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(shell, f"{cell}\ntouched = True")
    assert not result.success
    assert "touched" not in shell.user_ns
    shown = capsys.readouterr()
    assert shown.err == (
        f"UsageError: {said} Usage: %unflax [-o NAME] [--max-runs N] [EXPRESSION]\n"
    )


def test_recording_a_cell_twice_is_refused(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not run(shell, "%%unflax\n%unflax\n1").success
    assert capsys.readouterr().err == (
        "UsageError: This cell is recorded already: one %%unflax is enough.\n"
    )


# Errors


def frames_of(text: str) -> list[str]:
    """The lines of a traceback that name a frame or mark the line in it."""
    marks = ("File ", "Cell ", "---->", "ValueError")
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return [line for line in text.splitlines() if line.startswith(marks)]


def test_traceback_is_the_one_of_a_plain_cell(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    body = "\n\n1\nnet.apply(variables, x, fail=True)"
    run(shell, f"# plain{body}")
    plain = frames_of(capsys.readouterr().out)
    result = run(shell, f"%%unflax -o run{body}")
    shown = capsys.readouterr().out
    recorded = frames_of(shown)
    assert type(result.error_in_exec) is ValueError
    assert "unflax_viz" not in "".join(recorded)
    assert "----> 4 net.apply(variables, x, fail=True)" in recorded
    assert [line for line in recorded if "File" not in line] == [
        line for line in plain if "File" not in line
    ]
    assert len(recorded) == len(plain)
    assert shown.index("---->") < shown.index("Net.__call__  15 parameters")


def test_partial_run_is_bound_and_shown(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "%%unflax -o run\nnet.apply(variables, x, fail=True)")
    assert shell.user_ns["run"].error == "ValueError: no good"
    assert capsys.readouterr().out.endswith(
        "Net.__call__  15 parameters  60 B  2 calls\n"
        "  Net  raised ValueError  15  60 B\n"
        "    Dense_0  Dense  f32[1,3]  15  60 B\n"
        "The run ended with ValueError: no good\n"
    )


def test_cell_that_fails_before_any_flax_call_is_not_lectured(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(shell, "%%unflax\n1 / 0")
    assert "No Flax call" not in capsys.readouterr().out


def test_line_magic_raises_the_error_itself(shell: InteractiveShell) -> None:
    result = run(shell, "%unflax -o run net.apply(variables, x, fail=True)")
    assert type(result.error_in_exec) is ValueError
    assert shell.user_ns["run"].error == "ValueError: no good"


@pytest.mark.parametrize("error", ["SystemExit(3)", "KeyboardInterrupt()"])
def test_leaving_a_cell_puts_everything_back(
    shell: InteractiveShell, error: str
) -> None:
    before = state_of(shell)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *args, **kwargs: None)
        run(shell, f"%%unflax -o run\nnet.apply(variables, x)\nraise {error}")
    assert isinstance(shell.user_ns.pop("run"), FlaxRun)
    after = state_of(shell)
    after["names"] = {n for n in after["names"] if not n.startswith("_i")}
    before["names"] = {n for n in before["names"] if not n.startswith("_i")}
    assert after == before


def test_interrupt_from_outside_the_cell_ends_the_recording(
    shell: InteractiveShell,
) -> None:
    """What IPython then hands out is a new result, not the one of the cell."""
    ends: list[ExecutionResult] = []
    shell.events.register("post_run_cell", ends.append)
    cell = "%%unflax -o run\nnet.apply(variables, x)\nstarted = get_started()"
    started: list[ExecutionResult] = []
    shell.user_ns["get_started"] = lambda: started.append(
        shell.displayhook.exec_result  # pyright: ignore[reportArgumentType]
    )
    magics = extension._magics_of(shell)
    assert magics is not None
    shell.events.unregister("post_run_cell", magics.end_cell)
    run(shell, cell)
    assert watch.is_patched()
    interrupted = ExecutionResult(started[0].info)
    interrupted.error_in_exec = KeyboardInterrupt()
    magics.end_cell(interrupted)
    assert not watch.is_patched()
    assert isinstance(shell.user_ns["run"], FlaxRun)
    shell.events.register("post_run_cell", magics.end_cell)


def test_recording_that_was_never_ended_is_dropped_by_the_next(
    shell: InteractiveShell,
) -> None:
    magics = extension._magics_of(shell)
    assert magics is not None
    shell.events.unregister("post_run_cell", magics.end_cell)
    run(shell, "%%unflax -o lost\nnet.apply(variables, x)")
    shell.events.register("post_run_cell", magics.end_cell)
    run(shell, "%%unflax -o run\nnet.apply(variables, x)")
    assert isinstance(shell.user_ns["run"], FlaxRun)
    assert not watch.is_patched()


# Loading


def test_unloading_leaves_nothing_behind(bare_shell: InteractiveShell) -> None:
    run(bare_shell, MODEL + "y = x")
    before = state_of(bare_shell)
    for _ in range(2):
        extension.load_ipython_extension(bare_shell)
        extension.load_ipython_extension(bare_shell)
        assert state_of(bare_shell) != before
        bare_shell.run_cell("%%unflax\ny = net.apply(variables, x)")
        extension.unload_ipython_extension(bare_shell)
        extension.unload_ipython_extension(bare_shell)
        assert state_of(bare_shell) == before


def test_loading_twice_registers_once(shell: InteractiveShell) -> None:
    before = state_of(shell)
    extension.load_ipython_extension(shell)
    assert state_of(shell) == before


def test_reload_ext_replaces_and_unload_ext_removes(
    bare_shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    run(bare_shell, "%load_ext unflax_viz")
    counted = {k: len(v) for k, v in state_of(bare_shell)["events"].items()}
    for _ in range(2):
        assert run(bare_shell, "%reload_ext unflax_viz").success
    after = state_of(bare_shell)
    assert {k: len(v) for k, v in after["events"].items()} == counted
    assert len(after["cleanup"]) == len(set(after["cleanup"]))
    run(bare_shell, MODEL)
    run(bare_shell, "%%unflax -o run\nnet.apply(variables, x)")
    assert isinstance(bare_shell.user_ns["run"], FlaxRun)
    run(bare_shell, "%unload_ext unflax_viz")
    capsys.readouterr()
    assert not run(bare_shell, "%%unflax\n1").success
    assert "Cell magic `%%unflax` not found" in capsys.readouterr().err


def test_unloading_in_a_recorded_cell_ends_the_recording(
    shell: InteractiveShell,
) -> None:
    cell = "%%unflax -o run\nnet.apply(variables, x)\nfinish()\nnet.apply(variables, x)"
    shell.user_ns["finish"] = lambda: extension.unload_ipython_extension(shell)
    assert run(shell, cell).success
    assert isinstance(shell.user_ns["run"], FlaxRun)


def test_help_tells_the_options(shell: InteractiveShell) -> None:
    text = str(shell.find_cell_magic("unflax").__doc__)
    for word in ["-o NAME", "--max-runs N", "%%unflax", "jax.jit"]:
        assert word in text


def test_magic_is_also_a_function_of_the_package() -> None:
    assert unflax_viz.unflax is extension.unflax
    assert "unflax" in unflax_viz.__all__
