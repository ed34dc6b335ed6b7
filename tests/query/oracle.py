"""What should a query find? Evaluated term by term, by plain Python, over the record.

Knows nothing of columns: it walks `run.calls()` and asks each call and each value.
"""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import unflax_viz
from unflax_viz.measure.numbers import dtype_abbreviation
from unflax_viz.record.effects import FlaxParameter, FlaxRng, FlaxState
from unflax_viz.record.structures import is_array, leaves_of

Call = unflax_viz.InterceptedFlaxModuleMethod


@dataclasses.dataclass(frozen=True)
class Held:
    """One array of one value that a call used.

    Attributes:
      call: The call; None for an unused parameter.
      thing: What the value is the same as, wherever it is used.
      lens: "parameters", "state" if it changed, or "" for neither.
      collection: Its collection.
      name: Its name in the scope.
      path: Its path.
      array: The array; None where the value holds none.
      flags: What holds of it.
    """

    call: Call | None
    thing: Any
    lens: str
    collection: str
    name: str
    path: tuple[str, ...]
    array: Any
    flags: frozenset[str]


CALL_TERMS: dict[str, Callable[[Call], bool]] = {
    "class:Dense": lambda call: call.class_name.lower() == "dense",
    "class:d*": lambda call: call.class_name.lower().startswith("d"),
    "class:Dense,Dropout": lambda call: call.class_name in ("Dense", "Dropout"),
    "method:__call__": lambda call: call.method_name == "__call__",
    "under:scan": lambda call: any(t.kind == "scan" for t in call.transforms),
    "under:*x*": lambda call: any("x" in str(t) for t in call.transforms),
    "stream:*": lambda call: len(rngs_of(call)) > 0,
    "stream:dropout": lambda call: any(r.stream == "dropout" for r in rngs_of(call)),
    "is:stochastic": lambda call: len(rngs_of(call)) > 0,
    "is:nested": lambda call: call.entry > 0,
    "is:error": lambda call: call.error != "",
    "is:captured": lambda call: True,
    "calls>1": lambda call: any(True for _ in list(call.walk())[1:]),
    "params>0": lambda call: any(elements_below(call)),
    "out>=32": lambda call: bytes_out(call) >= 32,
    "params>=20": lambda call: sum(elements_below(call)) >= 20,
}

PATH_TERMS: dict[str, Callable[[tuple[str, ...]], bool]] = {
    "path:*": lambda path: len(path) == 1,
    "*/*": lambda path: len(path) == 2,
    "/": lambda path: path == (),
    "second/Dense_0#2": lambda path: False,
    "/.attend": lambda path: False,
    "**/*_0": lambda path: path[-1:] != () and path[-1].lower().endswith("_0"),
    "**/d*/**": lambda path: any(name[0] in "dD" for name in path),
}

WORD_TERMS: dict[str, Callable[[str], bool]] = {
    "dense": lambda name: "dense" in name,
    "_0": lambda name: "_0" in name,
    "d*": lambda name: fnmatch.fnmatchcase(name, "d*"),
    "[!a-m]*": lambda name: fnmatch.fnmatchcase(name, "[!a-m]*"),
    '"kernel"': lambda name: "kernel" in name,
}

ARRAY_TERMS: dict[str, Callable[[Held], bool]] = {
    "param:kernel": lambda held: held.lens == "parameters" and held.name == "kernel",
    "param:b*": lambda held: held.lens == "parameters" and held.name[:1] in "bB",
    "collection:batch_stats": lambda held: held.collection == "batch_stats",
    "dtype:f32": lambda held: dtype_of(held) == "f32",
    "dtype:*int32": lambda held: dtype_of(held) in ("i32", "u32"),
    "shape:(*,4)": lambda held: len(shape_of(held)) == 2 and shape_of(held)[1] == 4,
    "shape:(...,4)": lambda held: shape_of(held)[-1:] == (4,),
    "shape:(2,...,4)": lambda held: (
        len(shape_of(held)) > 1 and (shape_of(held)[0], shape_of(held)[-1]) == (2, 4)
    ),
    "shape:()": lambda held: held.array is not None and held.array.shape == (),
    "size>4": lambda held: size_of(held) > 4,
    "size<=4": lambda held: held.array is not None and size_of(held) <= 4,
    "users>1": lambda held: "shared" in held.flags,
    "is:shared": lambda held: "shared" in held.flags,
    "is:unused": lambda held: "unused" in held.flags,
    "is:changed": lambda held: "changed" in held.flags,
    "is:created": lambda held: "created" in held.flags,
    "is:stacked": lambda held: "stacked" in held.flags,
    "is:nan": lambda held: "nan" in held.flags,
    "is:nan,inf": lambda held: bool({"nan", "inf"} & held.flags),
}


def bytes_out(call: Call) -> int:
    """Counts the bytes that a call returned; of one that raised none are known."""
    leaves = jax.tree.leaves(call.output_structure)
    return sum(
        leaf.size * leaf.dtype.itemsize for leaf in leaves if hasattr(leaf, "dtype")
    )


def find_calls(run: unflax_viz.FlaxRun, terms: tuple[str, ...]) -> set[str]:
    """Returns the addresses of the calls for which all terms hold."""
    held = list(held_in(run))
    return {
        call.address
        for call in run.calls()
        if all(call_fits(call, term) for term in terms if term not in ARRAY_TERMS)
        and _holds_fitting(held, call, [term for term in terms if term in ARRAY_TERMS])
    }


def find_things(run: unflax_viz.FlaxRun, lens: str, terms: tuple[str, ...]) -> set[Any]:
    """Returns the parameters, or the changed states, for which all terms hold."""
    return {
        held.thing
        for held in held_in(run)
        if held.lens == lens and all(value_fits(held, term) for term in terms)
    }


def call_fits(call: Call, term: str) -> bool:
    """Tells whether a term that is about no array holds of a call."""
    path = "/".join(call.path) or "/"
    label = call.address[len(path) :]
    if term in WORD_TERMS:
        shown = (call.path[-1] if call.path else "") + label
        names = [*call.path, call.class_name, shown]
        return any(WORD_TERMS[term](name.lower()) for name in names if name)
    if term in PATH_TERMS:
        return PATH_TERMS[term](call.path) or term == call.address
    return CALL_TERMS[term](call)


def value_fits(held: Held, term: str) -> bool:
    """Tells whether a term holds of a value, and of the call that used it."""
    if term in ARRAY_TERMS:
        return ARRAY_TERMS[term](held)
    if term in WORD_TERMS:
        classes = [held.call.class_name] if held.call else []
        names = [*held.path, held.collection, *classes]
        return any(WORD_TERMS[term](name.lower()) for name in names)
    if term in PATH_TERMS:
        return PATH_TERMS[term](held.path)
    return held.call is not None and CALL_TERMS[term](held.call)


def held_in(run: unflax_viz.FlaxRun) -> Iterator[Held]:
    """Yields the arrays of all values of all calls, and the unused parameters."""
    for call in run.calls():
        if call.scope_data is None:
            continue
        for name, parameter in call.scope_data.parameters.items():
            yield from _held_parameter(call, name, parameter)
        for collection, states in call.scope_data.variables.items():
            for name, state in states.items():
                yield from _held_state(call, collection, name, state)
        for collection, constants in call.scope_data.immutable_variables.items():
            for name, value in constants.items():
                for array in arrays_of(value):
                    flags = frozenset(broken_flags([array]))
                    path = (*call.path, name)
                    yield Held(call, None, "", collection, name, path, array, flags)
    for parameter in run.unused_parameters().values():
        for array in arrays_of(parameter.value):
            flags = frozenset({"unused", *broken_flags([array])})
            path, thing = parameter.path, (0, parameter.path)
            yield Held(
                None, thing, "parameters", "params", path[-1], path, array, flags
            )


def _held_parameter(call: Call, name: str, parameter: FlaxParameter) -> Iterator[Held]:
    arrays = arrays_of(parameter.value)
    flags = broken_flags(arrays)
    if len(parameter.users) > 1:
        flags.add("shared")
    if parameter.was_created:
        flags.add("created")
    seen = arrays_of(parameter.seen)
    if len(arrays) == len(seen) == 1 and None not in (arrays[0], seen[0]):
        flags |= {"stacked"} if arrays[0].shape != seen[0].shape else set()
    for array in arrays:
        thing = (call.entry, parameter.path)
        yield Held(
            call,
            thing,
            "parameters",
            "params",
            name,
            parameter.path,
            array,
            frozenset(flags),
        )


def _held_state(
    call: Call, collection: str, name: str, state: FlaxState
) -> Iterator[Held]:
    flags = broken_flags([*arrays_of(state.before), *arrays_of(state.after)])
    flags |= {"created"} if state.was_created else set()
    is_changed = state.was_written and state.after is not state.before
    flags |= {"changed"} if is_changed else set()
    thing = (call.entry, state.collection, state.path)
    for array in arrays_of(state.after if state.was_created else state.before):
        yield Held(
            call,
            thing,
            "state" if is_changed else "",
            collection,
            name,
            state.path,
            array,
            frozenset(flags),
        )


def _holds_fitting(held: list[Held], call: Call, terms: list[str]) -> bool:
    if not terms:
        return True
    return any(
        each.call is call and all(ARRAY_TERMS[term](each) for term in terms)
        for each in held
    )


def text(path: tuple[str, ...]) -> str:
    """Writes a path as it is searched by regular expressions."""
    return "/".join(path) or "/"


def rngs_of(call: Call) -> list[FlaxRng]:
    """Returns the streams that a call drew from."""
    scope = call.scope_data
    return list(scope.rngs.values()) if scope else []


def elements_below(call: Call) -> list[int]:
    """Returns the elements of every parameter of a call and all below it, once."""
    found: dict[Any, int] = {}
    for below in call.walk():
        scope = below.scope_data
        for parameter in scope.parameters.values() if scope else ():
            known = parameter
            arrays = [array for array in arrays_of(known.value) if array is not None]
            found[below.entry, known.path] = sum(array.size for array in arrays)
    return list(found.values())


def arrays_of(value: Any) -> list[Any]:
    """Returns the arrays of a value; [None] where it holds none."""
    return [leaf for leaf in leaves_of(value) if is_array(leaf)] or [None]


def broken_flags(arrays: list[Any]) -> set[str]:
    """Returns "nan" and "inf" where one of the arrays holds such."""
    flags: set[str] = set()
    for array in arrays:
        if isinstance(array, jax.Array | np.ndarray) and jnp.issubdtype(
            array.dtype, jnp.inexact
        ):
            numbers = np.asarray(array).astype(np.complex128)
            flags |= {"nan"} if np.isnan(numbers).any() else set()
            flags |= {"inf"} if np.isinf(numbers).any() else set()
    return flags


def dtype_of(held: Held) -> str:
    """Returns the short name of the dtype; "" without an array."""
    return "" if held.array is None else dtype_abbreviation(held.array.dtype)


def shape_of(held: Held) -> tuple[int, ...]:
    """Returns the shape; () without an array."""
    return () if held.array is None else held.array.shape


def size_of(held: Held) -> int:
    """Returns the number of elements; 0 without an array."""
    return 0 if held.array is None else held.array.size
