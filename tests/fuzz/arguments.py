"""Arguments and results that look back: classes that check, objects that refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from flax import struct
from jax import Array

DEPTH_OF_LISTS = 3000


@struct.dataclass
class RankedStruct:
    """A flax.struct dataclass that takes matrices alone."""

    x: Any

    def __post_init__(self) -> None:
        assert self.x.ndim == 2


@struct.dataclass
class ArrayStruct:
    """A flax.struct dataclass that takes arrays alone."""

    x: Any

    def __post_init__(self) -> None:
        assert isinstance(self.x, jax.Array)


@jax.tree_util.register_pytree_node_class
class RankedNode:
    """A registered pytree that takes matrices alone."""

    def __init__(self, x: Any) -> None:
        assert x.ndim == 2
        self.x = x

    def tree_flatten(self) -> tuple[tuple[Any], None]:
        return (self.x,), None

    @classmethod
    def tree_unflatten(cls, _: None, children: Any) -> RankedNode:
        return cls(*children)


@jax.tree_util.register_pytree_node_class
class ArrayNode(RankedNode):
    """A registered pytree that takes arrays alone."""

    def __init__(self, x: Any) -> None:
        assert isinstance(x, jax.Array)
        super().__init__(x)


PACKS: dict[str, Any] = {
    "ranked struct": RankedStruct,
    "array struct": ArrayStruct,
    "ranked node": RankedNode,
    "array node": ArrayNode,
}


def pack(kind: str, x: Array) -> Any:
    """Puts an array into a class that checks it; leaves it alone for ""."""
    return PACKS[kind](x) if kind else x


def unpack(packed: Any) -> Any:
    """Takes the array out again."""
    return packed.x if type(packed) in PACKS.values() else packed


class _RefusesClass:
    @property
    def __class__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        raise RuntimeError("its class is nobody's business")


class _RefusesDict:
    @property
    def __dict__(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        raise RuntimeError("its attributes are nobody's business")


class _RefusesAttributes:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"its {name} is nobody's business")


class _RefusesWords:
    def __repr__(self) -> str:
        raise RuntimeError("it has nothing to say")


class _RefusesEquality:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("it is like nothing else")

    def __hash__(self) -> int:
        raise RuntimeError("it is like nothing else")


def _circular_dict() -> Any:
    circle: dict[str, Any] = {"one": 1}
    circle["self"] = circle
    return circle


def _circular_list() -> Any:
    circle: list[Any] = [1]
    circle.append(circle)
    return circle


def _deep_list() -> Any:
    deep: list[Any] = []
    for _ in range(DEPTH_OF_LISTS):
        deep = [deep]
    return deep


ODD: dict[str, Callable[[], Any]] = {
    "circular dict": _circular_dict,
    "circular list": _circular_list,
    "deep list": _deep_list,
    "refuses its class": _RefusesClass,
    "refuses its dict": _RefusesDict,
    "refuses attributes": _RefusesAttributes,
    "refuses words": _RefusesWords,
    "refuses equality": _RefusesEquality,
}


def odd_object(kind: str) -> Any:
    """Makes an object that many programs stumble over; None for ""."""
    return ODD[kind]() if kind else None
