"""An affine layer, features first."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import check_integer
from prefrontal.types import RandomKey


class Affine(eqx.Module):
    """W x + b for x of shape `(inputs, *batch)`; W's entries have variance `scale`² / inputs, b is zero."""

    weights: Float[Array, "outputs inputs"]
    bias: Float[Array, "outputs"]

    def __init__(self, inputs: int, outputs: int, *, key: RandomKey, scale: float = 1.0):
        check_integer("inputs", inputs, 0)
        check_integer("outputs", outputs, 0)
        self.weights = scale * jax.random.normal(key, (outputs, inputs), jnp.float32) / max(inputs, 1) ** 0.5
        self.bias = jnp.zeros(outputs, jnp.float32)

    def __call__(self, x: Float[Array, "inputs *batch"]) -> Float[Array, "outputs *batch"]:
        return apply(self.weights, x) + along_features(self.bias, x)


def apply(weights: Float[Array, "n m"], x: Float[Array, "m *batch"]) -> Float[Array, "n *batch"]:
    """W x for any number of batch axes; `W @ x` would treat all axes but the last two as stacked matrices."""
    return jnp.tensordot(weights, x, 1)


def along_features(vector: Float[Array, "n"], like: Float[Array, "m *batch"]) -> Float[Array, "n *ones"]:
    """A vector of features with an axis of length one for each batch axis of `like`, so they can be added."""
    return vector.reshape(vector.shape + (1,) * (like.ndim - 1))
