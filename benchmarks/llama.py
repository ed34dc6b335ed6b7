"""The largest Llama 3.1 in plain Flax Linen, as shapes: nothing is allocated."""

from __future__ import annotations

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp

from benchmarks.models import Subject


class Attention(nn.Module):
    """Causal attention with rotary positions, and fewer key heads than query heads.

    Attributes:
      n_heads: Query heads; a multiple of `n_kv_heads`.
      n_kv_heads: Heads of keys and values, each shared by a group of query heads.
    """

    n_heads: int
    n_kv_heads: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Maps (batch, length, width) to the same shape."""
        width = x.shape[-1]
        head = width // self.n_heads
        project = functools.partial(nn.Dense, use_bias=False, dtype=x.dtype)
        q = project(self.n_heads * head, name="query")(x)
        k = project(self.n_kv_heads * head, name="key")(x)
        v = project(self.n_kv_heads * head, name="value")(x)
        q, k, v = (it.reshape(*it.shape[:2], -1, head) for it in (q, k, v))
        mixed = jax.nn.dot_product_attention(rotate(q), rotate(k), v, is_causal=True)
        return project(width, name="out")(mixed.reshape(x.shape))


class GatedMLP(nn.Module):
    """SwiGLU: a projection, gated by another one."""

    width_inside: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Maps (batch, length, width) to the same shape."""
        project = functools.partial(nn.Dense, use_bias=False, dtype=x.dtype)
        gate = nn.silu(project(self.width_inside, name="gate")(x))
        up = project(self.width_inside, name="up")(x)
        return project(x.shape[-1], name="down")(gate * up)


class LlamaBlock(nn.Module):
    """Attention and a gated MLP, each after a norm and around a shortcut."""

    n_heads: int
    n_kv_heads: int
    width_inside: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Maps (batch, length, width) to the same shape."""
        attend = Attention(self.n_heads, self.n_kv_heads)
        x = x + attend(nn.RMSNorm(dtype=x.dtype)(x))
        return x + GatedMLP(self.width_inside)(nn.RMSNorm(dtype=x.dtype)(x))


class Llama(nn.Module):
    """A decoder whose layers are not scanned, so that each is a call of its own.

    The defaults are the published dimensions of Llama 3.1 405B (Grattafiori et al.,
    2024, The Llama 3 Herd of Models, table 3).
    """

    n_layers: int = 126
    width: int = 16_384
    n_heads: int = 128
    n_kv_heads: int = 8
    width_inside: int = 53_248
    n_tokens: int = 128_256

    @nn.compact
    def __call__(self, tokens: jax.Array) -> jax.Array:
        """Maps int32 (batch, length) to logits (batch, length, n_tokens)."""
        x = nn.Embed(self.n_tokens, self.width, dtype=jnp.bfloat16)(tokens)
        for _ in range(self.n_layers):
            x = LlamaBlock(self.n_heads, self.n_kv_heads, self.width_inside)(x)
        x = nn.RMSNorm(dtype=x.dtype)(x)
        return nn.Dense(self.n_tokens, use_bias=False, dtype=x.dtype)(x)


@functools.cache
def llama_405b() -> Subject:
    """Returns 1,516 calls and 405 billion parameters, of which none exists."""
    module = Llama()
    tokens = jax.ShapeDtypeStruct((1, 64), jnp.int32)
    variables = jax.eval_shape(module.init, jax.random.key(0), tokens)
    return Subject("Llama 3.1 405B", module, dict(variables), (tokens,), {})


def rotate(x: jax.Array) -> jax.Array:
    """Turns pairs of channels by angles that grow with the position.

    Args:
      x: Shape (batch, length, heads, channels), channels even.

    Returns:
      The same shape and dtype. Su et al., 2021, RoFormer; base 500,000 as in Llama 3.
    """
    half = x.shape[-1] // 2
    frequency = 500_000.0 ** (-jnp.arange(half, dtype=jnp.float32) / half)
    angle = jnp.arange(x.shape[1], dtype=jnp.float32)[:, None] * frequency
    sine, cosine = (
        it(angle)[None, :, None, :].astype(x.dtype) for it in (jnp.sin, jnp.cos)
    )
    left, right = x[..., :half], x[..., half:]
    return jnp.concatenate(
        (left * cosine - right * sine, right * cosine + left * sine), axis=-1
    )
