"""Runs the first notebook without a browser and keeps its run as one HTML file."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks" / "01_first_look.ipynb"
PAGE = ROOT / "build" / "first_look.html"
TIMEOUT_S = 600


def main() -> None:
    """Executes the notebook, writes the page and says where it is."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.unlink(missing_ok=True)
    print(f"Running {NOTEBOOK.relative_to(ROOT)}", flush=True)
    try:
        execute_notebook(f"run.to_html({str(PAGE)!r})")
    except CellExecutionError as error:
        sys.exit(f"{error}\nThe notebook has to run through and leave a `run`.")
    if not PAGE.exists():
        sys.exit(f"run.to_html ended well and left no {PAGE}.")
    size_mb = PAGE.stat().st_size / 1e6
    print(f"{PAGE} ({size_mb:.1f} MB) opens in any browser, offline too.")
    print("`make lab` opens the notebook itself.")


def execute_notebook(last_line: str) -> None:
    """Runs every cell of the notebook and then `last_line` in the same kernel.

    The kernel works in build/, so that whatever a cell writes stays out of the
    checkout; the notebook file is not changed.

    Raises:
      CellExecutionError: If a cell or `last_line` raises.
    """
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(last_line))
    NotebookClient(
        notebook,
        timeout=TIMEOUT_S,
        kernel_name="python3",
        # Else it warns of an unencrypted connection, which stays on this machine.
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(PAGE.parent)}},
    ).execute()


if __name__ == "__main__":
    main()
