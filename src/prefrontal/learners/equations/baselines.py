"""What is expected of each step of a task's episodes, from these episodes alone: equations only.

Arrays are episodes first, then the steps of an episode.
"""

from typing import Literal

import jax.numpy as jnp
from jaxtyping import Array, Float

Baseline = Literal["none", "time", "linear"]
_RIDGE = 1e-5  # as in the authors' code


def time_mean(returns: Float[Array, "episodes T"]) -> Float[Array, "episodes T"]:
    """b(t), the mean over episodes of the return from step t on."""
    return jnp.broadcast_to(returns.mean(axis=0, keepdims=True), returns.shape)


def linear_features(
    returns: Float[Array, "episodes T"], observations: Float[Array, "episodes T features"]
) -> Float[Array, "episodes T"]:
    """b(o, t) = w · [o, o², t, t², t³, 1], w by ridge regression of the returns (Duan et al. 2016, ICML).

    Observations are cut at ±10, and t is in units of 100 steps.
    """
    steps = jnp.arange(returns.shape[1], dtype=jnp.float32) / 100.0
    times = jnp.stack([steps, steps**2, steps**3, jnp.ones_like(steps)], axis=-1)
    seen = jnp.clip(observations.astype(jnp.float32), -10.0, 10.0)
    times = jnp.broadcast_to(times[None], (*returns.shape, 4))
    features = jnp.concatenate([seen, seen**2, times], axis=-1)
    flat = features.reshape(-1, features.shape[-1])
    square = flat.T @ flat + _RIDGE * jnp.eye(flat.shape[1], dtype=flat.dtype)
    weights = jnp.linalg.solve(square, flat.T @ returns.reshape(-1))
    return features @ weights
