"""Copies and pickles a record without touching the user's own classes.

A class or function of a notebook, or a local one, is pickled by value: another process
has no module to import it from. Where that very class still exists, it is used as it
is: cloudpickle alone would put the recorded methods in the place of its own, and the
user's model would no longer follow the globals that it reads.
"""

from __future__ import annotations

import copy
import dataclasses
import io
import pickle
import threading
import types
import uuid
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import cloudpickle
import jax
import numpy as np
from jax.core import Tracer

from unflax_viz.errors import OtherVersionError
from unflax_viz.record.deleted import RECORD_ADVICE, check_not_deleted


class Packed:
    """A record that holds modules or functions, which may be of a notebook."""

    _word: ClassVar[str]

    def __reduce__(self) -> tuple[Any, ...]:
        """Packs what may be of a notebook; the arrays are left to the pickler."""
        check_not_deleted(self, self._word, RECORD_ADVICE)
        packer = _Packer()
        packer.dump(self)
        return unpack, (packer.written.getvalue(), packer.arrays, _FORMAT)

    def __copy__(self) -> Any:
        """Copies the record, and nothing that it holds."""
        copied = _make_empty(type(self))
        vars(copied).update(_fields_of(self))
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Copies the arrays; modules, functions and all that is static are shared."""
        if _CHECKED not in memo:
            memo[_CHECKED] = True
            check_not_deleted(self, self._word, RECORD_ADVICE)
        copied = memo[id(self)] = copy.copy(self)
        for field in dataclasses.fields(self):  # pyright: ignore[reportArgumentType]
            if field.metadata.get("pytree_node", True):
                value = copy.deepcopy(getattr(self, field.name), memo)
                vars(copied)[field.name] = value
        return copied


def unpack(packed: bytes, arrays: list[Any], number: int = 1) -> Any:
    """Makes a record of what `Packed.__reduce__` wrote.

    Args:
      packed: The record without its arrays.
      arrays: The arrays.
      number: The format of what was written; the first one had no number.

    Raises:
      OtherVersionError: If another version of unflax_viz wrote it.
    """
    if number != _FORMAT:
        raise OtherVersionError(
            "This record was pickled by another version of unflax_viz, and this one "
            f"cannot read it (format {number}, not {_FORMAT}). Read it with the "
            "version that wrote it, or capture the run again."
        )
    with _UNPACKING:
        return _Unpacker(packed, arrays).load()


def _make_empty(kind: type[Any]) -> Any:
    return object.__new__(kind)


def _fields_of(record: Any) -> dict[str, Any]:
    """Returns the fields, and not what was computed from them and kept."""
    return {
        field.name: getattr(record, field.name) for field in dataclasses.fields(record)
    }


class _Packer(cloudpickle.Pickler):
    """Pickles by value as cloudpickle does, each class and function with a token.

    Attributes:
      written: What was pickled.
      arrays: The arrays, in the order met, each once; they are not in `written`.
    """

    def __init__(self) -> None:
        self.written = io.BytesIO()
        self.arrays: list[Any] = []
        self._numbers: dict[int, int] = {}
        super().__init__(self.written)

    def persistent_id(self, obj: Any) -> int | None:
        """Returns the number of an array; None for what is pickled here."""
        is_array = isinstance(obj, jax.Array) and not isinstance(obj, Tracer)
        if not is_array and (type(obj) is not np.ndarray or obj.dtype.hasobject):
            return None
        check_not_deleted(obj, "An array that the record refers to", RECORD_ADVICE)
        if id(obj) not in self._numbers:
            self._numbers[id(obj)] = len(self.arrays)
            self.arrays.append(obj)
        return self._numbers[id(obj)]

    def reducer_override(self, obj: Any) -> Any:
        """Says how a record, a class or a function is pickled."""
        if isinstance(obj, Packed):
            return _make_empty, (type(obj),), _fields_of(obj)
        reduced = super().reducer_override(obj)
        is_ours = isinstance(obj, type | types.FunctionType)
        if not is_ours or not isinstance(reduced, tuple) or len(reduced) != _BY_VALUE:
            return reduced
        make, arguments, state, _, _, set_state = reduced
        if isinstance(obj, type):
            # The last but one, in cloudpickle 3.0 and 3.1, names the class that
            # cloudpickle would look for and change.
            arguments = (*arguments[:-2], None, arguments[-1])
        found = (_token_of(obj), make, arguments)
        return _find_or_make, found, (set_state, state), None, None, _complete


class _Unpacker(pickle.Unpickler):
    """Reads what a `_Packer` wrote."""

    def __init__(self, packed: bytes, arrays: list[Any]) -> None:
        super().__init__(io.BytesIO(packed))
        self._arrays = arrays

    def persistent_load(self, pid: int) -> Any:
        """Returns the array of a number."""
        return self._arrays[pid]


_FORMAT = 2
"""Goes up by one when a record gets other fields, so that older ones are refused."""

_BY_VALUE = 6
"""Parts of what cloudpickle gives for a class or function that it pickles by value."""

_CHECKED: Any = "unflax_viz has looked for deleted arrays"
"""What a deep copy notes once the outermost record has been looked into."""

_UNPACKING = threading.RLock()
_TOKENS: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
_EXISTING: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
_UNFINISHED: weakref.WeakSet[Any] = weakref.WeakSet()


def _token_of(made: Any) -> str:
    """Names a class or function in all processes."""
    with _UNPACKING:
        token = _TOKENS.setdefault(made, uuid.uuid4().hex)
        _EXISTING[token] = made
        return token


def _find_or_make(
    token: str, make: Callable[..., Any], arguments: tuple[Any, ...]
) -> Any:
    """Returns the class or function of a token, or an empty one to be completed."""
    made = _EXISTING.get(token)
    if made is None:
        made = make(*arguments)
        _UNFINISHED.add(made)
        _TOKENS[made], _EXISTING[token] = token, made
    return made


def _complete(made: Any, recorded: tuple[Callable[..., Any], Any]) -> None:
    """Gives a class or function its state, unless it was there before."""
    set_state, state = recorded
    if made in _UNFINISHED:
        _UNFINISHED.discard(made)
        set_state(made, state)
