"""Says where an array lies, lets XLA compute there as it likes, and in 64 bits."""

from __future__ import annotations

from typing import Any

import jax
import jax.experimental
import numpy as np
from jax.sharding import Mesh, NamedSharding

# JAX 0.10 has no `jax.experimental.enable_x64`, JAX 0.7 no `jax.enable_x64`.
_x64_home: Any = jax if hasattr(jax, "enable_x64") else jax.experimental
enable_x64 = _x64_home.enable_x64


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
