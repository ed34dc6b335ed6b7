"""A small model that the magics are tried with, as the text of a cell."""

MODEL = """
import flax.linen as nn
import jax
import jax.numpy as jnp

class Net(nn.Module):
    @nn.compact
    def __call__(self, x, fail=False):
        x = nn.Dense(3)(x)
        if fail:
            raise ValueError("no good")
        return nn.Dense(2)(x)

net = Net()
x = jnp.ones((1, 4))
variables = net.init(jax.random.key(0), x)
"""

HEADER = "Net.__call__  23 parameters  92 B  3 calls"
SHOWN = f"""\
{HEADER}
  Net  f32[1,2]  23  92 B
    Dense_0  Dense  f32[1,3]  15  60 B
    Dense_1  Dense  f32[1,2]  8  32 B
"""
"""What a shell without widgets shows for a run of `net` that draws nothing."""
