"""Implements `%load_ext unflax_viz`, `%unflax` and `%%unflax`.

The magic starts a recording; IPython's own event at the end of the cell stops it and
has what was recorded shown, below whatever the cell itself has shown.
"""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.getipython import get_ipython
from IPython.core.magic import needs_local_scope, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from unflax_viz.capture.recording import RecordedRuns, recording
from unflax_viz.cell import (
    USAGE,
    Options,
    read_options,
    record_from_first_line,
    run_source,
    split_options,
)
from unflax_viz.cell_output import CellOutput
from unflax_viz.record.run import FlaxRun

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell


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
        self._output = CellOutput(shell)

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
        text, code = split_options(line)
        options = read_options(self.unflax, text)
        if cell is None and not code:
            return self._record_rest_of_cell(options)
        if cell is not None and code:
            raise UsageError(
                f"%%unflax takes options only, and the code below it; got {code!r} "
                f"on its line. {USAGE}"
            )
        names = self.shell.user_ns if local_ns is None else local_ns
        return self._record_source(cell or code, options, names)

    def end_cell(self, result: ExecutionResult | None) -> None:
        """Ends the recordings of the cell that has just run, and shows their runs.

        Args:
          result: The cell's; None where IPython itself could not finish it.
        """
        self._output.close_last(_cell_id_of(result))
        for index, cell in enumerate(self._cells):
            if result is None or _is_same_cell(cell.result, result):
                has_failed = result is None or not result.success
                self._end_cells_from(index, has_failed)
                return

    def _record_rest_of_cell(self, options: Options) -> None:
        cell = self._running_cell()
        if cell is None:
            raise UsageError(
                "%unflax without an expression records the rest of a cell; here no "
                f"cell is running, or a silent one. {USAGE}"
            )
        if cell.rest is not None:
            raise UsageError("This cell is recorded already: one %%unflax is enough.")
        cell.rest = cell.stack.enter_context(recording(options.max_runs))
        cell.name = options.name

    def _record_source(
        self, source: str, options: Options, names: dict[str, Any]
    ) -> Any:
        """Runs the source; its runs are shown when the cell ends, if one is running."""
        __tracebackhide__ = True
        running = self._running_cell()
        cell = running or _RecordedCell(None)
        recorded = contextlib.ExitStack()
        runs = recorded.enter_context(recording(options.max_runs))
        has_failed = True
        try:
            value = run_source(self.shell, source, names)
            has_failed = False
        finally:
            recorded.close()
            self._keep(cell, runs, options.name)
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
        with self._output.reporting():
            if name:
                self.shell.user_ns[name] = runs[0] if len(runs) == 1 else runs[:]
            if runs is cell.rest or cell.rest is None:
                cell.runs.extend(runs[: max(0, runs.max_runs - len(cell.runs))])
                cell.n_seen += runs.n_seen
                cell.was_recorded = True

    def _show(self, cell: _RecordedCell, has_failed: bool) -> None:
        """Shows the runs; a cell that failed needs no word on why there are none."""
        if cell.runs or (cell.was_recorded and not has_failed):
            self._output.show(cell.runs, cell.n_seen, _cell_id_of(cell.result))


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


def _cell_id_of(result: ExecutionResult | None) -> str | None:
    """Returns the id that the notebook gave the cell, if it gives any."""
    return None if result is None or result.info is None else result.info.cell_id
