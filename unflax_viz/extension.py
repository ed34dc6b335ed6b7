"""What happens at `%load_ext unflax_viz`, `%unflax` and `%%unflax`?

The magic starts a recording; IPython's own event at the end of the cell stops it and
shows what was recorded, below whatever the cell itself has shown.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import keyword
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import ipywidgets
from IPython.core.error import UsageError
from IPython.core.getipython import get_ipython
from IPython.core.magic import needs_local_scope, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from unflax_viz.capture.recording import RecordedRuns, recording
from unflax_viz.cell import record_from_first_line, run_text, split_options
from unflax_viz.record.run import FlaxRun
from unflax_viz.widget.inspector import Inspector

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

_USAGE = "Usage: %unflax [-o NAME] [--max-runs N] [EXPRESSION]"

NO_CALL = (
    "No Flax call was seen in this cell. A model called through an already compiled "
    "jax.jit does not run its Python again: call the function without jax.jit, or use "
    "unflax_viz.capture(model, variables, ...)."
)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Registers `%unflax` and `%%unflax`; harmless where that has been done."""
    if _magics_of(shell) is None:
        UnflaxMagics(shell).register()


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Removes all that `load_ipython_extension` registered; ends open recordings."""
    magics = _magics_of(shell)
    if magics is not None:
        magics.unregister()


def unflax(line: str = "", cell: str | None = None) -> Any:
    """Does what `%unflax line` does, or with `cell` what `%%unflax line` does.

    Args:
      line: What follows the name of the magic on its line.
      cell: The lines below it; run in the user's namespace.

    Returns:
      The value of the last expression, unless a `;` follows it.

    Raises:
      UsageError: If the extension is not loaded, or the line is not understood.
    """
    __tracebackhide__ = True
    shell = get_ipython()
    magics = None if shell is None else _magics_of(shell)
    if magics is None:
        raise UsageError("%unflax is not loaded here. First run: %load_ext unflax_viz")
    return magics.unflax(line, cell)


@dataclasses.dataclass(eq=False)
class _RecordedCell:
    """What is recorded in one cell that is running.

    Attributes:
      result: IPython's record of that cell, the same object until it ends; None if
        a magic was called where no cell is running.
      stack: Closing it ends the recording of the rest of the cell.
      rest: The runs of that recording, growing; None without one.
      name: What `-o` asked to bind them to; empty if nothing.
      was_recorded: Whether a recording in this cell is over.
      runs: What is to be shown at the end of the cell.
      n_seen: How many outermost Flax calls there were, those not kept included.
    """

    result: ExecutionResult | None
    stack: contextlib.ExitStack = dataclasses.field(
        default_factory=contextlib.ExitStack
    )
    rest: RecordedRuns | None = None
    name: str = ""
    was_recorded: bool = False
    runs: list[FlaxRun] = dataclasses.field(default_factory=list)
    n_seen: int = 0


class UnflaxMagics:
    """The magics of one shell, and the recordings that are open in it."""

    def __init__(self, shell: InteractiveShell) -> None:
        """Takes the shell; `register` is what changes it."""
        self.shell = shell
        self._cells: list[_RecordedCell] = []
        self._shown: dict[str, ipywidgets.DOMWidget] = {}

    def register(self) -> None:
        """Adds the magic, the transformer and the event to the shell."""
        self.shell.magics_manager.register_function(
            self.unflax, magic_kind="line_cell", magic_name="unflax"
        )
        self.shell.input_transformers_cleanup.append(record_from_first_line)
        self.shell.events.register("post_run_cell", self.end_cell)

    def unregister(self) -> None:
        """Takes away what `register` added, and ends what is being recorded."""
        self.shell.events.unregister("post_run_cell", self.end_cell)
        self.shell.input_transformers_cleanup.remove(record_from_first_line)
        for magics in self.shell.magics_manager.magics.values():
            if magics.get("unflax") == self.unflax:
                del magics["unflax"]
        self._end_cells_from(0, has_failed=False)

    @no_var_expand
    @needs_local_scope
    @magic_arguments()
    @argument(
        "-o",
        "--output",
        metavar="NAME",
        help="Bind NAME to the run: a FlaxRun if there was exactly one, otherwise a "
        "list of them, in the order made.",
    )
    @argument(
        "--max-runs",
        metavar="N",
        default="16",
        help="Keep the first N runs (16 if not given); the others run as usual.",
    )
    @argument(
        "expression",
        nargs="*",
        help="What to record. Without it, the rest of the cell is recorded.",
    )
    def unflax(
        self,
        line: str = "",
        cell: str | None = None,
        local_ns: dict[str, Any] | None = None,
    ) -> Any:
        """Record every Flax call, and show below the cell what the model did.

        `%%unflax` on the first line records the whole cell, `%unflax` alone on a line
        the rest of it, and `%unflax EXPRESSION` that one expression. The code runs as
        it would without the magic: same result, same names, same errors.

        A call that has already been compiled by jax.jit does not run its Python again
        and cannot be seen.
        """
        __tracebackhide__ = True
        options, code = split_options(line)
        arguments = self._parse_options(options)
        if cell is None and not code:
            return self._record_rest_of_cell(arguments)
        if cell is not None and code:
            raise UsageError(
                f"%%unflax takes options only, and the code below it; got {code!r} "
                f"on its line. {_USAGE}"
            )
        names = self.shell.user_ns if local_ns is None else local_ns
        return self._record_text(cell or code, arguments, names)

    def end_cell(self, result: ExecutionResult | None) -> None:
        """Ends the recordings of the cell that has just run, and shows their runs.

        Args:
          result: The cell's; None where IPython itself could not finish it.
        """
        self._close_last_view(result)
        for index, cell in enumerate(self._cells):
            if result is None or _is_same_cell(cell.result, result):
                has_failed = result is None or not result.success
                self._end_cells_from(index, has_failed)
                return

    def _parse_options(self, options: str) -> argparse.Namespace:
        try:
            arguments = parse_argstring(self.unflax, options)
        except (UsageError, ValueError) as error:
            raise UsageError(f"{error}. {_USAGE}") from None
        n_runs = arguments.max_runs
        if not n_runs.isdecimal() or int(n_runs) < 1:
            raise UsageError(
                f"--max-runs needs a count from 1; got {n_runs!r}. {_USAGE}"
            )
        arguments.max_runs = int(n_runs)
        name = arguments.output or ""
        if name and (not name.isidentifier() or keyword.iskeyword(name)):
            raise UsageError(f"-o needs the name of a variable; got {name!r}. {_USAGE}")
        arguments.output = name
        return arguments

    def _record_rest_of_cell(self, arguments: argparse.Namespace) -> None:
        cell = self._running_cell()
        if cell is None:
            raise UsageError(
                "%unflax without an expression records the rest of a cell; here no "
                f"cell is running, or a silent one. {_USAGE}"
            )
        if cell.rest is not None:
            raise UsageError("This cell is recorded already: one %%unflax is enough.")
        cell.rest = cell.stack.enter_context(recording(arguments.max_runs))
        cell.name = arguments.output

    def _record_text(
        self, text: str, arguments: argparse.Namespace, names: dict[str, Any]
    ) -> Any:
        """Runs the text; its runs are shown when the cell ends, if one is running."""
        __tracebackhide__ = True
        running = self._running_cell()
        cell = running or _RecordedCell(None)
        recorded = contextlib.ExitStack()
        runs = recorded.enter_context(recording(arguments.max_runs))
        has_failed = True
        try:
            value = run_text(self.shell, text, names)
            has_failed = False
        finally:
            recorded.close()
            self._keep(cell, runs, arguments.output)
            if running is None:
                self._show(cell, has_failed)
        return value

    def _running_cell(self) -> _RecordedCell | None:
        """Returns what is recorded in the cell that is running, if one is.

        IPython tells its display hook which cell that is. There will be no event at
        the end of a silent cell, so that one does not count.
        """
        result = self.shell.displayhook.exec_result
        if result is None or result.info is None or result.info.silent:
            return None
        for cell in self._cells:
            if cell.result is result:
                return cell
        if result.info.store_history:  # Not nested in another cell.
            self._drop_interrupted()
        cell = _RecordedCell(result)
        self._cells.append(cell)
        return cell

    def _drop_interrupted(self) -> None:
        """Ends recordings whose cell was interrupted before IPython could say so."""
        while self._cells:
            self._cells.pop().stack.close()

    def _end_cells_from(self, index: int, has_failed: bool) -> None:
        """Ends a cell, and those nested in it that an interrupt left open."""
        while len(self._cells) > index:
            cell = self._cells.pop()
            cell.stack.close()
            if cell.rest is not None:
                self._keep(cell, cell.rest, cell.name)
            self._show(cell, has_failed)

    def _keep(self, cell: _RecordedCell, runs: RecordedRuns, name: str) -> None:
        """Binds the runs to `name`, and sets them aside for the end of the cell."""
        with self._reporting():
            if name:
                self.shell.user_ns[name] = runs[0] if len(runs) == 1 else runs[:]
            if runs is cell.rest or cell.rest is None:
                cell.was_recorded = True
                cell.n_seen += runs.n_seen
                cell.runs.extend(runs[: max(0, runs.max_runs - len(cell.runs))])

    def _show(self, cell: _RecordedCell, has_failed: bool) -> None:
        """Shows the runs of a cell, or a sentence that says why there are none."""
        with self._reporting():
            if len(cell.runs) < cell.n_seen:
                self._say(
                    f"{cell.n_seen} Flax calls were seen; the first {len(cell.runs)} "
                    "are kept. --max-runs N keeps more."
                )
            if cell.runs:
                self._publish(cell)
            elif cell.was_recorded and not has_failed:
                self._say(NO_CALL)

    def _publish(self, cell: _RecordedCell) -> None:
        if getattr(self.shell, "kernel", None) is None:
            self._say(_describe(cell.runs))
            return
        format_object = cast("Any", self.shell.display_formatter).format
        inspectors = [Inspector(run) for run in cell.runs]
        widget = _in_tabs(inspectors)
        data, metadata = format_object(widget)
        if len(inspectors) > 1:
            pages = [format_object(inspector)[0] for inspector in inspectors]
            data["text/html"] = "\n".join(page.get("text/html", "") for page in pages)
        data["text/plain"] = _describe(cell.runs)
        self.shell.display_pub.publish(data, metadata)
        cell_id = getattr(cell.result and cell.result.info, "cell_id", None)
        if cell_id:
            self._shown[cell_id] = widget

    def _close_last_view(self, result: ExecutionResult | None) -> None:
        """Frees the widget that an earlier run of the same cell showed.

        Its output is gone, but ipywidgets would keep it, and all arrays of its run,
        as long as the kernel lives.
        """
        cell_id = getattr(result and result.info, "cell_id", None)
        widget = self._shown.pop(cell_id, None) if cell_id else None
        if widget is not None:
            for part in (*getattr(widget, "children", ()), widget):
                part.layout.close()
                part.close()

    def _say(self, sentence: str) -> None:
        self.shell.display_pub.publish({"text/plain": sentence})

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        """Says what went wrong in drawing a run: the cell's own result stands."""
        try:
            yield
        except Exception as error:
            self._say(f"unflax_viz cannot show this: {type(error).__name__}: {error}")


def _magics_of(shell: InteractiveShell) -> UnflaxMagics | None:
    magic = shell.magics_manager.magics["cell"].get("unflax")
    owner = getattr(magic, "__self__", None)
    return owner if isinstance(owner, UnflaxMagics) else None


def _is_same_cell(result: ExecutionResult | None, other: ExecutionResult) -> bool:
    """Tells whether two results are of one cell.

    After an interrupt from outside the cell's code IPython makes a new result, which
    has the very string that was run in common with the old one.
    """
    return result is other or (
        result is not None
        and result.info is not None
        and other.info is not None
        and result.info.raw_cell is other.info.raw_cell
    )


def _in_tabs(inspectors: Sequence[Inspector]) -> ipywidgets.DOMWidget:
    """Returns the one inspector; of several, a tab for each, the last in front."""
    if len(inspectors) == 1:
        return inspectors[0]
    titles = [
        f"{i}. {_title_of(inspector.run)}" for i, inspector in enumerate(inspectors, 1)
    ]
    return ipywidgets.Tab(inspectors, titles=titles, selected_index=len(titles) - 1)


def _title_of(run: FlaxRun) -> str:
    method = "init" if run.entry_point == "init" else run.root.method_name
    return f"{run.root.class_name}.{method}" + (" (failed)" if run.error else "")


def _describe(runs: Sequence[FlaxRun]) -> str:
    """Writes the calls of the runs as lists, for where no widget can be."""
    return "\n".join(line for run in runs for line in _describe_run(run))


def _describe_run(run: FlaxRun, limit: int = 40) -> Iterator[str]:
    calls = run.calls()
    n_calls = "1 call" if len(calls) == 1 else f"{len(calls)} calls"
    yield f"{_title_of(run)}: {n_calls}  {run.error}".rstrip()
    for call in calls[1 : limit + 1]:
        yield f"  {call.address}  {call.class_name}  {call.error}".rstrip()
    if len(calls) > limit + 1:
        yield f"  and {len(calls) - limit - 1} more"
