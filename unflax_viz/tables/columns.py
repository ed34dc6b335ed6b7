"""How a column of a table is declared: all that is said of it is read from here.

Search, error messages, help, facts and docs/queries.md know kinds of columns and no
keys. A new key is one declaration beside the table that has it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from unflax_viz.record.index import RunIndex
from unflax_viz.record.run import Node

if TYPE_CHECKING:
    from unflax_viz.tables.contents import Contents

Kind = Literal["text", "texts", "path", "below", "shape", "count", "bytes", "flags"]
"""What the numbers of a column stand for, and so what a query may ask of it:

- `text`: a name, as its number in `Names`.
- `texts`: several names of one thing, any of which is meant, as a number in `sets`.
- `path`: a path, as its number in `Paths`.
- `below`: the path of each call; a query means what was called in it.
- `shape`: a number in `shapes`.
- `count` and `bytes`: the number itself, negative where there is none.
- `flags`: bits, in the order in which the flags are declared.
"""


@dataclasses.dataclass(frozen=True)
class CallFact:
    """What a column of the calls says of one call, beside its name.

    Attributes:
      label: What is counted, such as "parameters".
      of_call: Returns the number for one call; 0 or less where it says nothing.
    """

    label: str
    of_call: Callable[[Node, RunIndex], int]

    def of_each(self, contents: Contents) -> np.ndarray:
        """Returns the numbers of all calls, int64, shape (n_calls,)."""
        index = contents.index
        return np.array([self.of_call(it, index) for it in index.table.nodes], np.int64)


@dataclasses.dataclass(frozen=True)
class Column:
    """A column that a query can ask for.

    Attributes:
      key: What stands before the `:`, such as `class`.
      kind: What its numbers stand for.
      read: Returns its numbers, shape (n_rows,).
      meaning: What a query finds with it, for the help and docs/queries.md.
      example: A whole term, such as `class:Dense`.
      in_words: Whether a word without a key looks here, too.
      fact: What of it is shown among the facts of a call, if anything.
      flags: Of a column of flags, each flag with the things of which it is true.
      value_flags: The flags that are known when all arrays were read, and not before.
    """

    key: str
    kind: Kind
    read: Callable[[Contents], np.ndarray]
    meaning: str
    example: str
    in_words: bool = False
    fact: CallFact | None = None
    flags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    value_flags: frozenset[str] = frozenset()

    @property
    def is_number(self) -> bool:
        """Whether it is compared with `<` and `>`."""
        return self.kind in ("count", "bytes")

    def bits_of(self, flags: tuple[str, ...]) -> int:
        """Returns the bits of some of its flags."""
        names = list(self.flags)
        return sum(1 << names.index(flag) for flag in flags if flag in names)


@dataclasses.dataclass(frozen=True)
class Table:
    """What a run holds of one kind, in columns.

    Attributes:
      name: Its name, as in `schema.TABLES`.
      columns: The columns by key, each of shape (n_rows,).
      call: Row of the call that each row belongs to, -1 where it has none; of the
        calls themselves, their own.
    """

    name: str
    columns: dict[str, np.ndarray]
    call: np.ndarray

    def __len__(self) -> int:
        """Returns the number of rows."""
        return len(self.call)
