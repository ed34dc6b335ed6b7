"""Shapes, dtypes and sizes without values."""

from __future__ import annotations

import collections
import copy
import dataclasses
import pickle
from typing import Any, NamedTuple

import flax.core
import flax.linen as nn
import flax.struct
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unflax_viz.record import structures


def test_structure_keeps_constants_and_names_what_is_no_array() -> None:
    tree = {"x": jnp.ones((2, 3)), "train": True, "name": "n", "f": [len, None]}
    assert structures.structure_of(tree) == {
        "x": jax.ShapeDtypeStruct((2, 3), jnp.float32),
        "train": True,
        "name": "n",
        "f": ["<builtin_function_or_method>", None],
    }


@pytest.mark.parametrize(
    ("value", "size_bytes"),
    [
        (jnp.ones((3, 5), jnp.float32), 60),
        (jnp.ones((3, 5), jnp.bfloat16), 30),
        (np.ones((3,), np.int8), 3),
        (np.zeros((4,), bool), 4),
        (np.zeros((2,), np.complex64), 16),
        (jax.ShapeDtypeStruct((8,), jnp.int4), 4),
        (jax.random.key(0), 8),
        (jnp.ones((0, 7)), 0),
        ({"a": jnp.ones(2), "b": (jnp.ones(3), "text")}, 20),
    ],
)
def test_bytes_are_what_the_elements_take(value: Any, size_bytes: int) -> None:
    assert structures.count_bytes(value) == size_bytes


def test_tracers_are_replaced_and_everything_else_is_kept() -> None:
    kept = jnp.ones(2)
    seen = []
    jax.jit(lambda x: seen.append(structures.without_tracers([x, kept])))(jnp.ones(3))
    assert seen[0][0] == jax.ShapeDtypeStruct((3,), jnp.float32)
    assert seen[0][1] is kept


@flax.struct.dataclass
class Checked:
    """A pytree whose constructor looks at what it is given."""

    x: Any
    scale: float = 2.0

    def __post_init__(self) -> None:
        assert self.x.ndim == 2
        assert float(self.x.sum()) >= 0


class Pair(NamedTuple):
    first: Any
    second: Any


def raise_when_asked(_: Any) -> Any:
    raise RuntimeError("nothing to see")


RaisesWhenLookedAt: Any = type(
    "RaisesWhenLookedAt",
    (),
    {name: property(raise_when_asked) for name in ("__class__", "__dict__")},
)
"""A class of objects of which nothing can be asked."""


def test_class_of_somebody_else_is_never_built_from_shapes() -> None:
    structure = structures.structure_of((Checked(jnp.ones((2, 3))), 1))
    assert structure[0].x == jax.ShapeDtypeStruct((2, 3), jnp.float32)
    assert structure[0]["scale"] == 2.0
    assert str(structure[0]) == (
        "Checked(x=ShapeDtypeStruct(shape=(2, 3), dtype=float32), scale=2.0)"
    )
    with pytest.raises(AttributeError, match="Checked has no child 'y'"):
        _ = structure[0].y


def test_structure_is_a_pytree_with_the_names_of_the_class() -> None:
    structure = structures.structure_of(Pair(jnp.ones(2), {"a": jnp.ones(3)}))
    ((path, leaf), (_, other)) = jax.tree.leaves_with_path(structure)
    assert (jax.tree_util.keystr(path), leaf.shape) == (".first", (2,))
    assert jax.tree.map(lambda leaf: leaf.shape, structure).second == {"a": (3,)}
    assert structures.leaves_of(structure) == [leaf, other]
    assert structures.name_of_type(structure) == "Pair"


def test_containers_of_flax_and_of_python_stay_what_they_are() -> None:
    box = nn.Partitioned(jnp.ones(2), names=("data",))
    tree: Any = (flax.core.freeze({"box": box}), collections.OrderedDict(a=jnp.ones(3)))
    frozen: Any
    frozen, ordered = structures.structure_of(tree)
    assert isinstance(frozen, flax.core.FrozenDict)
    inner: Any = frozen["box"]
    assert inner.names == ("data",)
    assert inner.value == jax.ShapeDtypeStruct((2,), jnp.float32)
    assert isinstance(ordered, collections.OrderedDict)


def test_what_holds_itself_is_named_where_it_does() -> None:
    tree: dict[str, Any] = {"x": jnp.ones(2)}
    tree["self"], tree["list"] = tree, [tree]
    structure = structures.structure_of(tree)
    assert structure["self"] == "<dict that holds itself>"
    assert structure["list"] == ["<dict that holds itself>"]
    assert len(structures.leaves_of(tree)) == 1
    assert structures.without_tracers(tree) is tree


def test_what_is_nested_too_deep_is_named_by_its_type() -> None:
    tree: list[Any] = [jnp.ones(2)]
    for _ in range(3000):
        tree = [tree]
    structure = structures.structure_of(tree)
    for _ in range(100):
        (structure,) = structure
    assert structure == "<list inside 100 others>"
    assert len(structures.leaves_of(tree)) == 1
    assert structures.without_tracers(tree) is tree


def test_shared_containers_cost_what_one_of_them_does() -> None:
    tree: Any = [jnp.ones(2)]
    for _ in range(60):
        tree = [tree, tree]
    assert structures.without_tracers(tree) is tree
    assert structures.has_leaf(tree, structures.is_array)
    structure = structures.structure_of(tree)
    assert structure[0] is structure[1]


def test_object_that_raises_when_looked_at_is_named_by_its_type() -> None:
    odd = RaisesWhenLookedAt()
    assert structures.structure_of([odd]) == ["<RaisesWhenLookedAt>"]
    assert structures.without_tracers(odd) is odd
    assert structures.count_bytes([odd, jnp.ones(2)]) == 8


def test_tracer_in_a_class_of_somebody_else_leaves_its_neighbours_as_they_are() -> None:
    kept, seen = jnp.ones((1, 1)), []

    def look(x: jax.Array) -> None:
        seen.append(structures.without_tracers((Pair(kept, x), Pair(kept, kept))))

    jax.jit(look)(jnp.ones((2, 3)))
    assert seen[0][0].first is kept
    assert seen[0][0].second == jax.ShapeDtypeStruct((2, 3), jnp.float32)
    assert isinstance(seen[0][1], Pair)


def test_leaves_are_replaced_as_jax_would() -> None:
    old, kept = jax.ShapeDtypeStruct((2, 2), jnp.float32), jnp.zeros((1, 1))
    tree = [{"a": Pair(old, kept), 3: "x"}, Checked(kept)]
    new = structures.replace_leaves(tree, {id(old): jnp.ones((2, 2))})
    assert isinstance(new[0]["a"], Pair)
    assert (new[0]["a"].first == 1).all()
    assert new[0]["a"].second is kept
    assert new[1] is tree[1]


@dataclasses.dataclass
class HoldsAttribute:
    value: Any


def test_object_with_a_tracer_as_attribute_is_named_by_its_type() -> None:
    seen: list[Any] = []
    jax.jit(
        lambda x: seen.append(structures.without_tracers([HoldsAttribute([{"x": x}])]))
    )(jnp.ones(3))
    assert seen == [["<HoldsAttribute>"]]


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_structure_of_a_pytree_can_be_copied_and_pickled(duplicate: Any) -> None:
    shape = jax.ShapeDtypeStruct((2,), jnp.float32)
    structure = structures.PytreeStructure("Output", ("logits",), (shape,))
    assert duplicate(structure) == structure


def test_arrays_of_one_shape_and_dtype_are_described_by_one_object() -> None:
    first, second = structures.structure_of([jnp.ones((2, 3)), np.ones((2, 3), "f4")])
    assert first is second


def test_a_tracer_in_a_value_that_is_kept_has_a_shape_of_its_own() -> None:
    kept = []
    jax.eval_shape(lambda x: kept.append(structures.without_tracers([x, x])), 1.0)
    assert kept[0][0] == kept[0][1]
    assert kept[0][0] is not kept[0][1]
