"""What does a page need that has to answer every question by itself?

`js/src/offline/` reads what is collected here: first the rows of every lens, whatever
they cost; then what the panels list for each call, and then the values behind that,
in the order of the calls and each as far as the budget reaches.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, TypedDict, cast, get_args

from unflax_viz.protocol import (
    ArrayEntry,
    CallAnswer,
    ChildrenAnswer,
    Fact,
    Lens,
    Opening,
    Row,
)
from unflax_viz.record.run import FlaxRun
from unflax_viz.summary.numbers import format_count
from unflax_viz.widget.archive import Archive
from unflax_viz.widget.clerk import Clerk

ROWS_PER_BLOCK = 400
CALLS_PER_BLOCK = 100
_VALUES_PER_BLOCK = 64

LENSES: tuple[Lens, ...] = get_args(Lens)


class RecordedLens(TypedDict):
    """Where the rows of one lens are.

    Attributes:
      outline: Block with a list each of the rows' `ids`, the index of each row's
        parent in `parents` (-1 at the top), and in `addresses` of its call.
      rows: Blocks with the rest of `ROWS_PER_BLOCK` rows each, by column.
    """

    outline: int
    rows: list[int]


class RecordedValues(TypedDict):
    """Where the values of some neighbouring calls are.

    Attributes:
      first: Index of the first of those calls.
      block: Block with `answer` and `buffers` in base64, by address, entry and moment.
    """

    first: int
    block: int


class Recording(TypedDict):
    """The last block of the archive: what is in the others.

    Attributes:
      opening: The first picture.
      selected: Address of the call selected at first.
      max_bytes: The budget that calls and values had to keep to.
      addresses: Block with the addresses of all calls, in order.
      lenses: Where the rows are.
      rows_per_block: How many of them a block holds.
      search: Block with what is searched.
      calls: Blocks with the `CallAnswer` and the `MethodAnswer` of some calls each.
      calls_per_block: Of how many.
      values: Where the values are.
      n_valued_calls: Of how many calls, from the first, the values are there.
    """

    opening: Opening
    selected: str
    max_bytes: int
    addresses: int
    lenses: dict[Lens, RecordedLens]
    rows_per_block: int
    search: int
    calls: list[int]
    calls_per_block: int
    values: list[RecordedValues]
    n_valued_calls: int


def record_answers(run: FlaxRun, max_bytes: int) -> Archive:
    """Asks the clerk everything that a reader can ask, and files the answers.

    Args:
      run: The run.
      max_bytes: Budget in bytes of the compressed text, with the rows counted in.

    Returns:
      The answers; the last block is the `Recording`.
    """
    return _Recorder(run, max_bytes).record()


class _Recorder:
    """One collection: the budget and what was left out are counted here."""

    def __init__(self, run: FlaxRun, max_bytes: int):
        self._clerk = Clerk(run)
        self._run = run
        self._max_bytes = max_bytes
        self._archive = Archive()
        self._addresses = list(run.nodes_by_address)
        self._indices = {address: i for i, address in enumerate(self._addresses)}

    def record(self) -> Archive:
        addresses = self._archive.add(self._addresses)
        lenses: dict[Lens, RecordedLens] = {
            lens: self._record_lens(lens) for lens in LENSES
        }
        search = self._archive.add({})
        calls, wanted = self._record_calls()
        values, n_valued_calls = self._record_values(wanted)
        n_calls = min(len(self._addresses), len(calls) * CALLS_PER_BLOCK)
        n_values_left = sum(map(len, wanted[n_valued_calls:]))
        opening = self._clerk.opening()
        left_out = _left_out(
            len(self._addresses) - n_calls, n_values_left, self._max_bytes
        )
        self._archive.add(
            Recording(
                opening={**opening, "facts": [*opening["facts"], *left_out]},
                selected=self._run.root.address,
                max_bytes=self._max_bytes,
                addresses=addresses,
                lenses=lenses,
                rows_per_block=ROWS_PER_BLOCK,
                search=search,
                calls=calls,
                calls_per_block=CALLS_PER_BLOCK,
                values=values,
                n_valued_calls=n_valued_calls,
            )
        )
        return self._archive

    def _record_lens(self, lens: Lens) -> RecordedLens:
        ids: list[str] = []
        parents: list[int] = []
        addresses: list[int] = []
        blocks: list[int] = []
        waiting: list[Row] = []
        for parent, row in self._walk_rows(lens):
            ids.append(row["id"])
            parents.append(parent)
            addresses.append(self._indices[row["address"]])
            waiting.append(row)
            if len(waiting) == ROWS_PER_BLOCK:
                blocks.append(self._archive.add(_columns_of(waiting)))
                waiting = []
        if waiting:
            blocks.append(self._archive.add(_columns_of(waiting)))
        structure = {"ids": ids, "parents": parents, "addresses": addresses}
        return RecordedLens(outline=self._archive.add(structure), rows=blocks)

    def _walk_rows(self, lens: Lens) -> Iterator[tuple[int, Row]]:
        """Yields all rows from top to bottom, each with the number of its parent."""
        n_rows = 0
        waiting = [(-1, row) for row in reversed(self._rows_below(lens, ""))]
        while waiting:
            parent, row = waiting.pop()
            yield parent, row
            if row["n_children"]:
                below = self._rows_below(lens, row["id"])
                waiting += [(n_rows, child) for child in reversed(below)]
            n_rows += 1

    def _rows_below(self, lens: Lens, row_id: str) -> list[Row]:
        rows: list[Row] = []
        request = {"kind": "children", "lens": lens, "query": "", "row": row_id}
        while True:
            answer, _ = self._clerk.answer({**request, "start": len(rows), "id": 0})
            level = cast(ChildrenAnswer, answer)["level"]
            rows += level["rows"]
            if not level["rows"] or len(rows) >= level["total"]:
                return rows

    def _record_calls(self) -> tuple[list[int], list[list[dict[str, Any]]]]:
        """Files what the panels list; returns the blocks, and what values they name."""
        blocks: list[int] = []
        wanted: list[list[dict[str, Any]]] = []
        for start in range(0, len(self._addresses), CALLS_PER_BLOCK):
            addresses = self._addresses[start : start + CALLS_PER_BLOCK]
            calls = [self._ask("call", address=address) for address in addresses]
            methods = [self._ask("method", address=address) for address in addresses]
            block = {"calls": calls, "methods": methods}
            number = self._archive.add_within(block, self._max_bytes)
            if number is None:
                break
            blocks.append(number)
            wanted += [list(_value_requests(cast(CallAnswer, call))) for call in calls]
        return blocks, wanted

    def _record_values(
        self, wanted: list[list[dict[str, Any]]]
    ) -> tuple[list[RecordedValues], int]:
        """Files values until the budget ends; returns the blocks, and of how many calls."""
        blocks: list[RecordedValues] = []
        first, values = 0, {}
        for index, requests in enumerate(wanted):
            for request in requests:
                answer, buffers = self._clerk.answer({**request, "id": 0})
                encoded = [base64.b64encode(buffer).decode() for buffer in buffers]
                key = f"{request['address']}\n{request['entry']}\n{request['moment']}"
                values[key] = {"answer": answer, "buffers": encoded}
            is_last = index == len(wanted) - 1
            if values and (len(values) >= _VALUES_PER_BLOCK or is_last):
                number = self._archive.add_within(values, self._max_bytes)
                if number is None:
                    return blocks, first
                blocks.append(RecordedValues(first=first, block=number))
                first, values = index + 1, {}
        return blocks, len(wanted)

    def _ask(self, kind: str, **request: Any) -> Any:
        answer, _ = self._clerk.answer({"kind": kind, "id": 0, **request})
        return answer


def _columns_of(rows: list[Row]) -> dict[str, list[Any]]:
    names = ("tab", "entry", "code", "name", "html")
    return {name: [row[name] for row in rows] for name in names}


def _value_requests(call: CallAnswer) -> Iterator[dict[str, Any]]:
    """Yields a request for each value that the panels of a call can show."""
    if call["kind"] != "call":
        return
    listed: list[ArrayEntry] = [
        *call["parameters"],
        *call["unread"],
        *call["state"],
        *call["constants"],
    ]
    for entry in filter(lambda entry: entry["is_array"], listed):
        for moment in entry["moments"]:
            yield {
                "kind": "array",
                "address": call["address"],
                "entry": entry["key"],
                "moment": moment,
                "index": [],
            }


def _left_out(n_calls: int, n_values: int, max_bytes: int) -> list[Fact]:
    """Says in the header what the budget left no room for; nothing where it had."""
    counted = [
        f"{format_count(count)} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((n_calls, "call"), (n_values, "value"))
        if count
    ]
    if not counted:
        return []
    exact = (
        f"The file was kept to {max_bytes:,} bytes: the details of {n_calls:,} calls "
        f"and {n_values:,} values of others are not in it. "
        "run.to_html(file, max_bytes=...) keeps more."
    )
    return [Fact(label="left out", text=", ".join(counted), exact=exact)]
