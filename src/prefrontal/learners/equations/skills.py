"""The reward and the discriminator's loss of DIAYN (Eysenbach et al. 2018): equations only.

Time first, then the skills, then the batch. A state's log q(z|s) comes from the discriminator.
"""

import math

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from prefrontal.learners.equations.losses import mean_lived


def log_of_skill(
    log_q: Float[Array, "T skills *batch"], skill: Float[Array, "T skills *batch"]
) -> Float[Array, "T *batch"]:
    """log q(z|sₜ) of the skill z that the agent was told, one-hot."""
    return jnp.sum(skill * log_q, axis=1)


def skill_reward(
    log_q: Float[Array, "T skills *batch"],
    skill: Float[Array, "T skills *batch"],
    last: Bool[Array, "T *batch"],
) -> Float[Array, "T *batch"]:
    """rₜ = log q(z|sₜ₊₁) - log p(z), with p(z) = 1 / skills   (equation 3).

    What follows the last step of an episode is not among its observations, so there it is that of sₜ. No
    action changes that, so it teaches nothing.

    **Arguments:** `last`, where an episode or the lifetime ends with this step.
    """
    now = log_of_skill(log_q, skill)
    following = jnp.concatenate([now[1:], now[-1:]])
    return jnp.where(last, now, following) + math.log(log_q.shape[1])


def discriminator_loss(
    log_q: Float[Array, "T skills *batch"],
    skill: Float[Array, "T skills *batch"],
    alive: Bool[Array, "T *batch"],
) -> Float[Array, ""]:
    """-E[log q(z|sₜ)], the cross-entropy of the skills that were told."""
    return -mean_lived(log_of_skill(log_q, skill), alive)
