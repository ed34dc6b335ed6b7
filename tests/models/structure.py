"""How modules are put together and called, without any transform."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import flax.struct
import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from tests.models.table import model, values


@model("No parameters, no state, no draws: its output is its input.", values(2, 3))
class Identity(nn.Module):
    def __call__(self, x: Array) -> Array:
        return x


@model("A module may return nothing.", values(2, 3))
class ReturnsNothing(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> None:
        nn.Dense(2)(x)


@model("A module may take and return dicts.", {"image": values(2, 3), "tag": None})
class ReturnsDict(nn.Module):
    @nn.compact
    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {"logits": nn.Dense(2)(batch["image"]), "tag": batch["tag"]}


@flax.struct.dataclass
class Prediction:
    """An output that is a pytree of its own, with a static field."""

    logits: Array
    label: str = flax.struct.field(pytree_node=False)


@dataclasses.dataclass(frozen=True)
class Untreed:
    """An output that JAX knows only as a leaf."""

    logits: Array
    scale: float


@model("A module may return a pytree dataclass.", values(2, 3))
class ReturnsDataclass(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Prediction:
        return Prediction(nn.Dense(2)(x), "cat")


@model("A module may return an object that is no pytree and holds arrays.", values(3))
class ReturnsObject(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Untreed:
        return Untreed(nn.Dense(2)(x), 0.5)


@model("A compact body names its layers by class and number.", values(2, 3))
class CompactMlp(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        x = nn.relu(nn.Dense(4)(x))
        return nn.Dense(2, name="head")(x)


@model("A `setup` names its layers by attribute.", values(2, 3))
class SetupMlp(nn.Module):
    def setup(self) -> None:
        self.hidden = nn.Dense(4)
        self.head = nn.Dense(2)

    def __call__(self, x: Array) -> Array:
        return self.head(nn.relu(self.hidden(x)))


@model("Parameters of a `setup` are owned by a module and read in no call.", values(3))
class SetupParameter(nn.Module):
    def setup(self) -> None:
        self.scale = self.param("scale", nn.initializers.ones, (3,))
        self.inner = nn.Dense(2)

    def __call__(self, x: Array) -> Array:
        return self.inner(x * self.scale)


@model("A `setup` that is never reached by a call leaves its layer unused.", values(3))
class SetupUnused(nn.Module):
    def setup(self) -> None:
        self.used = nn.Dense(2)
        self.idle = nn.Dense(2)

    def __call__(self, x: Array, with_idle: bool = False) -> Array:
        y = self.used(x)
        return y + self.idle(x) if with_idle or self.is_initializing() else y


@model("Layers in a list are named by their place in it.", values(2, 3))
class LayersInList(nn.Module):
    def setup(self) -> None:
        self.layers = [nn.Dense(3), nn.Dense(3)]

    def __call__(self, x: Array) -> Array:
        for layer in self.layers:
            x = layer(x)
        return x


@model("Layers in a dict, and in a dict of lists, are named by their keys.", values(3))
class LayersInDict(nn.Module):
    def setup(self) -> None:
        self.heads = {"a": nn.Dense(2), "b": [nn.Dense(2), nn.Dense(2)]}

    def __call__(self, x: Array) -> list[Array]:
        return [self.heads["a"](x), self.heads["b"][1](x), self.heads["b"][0](x)]


class Residual(nn.Module):
    """Adds what a module given from outside makes of the input."""

    inner: nn.Module | Callable[[Array], Array]

    def __call__(self, x: Array) -> Array:
        return x + self.inner(x)


@model("A module given from outside belongs to the module it is given to.", values(3))
def layer_as_attribute() -> nn.Module:
    return Residual(nn.Dense(3))


@model("A module given by a parent belongs to the parent, not to its user.", values(3))
class LayerFromParent(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        return Residual(nn.Dense(3, name="given"))(x)


@model("A plain function where a module could be makes no call.", values(3))
def function_as_attribute() -> nn.Module:
    return Residual(nn.relu)


@model("A tuple of modules given from outside.", values(3))
class LayersAsAttribute(nn.Module):
    layers: Sequence[nn.Module] = (nn.Dense(3), nn.Dense(3))

    def __call__(self, x: Array) -> Array:
        for layer in self.layers:
            x = layer(x)
        return x


@model("One module used by two parents has one path and two users.", values(3))
class SharedByTwo(nn.Module):
    def setup(self) -> None:
        self.shared = nn.Dense(3)
        self.left = Residual(self.shared)
        self.right = Residual(self.shared)

    def __call__(self, x: Array) -> Array:
        return self.left(x) + self.right(x)


@model("One module called twice by one parent reads its parameters twice.", values(3))
class CalledTwice(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        layer = nn.Dense(3)
        return layer(layer(x))


@model("An embedding that is tied: two methods of one module.", jnp.array([0, 2]))
class TiedEmbedding(nn.Module):
    @nn.compact
    def __call__(self, ids: Array) -> Array:
        table = nn.Embed(4, 3)
        return table.attend(nn.Dense(3)(table(ids)))


@model("A parameter that two modules share through `share_scope`.", values(2, 3))
class ShareScope(nn.Module):
    def setup(self) -> None:
        self.layer = nn.Dense(4)
        nn.share_scope(self, self.layer)

    def __call__(self, x: Array) -> Array:
        return self.layer(x)


@model("A module calls its own other methods, one of which is compact.", values(2, 3))
class OwnMethods(nn.Module):
    def setup(self) -> None:
        self.encoder = nn.Dense(2)
        self.decoder = nn.Dense(3)

    def encode(self, x: Array) -> Array:
        return nn.tanh(self.encoder(x))

    def decode(self, z: Array) -> Array:
        return self.decoder(z)

    def __call__(self, x: Array) -> Array:
        return self.decode(self.encode(x))


@model(
    "A method given by its name is the outermost call.",
    values(2, 3),
    method="encode",
)
def method_by_name() -> nn.Module:
    return OwnMethods()


@model(
    "A method given as a function of the class is the outermost call.",
    values(2, 3),
    method=OwnMethods.encode,
)
def method_of_class() -> nn.Module:
    return OwnMethods()


@model(
    "A lambda as the method has no name and is not a method of the module.",
    values(2, 3),
    method=lambda module, x: module.decode(module.encode(x)) - x,
)
def method_as_lambda() -> nn.Module:
    return OwnMethods()


def reconstruct(module: OwnMethods, x: Array) -> Array:
    """Runs a module's methods from outside its class."""
    return module.decode(module.encode(x)) * 2


@model(
    "A function as the method opens calls at the top that no call contains.",
    values(2, 3),
    method=reconstruct,
)
def method_as_function() -> nn.Module:
    return OwnMethods()


@model("Helper methods with and without submodules, of a compact module.", values(3))
class HelperMethods(nn.Module):
    def double(self, x: Array) -> Array:
        return 2 * x

    def project(self, x: Array, name: str) -> Array:
        return nn.Dense(3, name=name)(x)

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return self.project(self.double(self.project(x, "a")), "b")


@model("A property and a `nowrap` method are no calls of Flax's.", values(3))
class PropertyAndNowrap(nn.Module):
    features: int = 3

    @property
    def scale(self) -> float:
        return 1 / self.features

    @nn.nowrap
    def layer(self, name: str) -> nn.Dense:
        return nn.Dense(self.features, name=name)

    @nn.compact
    def __call__(self, x: Array) -> Array:
        return self.layer("only")(x) * self.scale


@model("A class may inherit its compact body and call its parent's.", values(2, 3))
class Inherits(CompactMlp):
    def __call__(self, x: Array) -> Array:
        return -super().__call__(x)


@model("Two compact methods with names of their own.", values(2, 3))
class CompactNameScope(nn.Module):
    @nn.compact_name_scope
    def up(self, x: Array) -> Array:
        return nn.Dense(4)(x)

    @nn.compact_name_scope
    def down(self, x: Array) -> Array:
        return nn.Dense(3)(x)

    def __call__(self, x: Array) -> Array:
        return self.down(self.up(x))


@model("A module that contains itself, smaller, to the third degree.", values(2, 3))
class Recursive(nn.Module):
    depth: int = 3

    @nn.compact
    def __call__(self, x: Array) -> Array:
        x = nn.Dense(3)(x)
        return Recursive(self.depth - 1)(x) if self.depth else x


@model("A method that calls itself on the same module.", values(2, 3))
class SelfCalling(nn.Module):
    def setup(self) -> None:
        self.layer = nn.Dense(3)

    def __call__(self, x: Array, n_more: int = 2) -> Array:
        return self(self.layer(x), n_more - 1) if n_more else x


class Nest(nn.Module):
    """Holds itself until `depth` is used up, with a layer at the bottom."""

    depth: int

    @nn.compact
    def __call__(self, x: Array) -> Array:
        inner = Nest(self.depth - 1) if self.depth else nn.Dense(2)
        return inner(x)


@model(
    "Two hundred levels deep: nothing may recurse without a limit.",
    values(1, 2),
    needs_recursion=20_000,
)
def nested_deep() -> nn.Module:
    return Nest(200)


class Repeat(nn.Module):
    """Calls one module, of no cost, many times."""

    n_calls: int

    @nn.compact
    def __call__(self, x: Array) -> Array:
        one = Identity(name="one")
        for _ in range(self.n_calls):
            x = one(x)
        return x


@model("A hundred calls beside each other.", values(2, 2))
def wide() -> nn.Module:
    return Repeat(100)


@model("Ten thousand calls beside each other.", values(2, 2), is_slow=True)
def wide_ten_thousand() -> nn.Module:
    return Repeat(10_000)


class Failing(nn.Module):
    """Raises after it has used a layer."""

    @nn.compact
    def __call__(self, x: Array) -> Array:
        nn.Dense(2)(x)
        raise ArithmeticError("No way on from here.")


@model("A module that catches the exception of a submodule goes on.", values(2, 3))
class Catches(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        try:
            return Failing()(x)
        except ArithmeticError:
            return nn.Dense(4)(x)


@model(
    "Python that branches on a value runs, but cannot be traced.",
    values(2, 3),
    needs_values=True,
)
class BranchesOnValue(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        positive, negative = nn.Dense(3, name="positive"), nn.Dense(3, name="negative")
        if self.is_initializing():
            negative(x)
        return positive(x) if float(x.sum()) > -100 else negative(x)


@model(
    "Keyword arguments, some of them static, reach the outermost call as given.",
    values(2, 3),
    kwargs={"bias": values(3), "activation": nn.relu, "scale": 2.0, "mode": "train"},
)
class KeywordArguments(nn.Module):
    @nn.compact
    def __call__(
        self,
        x: Array,
        *,
        bias: Array,
        activation: Callable[[Array], Array],
        scale: float,
        mode: str,
    ) -> Array:
        y = activation(nn.Dense(3)(x) + jnp.broadcast_to(bias, (2, 3)))
        return y * scale if mode == "train" else y


@model(
    "Names with dots, slashes, quotes and markup are somebody else's text.", values(3)
)
class StrangeNames(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Array:
        x = nn.Dense(3, name="block/0.attn#1")(x)
        return nn.Dense(3, name="<b>'\"&\u00e9 \u2297")(x)


@model("A module given as an argument of the call.", values(3))
class LayerAsArgument(nn.Module):
    @nn.compact
    def __call__(self, x: Array, layer: nn.Dense | None = None) -> Array:
        if layer is None:
            return LayerAsArgument(name="user")(x, nn.Dense(3, name="owned"))
        return layer(x)
