"""Measures every figure, prints one table and writes build/benchmarks.json."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    first_answer,
    idling,
    in_browser,
    machine,
    pages,
    running,
    searching,
    summarising,
    tracing,
)
from benchmarks.figures import Figure, format_table, write_json

FILE = Path(__file__).resolve().parent.parent / "build" / "benchmarks.json"

MEASUREMENTS: tuple[Callable[[bool], list[Figure]], ...] = (
    tracing.measure,
    running.measure,
    idling.measure,
    first_answer.measure,
    searching.measure,
    in_browser.measure,
    summarising.measure,
    pages.measure,
)


def main() -> None:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="small models and few rounds"
    )
    is_quick = parser.parse_args().quick
    start_s = time.perf_counter()
    load_before = machine.load()
    figures: list[Figure] = []
    for measure in MEASUREMENTS:
        begin_s = time.perf_counter()
        print(f"{measure.__module__.rpartition('.')[2]} ...", end=" ", flush=True)
        figures += measure(is_quick)
        print(f"{time.perf_counter() - begin_s:.0f} s", flush=True)
    about = machine.describe()
    about |= {"load before": load_before, "load after": machine.load()}
    about["took"] = f"{time.perf_counter() - start_s:.0f} s"
    print("\n" + format_table(figures))
    print("\n" + "  ".join(f"{name} {value}" for name, value in about.items()))
    write_json(FILE, figures, about)
    print(
        f"{FILE.relative_to(Path.cwd()) if FILE.is_relative_to(Path.cwd()) else FILE}"
    )


if __name__ == "__main__":
    main()
