"""Which answer does a question from the browser get?

The clerk knows one run and reads it only; he answers every request exactly once,
with a sentence where it cannot be met, and never raises.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

from unflax_viz.errors import UnflaxVizError
from unflax_viz.protocol import (
    ROWS_PER_WINDOW,
    Answer,
    ArrayAnswer,
    CallAnswer,
    ChildrenAnswer,
    Failure,
    Opening,
    Row,
)
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.index import RunIndex, children_of, rngs_of
from unflax_viz.record.run import FlaxRun, Node
from unflax_viz.render import entries, header, rows
from unflax_viz.widget.arrays import Buffers, answer_array, find_value

_MAX_FIRST_ROWS = 60
"""The opening unfolds single children as long as the whole stays below this."""


class UnansweredError(UnflaxVizError):
    """A request that does not fit the protocol or names what is not in the run."""


class Clerk:
    """Answers the questions of the browser about one run; safe to call from threads.

    Attributes:
      index: Parents and totals of the calls of the run.
    """

    def __init__(self, run: FlaxRun):
        self.index = RunIndex(run)
        self._lock = threading.Lock()
        self._answers: dict[str, Callable[[dict[str, Any]], tuple[Answer, Buffers]]] = {
            "children": self._answer_children,
            "call": self._answer_call,
            "array": self._answer_array,
        }

    def answer(self, request: Any) -> tuple[Answer, Buffers]:
        """Answers one request.

        Args:
          request: What the browser sent; anything at all.

        Returns:
          The answer, with its binary buffers. A `Failure` with a sentence if the
          request is malformed, names something that is not in the run, or if the
          answer could not be computed.
        """
        number = request.get("id") if isinstance(request, dict) else None
        number = number if isinstance(number, int) else -1
        try:
            with self._lock:
                answer, buffers = self._find_answer(request)(request)
        except UnflaxVizError as error:
            return Failure(kind="failure", id=number, message=str(error)), []
        except Exception as error:
            message = f"This could not be computed: {type(error).__name__}: {error}"
            return Failure(kind="failure", id=number, message=message), []
        answer["id"] = number
        return answer, buffers

    def opening(self) -> Opening:
        """Returns the first picture: header, root, and the calls below it."""
        run, root = self.index.run, self.index.run.root
        shown, expanded = self._first_nodes(root)
        return Opening(
            title=header.title_of(root),
            facts=header.run_facts(self.index),
            tree_css=rows.rows_css(),
            rows=[self._row(node) for node in shown],
            expanded=expanded,
            error=run.error,
            call=cast(CallAnswer, self.answer(_call_request(root))[0]),
        )

    def _first_nodes(self, root: Node) -> tuple[list[Node], list[str]]:
        """Unfolds the root, and then each only child, while it stays short."""
        shown, expanded, node = [root], [], root
        while children := list(children_of(node)[:ROWS_PER_WINDOW]):
            if len(shown) > 1 and len(shown) + len(children) > _MAX_FIRST_ROWS:
                break
            expanded.append(node.address)
            shown += children
            if len(children) > 1:
                break
            node = children[0]
        return shown, expanded

    def _find_answer(
        self, request: Any
    ) -> Callable[[dict[str, Any]], tuple[Answer, Buffers]]:
        kind = request.get("kind") if isinstance(request, dict) else None
        answer = self._answers.get(kind) if isinstance(kind, str) else None
        if answer is None:
            known = ", ".join(self._answers)
            raise UnansweredError(
                f"The request {kind!r} is unknown; Python answers {known}."
            )
        return answer

    def _answer_children(self, request: dict[str, Any]) -> tuple[Answer, Buffers]:
        node = self._node(request)
        children = children_of(node)
        start = request.get("start")
        if not isinstance(start, int) or isinstance(start, bool) or start < 0:
            raise UnansweredError(
                f"start must be a whole number from 0, not {start!r}."
            )
        window = children[start : start + ROWS_PER_WINDOW]
        answer = ChildrenAnswer(
            kind="children",
            id=0,
            address=node.address,
            start=start,
            total=len(children),
            rows=[self._row(child) for child in window],
        )
        return answer, []

    def _answer_call(self, request: dict[str, Any]) -> tuple[Answer, Buffers]:
        node = self._node(request)
        is_call = isinstance(node, InterceptedFlaxModuleMethod)
        answer = CallAnswer(
            kind="call",
            id=0,
            address=node.address,
            title=header.title_of(node),
            subtitle=header.subtitle_of(node),
            ancestors=[a.address for a in self.index.ancestors_of(node)],
            facts=header.call_facts(node, self.index),
            parameters=entries.parameter_entries(node),
            state=entries.state_entries(node),
            constants=entries.constant_entries(node),
            rngs=[entries.rng_entry(rng) for rng in rngs_of(node)],
            error=node.error if is_call else node.reason,
        )
        return answer, []

    def _answer_array(self, request: dict[str, Any]) -> tuple[Answer, Buffers]:
        value = find_value(self._node(request), request)
        title = f"{request['name']}"
        answer: ArrayAnswer
        answer, buffers = answer_array(title, value)
        return answer, buffers

    def _node(self, request: dict[str, Any]) -> Node:
        address = request.get("address")
        nodes = self.index.run.nodes_by_address
        if isinstance(address, str) and address in nodes:
            return nodes[address]
        if isinstance(address, str):
            return self.index.run.at(address)
        raise UnansweredError(f"An address is a text, not {address!r}.")

    def _row(self, node: Node) -> Row:
        parent = self.index.parent_of(node)
        return Row(
            address=node.address,
            name=rows.row_name(node),
            html=rows.row_html(node, self.index),
            n_children=len(children_of(node)),
            parent=parent.address if parent else None,
        )


def _call_request(node: Node) -> dict[str, Any]:
    return {"kind": "call", "id": 0, "address": node.address}
