"""The list of tables, each with its declared columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from unflax_viz.tables import calls, draws, values
from unflax_viz.tables.columns import Column

TABLES: dict[str, tuple[Column, ...]] = {
    "calls": calls.COLUMNS,
    "values": values.COLUMNS,
    "draws": draws.COLUMNS,
}


def all_columns() -> Iterator[tuple[str, Column]]:
    """Yields each column with the name of its table."""
    for table, columns in TABLES.items():
        for column in columns:
            yield table, column


KEYS = tuple(dict.fromkeys(column.key for _, column in all_columns()))
"""Every key that a query may use."""


def _tables_of_flags() -> dict[str, str]:
    tables: dict[str, str] = {}
    for table, column in all_columns():
        for flag in column.flags:
            tables.setdefault(flag, table)
    return tables


FLAGS = _tables_of_flags()
"""The table in which a flag is looked for, where the lens has no table of its own."""


def column_of(table: str, key: str) -> Column | None:
    """Returns the declaration of a column; None if the table has no such column."""
    return next((column for column in TABLES[table] if column.key == key), None)


def first_column(key: str) -> tuple[str, Column] | None:
    """Returns the first table that has a key, and the column; None if none has."""
    return next(((name, it) for name, it in all_columns() if it.key == key), None)


def schema() -> list[dict[str, Any]]:
    """Returns all declarations as JSON can hold them."""
    return [
        {
            "name": name,
            "columns": [
                {
                    "key": column.key,
                    "kind": column.kind,
                    "meaning": column.meaning,
                    "example": column.example,
                    "in_words": column.in_words,
                    "flags": [
                        {
                            "flag": flag,
                            "meaning": meaning,
                            "reads_values": flag in column.value_flags,
                        }
                        for flag, meaning in column.flags.items()
                    ],
                }
                for column in columns
            ],
        }
        for name, columns in TABLES.items()
    ]
