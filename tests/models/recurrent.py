"""Cells that run over time, by `nn.RNN` and in both directions."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from flax import linen as nn
from jax import Array

from tests.models.table import model, values

SEQUENCE = values(2, 4, 3)


@model("A cell by itself: its gates are calls beside each other.", values(2, 3))
class CellOnce(nn.Module):
    @nn.compact
    def __call__(self, x: Array) -> Any:
        carry = (jnp.zeros((2, 4)), jnp.ones((2, 4)))
        return nn.LSTMCell(4)(carry, x)


@model("An LSTM over time, its eight gates as calls.", SEQUENCE)
def lstm() -> nn.Module:
    return nn.RNN(nn.LSTMCell(4))


@model("An LSTM that joins its gates' kernels before it uses them.", SEQUENCE)
def optimized_lstm() -> nn.Module:
    return nn.RNN(nn.OptimizedLSTMCell(4))


@model("A GRU over time, whose carry is one array.", SEQUENCE)
def gru() -> nn.Module:
    return nn.RNN(nn.GRUCell(4))


@model("A minimal gated unit over time, with four calls a step.", SEQUENCE)
def mgu() -> nn.Module:
    return nn.RNN(nn.MGUCell(4))


@model("The simplest cell, backwards, with the order of outputs kept.", SEQUENCE)
def simple_cell_reversed() -> nn.Module:
    return nn.RNN(nn.SimpleCell(4), reverse=True, keep_order=True)


@model("A convolutional cell, whose carry has spatial axes.", values(1, 2, 4, 2))
def conv_lstm() -> nn.Module:
    return nn.RNN(nn.ConvLSTMCell(3, (2,)))


@model(
    "Sequences of several lengths, with the last carry returned.",
    SEQUENCE,
    kwargs={"seq_lengths": jnp.array([4, 2])},
)
def rnn_with_lengths() -> nn.Module:
    return nn.RNN(nn.GRUCell(4), return_carry=True, unroll=2)


@model("Time first, parameters of its own in each step.", values(4, 2, 3))
def rnn_with_stacked_params() -> nn.Module:
    return nn.RNN(
        nn.SimpleCell(4),
        time_major=True,
        variable_axes={"params": 0},
        variable_broadcast=False,
        split_rngs={"params": True},
    )


@model("Two cells over time, one of them backwards.", SEQUENCE)
def bidirectional() -> nn.Module:
    return nn.Bidirectional(nn.RNN(nn.GRUCell(4)), nn.RNN(nn.GRUCell(4)))


class DropoutCell(nn.SimpleCell):
    """A cell that drops part of its input anew in every step."""

    @nn.compact
    def __call__(self, carry: Array, inputs: Array) -> tuple[Array, Array]:
        dropped = nn.Dropout(0.5, deterministic=False)(inputs)
        return super().__call__(carry, dropped)


@model(
    "A cell with draws: one key per step.",
    SEQUENCE,
    streams=("dropout",),
    init_streams=("params", "dropout"),
)
def rnn_with_draws() -> nn.Module:
    return nn.RNN(DropoutCell(4), split_rngs={"params": False, "dropout": True})


@model(
    "Shared parameters are created by a scan's probe, not by its steps.",
    SEQUENCE,
    mutable=["params"],
    streams=("params",),
    starts_empty=True,
)
def rnn_creates_parameters() -> nn.Module:
    return nn.RNN(nn.SimpleCell(4))
