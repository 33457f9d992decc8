"""Losses of policy-gradient learners: equations only."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def log_probability(
    logits: Float[Array, "T actions *batch"], action: Int[Array, "T *batch"]
) -> Float[Array, "T *batch"]:
    """log π(aₜ) under the softmax policy of `logits`."""
    chosen = jax.nn.one_hot(action, logits.shape[1], axis=1)
    return jnp.sum(jax.nn.log_softmax(logits, axis=1) * chosen, axis=1)


def entropy(logits: Float[Array, "T actions *batch"]) -> Float[Array, "T *batch"]:
    """H(πₜ) = -Σₐ π(a) log π(a), in nats."""
    log_policy = jax.nn.log_softmax(logits, axis=1)
    return -jnp.sum(jnp.exp(log_policy) * log_policy, axis=1)
