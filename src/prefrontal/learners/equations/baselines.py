"""Baselines for the returns of a task's episodes, computed from these episodes only.

The first axis of an array is the episode, the second its steps.
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
    """b(o, t) = w · [o, o², t, t², t³, 1], with w from a ridge regression of the returns.

    Source: Duan et al. 2016, "Benchmarking Deep Reinforcement Learning for Continuous Control". Observations
    are clipped at ±10, and t is in units of 100 steps.
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
