"""Variables that are no parameters: written, read, sown, perturbed, odd."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax.core import freeze
from jax import Array

from tests.models.table import model, values


class NormedMlp(nn.Module):
    """A layer and its batch statistics."""

    @nn.compact
    def __call__(self, x: Array, train: bool) -> Array:
        return nn.BatchNorm(use_running_average=not train)(nn.Dense(3)(x))


@model(
    "Statistics of a batch are written in training.",
    values(4, 3),
    True,
    mutable=["batch_stats"],
)
def batch_norm_train() -> nn.Module:
    return NormedMlp()


@model("Statistics of a batch are only read in evaluation.", values(4, 3), False)
def batch_norm_eval() -> nn.Module:
    return NormedMlp()


@model(
    "All collections mutable, and nothing but one written.",
    values(4, 3),
    True,
    mutable=True,
)
def mutable_all() -> nn.Module:
    return NormedMlp()


@model(
    "One collection mutable, given as a string.",
    values(4, 3),
    True,
    mutable="batch_stats",
)
def mutable_as_string() -> nn.Module:
    return NormedMlp()


@model(
    "All collections mutable but one, by a deny list.",
    values(4, 3),
    True,
    mutable=nn.DenyList("params"),
)
def mutable_by_deny_list() -> nn.Module:
    return NormedMlp()


@model(
    "Mutable collections that do not exist.", values(4, 3), False, mutable=["ghosts"]
)
def mutable_without_variables() -> nn.Module:
    return NormedMlp()


@model(
    "Frozen variables, as older code passes them.",
    values(4, 3),
    True,
    mutable=["batch_stats"],
    edit=freeze,
)
def frozen_variables() -> nn.Module:
    return NormedMlp()


@model(
    "A run that creates what it needs: `mutable=True` and no variables.",
    values(4, 3),
    True,
    mutable=True,
    streams=("params",),
    starts_empty=True,
)
def creates_variables() -> nn.Module:
    return NormedMlp()


@model(
    "Given collections and parameters that nothing reads are still given.",
    values(4, 3),
    False,
    edit=lambda variables: (
        variables
        | {"params": variables["params"] | {"Dense_7": {"kernel": jnp.ones(2)}}}
        | {"leftover": {"x": jnp.ones(2)}}
    ),
)
def unused_variables() -> nn.Module:
    return NormedMlp()


@model(
    "Values sown in a call, twice under one name.",
    values(2, 3),
    mutable=["intermediates"],
)
class Sows(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        self.sow("intermediates", "input", x)
        y = nn.Dense(2)(x)
        self.sow("intermediates", "input", y)
        return y


@model("What is sown into an immutable collection is dropped.", values(2, 3))
def sows_nowhere() -> nn.Module:
    return Sows()


@model(
    "Sown values that are summed instead of listed.",
    values(2, 3),
    mutable=["losses"],
)
class SowsSum(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        for _ in range(2):
            self.sow(
                "losses",
                "total",
                x.sum(),
                init_fn=lambda: jnp.zeros(()),
                reduce_fn=jnp.add,
            )
        return nn.Dense(2)(x)


@model(
    "Values sown in each step of a scan are stacked.",
    values(2, 3),
    mutable=["intermediates"],
)
class SowsInScan(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        def step(module: nn.Module, x: Array, _: Any) -> tuple[Array, None]:
            module.sow("intermediates", "step", x)
            return nn.Dense(3)(x), None

        steps = nn.scan(
            step,
            variable_axes={"params": 0, "intermediates": 0},
            split_rngs={"params": True},
            length=3,
        )
        return steps(self, x, None)


@model("A perturbation is read where its collection is given.", values(2, 3))
class Perturbs(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return nn.Dense(2)(self.perturb("input", x))


@model(
    "A perturbation is left out where its collection is not given.",
    values(2, 3),
    edit=lambda variables: {"params": variables["params"]},
)
def perturbs_nothing() -> nn.Module:
    return Perturbs()


class OddVariables(nn.Module):
    """Keeps a pytree, Python scalars and a string between runs."""

    @nn.compact
    def __call__(self, x: Array) -> Array:
        tree = self.variable("memory", "tree", lambda: {"sum": jnp.zeros(3), "n": [0]})
        count = self.variable("memory", "count", lambda: 0)
        rate = self.variable("memory", "rate", lambda: 0.5)
        label = self.variable("memory", "label", lambda: "new")
        nothing = self.variable("memory", "nothing", lambda: None)
        scale = rate.value * nn.Dense(3)(x)
        if not self.is_initializing() and self.is_mutable_collection("memory"):
            tree.value = {"sum": tree.value["sum"] + x.sum(0), "n": [1]}
            count.value = count.value + 1
            label.value = label.value + "er"
            nothing.value = None
        return scale


@model(
    "Variables that are pytrees, Python numbers, strings and None, all written.",
    values(2, 3),
    mutable=["memory"],
    has_exact_init=True,
)
def odd_variables() -> nn.Module:
    return OddVariables()


@model("Odd variables that are not mutable.", values(2, 3), has_exact_init=True)
def odd_variables_fixed() -> nn.Module:
    return OddVariables()


@model(
    "Written though it was never read, read though never written, and put anew.",
    values(2, 3),
    mutable=["memory"],
)
class ReadsAndWrites(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        read = self.variable("memory", "read", jnp.ones, 3)
        written = self.variable("memory", "written", jnp.ones, 3)
        self.variable("memory", "untouched", jnp.ones, 3)
        written.value = x.sum(0)
        if not self.is_initializing():
            self.put_variable("memory", "fresh", jnp.ones(()))
        return x * jnp.broadcast_to(read.value, x.shape)


@model(
    "Written with the same value: a write that changes nothing.",
    values(2, 3),
    mutable=["memory"],
)
class WritesSame(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        same = self.variable("memory", "same", jnp.ones, 3)
        same.value = same.value
        return x


@model("Parameters changed by the run itself.", values(2, 3), mutable=["params"])
class WritesParameters(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        scale = self.variable("params", "scale", jnp.ones, ())
        y = nn.Dense(2)(x) * scale.value
        scale.value = scale.value * 2
        return y


@model("A module reads all its variables at once, past the single reads.", values(2, 3))
class ReadsAllVariables(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        layer = nn.Dense(2)
        y = layer(x)
        squares = jax.tree.map(jnp.square, layer.variables["params"])
        return y + sum(leaf.mean() for leaf in jax.tree.leaves(squares))


@model(
    "One collection that is written by two modules, one of them shared.",
    values(2, 3),
    mutable=["counts"],
)
class SharedState(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        counter = Counter()
        return counter(Counter(name="other")(counter(x)))


class Counter(nn.Module):
    """Counts how often it was called."""

    @nn.compact
    def __call__(self, x: Array) -> Array:
        calls = self.variable("counts", "calls", jnp.zeros, (), jnp.int32)
        calls.value = calls.value + 1
        return x


@model(
    "State that has the name of a parameter beside it.",
    values(2, 3),
    mutable=["memory"],
)
class SameNameTwice(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        scale = self.param("scale", nn.initializers.ones, (3,))
        memory = self.variable("memory", "scale", jnp.zeros, 3)
        memory.value = memory.value + scale
        return x * jnp.broadcast_to(scale, x.shape)


@model(
    "The outputs of all calls are captured by Flax itself.",
    values(2, 3),
    kwargs={"capture_intermediates": True},
    mutable=["intermediates"],
)
def captures_intermediates() -> nn.Module:
    return Sows()
