"""Makes the record of a tower of any size, which Flax would trace for minutes.

Each call stands where the capture would have put it, and has a scope and a parameter of
its own; the calls of one class share their module and their structures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from benchmarks import models
from unflax_viz import FlaxRun
from unflax_viz.record.calls import InterceptedFlaxModuleMethod

_N_LAYERS = 99


def tower(n_blocks: int) -> FlaxRun:
    """Returns the record of `models.tower`, 100 calls a block and one for the root."""
    run = models.tower(1, has_values=False).run
    (block,) = _calls_in(run.root)
    layer = next(_calls_in(block))
    blocks = (_copy_block(block, layer, index) for index in range(n_blocks))
    return dataclasses.replace(run, root=_around(run.root, blocks))


def _copy_block(
    block: InterceptedFlaxModuleMethod, layer: InterceptedFlaxModuleMethod, index: int
) -> InterceptedFlaxModuleMethod:
    path = (f"ScaleBlock_{index}",)
    layers = (_copy_layer(layer, (*path, f"Scale_{it}")) for it in range(_N_LAYERS))
    moved = dataclasses.replace(block, path=path, address="/".join(path))
    return _around(moved, layers)


def _copy_layer(
    layer: InterceptedFlaxModuleMethod, path: tuple[str, str]
) -> InterceptedFlaxModuleMethod:
    scope, address = layer.scope_data, "/".join(path)
    assert scope is not None
    parameters = {
        name: dataclasses.replace(it, path=(*path, name), users=(address,))
        for name, it in scope.parameters.items()
    }
    scope = dataclasses.replace(scope, parameters=parameters)
    return dataclasses.replace(layer, path=path, address=address, scope_data=scope)


def _around(
    call: InterceptedFlaxModuleMethod, below: Iterator[InterceptedFlaxModuleMethod]
) -> InterceptedFlaxModuleMethod:
    """Returns a copy of a call that made other calls."""
    calls = {(i, f"{it.path[-1]}.__call__"): it for i, it in enumerate(below)}
    return dataclasses.replace(call, submodule_calls=calls)


def _calls_in(
    call: InterceptedFlaxModuleMethod,
) -> Iterator[InterceptedFlaxModuleMethod]:
    return (it for it in call.children if isinstance(it, InterceptedFlaxModuleMethod))
