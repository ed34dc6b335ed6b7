"""A process in one state of the extension, which times plain Flax when it is told to.

    python -m benchmarks.idle_worker absent|loaded|recorded

For each line that it reads it writes one line: the CPU seconds of an eager `apply`,
and of a trace of it. `absent` never imports unflax_viz, so this file must not either.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from benchmarks.timing import seconds_of

_N_CALLS = 3


class Stack(nn.Module):
    """Small dense layers, so that the time is Flax's and not arithmetic's."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Maps (1, 8) to the same shape."""
        for _ in range(12):
            x = nn.relu(nn.Dense(8)(x))
        return x


def main(state: str) -> None:
    """Gets into `state`, then answers until its input ends."""
    module, x = Stack(), jnp.ones((1, 8))
    variables = module.init(jax.random.key(0), x)
    kept = [_enter(state, lambda: module.apply(variables, x))]

    def apply() -> None:
        jax.block_until_ready(module.apply(variables, x))

    def trace() -> None:
        jax.eval_shape(lambda it: module.apply(it, x), variables)

    for way in (apply, trace):
        way()
    for _ in sys.stdin:
        print(seconds_of(apply, _N_CALLS), seconds_of(trace, _N_CALLS), flush=True)
    del kept


def _enter(state: str, apply: Callable[[], Any]) -> Any:
    """Returns what the state needs to be kept alive."""
    if state == "absent":
        return None
    importlib.import_module("unflax_viz")
    recording = importlib.import_module("unflax_viz.capture.recording").recording
    if state == "recorded":
        with recording() as runs:
            apply()
        return runs[0]
    return _shell_with_extension()


def _shell_with_extension() -> Any:
    interactive_shell = importlib.import_module("IPython.core.interactiveshell")
    config = importlib.import_module("traitlets.config").Config(
        {"HistoryManager": {"enabled": False}}
    )
    folder = tempfile.mkdtemp()
    shell = interactive_shell.InteractiveShell(ipython_dir=folder, config=config)
    shell.run_line_magic("load_ext", "unflax_viz")
    return shell


if __name__ == "__main__":
    main(sys.argv[1])
