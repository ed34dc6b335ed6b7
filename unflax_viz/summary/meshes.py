"""On which devices does an array lie, and may XLA choose there as it likes?"""

from __future__ import annotations

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding


def is_on_one_cpu(array: jax.Array) -> bool:
    """Tells whether an array lies in the memory of the host alone."""
    devices = array.devices()
    return len(devices) == 1 and next(iter(devices)).platform == "cpu"


def with_auto_axes(array: jax.Array) -> jax.Array:
    """Lets XLA choose the sharding of what is computed from `array`.

    On a mesh with Explicit axes JAX refuses to reshape a sharded axis. The same
    devices, axes and spec under a mesh with Auto axes: nothing is copied.
    """
    sharding = array.sharding
    if not isinstance(sharding, NamedSharding):
        return array
    explicit = sharding.mesh
    mesh = Mesh(np.asarray(explicit.devices), explicit.axis_names)
    auto = NamedSharding(mesh, sharding.spec, memory_kind=sharding.memory_kind)
    return jax.device_put(array, auto)
