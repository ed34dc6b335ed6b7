"""Which answer does a question from the browser get?

The clerk knows one run and only reads it; it answers every request exactly once,
with a sentence where it cannot be met, and never raises.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from unflax_viz.clerk.arrays import answer_array, answer_treescope
from unflax_viz.clerk.desk import Buffers, number_of
from unflax_viz.clerk.tree import TreeAnswers, UnansweredError
from unflax_viz.describe import draws, entries, header
from unflax_viz.describe.below import below_of
from unflax_viz.describe.method import method_answer
from unflax_viz.describe.python_code import call_code
from unflax_viz.describe.values import safely, shorten
from unflax_viz.errors import UnflaxVizError
from unflax_viz.measure.progress import Report, part_of, tell
from unflax_viz.protocol import (
    MAX_PART_BYTES,
    Answer,
    CallAnswer,
    CancelAnswer,
    ColumnsAnswer,
    Failure,
    FirstOutline,
    MethodAnswer,
    Opening,
)
from unflax_viz.query.finder import finder_of
from unflax_viz.query.parsing import parse_query
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.run import FlaxRun, Node
from unflax_viz.record.scopes import rngs_of
from unflax_viz.render import rows
from unflax_viz.tables.lenses import LENSES
from unflax_viz.tables.packed import pack

_MAX_UNUSED = 100
_MAX_SENTENCE = 2_000

_Answering = Callable[[dict[str, Any], Report | None], tuple[Answer, Buffers]]


class Clerk:
    """Answers the questions of the browser about one run; safe to call from threads.

    Attributes:
      index: Parents and totals of the calls of the run.
      tree: What it answers of the tree.
    """

    def __init__(self, run: FlaxRun):
        self._finder = finder_of(run)
        self.index = self._finder.index
        self.tree = TreeAnswers(self._finder)
        self._columns: tuple[bool, bytes] | None = None
        self._lock = threading.Lock()
        self._answers: dict[str, _Answering] = {
            "columns": self._answer_columns,
            "lines": self._answer_lines,
            "call": self._in_turn(self._answer_call),
            "method": self._in_turn(self._answer_method),
            "array": self._answer_array,
            "treescope": self._answer_treescope,
            "cancel": self._in_turn(_answer_cancel),
        }

    def answer(
        self, request: Any, report: Report | None = None
    ) -> tuple[Answer, Buffers]:
        """Answers one request.

        Args:
          request: What the browser sent; anything at all.
          report: Called now and then with how far a slow answer has come, from 0 to 1;
            what it raises ends the work.

        Returns:
          The answer, with its binary buffers. A `Failure` with a sentence if the
          request is malformed, names something that is not in the run, or if the
          answer could not be computed.
        """
        number = number_of(request)
        try:
            answer, buffers = self._find_answer(request)(request, report)
        except UnflaxVizError as error:
            return _failure(number, safely(str, error)), []
        except Exception as error:
            reason = f"{type(error).__name__}: {safely(str, error)}"
            return _failure(number, f"This could not be computed: {reason}"), []
        answer["id"] = number
        return answer, buffers

    def opening(self, address: str = "", has_tree: bool = True) -> Opening:
        """Returns the first picture.

        Args:
          address: The call that is selected at first; "" for the outermost one.
          has_tree: Whether there is a tree to draw.
        """
        run, root = self.index.run, self.index.run.root
        return Opening(
            title=header.title_of(root),
            facts=header.run_facts(self.index),
            tree_css=rows.rows_css(),
            outline=self.tree.first_outline() if has_tree else _no_outline(),
            error=run.error,
            call=self.call(address),
        )

    def call(self, address: str) -> CallAnswer:
        """Returns what the panels list for a call of the run."""
        with self._lock:
            return self._describe_call(self._node_at(address))

    def check_query(self, query: str) -> None:
        """Reads a query.

        Raises:
          QueryError: If it cannot be read.
        """
        parse_query(query)

    def is_slow(self, request: Any) -> bool:
        """Tells whether the answer may take longer than a reader's patience.

        That is so where values are read, and where the run is read for the first time.
        """
        if not isinstance(request, dict):
            return False
        kind = request.get("kind")
        if kind == "lines":
            return not (self._finder.is_prepared or request.get("lens") == "calls")
        return kind in ("array", "treescope", "columns")

    def prepare(self, report: Report | None = None) -> None:
        """Reads the run for the tree."""
        tell(report, 0.0)
        self._finder.prepare()

    def packed_columns(self) -> bytes:
        """Returns the columns of the tree, packed; made again once values were read."""
        is_read = self._finder.broken_values is not None
        if self._columns is None or self._columns[0] != is_read:
            self._columns = is_read, pack(self.tree.columns())
        return self._columns[1]

    def packed_tree(self) -> bytes:
        """Returns what folds, searches and draws the tree of a small run by itself.

        It is what `packed_columns` packs, with all `lines` of each lens besides.
        """
        lines = {lens: self.tree.all_lines(lens) for lens in LENSES}
        return pack({**self.tree.columns(), "lines": lines})

    def _find_answer(self, request: Any) -> _Answering:
        kind = request.get("kind") if isinstance(request, dict) else None
        answer = self._answers.get(kind) if isinstance(kind, str) else None
        if answer is None:
            known = ", ".join(self._answers)
            raise UnansweredError(
                f"The request {kind!r} is unknown; Python answers {known}."
            )
        return answer

    def _in_turn(self, answer: Callable[[dict[str, Any]], Answer]) -> _Answering:
        """Lets what is soon done be done by one thread at a time."""

        def answer_in_turn(
            request: dict[str, Any], report: Report | None
        ) -> tuple[Answer, Buffers]:
            del report
            with self._lock:
                return answer(request), []

        return answer_in_turn

    def _answer_columns(
        self, request: dict[str, Any], report: Report | None
    ) -> tuple[Answer, Buffers]:
        part, reads_values = request.get("part"), request.get("reads_values")
        if type(part) is not int or type(reads_values) is not bool:
            raise UnansweredError(
                "part must be an integer and reads_values a boolean, not "
                f"{shorten(repr(part))} and {shorten(repr(reads_values))}."
            )
        self.prepare(report)
        if reads_values:
            self._finder.find_broken_values(part_of(report, 0.1, 1.0))
        packed = self.packed_columns()
        n_parts = -(-len(packed) // MAX_PART_BYTES)
        if not 0 <= part < n_parts:
            raise UnansweredError(f"There are {n_parts} parts, and no part {part}.")
        start = part * MAX_PART_BYTES
        answer = ColumnsAnswer(kind="columns", id=0, n_parts=n_parts)
        return answer, [packed[start : start + MAX_PART_BYTES]]

    def _answer_lines(
        self, request: dict[str, Any], report: Report | None
    ) -> tuple[Answer, Buffers]:
        if self.is_slow(request):
            self.prepare(report)
        return self._in_turn(self.tree.lines)(request, report)

    def _answer_call(self, request: dict[str, Any]) -> CallAnswer:
        return self._describe_call(self._node(request))

    def _answer_method(self, request: dict[str, Any]) -> MethodAnswer:
        return method_answer(self._node(request), self.index)

    def _answer_array(
        self, request: dict[str, Any], report: Report | None
    ) -> tuple[Answer, Buffers]:
        tell(report, 0.0)
        return answer_array(self.index, self._node(request), request, report)

    def _answer_treescope(
        self, request: dict[str, Any], report: Report | None
    ) -> tuple[Answer, Buffers]:
        tell(report, 0.0)
        return answer_treescope(self.index, self._node(request), request, report), []

    def _describe_call(self, node: Node) -> CallAnswer:
        is_call = isinstance(node, InterceptedFlaxModuleMethod)
        unused, n_left = (
            entries.unused_entries(self.index, _MAX_UNUSED)
            if node is self.index.run.root
            else ([], 0)
        )
        return CallAnswer(
            kind="call",
            id=0,
            address=node.address,
            title=header.title_of(node),
            subtitle=header.subtitle_of(node),
            code=call_code(node),
            facts=header.call_facts(node, self.index),
            below=below_of(node, self.index),
            parameters=entries.parameter_entries(node),
            unused=unused,
            n_unused_left=n_left,
            state=entries.state_entries(node),
            constants=entries.constant_entries(node),
            rngs=[draws.rng_entry(rng, node, self.index) for rng in rngs_of(node)],
            error=node.error if is_call else node.reason,
        )

    def _node(self, request: dict[str, Any]) -> Node:
        address = request.get("address")
        if isinstance(address, str):
            return self._node_at(address)
        raise UnansweredError(f"An address is a string, not {address!r}.")

    def _node_at(self, address: str) -> Node:
        row = self.index.table.row_at(address)
        if row is not None:
            return self.index.table.nodes[row]
        # The nearest of a hundred thousand addresses would take seconds to find.
        raise UnansweredError(f"No call at {shorten(repr(address))} in this run.")


def _answer_cancel(request: dict[str, Any]) -> CancelAnswer:
    """Answers where nothing waits; the desk knows what does."""
    cancelled = request.get("cancelled")
    if type(cancelled) is not int:
        raise UnansweredError(f"cancelled is the id of a request, not {cancelled!r}.")
    return CancelAnswer(kind="cancel", id=0, was_waiting=False)


def _no_outline() -> FirstOutline:
    return FirstOutline(levels=[], expanded=[], counts=[])


def _failure(number: int, sentence: str) -> Failure:
    """Returns a sentence that can be sent, whatever text of the request is in it."""
    sendable = sentence.encode("utf-8", "backslashreplace").decode()
    return Failure(kind="failure", id=number, message=shorten(sendable, _MAX_SENTENCE))
