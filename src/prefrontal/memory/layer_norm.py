"""Layer normalisation (Ba et al. 2016), features first."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.affine import along_features

_LEAST_VARIANCE = 1e-5  # is added, so that features that are all alike come to zero


class LayerNorm(eqx.Module):
    """scale (x - mean) / √(variance + 10⁻⁵) + shift, with the mean and variance of the features."""

    scale: Float[Array, "features"]
    shift: Float[Array, "features"]

    def __init__(self, features: int):
        self.scale = jnp.ones(features, jnp.float32)
        self.shift = jnp.zeros(features, jnp.float32)

    def __call__(self, x: Float[Array, "features *batch"]) -> Float[Array, "features *batch"]:
        centred = x - jnp.mean(x, 0, keepdims=True)
        unit = centred * jax.lax.rsqrt(jnp.mean(centred**2, 0, keepdims=True) + _LEAST_VARIANCE)
        return along_features(self.scale, x) * unit + along_features(self.shift, x)
