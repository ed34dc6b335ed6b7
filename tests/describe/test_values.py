"""Values in a few words: keys, text on one line, shapes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from unflax_viz.describe.values import describe_key, describe_structure, one_line


def words_of(key: jax.Array) -> str:
    return " ".join(f"0x{int(word):08x}" for word in jax.random.key_data(key))


@pytest.mark.parametrize("n_keys", [2, 3])
def test_few_keys_are_all_written(n_keys: int) -> None:
    keys = jax.random.split(jax.random.key(0), n_keys)
    expected = ", ".join(map(words_of, keys))
    assert describe_key(keys) == f"key<fry>[{n_keys}] {expected}"


def test_of_many_keys_the_first_are_written_and_the_rest_counted() -> None:
    keys = jax.random.split(jax.random.key(0), (24, 2))
    first, second = words_of(keys[0, 0]), words_of(keys[0, 1])
    assert describe_key(keys) == f"key<fry>[24,2] {first}, {second}, … 46 more"
    raw = jax.random.key_data(keys)
    assert describe_key(raw) == f"u32[24,2,2] {first}, {second}, … 46 more"


def test_no_key_at_all_is_an_empty_list() -> None:
    keys = jax.random.split(jax.random.key(0), 0)
    assert describe_key(keys).strip() == "key<fry>[0]"


def test_control_and_direction_characters_become_escapes() -> None:
    assert one_line("a\nb\u202ec\x00") == "a\\nb\\u202ec\\x00"


def test_long_structure_is_cut_where_a_row_ends() -> None:
    text = describe_structure(tuple(jnp.ones(3) for _ in range(500)))
    assert len(text) == 80
    assert text.startswith("(f32[3], f32[3]")
    assert text.endswith("…")
