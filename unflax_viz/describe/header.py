"""What is worth knowing of a run, or of a call, in one line?"""

from __future__ import annotations

from collections.abc import Iterator

from unflax_viz.describe.changes import changed_states, largest_change
from unflax_viz.describe.values import describe_structure, one_line, shorten
from unflax_viz.measure.numbers import format_bytes, format_count, format_number
from unflax_viz.protocol import Fact, Search
from unflax_viz.record.calls import InterceptedFlaxModuleMethod
from unflax_viz.record.index import RunIndex
from unflax_viz.record.rng_report import RngReport
from unflax_viz.record.run import Node
from unflax_viz.tables.calls import COLUMNS

_MAX_WARNINGS = 8
_MAX_LINE = 300
"""Of how many warnings the tooltip tells, and in how many characters each."""

_SINGULAR = {
    "parameters": "parameter",
    "calls": "call",
    "draws": "draw",
    "states changed": "state changed",
    "states written": "state written",
    "unused parameters": "unused parameter",
    "RNG warnings": "RNG warning",
}


def title_of(node: Node) -> str:
    """Returns `ResNet.__call__` for a root, the address for any other call."""
    if node.path or not isinstance(node, InterceptedFlaxModuleMethod):
        return one_line(node.address)
    return f"{node.class_name}.{node.method_name}"


def subtitle_of(node: Node) -> str:
    """Returns the class and method of a call, or what could not be seen.

    Empty where `title_of` says the same.
    """
    if not isinstance(node, InterceptedFlaxModuleMethod):
        return f"nn.{node.kind}, not captured"
    return f"{node.class_name}.{node.method_name}" if node.path else ""


def run_facts(index: RunIndex) -> list[Fact]:
    """Returns the header line of a run: the answer before the machinery."""
    total = index.total_of(index.run.root)
    facts = [
        _count("parameters", total.n_parameters),
        Fact(
            label="bytes",
            text=format_bytes(total.n_bytes),
            exact=f"{total.n_bytes:,} bytes",
        ),
        _count("calls", total.n_calls),
    ]
    if total.n_draws:
        facts.append(_draws_fact(total.n_draws, index))
    if total.n_changed:
        facts.append(_changes_fact(total.n_changed, index))
    if not index.run.error:
        # What did not happen yet says nothing of the model.
        facts += [*_unused_facts(index), *_warning_facts(index)]
    return [*facts, *_values_facts(index)]


def _draws_fact(n_draws: int, index: RunIndex) -> Fact:
    streams = ", ".join(sorted(index.table.streams))
    fact = Fact(
        label="draws",
        text=format_count(n_draws),
        exact=f"{n_draws:,} draws from the streams {streams}",
        leads_to=Search(lens="draws", query=""),
    )
    if verdict := describe_keys(index.rng_report):
        fact["verdict"] = verdict
    if index.rng_report.n_repeated_keys:
        fact["is_warning"] = True
        fact["leads_to"] = Search(lens="draws", query="is:warning")
    return fact


def describe_keys(report: RngReport) -> str:
    """Says whether a key was drawn again; "" of one key, or where none is known."""
    if report.n_repeated_keys:
        groups = (*report.repeated_keys, *report.colliding_paths)
        often = "twice" if all(len(group) == 2 for group in groups) else "repeatedly"
        return f"{_counted(report.n_repeated_keys, 'key')} drawn {often}"
    if report.n_keys + report.n_unknown < 2 or not report.n_keys:
        return ""
    known = _counted(report.n_keys, "different key")
    return f"{known}, {report.n_unknown:,} not known" if report.n_unknown else known


def _counted(count: int, noun: str) -> str:
    return f"{format_count(count)} {noun}{'' if count == 1 else 's'}"


def _changes_fact(n_changed: int, index: RunIndex) -> Fact:
    word = "written" if index.run.is_abstract else "changed"
    fact = _count(f"states {word}", n_changed)
    fact["leads_to"] = Search(lens="state", query="")
    largest = largest_change(changed_states(index.run.root, index) or [])
    if largest is not None:
        fact["verdict"] = f"at most {format_number(largest.size)}"
        fact["exact"] += f"; {largest.changed.state.name} changed most"
    return fact


def _unused_facts(index: RunIndex) -> list[Fact]:
    """Counts unused parameters, unless the run could not have used them all."""
    unused = list(index.unused_parameters)
    if not unused or index.run.entry_point == "bind":
        return []
    return [
        Fact(
            label="unused parameters",
            text=format_count(len(unused)),
            exact=f"Given, but read by no call: {describe_names(unused)}",
            leads_to=Search(lens="parameters", query="is:unused"),
        )
    ]


def _warning_facts(index: RunIndex) -> list[Fact]:
    if index.rng_report.is_clean:
        return []
    lines = str(index.rng_report).splitlines()
    shown = [shorten(line, _MAX_LINE) for line in lines[:_MAX_WARNINGS]]
    if len(lines) > _MAX_WARNINGS:
        n_more = len(lines) - _MAX_WARNINGS
        shown.append(f"… {n_more:,} more: run.rng_report() lists all")
    return [
        Fact(
            label="RNG warnings",
            text=format_count(len(lines)),
            exact="\n".join(shown),
            is_warning=True,
            leads_to=Search(lens="draws", query="is:warning"),
        )
    ]


def _values_facts(index: RunIndex) -> list[Fact]:
    if not index.run.is_abstract:
        return []
    return [Fact(label="values", text="shapes only", exact="Nothing was computed.")]


def run_words(index: RunIndex) -> list[str]:
    """Returns the header line as one would say it: `["220 B", "14 calls"]`."""
    return [_in_words(fact) for fact in run_facts(index)]


def has_returned(call: InterceptedFlaxModuleMethod, index: RunIndex) -> bool:
    """Tells whether a call gave something; one around another that raised did not."""
    is_complete = not index.run.error or call.output_structure is not None
    return is_complete and not call.error


def call_facts(node: Node, index: RunIndex) -> list[Fact]:
    """Returns what went into a call and came out, and what the columns say of it."""
    if not isinstance(node, InterceptedFlaxModuleMethod):
        return []
    inputs = describe_arguments(node)
    facts = [Fact(label="in", text=inputs, exact=inputs)]
    if has_returned(node, index):
        output = describe_structure(node.output_structure)
        facts.append(Fact(label="out", text=output, exact=output))
    if node.transforms:
        transforms = " > ".join(str(transform) for transform in node.transforms)
        facts.append(Fact(label="runs under", text=transforms, exact=transforms))
    return [*facts, *_declared_facts(node, index)]


def _declared_facts(node: Node, index: RunIndex) -> Iterator[Fact]:
    for column in COLUMNS:
        if column.fact is None:
            continue
        number = column.fact.of_call(node, index)
        if number > 0:
            is_bytes = column.kind == "bytes"
            text = format_bytes(number) if is_bytes else format_count(number)
            yield Fact(label=column.fact.label, text=text, exact=f"{number:,}")


def describe_arguments(call: InterceptedFlaxModuleMethod) -> str:
    """Describes the arguments of a call: `f32[8,28,28,1], train=True`."""
    positional = map(describe_structure, call.input_structure.args)
    named = (
        f"{name}={describe_structure(value)}"
        for name, value in call.input_structure.kwargs.items()
    )
    return ", ".join([*positional, *named]) or "nothing"


def describe_names(names: list[str], n_shown: int = 8) -> str:
    """Lists names, and how many more there are."""
    more = f" and {len(names) - n_shown:,} more" if len(names) > n_shown else ""
    return ", ".join(names[:n_shown]) + more


def _in_words(fact: Fact) -> str:
    label, text = fact["label"], fact["text"]
    if label in ("bytes", "values"):
        return text
    words = f"{text} {_SINGULAR.get(label, label) if text == '1' else label}"
    return f"{words}, {fact['verdict']}" if "verdict" in fact else words


def _count(label: str, count: int) -> Fact:
    return Fact(label=label, text=format_count(count), exact=f"{count:,}")
