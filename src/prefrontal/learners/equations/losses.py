"""The terms that policy-gradient learners sum over the lived steps: equations only."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from prefrontal.agents import Prediction
from prefrontal.types import Lifetimes


def mean_lived(values: Float[Array, "T *batch"], alive: Bool[Array, "T *batch"]) -> Float[Array, ""]:
    """The sum over the steps that were lived, for each step of the horizon and each lifetime of the batch."""
    return jnp.mean(jnp.where(alive, values, 0.0))


def policy_loss(
    prediction: Prediction, lifetimes: Lifetimes, advantage: Float[Array, "T *batch"]
) -> Float[Array, ""]:
    """-E[Aₜ log π(aₜ)]: its gradient is that of the return (Williams 1992), `advantage` held fixed."""
    return -mean_lived(advantage * prediction.log_probability(lifetimes.action), lifetimes.alive)


def value_loss(
    value: Float[Array, "T *batch"], target: Float[Array, "T *batch"], alive: Bool[Array, "T *batch"]
) -> Float[Array, ""]:
    """E[(Rₜ - Vₜ)²] / 2, the target Rₜ held fixed."""
    return mean_lived((target - value) ** 2, alive) / 2


def normalised(values: Float[Array, "T *batch"], alive: Bool[Array, "T *batch"]) -> Float[Array, "T *batch"]:
    """Zero mean and unit variance over the steps that were lived."""
    count = jnp.maximum(jnp.sum(alive), 1).astype(values.dtype)
    mean = jnp.sum(jnp.where(alive, values, 0.0)) / count
    variance = jnp.sum(jnp.where(alive, (values - mean) ** 2, 0.0)) / count
    return (values - mean) / jnp.sqrt(variance + 1e-8)
