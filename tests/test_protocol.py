"""The border: TypeScript says what the protocol says, and the golden messages fit."""

from __future__ import annotations

import ast
import importlib.util
import json
import pathlib
import types
import typing
from typing import Any, Literal, NotRequired, Union

import pytest

from tests.golden_messages import make_messages
from unflax_viz import protocol

REPOSITORY = pathlib.Path(__file__).parent.parent
GOLDEN = sorted(
    path
    for path in (pathlib.Path(__file__).parent / "golden").glob("*.json")
    if path.name != "queries.json"  # No message: what queries find.
)


def load_generator() -> Any:
    path = REPOSITORY / "js" / "generate_protocol.py"
    spec = importlib.util.spec_from_file_location("generate_protocol", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def misfits(value: Any, annotation: Any, where: str = "message") -> list[str]:
    """Lists where `value` is not what `annotation`, a type of the protocol, says."""
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is NotRequired:
        return misfits(value, arguments[0], where)
    if origin in (Union, types.UnionType):
        found = [misfits(value, choice, where) for choice in arguments]
        return [] if [] in found else min(found, key=len)
    if origin is Literal:
        return [] if value in arguments else [f"{where}: {value!r}"]
    if origin is tuple:
        if not isinstance(value, list | tuple) or len(value) != len(arguments):
            return [f"{where}: {value!r}"]
        pairs = zip(value, arguments, strict=True)
        return [
            m
            for i, (it, as_) in enumerate(pairs)
            for m in misfits(it, as_, f"{where}[{i}]")
        ]
    if origin is dict:
        return [
            m
            for key, it in value.items()
            for m in misfits(it, arguments[1], f"{where}.{key}")
        ]
    if origin is list:
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        items = enumerate(value)
        return [
            m for i, it in items for m in misfits(it, arguments[0], f"{where}[{i}]")
        ]
    if typing.is_typeddict(annotation):
        return _misfits_of_dict(value, annotation, where)
    if annotation is object:
        return []
    # bool is an int to Python, and not to JSON.
    return [] if type(value) is annotation else [f"{where}: {value!r}"]


def _misfits_of_dict(value: Any, annotation: Any, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no object"]
    hints = typing.get_type_hints(annotation, include_extras=True)
    missing = annotation.__required_keys__ - set(value)
    found = [f"{where}.{key} is missing" for key in sorted(missing)]
    for key, item in value.items():
        if key not in hints:
            found.append(f"{where}.{key} is unknown")
        else:
            found += misfits(item, hints[key], f"{where}.{key}")
    return found


def exchanges() -> dict[str, tuple[Any, Any]]:
    """Returns what the bodies of a request and of its answer are, for every kind."""
    kinds = load_generator().exchange_kinds(vars(protocol))
    return {
        kind: (getattr(protocol, f"{name}Request"), getattr(protocol, f"{name}Answer"))
        for name, kind in kinds.items()
    }


def misfits_of_answer(answer: Any) -> list[str]:
    """Lists where an answer, or a failure, is not what the protocol says."""
    bodies = {kind: answered for kind, (_, answered) in exchanges().items()}
    bodies["failure"] = protocol.Failure
    envelope = misfits(answer, protocol.Envelope)
    return envelope or misfits(answer["body"], bodies[answer["kind"]], "body")


def test_committed_typescript_is_what_is_generated() -> None:
    generator = load_generator()
    committed = generator.TARGET.read_text(encoding="utf-8")
    assert committed == generator.generate_all(), (
        "js/src/protocol.ts is out of date: run python js/generate_protocol.py"
    )


def generated(source: str) -> str:
    """Returns the TypeScript of one file, without what all files have."""
    about, exchanges = load_generator().comment("A."), load_generator().exchanges([])
    text = load_generator().generate("A.", [source])
    return text.removeprefix(f"{about}\n").removesuffix(f"\n{exchanges}")


def test_generator_writes_names_types_and_descriptions() -> None:
    source = '''
class Row(TypedDict):
    """One line.

    Attributes:
      n_children: How many lines
        are below.
      parent: The line above; null for the first.
      tags: What it is.
      note: A remark.
      place: Where.
      lines: By lens.
      body: Anything.
    """

    n_children: int
    parent: str | None
    tags: list[Literal["a", "b"]]
    note: NotRequired[str]
    place: tuple[int, str]
    lines: dict[str, list[int]]
    body: object
'''
    assert generated(source) == (
        "/** One line. */\n"
        "export interface Row {\n"
        "  /** How many lines are below. */\n"
        "  n_children: number;\n"
        "  /** The line above; null for the first. */\n"
        "  parent: string | null;\n"
        "  /** What it is. */\n"
        '  tags: ("a" | "b")[];\n'
        "  /** A remark. */\n"
        "  note?: string;\n"
        "  /** Where. */\n"
        "  place: [number, string];\n"
        "  /** By lens. */\n"
        "  lines: Record<string, number[]>;\n"
        "  /** Anything. */\n"
        "  body: unknown;\n"
        "}\n"
    )


def test_generator_refuses_a_field_without_description() -> None:
    source = 'class Row(TypedDict):\n    """One line."""\n\n    name: str\n'
    with pytest.raises(ValueError, match=r"Row\.name is missing under Attributes\."):
        generated(source)


def test_generator_pairs_what_is_asked_with_what_is_answered() -> None:
    names = ["FirstNan", "Row", "FirstNanRequest", "FirstNanAnswer"]
    assert load_generator().exchanges(names).partition("*/\n")[2] == (
        "export interface Exchanges {\n"
        "  first_nan: { request: FirstNanRequest; answer: FirstNanAnswer };\n"
        "}\n"
    )
    with pytest.raises(ValueError, match=r"^Cost: a question needs both a class"):
        load_generator().exchanges([*names, "CostRequest"])


def test_generator_lists_the_words_of_a_literal_in_their_order() -> None:
    source = 'Lens: TypeAlias = Literal["calls", "draws"]\n"""What rows are."""\n'
    assert generated(source) == (
        "/** What rows are. */\n"
        'export type Lens = "calls" | "draws";\n'
        'export const LENSES: readonly Lens[] = ["calls", "draws"];\n'
    )


def test_protocol_imports_only_typing_and_itself() -> None:
    for path in pathlib.Path(protocol.__file__).parent.glob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        assert not [node for node in nodes if isinstance(node, ast.Import)]
        modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        assert all(
            f"{module}".startswith("unflax_viz.protocol.")
            for module in modules - {"typing"}
        )


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_messages_fit_the_protocol(path: pathlib.Path) -> None:
    golden = json.loads(path.read_text(encoding="utf-8"))
    if "traits" in golden:
        assert misfits(golden["traits"], protocol.SyncedTraits) == []
        return
    if "progress" in golden:
        assert misfits(golden["progress"], protocol.Envelope) == []
        assert misfits(golden["progress"]["body"], protocol.Progress) == []
        return
    request, answer = golden["request"], golden["answer"]
    assert misfits(request, protocol.Envelope) == []
    assert misfits(request["body"], exchanges()[request["kind"]][0]) == []
    assert misfits_of_answer(answer) == []
    assert answer["id"] == request["id"]
    assert answer["kind"] in (request["kind"], "failure")


@pytest.mark.parametrize("name", ["array", "array_slice"])
def test_golden_buffers_have_the_announced_shape(name: str) -> None:
    path = REPOSITORY / "tests" / "golden" / f"{name}.json"
    golden = json.loads(path.read_text(encoding="utf-8"))
    answer = golden["answer"]["body"]
    histogram, heatmap = answer["histogram"], answer["heatmap"]
    counts = golden["buffers"][histogram["buffer"]]
    cells = golden["buffers"][heatmap["buffer"]]
    assert counts["dtype"] == "uint32"
    assert len(counts["values"]) == histogram["n_bins"]
    assert max(counts["values"]) == histogram["max_count"]
    assert cells["dtype"] == "float32"
    assert len(cells["values"]) == heatmap["height"] * heatmap["width"]
    finite = [value for value in cells["values"] if value is not None]
    assert (min(finite), max(finite)) == (heatmap["low"], heatmap["high"])


def test_every_kind_of_message_has_a_golden_example() -> None:
    messages = [json.loads(path.read_text(encoding="utf-8")) for path in GOLDEN]
    asked = [golden for golden in messages if "request" in golden]
    assert {golden["request"]["kind"] for golden in asked} == set(exchanges())
    answered = {golden["answer"]["kind"] for golden in asked}
    assert answered == {*exchanges(), "failure"}


def test_golden_messages_are_what_is_answered() -> None:
    # The words of a row and the last digit of a number differ between versions.
    committed = {path.stem: json.loads(path.read_text("utf-8")) for path in GOLDEN}
    assert skeleton_of(committed) == skeleton_of(make_messages()), (
        "tests/golden/ is out of date: run python -m tests.golden_messages"
    )


def skeleton_of(value: Any) -> Any:
    """Keeps the nesting, the names and the types of a message, and drops the rest."""
    if isinstance(value, dict):
        return {name: skeleton_of(item) for name, item in value.items()}
    if isinstance(value, list):
        return [skeleton_of(item) for item in value]
    return type(value).__name__


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({"name": "/"}, ["message.size is missing"]),
        ({"name": "/", "size": True}, ["message.size: True"]),
        ({"name": None, "size": 1}, ["message.name: None"]),
        ({"name": "/", "size": 1, "extra": 0}, ["message.extra is unknown"]),
    ],
)
def test_misfits_finds_what_is_wrong(message: dict[str, Any], found: list[str]) -> None:
    assert misfits(message, protocol.Axis) == found
