"""Runs a program where JAX has several devices, which needs a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys


def run_on_devices(program: str, n_devices: int) -> str:
    """Runs Python on so many devices made of the CPU, and returns what it printed."""
    flags = f"--xla_force_host_platform_device_count={n_devices}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
