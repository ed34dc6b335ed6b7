"""Writes tests/golden/: what the clerk answers about the example, for both languages.

Run `python -m tests.golden_messages` after a change of the protocol or of what is
answered. Pytest compares what is committed with what is made; vitest reads it.
"""

from __future__ import annotations

import base64
import gzip
import json
import pathlib
from typing import Any

import jax.numpy as jnp
import numpy as np

import unflax_viz
from tests import example
from unflax_viz.answers.clerk import Clerk
from unflax_viz.protocol import Envelope, Progress, SyncedTraits
from unflax_viz.widget.shown import close_widget

FOLDER = pathlib.Path(__file__).parent / "golden"
_VALUE: dict[str, Any] = {"side": "before", "index": []}
_WHOLE: dict[str, Any] = {**_VALUE, "axes": None}
_FORGOTTEN = {"address": "/", "entry": "unused/params/forgotten/kernel", **_WHOLE}
_KERNEL = {"address": "first/Dense_0", "entry": "parameters/params/kernel"}
_BIAS = {"address": "first/Dense_0", "entry": "parameters/params/bias"}
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "columns": ("columns", {"part": 0, "reads_values": False}),
    "lines": ("lines", {"lens": "calls", "rows": [2, 3, 4]}),
    "lines_lens": ("lines", {"lens": "draws", "rows": [0, 1]}),
    "call": ("call", {"address": "second/BatchNorm_0"}),
    "call_draws": ("call", {"address": "first/Dropout_0"}),
    "method": ("method", {"address": "first"}),
    "repeats": ("repeats", {"address": "second#2"}),
    "array": ("array", _FORGOTTEN),
    "array_slice": (
        "array",
        {**_KERNEL, "side": "before", "index": [1, None], "axes": None},
    ),
    "array_pictures": (
        "array",
        {**_KERNEL, **_VALUE, "axes": {"rows": None, "column": None, "each": 0}},
    ),
    "treescope": ("treescope", {**_BIAS, **_VALUE}),
    "cancel": ("cancel", {"cancelled": 99}),
    "failure": ("call", {"address": "nowhere"}),
    "failure_rows": ("lines", {"lens": "calls", "rows": [99]}),
}
"""What is asked: the kind and the body of each request."""


def capture_run() -> unflax_viz.FlaxRun:
    """Captures the example; what no call reads has a NaN in it."""
    variables = example.variables()
    broken = {"kernel": jnp.array([[jnp.nan, 1.0], [-0.5, jnp.nan]])}
    parameters = {**variables["params"], "forgotten": broken}
    return unflax_viz.capture(
        example.MODEL,
        {**variables, "params": parameters},
        example.INPUTS,
        **example.options(),
    )


def make_messages() -> dict[str, Any]:
    """Asks everything; returns what belongs into each file."""
    run = capture_run()
    clerk = Clerk(run)
    inspector = unflax_viz.inspect(run)
    traits = {name: getattr(inspector, name) for name in SyncedTraits.__annotations__}
    messages: dict[str, Any] = {
        "traits": {"traits": traits},
        "progress": {
            "progress": Envelope(id=10, kind="progress", body=Progress(fraction=0.5))
        },
    }
    close_widget(inspector)
    for number, (name, (kind, body)) in enumerate(REQUESTS.items(), 1):
        request = Envelope(id=number, kind=kind, body=body)
        answer, buffers = clerk.answer(request)
        messages[name] = {
            "request": request,
            "answer": {**answer, "body": _portable(answer)},
            "buffers": _readable(answer, buffers),
        }
        if answer["kind"] == "columns":
            parents = clerk.index.table.parents.tolist()
            messages[name] = {**messages[name], "parents": parents}
    # What the file holds is what a reader gets: tuples are lists there.
    return json.loads(json.dumps(messages))


def _portable(answer: Any) -> Any:
    """Leaves out what differs from machine to machine, and what is very long."""
    body = answer["body"]
    if answer["kind"] == "method":
        file = pathlib.Path(body["file"]).name
        return {**body, "file": f"tests/{file}"}
    if answer["kind"] == "treescope":
        head, start, _ = body["html"].partition("<body>")
        return {**body, "html": head + start}
    return body


def _readable(answer: Any, buffers: list[bytes]) -> list[dict[str, Any]]:
    """Writes buffers as numbers; NaN, which JSON lacks, as null.

    Columns are written as they were before they were compressed, in base64: zlib need
    not give the same bytes everywhere.
    """
    if answer["kind"] == "columns":
        text = base64.b64encode(gzip.decompress(b"".join(buffers))).decode()
        return [{"dtype": "gzip", "text": text}]
    body = answer["body"]
    dtypes = {
        body[picture]["buffer"]: dtype
        for picture, dtype in (("histogram", "uint32"), ("heatmap", "float32"))
        if body.get(picture)
    }
    return [
        {"dtype": dtypes[i], "values": _numbers(buffer, dtypes[i])}
        for i, buffer in enumerate(buffers)
    ]


def _numbers(buffer: bytes, dtype: str) -> list[float | None]:
    numbers = np.frombuffer(buffer, np.dtype(dtype).newbyteorder("<")).tolist()
    return [None if number != number else number for number in numbers]


def write_messages() -> None:
    """Writes every file."""
    messages = make_messages()
    for name, message in messages.items():
        text = json.dumps(message, indent=2, ensure_ascii=False, allow_nan=False)
        (FOLDER / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    write_messages()
