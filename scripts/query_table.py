"""Writes the tables of docs/queries.md from the declared columns.

python scripts/query_table.py
"""

from __future__ import annotations

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from unflax_viz.tables.columns import Column  # noqa: E402
from unflax_viz.tables.schema import (  # noqa: E402
    FLAGS,
    KEYS,
    all_columns,
    first_column,
)

DOCUMENT = ROOT / "docs" / "queries.md"
BEGIN = "<!-- Written by scripts/query_table.py from here. -->"
END = "<!-- To here. -->"


def tables() -> str:
    """Returns a table of the keys and one of the flags, as Markdown."""
    keys = [_row_of(key) for key in KEYS if key != "is"]
    meanings = dict(
        pair for _, it in reversed([*all_columns()]) for pair in it.flags.items()
    )
    flags = [f"| `is:{flag}` | {meanings[flag]} |" for flag in FLAGS]
    heads = "| key | finds |\n|---|---|", "| flag | true of |\n|---|---|"
    return "\n".join([heads[0], *keys, "", heads[1], *flags])


def _row_of(key: str) -> str:
    declared = first_column(key)
    assert declared is not None
    column: Column = declared[1]
    return f"| `{column.example}` | {column.meaning} |"


def main() -> None:
    """Writes the tables between their marks."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    text = f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
