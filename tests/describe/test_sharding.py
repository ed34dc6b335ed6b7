"""How an array lies on its devices, drawn as a table, in a process of its own."""

import json

from tests.fake_devices import run_on_devices

_PROGRAM = """
import json
import jax, numpy as np
from jax.sharding import NamedSharding, PartitionSpec as P
from unflax_viz.describe.axes import axes_of
from unflax_viz.describe.sharding import sharding_of
from unflax_viz.render.treescope_page import array_page

class Other(jax.sharding.Sharding):
    "Says where the parts lie, and nothing of a mesh, as GSPMDSharding does."
    def __init__(self, named):
        self.devices_indices_map = named.devices_indices_map
        self.named = named
    device_set = property(lambda self: self.named.device_set)
    memory_kind = None


class Nameless:
    def __init__(self, array):
        self.shape, self.sharding = array.shape, Other(array.sharding)


mesh = jax.make_mesh((4, 2), ("da\\nta", "model"))
values = np.zeros((8, 4, 16), np.float32)
found = {}
for name, spec in {
    "both": P("da\\nta", None, "model"),
    "one": P(None, "model"),
    "joined": P(("da\\nta", "model")),
    "none": P(),
}.items():
    array = jax.device_put(values, NamedSharding(mesh, spec))
    found[name] = sharding_of(array)
    found[name + " axes"] = [axis["name"] for axis in axes_of(array)]
    nameless = sharding_of(Nameless(array))
    assert nameless["cells"] == found[name]["cells"], nameless
    assert nameless["text"] == "Other on 8 devices", nameless
    page = array_page(array, "values", list(enumerate(axes_of(array))))
    assert len(page) < 100_000
cube = jax.make_mesh((2, 2, 2), ("x", "y", "z"))
cubed = jax.device_put(values, NamedSharding(cube, P("x", "y", "z")))
found["cube"] = sharding_of(cubed)
named = NamedSharding(mesh, P("model"))
shape = jax.ShapeDtypeStruct((8, 4), np.float32, sharding=named)
found["abstract"] = sharding_of(shape)
deleted = jax.device_put(values, named)
deleted.delete()
found["deleted"] = sharding_of(deleted)["cells"]
assert sharding_of(jax.device_put(values, jax.devices()[3])) is None
assert sharding_of(values) is None
line = jax.make_mesh((8,), ("i",))
lined = jax.device_put(values, NamedSharding(line, P("i")))
found["line"] = sharding_of(lined)["cells"]
print(json.dumps(found))
"""


def test_table_shows_which_devices_hold_which_part() -> None:
    found = json.loads(run_on_devices(_PROGRAM, n_devices=8))
    assert found["both"] == {
        "text": "PartitionSpec('da\\nta', None, 'model') on da\\nta 4 x model 2",
        "row_axis": "axis 0 (da\\nta)",
        "column_axis": "axis 2 (model)",
        "cells": [["0", "1"], ["2", "3"], ["4", "5"], ["6", "7"]],
    }
    assert found["both axes"] == ["da\\nta", "", "model"]
    assert found["one"]["cells"] == [["0, 2, 4, 6"], ["1, 3, 5, 7"]]
    assert (found["one"]["row_axis"], found["one"]["column_axis"]) == (
        "axis 1 (model)",
        "",
    )
    assert found["joined"]["row_axis"] == "axis 0 (da\\nta, model)"
    assert found["joined"]["cells"] == [[str(device)] for device in range(8)]
    assert found["none"]["cells"] == [["0, 1, 2, 3, 4, 5, 6, 7"]]
    assert (found["none"]["row_axis"], found["none"]["column_axis"]) == ("", "")
    assert found["cube"]["text"].endswith("3 axes are partitioned, two are drawn")
    assert found["cube"]["cells"] == [["0, 1", "2, 3"], ["4, 5", "6, 7"]]
    assert found["abstract"]["cells"] == found["deleted"]
    assert found["line"] == [[str(device)] for device in range(8)]
