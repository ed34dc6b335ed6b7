"""Pictures with chosen axes against means in NumPy, bit for bit.

All values are multiples of 1/8 below 1,000, so that their sums in float64 are exact in
whatever order they are made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unflax_viz.errors import WrongValueError
from unflax_viz.measure import thumbnail
from unflax_viz.measure.differences import difference_of
from unflax_viz.measure.meshes import enable_x64
from unflax_viz.measure.pictures import Pictures, pictures_of
from unflax_viz.measure.subtraction import Difference
from unflax_viz.measure.values import NoValues

Draw = Callable[..., Pictures]


@pytest.fixture(params=["host", "device"])
def draw(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Draws pictures by NumPy or by the compiled function."""
    if request.param == "device":
        monkeypatch.setattr(
            thumbnail,
            "block_sums_on_host",
            lambda array, layout, _: thumbnail.block_sums_on_device(
                jax.tree.map(_put, array), layout
            ),
        )

    def drawn(value: Any, **axes: Any) -> Pictures:
        answer = pictures_of(value, **axes)
        assert isinstance(answer, Pictures), answer
        return answer

    return drawn


def _put(array: np.ndarray) -> jax.Array:
    with enable_x64(True):
        return jnp.asarray(array)


def eighths(*shape: int) -> np.ndarray:
    whole = np.random.default_rng(0).integers(-8000, 8000, size=shape)
    return (whole / 8).astype(np.float32)


def means(table: np.ndarray, height: int, width: int) -> np.ndarray:
    """Averages blocks of rows and columns, and all of the axes between them."""
    wide = table.astype(np.float64)
    rows = range(0, table.shape[0], height)
    columns = range(0, table.shape[-1], width)
    cells = [
        [wide[r : r + height, ..., c : c + width].mean() for c in columns] for r in rows
    ]
    return np.array(cells).astype(np.float32)


def test_default_is_the_thumbnail(draw: Draw) -> None:
    values = eighths(5, 6, 7)
    found = draw(values)
    np.testing.assert_array_equal(found.values, values.reshape(1, 30, 7))
    assert found.caption == "rows: axes 0-1 (30), columns: axis 2 (7)"
    assert (found.axes.rows, found.axes.mean, found.axes.column) == ((0, 1), (), 2)
    assert (found.low, found.high, found.each) == (values.min(), values.max(), None)


def test_two_axes_change_places(draw: Draw) -> None:
    values = eighths(100, 7)
    found = draw(values, rows=1, column=0)
    np.testing.assert_array_equal(found.values[0], means(values.T, 1, 2))
    assert found.caption == (
        "rows: axis 1 (7), columns: axis 0 (100); each cell is the mean of 1 x 2 values"
    )


@pytest.mark.parametrize(("rows", "column"), [(0, 1), (1, 0), (2, 0), (0, 2), (2, 1)])
def test_further_axes_are_averaged(draw: Draw, rows: int, column: int) -> None:
    values = eighths(193, 4, 32)
    found = draw(values, rows=rows, column=column)
    other = ({0, 1, 2} - {rows, column}).pop()
    table = values.transpose(rows, other, column)
    block = [-(-values.shape[axis] // 96) for axis in (rows, column)]
    np.testing.assert_array_equal(found.values[0], means(table, block[0], block[1]))
    assert found.block == tuple(block)
    assert found.axes.mean == (other,)


def test_caption_says_what_is_averaged(draw: Draw) -> None:
    assert draw(eighths(9, 4, 32), rows=0, column=1).caption == (
        "rows: axis 0 (9), columns: axis 1 (4); "
        "each cell is the mean of 32 values, over all of axis 2"
    )
    assert draw(eighths(3, 3, 100, 8), rows=2, column=3).caption == (
        "rows: axis 2 (100), columns: axis 3 (8); "
        "each cell is the mean of 2 x 1 x 9 values, over all of axes 0-1"
    )


def test_columns_are_chosen_and_the_others_folded(draw: Draw) -> None:
    values = eighths(7, 30, 11)
    found = draw(values, column=1)
    table = values.transpose(0, 2, 1).reshape(77, 30)
    np.testing.assert_array_equal(found.values[0], table)
    blocks = draw(eighths(7, 5, 90), column=1)
    folded = eighths(7, 5, 90).transpose(0, 2, 1).reshape(630, 5)
    np.testing.assert_array_equal(blocks.values[0], means(folded, 7, 1))
    assert blocks.caption == (
        "rows: axes 0, 2 (630), columns: axis 1 (5); "
        "each cell is the mean of 7 x 1 values"
    )


def test_axes_of_length_one_are_no_rows(draw: Draw) -> None:
    found = draw(eighths(4, 5, 1))
    np.testing.assert_array_equal(found.values[0], eighths(4, 5, 1)[..., 0])
    assert found.caption == "rows: axis 0 (4), columns: axis 1 (5)"


def test_nan_is_in_each_mean_over_it(draw: Draw) -> None:
    values = eighths(3, 4, 5)
    values[1, 2, 3] = np.nan
    found = draw(values, rows=0, column=1)
    assert np.argwhere(np.isnan(found.values[0])).tolist() == [[1, 2]]


@pytest.mark.parametrize("each", [0, 1, 2])
def test_each_index_of_an_axis_has_a_picture(draw: Draw, each: int) -> None:
    values = eighths(3, 4, 5)
    found = draw(values, each=each)
    np.testing.assert_array_equal(found.values, np.moveaxis(values, each, 0))
    assert (found.low, found.high) == (values.min(), values.max())
    assert found.each == each
    rest = [axis for axis in range(3) if axis != each]
    assert found.axes.rows == (rest[0],)
    assert found.axes.column == rest[1]


def test_pictures_have_chosen_rows_and_columns(draw: Draw) -> None:
    values = eighths(3, 3, 6, 10)
    found = draw(values, rows=1, column=0, each=3)
    truth = [means(values[..., i].transpose(1, 2, 0), 1, 1) for i in range(10)]
    np.testing.assert_array_equal(found.values, truth)
    assert found.caption == (
        "one picture for each index of axis 3 (10); rows: axis 1 (3), "
        "columns: axis 0 (3); each cell is the mean of 6 values, over all of axis 2"
    )


def test_pictures_are_few_and_small(draw: Draw) -> None:
    values = eighths(70, 100, 5)
    found = draw(values, each=0)
    truth = [means(values[i], 3, 1) for i in range(64)]
    np.testing.assert_array_equal(found.values, truth)
    assert found.values.shape == (64, 34, 5)
    assert found.caption.startswith(
        "one picture for each index of axis 0 (70, the first 64 are drawn); "
    )


def test_axes_of_a_slice_keep_their_numbers(draw: Draw) -> None:
    values = eighths(2, 3, 4, 5)
    found = draw(values[:, 1], numbers=[0, 2, 3], rows=3, column=0)
    np.testing.assert_array_equal(
        found.values[0], means(values[:, 1].transpose(2, 1, 0), 1, 1)
    )
    assert (found.axes.rows, found.axes.mean, found.axes.column) == ((3,), (2,), 0)


def test_difference_is_drawn_like_an_array(draw: Draw) -> None:
    before, after = eighths(5, 3, 4), eighths(4, 3, 5).T
    difference = difference_of(before, after)
    assert isinstance(difference, Difference)
    truth = (after.astype(np.float64) - before).astype(np.float32)
    found = draw(difference, rows=2, column=0)
    np.testing.assert_array_equal(
        found.values[0], means(truth.transpose(2, 1, 0), 1, 1)
    )
    each = draw(difference, each=1)
    np.testing.assert_array_equal(each.values, truth.transpose(1, 0, 2))


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (
            {"rows": 3},
            "Axis 3 cannot be drawn; choose among the axes without a fixed index: "
            "0, 1, 2.",
        ),
        (
            {"each": "0"},
            "Axis '0' cannot be drawn; choose among the axes without a fixed index: "
            "0, 1, 2.",
        ),
        (
            {"rows": 1, "each": 1},
            "Axis 1 cannot have two uses in one picture; choose a different axis for "
            "rows, columns and pictures.",
        ),
    ],
)
def test_axes_that_do_not_fit_are_refused(axes: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongValueError) as caught:
        pictures_of(eighths(2, 3, 4), **axes)
    assert str(caught.value) == message


def test_what_has_no_values_says_why() -> None:
    assert pictures_of(np.zeros((0, 3, 4)), each=0) == NoValues(
        "There is nothing to draw: an axis has length 0."
    )
    assert pictures_of(jax.random.key(0)) == NoValues(
        "key<fry>[] is a PRNG key, not a number."
    )


def test_array_of_jax_is_drawn_where_it_lies() -> None:
    values = eighths(6, 7, 8)
    asked: list[dict[str, Any]] = [
        {"rows": 2, "column": 0},
        {"each": 1},
        {"column": 0},
    ]
    for axes in asked:
        found, truth = (pictures_of(it, **axes) for it in (jnp.asarray(values), values))
        assert isinstance(found, Pictures)
        assert isinstance(truth, Pictures)
        np.testing.assert_array_equal(found.values, truth.values)
