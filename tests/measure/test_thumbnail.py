"""Thumbnails against block means in NumPy, on the host and by the compiled path."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unflax_viz.measure import thumbnail
from unflax_viz.measure.meshes import enable_x64
from unflax_viz.measure.thumbnail import Thumbnail, thumbnail_of
from unflax_viz.measure.values import NoValues

Draw = Callable[[Any], Thumbnail]


@pytest.fixture(params=["host", "device"])
def draw(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Draws a thumbnail by NumPy or by the compiled function."""
    if request.param == "device":
        monkeypatch.setattr(
            thumbnail,
            "block_sums_on_host",
            lambda array, layout, _: thumbnail.block_sums_on_device(
                _put(array), layout
            ),
        )
    return lambda value: _known(thumbnail_of(value))


def _put(array: np.ndarray) -> jax.Array:
    with enable_x64(True):
        return jnp.asarray(array)


def _known(answer: Thumbnail | NoValues) -> Thumbnail:
    assert isinstance(answer, Thumbnail), answer
    return answer


def _block_means(table: np.ndarray, height: int, width: int) -> np.ndarray:
    """Averages blocks of `height` x `width`, smaller ones at the borders included."""
    return np.array(
        [
            [
                table[row : row + height, column : column + width].mean()
                for column in range(0, table.shape[1], width)
            ]
            for row in range(0, table.shape[0], height)
        ]
    )


def test_small_table_is_drawn_as_it_is(draw: Draw) -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    found = draw(values)
    np.testing.assert_array_equal(found.values, values)
    assert found.values.dtype == np.float32
    assert (found.low, found.high) == (0.0, 11.0)
    assert found.caption == "rows: axis 0 (3), columns: axis 1 (4)"


def test_leading_axes_are_folded_into_rows_and_blocks_averaged(draw: Draw) -> None:
    values = np.random.default_rng(0).normal(size=(3, 3, 128, 256)).astype(np.float32)
    found = draw(values)
    truth = _block_means(values.astype(np.float64).reshape(1152, 256), 12, 3)
    assert found.values.shape == (96, 86)
    np.testing.assert_allclose(found.values, truth, rtol=1e-6)
    assert found.low == found.values.min()
    assert found.high == found.values.max()
    assert found.caption == (
        "rows: axes 0-2 (1,152), columns: axis 3 (256); "
        "each cell is the mean of 12 x 3 values"
    )


@pytest.mark.parametrize("shape", [(97, 97), (193, 5), (100, 1000), (2, 3, 200)])
def test_border_blocks_are_means_of_fewer_values(
    draw: Draw, shape: tuple[int, ...]
) -> None:
    values = np.random.default_rng(0).normal(size=shape)
    table = values.reshape(-1, shape[-1])
    blocks = [-(-size // 96) for size in table.shape]
    truth = _block_means(table, *blocks)
    assert max(truth.shape) <= 96
    np.testing.assert_allclose(draw(values).values, truth, rtol=1e-5, atol=1e-6)


def test_one_nan_in_a_block_makes_its_cell_nan_and_no_other(draw: Draw) -> None:
    values = np.ones((192, 192), np.float32)
    values[191, 0] = np.nan
    values[0, 191] = np.inf
    found = draw(values)
    assert np.argwhere(np.isnan(found.values)).tolist() == [[95, 0]]
    assert np.argwhere(np.isposinf(found.values)).tolist() == [[0, 95]]
    assert (found.low, found.high) == (1.0, 1.0)


def test_all_nan_has_a_colour_scale_all_the_same(draw: Draw) -> None:
    found = draw(np.full((2, 2), np.nan, np.float32))
    assert np.isnan(found.values).all()
    assert (found.low, found.high) == (0.0, 1.0)


def test_largest_floats_are_averaged_without_overflow(draw: Draw) -> None:
    found = draw(np.full((200, 3), 3e38, np.float32))
    np.testing.assert_allclose(found.values, 3e38, rtol=1e-6)


def test_short_line_is_one_row(draw: Draw) -> None:
    found = draw(np.arange(96, dtype=np.int32))
    np.testing.assert_array_equal(found.values, np.arange(96.0)[None])
    assert found.caption == "96 values in one row"


def test_long_line_is_folded_like_a_text(draw: Draw) -> None:
    found = draw(np.arange(512, dtype=np.float32))
    np.testing.assert_array_equal(found.values, np.arange(512.0).reshape(8, 64))
    assert found.caption == "512 values folded into rows of 64 cells"


@pytest.mark.parametrize("shape", [(1_000_003,), (1_000_003, 1), (1, 1_000_003)])
def test_line_of_awkward_length_is_averaged_and_folded_without_a_gap(
    draw: Draw, shape: tuple[int, ...]
) -> None:
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    found = draw(values)
    flat = values.reshape(-1).astype(np.float64)
    block = -(-flat.size // found.values.size)
    truth = _block_means(flat[None], 1, block).reshape(found.values.shape)
    assert max(found.values.shape) <= 96
    np.testing.assert_allclose(found.values, truth, rtol=1e-5, atol=1e-7)
    width = found.values.shape[1]
    assert found.caption == (
        f"1,000,003 values folded into rows of {width} cells; "
        f"each cell is the mean of {block} values"
    )


def test_every_line_fits_the_picture() -> None:
    for size in (*range(1, 700, 7), 9_216, 9_217, 50_257):
        found = _known(thumbnail_of(np.arange(float(size))))
        assert max(found.values.shape) <= 96
        assert found.values[-1, -1] == pytest.approx(size - 1, rel=0.05)


def test_scalar_is_one_cell(draw: Draw) -> None:
    found = draw(np.float32(2.5))
    assert found.values.tolist() == [[2.5]]
    assert found.caption == "1 value in one row"


def test_share_of_true_and_magnitude_are_drawn(draw: Draw) -> None:
    found = draw(np.tile([[True, False, True, True]], (2, 48)))
    np.testing.assert_array_equal(found.values, [[0.5, 1.0] * 48] * 2)
    magnitude = draw(np.array([[3 + 4j, 1j]], np.complex64))
    assert magnitude.values.tolist() == [[5.0, 1.0]]
    assert magnitude.caption == "2 values in one row; complex numbers by magnitude"


def test_narrow_dtypes_are_drawn(draw: Draw) -> None:
    for dtype in (jnp.bfloat16, jnp.float8_e4m3fn, jnp.int4, np.uint8):
        values = np.array([[1, 2], [3, 4]], dtype)
        assert draw(values).values.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_array_of_jax_is_drawn_as_that_of_numpy(draw: Draw) -> None:
    values = np.random.default_rng(0).normal(size=(200, 100)).astype(np.float32)
    np.testing.assert_array_equal(
        draw(jnp.asarray(values)).values, _known(thumbnail_of(values)).values
    )


def test_nothing_to_draw_says_why() -> None:
    answer = thumbnail_of(np.zeros((3, 0)))
    assert answer == NoValues("There is nothing to draw: the shape is 3 x 0.")
    answer = thumbnail_of(jax.random.key(0))
    assert answer == NoValues("key<fry>[] is a PRNG key, not a number.")


def test_caption_of_a_slice_numbers_the_axes_of_the_whole_array() -> None:
    array = np.arange(24.0).reshape(2, 3, 4)
    table = thumbnail_of(array[:, 0], axes=[0, 2])
    cube = thumbnail_of(array, axes=[1, 3, 4])
    assert isinstance(table, Thumbnail)
    assert isinstance(cube, Thumbnail)
    assert table.caption == "rows: axis 0 (2), columns: axis 2 (4)"
    assert cube.caption == "rows: axes 1, 3 (6), columns: axis 4 (4)"


def test_caption_names_the_axes_that_a_cell_averages_across() -> None:
    heads = np.zeros((128, 4, 32))
    assert _known(thumbnail_of(heads)).caption.endswith(
        "each cell is the mean of 6 x 1 values, across axes 0-1"
    )
    one_head = _known(thumbnail_of(heads[:, 2], axes=[0, 2]))
    assert one_head.caption.endswith("each cell is the mean of 2 x 1 values")
    assert one_head.block == (2, 1)
