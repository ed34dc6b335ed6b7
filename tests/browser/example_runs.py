"""Which other runs do browser tests make, in the kernel of the model's notebook?

Each is a piece of Python that leaves a run under a name of its own.
"""

from __future__ import annotations

N_CELLS = 10_000

WIDE = f"""\
import dataclasses

class Cell(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(2, name="inner")(x)

class Wide(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(2, name="last")(Cell(name="cell")(x))

def repeat_cell(run, n_cells):
    cell, last = run.root.children
    (inner,) = cell.children
    def copy_of(number):
        name = f"cell_{{number}}"
        below = dataclasses.replace(
            inner, path=(name, "inner"), address=f"{{name}}/inner"
        )
        return dataclasses.replace(
            cell, path=(name,), address=name,
            submodule_calls={{(0, "inner.__call__"): below}},
        )
    calls = {{(i, f"cell_{{i}}.__call__"): copy_of(i) for i in range(n_cells)}}
    calls[n_cells, "last.__call__"] = last
    root = dataclasses.replace(run.root, submodule_calls=calls)
    return dataclasses.replace(run, root=root)

wide = repeat_cell(
    unflax_viz.capture(
        Wide(), Wide().init(jax.random.key(0), jnp.ones((1, 2))), jnp.ones((1, 2))
    ),
    {N_CELLS},
)
"""
"""`wide`: 10,000 calls beside one another, each with one below it, made from one."""

ODD = """\
import numpy as np

class Tied(nn.Module):
    def setup(self):
        self.shared = nn.Dense(3)
        self.broken = nn.Dense(3)
        self.noise = nn.Dropout(0.5, deterministic=False)
        self.n_calls = self.variable("counters", "n_calls", lambda: jnp.array(0))

    def __call__(self, x):
        self.n_calls.value += 1
        x = self.noise(self.shared(self.shared(x)))
        return self.broken(self.noise(x))

odd_variables = Tied().init(jax.random.key(0), jnp.ones((2, 3)))
odd_variables["params"]["forgotten"] = {"kernel": jnp.ones((5, 7), jnp.bfloat16)}
odd_variables["params"]["broken"]["bias"] = jnp.array([1.0, jnp.nan, jnp.inf])
odd = unflax_viz.capture(
    Tied(), odd_variables, jnp.ones((2, 3)), mutable=["counters"],
    rngs={"dropout": jax.random.key(3)},
)
"""
"""`odd`: a shared parameter, one that no call reads, NaN, a counter, two draws."""

STACKED = """\
class Layer(nn.Module):
    @nn.compact
    def __call__(self, x, _):
        kernel = self.param(
            "kernel",
            nn.with_partitioning(nn.initializers.lecun_normal(), ("rows", "columns")),
            (6, 6),
        )
        x = nn.Dropout(0.5, deterministic=False)(x @ kernel)
        return x, None

class Stack(nn.Module):
    splits: bool = True

    @nn.compact
    def __call__(self, x):
        layers = nn.scan(
            Layer, variable_axes={"params": 0},
            split_rngs={"params": True, "dropout": self.splits}, length=5,
            metadata_params={nn.PARTITION_NAME: "layers"},
        )
        return layers(name="layers")(x, None)[0]

stack_variables = Stack().init(jax.random.key(0), jnp.ones((2, 6)))
stacked, unsplit = (
    unflax_viz.capture(
        Stack(splits), stack_variables, jnp.ones((2, 6)),
        rngs={"dropout": jax.random.key(7)},
    )
    for splits in (True, False)
)
"""
"""`stacked`: five layers in a scan, their kernel with named axes, a draw in each;
`unsplit`: the same, with one dropout key for all layers."""

SHARDED = """\
from jax.sharding import NamedSharding, PartitionSpec

mesh = jax.make_mesh(
    (2, 2), ("data", "model"), axis_types=(jax.sharding.AxisType.Auto,) * 2
)
sharded_variables = nn.Dense(8).init(jax.random.key(0), jnp.ones((2, 4)))
sharded_variables["params"]["kernel"] = jax.device_put(
    sharded_variables["params"]["kernel"],
    NamedSharding(mesh, PartitionSpec("data", "model")),
)
sharded = unflax_viz.capture(nn.Dense(8), sharded_variables, jnp.ones((2, 4)))
"""
"""`sharded`: one kernel in four parts on four devices."""
