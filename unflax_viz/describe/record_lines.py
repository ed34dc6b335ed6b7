"""A record as a tree of lines: what it is, and below it what it holds.

What is below a line is only made when it is asked for, so a line costs the same for a
run of ten calls and of a hundred thousand.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from unflax_viz.describe.draws import draw_note, key_text, lineage_step, stream_text
from unflax_viz.describe.values import (
    describe_key,
    describe_structure,
    describe_value,
    one_line,
    safely,
    shorten,
)
from unflax_viz.measure import NoValues, statistics_of
from unflax_viz.measure.numbers import format_counted, format_number
from unflax_viz.record.calls import (
    ArgsAndKwargs,
    InterceptedFlaxModuleMethod,
    InterceptedFlaxScopeData,
    NotCaptured,
)
from unflax_viz.record.colors import is_color
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState, RngDraw
from unflax_viz.record.structures import count_elements, is_array, is_key

_MAX_TEXT = 120
_MAX_USERS = 8
_MAX_READ = 100_000


def _nothing() -> Iterable[RecordLine]:
    return ()


@dataclasses.dataclass(frozen=True)
class RecordLine:
    """One line of a record.

    Attributes:
      text: What it says, printable and of at most 120 characters.
      color: The colour of what it is about, as `#rrggbb`; "" for none.
      below: Makes the lines below it.
    """

    text: str
    color: str = ""
    below: Callable[[], Iterable[RecordLine]] = _nothing


def line_of(record: Any, name: str = "") -> RecordLine:
    """Describes a record.

    Args:
      record: One of the records that can end a cell.
      name: What its line begins with, such as its key in a dict.
    """
    text, below = _WORDS[type(record)]
    line = "  ".join(filter(None, [name, safely(text, record)]))
    color = getattr(record, "treescope_color", str)()
    # Some are transparent.
    return RecordLine(
        _shown(line), color if is_color(color) else "", lambda: below(record)
    )


def array_or_value_text(value: Any) -> str:
    """Describes a value by its shape and size, and keys by their data."""
    if is_array(value) and is_key(value):
        return safely(describe_key, value)
    return safely(describe_value, value)


def numbers_text(value: Any) -> str:
    """Describes a value as `array_or_value_text` does, and the numbers of an array.

    Returns:
      `f32[4]  16 B  0.5 ±0.1 from -1 to 2  1 NaN`: mean, deviation and extremes of the
      finite elements, and how many others there are; one number where all are the
      same. Arrays of more than 100,000 elements are not read.
    """
    text = array_or_value_text(value)
    if not is_array(value) or count_elements(value) > _MAX_READ:
        return text
    return "  ".join(filter(None, [text, safely(_numbers_of, value)]))


def _numbers_of(array: Any) -> str:
    found = statistics_of(array)
    if isinstance(found, NoValues) or not found.n_elements:
        return ""
    words, low, high = [], format_number(found.minimum), format_number(found.maximum)
    if found.n_elements == found.n_finite == 1:
        words = [low]
    elif found.n_elements == found.n_finite and found.minimum == found.maximum:
        words = [f"all {low}"]
    elif found.n_finite:
        mean, std = format_number(found.mean), format_number(found.std)
        words = [f"{mean} ±{std} from {low} to {high}"]
    others = {"NaN": found.n_nan, "inf": found.n_posinf, "-inf": found.n_neginf}
    words += [f"{count:,} {what}" for what, count in others.items() if count]
    if found.is_magnitude:
        words.insert(0, "magnitudes")
    return "  ".join(words)


def call_text(call: InterceptedFlaxModuleMethod) -> str:
    """Says which call it is and what came of it."""
    if call.error:
        outcome = f"raised {call.error}"
    else:
        outcome = f"-> {describe_structure(call.output_structure)}"
    name = f"{call.address}: {call.class_name}.{call.method_name}"
    return one_line(f"{name} {outcome}")


def _below_call(call: InterceptedFlaxModuleMethod) -> Iterable[RecordLine]:
    if call.scope_data is not None:
        yield from _below_scope(call.scope_data)
    for child in call.submodule_calls.values():
        yield line_of(child)


def not_captured_text(node: NotCaptured) -> str:
    """Says which place could not be seen, and why."""
    return f"{node.address}  not captured: {node.reason}"


def _scope_text(scope: InterceptedFlaxScopeData) -> str:
    n_states = sum(map(len, scope.variables.values()))
    n_constants = sum(map(len, scope.immutable_variables.values()))
    counts = (
        (len(scope.parameters), "parameter"),
        (n_states, "state"),
        (n_constants, "constant"),
        (len(scope.rngs), "stream"),
    )
    words = [format_counted(count, noun) for count, noun in counts if count]
    return ", ".join(words) or "empty"


def _below_scope(scope: InterceptedFlaxScopeData) -> Iterable[RecordLine]:
    for name, parameter in scope.parameters.items():
        yield line_of(parameter, f"parameter {name}")
    for states in scope.variables.values():
        for name, state in states.items():
            yield line_of(state, f"state {name}")
    for collection, values in scope.immutable_variables.items():
        for name, value in values.items():
            yield _value_line(f"constant {collection}/{name}", value)
    for name, rng in scope.rngs.items():
        yield line_of(rng, f"stream {name}")


def _parameter_text(parameter: FlaxParameter) -> str:
    words = [
        f"params/{'/'.join(parameter.path)}",
        array_or_value_text(parameter.value),
        "shared" if parameter.is_shared else "",
        "made by this run" if parameter.was_created else "",
    ]
    return "  ".join(filter(None, words))


def _below_parameter(parameter: FlaxParameter) -> Iterable[RecordLine]:
    yield _value_line("value", parameter.value)
    if parameter.is_stacked:
        yield _value_line("seen by the call", parameter.seen)
    for user in parameter.users[:_MAX_USERS]:
        yield RecordLine(_shown(f"used by {user}"))
    n_more = len(parameter.users) - _MAX_USERS
    if n_more > 0:
        yield RecordLine(f"and {format_counted(n_more, 'more call')}")


def _state_text(state: FlaxState) -> str:
    words = [
        f"{state.collection}/{'/'.join(state.path)}",
        array_or_value_text(state.after),
        state.change,
    ]
    return "  ".join(filter(None, words))


def _below_state(state: FlaxState) -> Iterable[RecordLine]:
    if state.was_created:
        yield RecordLine("made by this run")
    else:
        yield _value_line("before", state.before)
    yield _value_line("after", state.after)
    done = [("read", state.was_read), ("written", state.was_written)]
    words = " and ".join(word for word, is_so in done if is_so)
    if words:
        yield RecordLine(f"{words} by this call")


def _rng_text(rng: FlaxRng) -> str:
    return f"'{rng.stream}'  {stream_text(rng)}"


def _below_rng(rng: FlaxRng) -> Iterable[RecordLine]:
    yield RecordLine(_shown(f"base  {array_or_value_text(rng.base)}"))
    for draw in rng.draws:
        yield line_of(draw)


def _draw_text(draw: RngDraw) -> str:
    number = f"{draw.stream} #{draw.counter}"
    return "  ".join(filter(None, [number, key_text(draw), draw_note(draw)]))


def _below_draw(draw: RngDraw) -> Iterable[RecordLine]:
    yield RecordLine(_shown(f"drawn in  /{'/'.join(draw.path)}"))
    if draw.fell_back:
        yield RecordLine(_shown(f"served by  {draw.served}"))
    for step in draw.lineage:
        said = lineage_step(step)
        yield RecordLine(_shown(f"{said['text']}  {said['detail']}"))


def _arguments_text(given: ArgsAndKwargs) -> str:
    return format_counted(len(given.args) + len(given.kwargs), "argument")


def _below_arguments(given: ArgsAndKwargs) -> Iterable[RecordLine]:
    for index, value in enumerate(given.args):
        yield _value_line(f"[{index}]", value)
    for name, value in given.kwargs.items():
        yield _value_line(name, value)


def _value_line(name: str, value: Any) -> RecordLine:
    return RecordLine(_shown(f"{name}  {numbers_text(value)}"))


def _shown(text: str) -> str:
    return shorten(one_line(text), _MAX_TEXT)


_Words = tuple[Callable[[Any], str], Callable[[Any], Iterable[RecordLine]]]

_WORDS: dict[type, _Words] = {
    InterceptedFlaxModuleMethod: (call_text, _below_call),
    NotCaptured: (not_captured_text, lambda _: ()),
    InterceptedFlaxScopeData: (_scope_text, _below_scope),
    FlaxParameter: (_parameter_text, _below_parameter),
    FlaxState: (_state_text, _below_state),
    FlaxRng: (_rng_text, _below_rng),
    RngDraw: (_draw_text, _below_draw),
    ArgsAndKwargs: (_arguments_text, _below_arguments),
}
"""What is said of a record of each class, and what is below that."""
