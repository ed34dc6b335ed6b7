"""Arrays on several devices, which need a process of their own."""

import pytest

from tests.fake_devices import run_on_devices

_PROGRAM = """
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec as P
from unflax_viz.measure import chunks, statistics, thumbnail, histogram
from unflax_viz.measure import histogram_of, statistics_of, thumbnail_of
from unflax_viz.measure.values import find_pieces

values = np.random.default_rng(0).normal(size=(200, 12, 24)).astype(np.float32)
values[7, 3, 5] = np.nan
for axis_type in (AxisType.Auto, AxisType.Explicit):
    mesh = jax.make_mesh((2, 2), ("x", "y"), axis_types=(axis_type,) * 2)
    for spec in (P("x", "y"), P(None, "x"), P("x", None, "y"), P()):
        array = jax.device_put(values, NamedSharding(mesh, spec))
        assert sum(piece.size for piece in find_pieces(array)) == values.size
        found, truth = statistics_of(array), statistics_of(values)
        assert (found.n_elements, found.n_nan) == (truth.n_elements, 1), found
        assert found.minimum == truth.minimum and found.maximum == truth.maximum
        np.testing.assert_allclose(found.std, truth.std, rtol=1e-12)
        np.testing.assert_allclose(found.mean, truth.mean, rtol=1e-12)
        shards = [s.data for s in array.addressable_shards if s.replica_id == 0]
        moments = chunks.fold_pieces(
            shards, statistics.fold_to_moments, statistics.reduce_to_moments,
            statistics.merge_moments,
        )
        np.testing.assert_allclose(moments.mean, truth.mean, rtol=1e-12)
        counts = histogram_of(values).counts
        np.testing.assert_array_equal(histogram_of(array).counts, counts)
        drawn = thumbnail_of(array)
        np.testing.assert_allclose(
            drawn.values, thumbnail_of(values).values, rtol=1e-6
        )
print("done")
"""


@pytest.mark.slow
def test_sharded_array_is_summarised_as_the_same_array_on_one_device() -> None:
    assert run_on_devices(_PROGRAM, n_devices=4) == "done\n"
