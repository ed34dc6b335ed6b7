"""A run in which every name is somebody's attempt to run a script in the reader's page.

Whatever runs sets `__canary` in its window.
"""

from __future__ import annotations

from playwright.sync_api import Page

HOSTILE = '''\
TAG = '<img src="x" onerror="window.__canary=1">'
END = "</script></style></textarea>" + TAG
QUOTES = "\\"'`&lt;;" + TAG
CONTROLS = "a\\x00b\\x1b[31m\\r\\nc\\u202egpj.\\u2028" + TAG
LONG = TAG + "x" * 100_000

class Evil(nn.Module):
    """</script><img src="x" onerror="window.__canary=1"> is in this docstring."""

    label: str = TAG

    def treescope_color(self):
        return 'red;}</style><img src="x" onerror="window.__canary=1">'

    @nn.compact
    def __call__(self, x):
        kernel = self.param(
            QUOTES,
            nn.with_partitioning(nn.initializers.normal(), (TAG, END, QUOTES)),
            (2, 3, 3),
        )
        count = self.variable(TAG, END, lambda: jnp.zeros(()))
        mean = self.variable(END, CONTROLS, lambda: jnp.zeros((3, 3)))
        text = self.variable(QUOTES, TAG, lambda: TAG)
        count.value += 1
        mean.value = kernel.mean(0)
        x = x + jax.random.normal(self.make_rng(TAG), x.shape)
        return x @ kernel[0]

Evil.__name__ = Evil.__qualname__ = END

class Host(nn.Module):
    @nn.compact
    def __call__(self, x):
        for name in (TAG, END, QUOTES, CONTROLS, LONG):
            x = Evil(name=name)(x)
        return x

evil_mesh = jax.make_mesh(
    (2, 2), (TAG, END), axis_types=(jax.sharding.AxisType.Auto,) * 2
)
evil_rngs = {"params": jax.random.key(0), TAG: jax.random.key(1)}
evil_variables = Host().init(evil_rngs, jnp.ones((2, 3)))
evil_variables["params"][TAG][QUOTES] = jax.device_put(
    nn.unbox(evil_variables["params"][TAG][QUOTES]),
    jax.sharding.NamedSharding(
        evil_mesh, jax.sharding.PartitionSpec(TAG, None, None)
    ),
)
hostile = unflax_viz.capture(
    Host(), evil_variables, jnp.ones((2, 3)), mutable=[TAG, END, QUOTES],
    rngs={TAG: jax.random.key(2)},
)
'''
"""`hostile`: markup, quotes, control characters and 100,000 letters as names of
modules, parameters, collections, states, streams, axes, mesh axes, a class and its
colour."""

N_HOSTILE_CALLS = 6


def names_of_frames_in_which_a_script_ran(page: Page) -> list[str]:
    """Returns the frames of a page, its own one too, in which the canary was set."""
    return [frame.name for frame in page.frames if frame.evaluate("window.__canary")]
