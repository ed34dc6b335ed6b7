"""Describes the machine of a measurement: cores, versions, and its other work."""

from __future__ import annotations

import importlib.metadata
import os
import platform

_PACKAGES = ("flax", "jax", "numpy", "penzai", "treescope")


def describe() -> dict[str, str]:
    """Returns the versions and the number of cores."""
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **versions, "cores": str(_n_cores())}


def load() -> str:
    """Returns how many processes wanted a core in the last minute; empty if unknown."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


def _n_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
