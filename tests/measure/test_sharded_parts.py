"""Slices and differences of arrays on several devices, in a process of their own."""

import pytest

from tests.fake_devices import run_on_devices

_PROGRAM = """
import jax, numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec as P
from unflax_viz.measure import changed_region, computed, difference_of, slice_of
from unflax_viz.measure import statistics_of, thumbnail_of

before = np.random.default_rng(0).normal(size=(8, 12, 24)).astype(np.float32)
after = before.copy()
after[2:4, 7, 5] += 1
before[0, 0, 0] = after[0, 0, 0] = np.nan
specs = {
    AxisType.Auto: (P("x", "y"), P("y", None, "x"), P(("x", "y")), P()),
    AxisType.Explicit: (P("x", "y"),),
}
for axis_type in specs:
    mesh = jax.make_mesh((2, 4), ("x", "y"), axis_types=(axis_type,) * 2)
    for spec in specs[axis_type]:
        sharding = NamedSharding(mesh, spec)
        old, new = jax.device_put((before, after), sharding)
        for fixed in ((None,) * 3, (7, None, 3), (None, 11, None), (0, 3, 5)):
            part = slice_of(old, fixed)
            key = tuple(slice(None) if item is None else item for item in fixed)
            np.testing.assert_array_equal(np.asarray(part), before[key])
            truth, found = statistics_of(before[key]), statistics_of(part)
            assert (found.n_elements, found.n_nan) == (truth.n_elements, truth.n_nan)
        assert thumbnail_of(old).caption == thumbnail_of(before).caption
        row = slice_of(old, (None, 3, None))
        n_held = max(shard.data.size for shard in row.addressable_shards)
        if spec == P("x", "y"):
            # The rows of the four devices that hold this one, and no other.
            assert len(row.sharding.device_set) == 2, row.sharding
        assert n_held <= row.size
        difference = computed(difference_of(old, new))
        assert difference.sharding.is_equivalent_to(
            NamedSharding(jax.make_mesh((2, 4), ("x", "y")), spec), 3
        ), difference.sharding
        np.testing.assert_array_equal(difference, np.where(
            np.isnan(before), 0, after - before
        ))
        for pair in ((old, new), (before, new), (old, after)):
            region = changed_region(*pair)
            assert region.n_changed == 2, region
            assert (region.start, region.stop) == ((2, 7, 5), (4, 8, 6)), region
print("done")
"""


@pytest.mark.slow
def test_parts_of_sharded_arrays_are_those_of_the_same_array_on_one_device() -> None:
    assert run_on_devices(_PROGRAM, n_devices=8) == "done\n"
