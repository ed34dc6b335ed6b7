"""What does a page need that has to answer every question by itself?

`js/src/page/` reads what is collected here: first the rows of every lens and what is
searched, whatever they cost; then what the panels list for each call, and then the
values behind that, in the order of the calls and each as far as the budget reaches.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import cast

from unflax_viz.answers.clerk import Clerk
from unflax_viz.answers.columns import pack_columns
from unflax_viz.answers.lines import lines_of
from unflax_viz.lenses.lenses import LENSES
from unflax_viz.measure.numbers import format_count
from unflax_viz.protocol import (
    ArrayItem,
    ArrayRequest,
    CallAnswer,
    CallBlock,
    Envelope,
    Fact,
    PageIndex,
    SyncedTraits,
    ValueBlock,
    ValueBlocks,
)
from unflax_viz.record.run import FlaxRun
from unflax_viz.widget.archive import Archive

ROWS_PER_BLOCK = 400
CALLS_PER_BLOCK = 100
_VALUES_PER_BLOCK = 64


def collect_answers(run: FlaxRun, max_bytes: int) -> Archive:
    """Asks everything that a reader can ask, and files the answers.

    Args:
      run: The run.
      max_bytes: Budget in bytes of the compressed text, with the rows counted in.

    Returns:
      The answers; the last block is the `PageIndex`.
    """
    return _Collector(run, max_bytes).collect()


class _Collector:
    """One collection."""

    def __init__(self, run: FlaxRun, max_bytes: int):
        self._clerk = Clerk(run)
        self._addresses = self._clerk.index.table.addresses
        self._max_bytes = max_bytes
        self._archive = Archive()

    def collect(self) -> Archive:
        # The rows say what holds NaN once it is known.
        self._clerk.finder.find_broken_values()
        columns = self._archive.add_packed(pack_columns(self._clerk.finder))
        addresses = self._archive.add(self._addresses)
        lines = {lens: self._pack_lines(lens) for lens in LENSES}
        calls, wanted = self._pack_calls()
        values, n_valued_calls = self._pack_values(wanted)
        n_omitted_calls = max(0, len(self._addresses) - len(calls) * CALLS_PER_BLOCK)
        n_omitted_values = sum(map(len, wanted[n_valued_calls:]))
        self._archive.add(
            PageIndex(
                traits=self._first_traits(n_omitted_calls, n_omitted_values),
                max_bytes=self._max_bytes,
                addresses=addresses,
                lines=lines,
                rows_per_block=ROWS_PER_BLOCK,
                columns=columns,
                calls=calls,
                calls_per_block=CALLS_PER_BLOCK,
                values=values,
                n_valued_calls=n_valued_calls,
            )
        )
        return self._archive

    def _first_traits(
        self, n_omitted_calls: int, n_omitted_values: int
    ) -> SyncedTraits:
        raising = self._clerk.index.raising_call
        selected = raising.address if raising else self._addresses[0]
        opening = self._clerk.opening(selected)
        left_out = _describe_omitted(n_omitted_calls, n_omitted_values, self._max_bytes)
        return SyncedTraits(
            selected=selected,
            tab="overview",
            entry="",
            lens="calls",
            query="",
            expanded=opening["outline"]["expanded"],
            height_px=480,
            panel="",
            opening={**opening, "facts": [*opening["facts"], *left_out]},
        )

    def _pack_lines(self, lens: str) -> list[int]:
        lines = lines_of(self._clerk.finder, lens)
        return [
            self._archive.add(lines[start : start + ROWS_PER_BLOCK])
            for start in range(0, len(lines), ROWS_PER_BLOCK)
        ]

    def _pack_calls(self) -> tuple[list[int], list[list[ArrayRequest]]]:
        """Files what the panels list; returns the blocks, and what values they name."""
        blocks: list[int] = []
        wanted: list[list[ArrayRequest]] = []
        for start in range(0, len(self._addresses), CALLS_PER_BLOCK):
            addresses = self._addresses[start : start + CALLS_PER_BLOCK]
            calls = [self._ask("call", address) for address in addresses]
            methods = [self._ask("method", address) for address in addresses]
            block = CallBlock(calls=calls, methods=methods)
            number = self._archive.add_within(block, self._max_bytes)
            if number is None:
                break
            blocks.append(number)
            wanted += [list(_value_requests(call)) for call in calls]
        return blocks, wanted

    def _ask(self, kind: str, address: str) -> Envelope:
        request = Envelope(id=0, kind=kind, body={"address": address})
        return self._clerk.answer(request)[0]

    def _pack_values(
        self, wanted: list[list[ArrayRequest]]
    ) -> tuple[list[ValueBlocks], int]:
        """Files values until the budget ends; returns where, and of how many calls.

        A block ends with a call.
        """
        blocks: list[ValueBlocks] = []
        first = 0
        requests: list[ArrayRequest] = []
        for index, of_call in enumerate(wanted, 1):
            requests += of_call
            is_last = index == len(wanted)
            if requests and (len(requests) >= _VALUES_PER_BLOCK or is_last):
                values = self._collect_values(requests)
                number = self._archive.add_within(values, self._max_bytes)
                if number is None:
                    return blocks, first
                blocks.append(ValueBlocks(first=first, block=number))
                first, requests = index, []
        return blocks, len(wanted)

    def _collect_values(self, requests: list[ArrayRequest]) -> ValueBlock:
        answers = [
            self._clerk.answer(Envelope(id=0, kind="array", body=request))
            for request in requests
        ]
        return ValueBlock(
            keys=[(it["address"], it["entry"], it["side"]) for it in requests],
            answers=[answer for answer, _ in answers],
            buffers=[
                [base64.b64encode(buffer).decode() for buffer in buffers]
                for _, buffers in answers
            ],
        )


def _value_requests(answer: Envelope) -> Iterator[ArrayRequest]:
    """Yields a request for each value that the panels of a call can show."""
    if answer["kind"] != "call":
        return
    call = cast(CallAnswer, answer["body"])
    listed: list[ArrayItem] = [
        *call["parameters"],
        *call["unused"],
        *call["state"],
        *call["constants"],
    ]
    for entry in filter(lambda entry: entry["is_array"], listed):
        for side in entry["sides"]:
            yield ArrayRequest(
                address=call["address"],
                entry=entry["key"],
                side=side,
                index=[],
                axes=None,
            )


def _describe_omitted(n_calls: int, n_values: int, max_bytes: int) -> list[Fact]:
    """Says for the header what the budget left no room for; nothing if it had."""
    counted = [
        f"{format_count(count)} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((n_calls, "call"), (n_values, "value"))
        if count
    ]
    if not counted:
        return []
    exact = (
        f"The record was limited to {max_bytes:,} bytes: the panels of {n_calls:,} "
        f"calls and {n_values:,} values of the other calls are not in the file. "
        "run.to_html(file, max_bytes=...) keeps more."
    )
    return [Fact(label="omitted", text=", ".join(counted), exact=exact)]
