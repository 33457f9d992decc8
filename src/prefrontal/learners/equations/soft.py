"""The targets and losses of soft actor-critic (Haarnoja et al. 2018): equations only, for one batch."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def soft_target(
    reward: Float[Array, "batch"],
    discount: float | Float[Array, ""],
    following: Float[Array, "2 batch"],
    log_probability: Float[Array, "batch"],
    temperature: Float[Array, ""],
) -> Float[Array, "batch"]:
    """y = r + γ (min(Q₁', Q₂')(s', a') - α log π(a'|s')), with a' drawn from π(s')   (equations 2, 3 and 8).

    **Arguments:** `following`, both target critics' values of (s', a'); `log_probability`, log π(a'|s').
    """
    return reward + discount * (jnp.min(following, axis=0) - temperature * log_probability)


def critic_loss(
    values: Float[Array, "2 batch"], target: Float[Array, "batch"], weight: Float[Array, "batch"]
) -> Float[Array, ""]:
    """Σ over both critics of E[(Q - y)²] / 2   (equation 7); transitions count as `weight`, 0 or 1, says."""
    errors = jax.vmap(lambda one: weighted((one - target) ** 2, weight))(values)
    return jnp.sum(errors) / 2


def actor_loss(
    values: Float[Array, "2 batch"],
    log_probability: Float[Array, "batch"],
    temperature: Float[Array, ""],
    weight: Float[Array, "batch"],
) -> Float[Array, ""]:
    """E[α log π(a|s) - min(Q₁, Q₂)(s, a)], a drawn from π(s) with its gradient   (equation 12)."""
    return weighted(temperature * log_probability - jnp.min(values, axis=0), weight)


def temperature_loss(
    log_temperature: Float[Array, ""],
    log_probability: Float[Array, "batch"],
    target_entropy: float,
    weight: Float[Array, "batch"],
) -> Float[Array, ""]:
    """-log α · E[log π(a|s) + H̄]: α rises while the entropy is below H̄   (Haarnoja et al. 2018b, section 5).

    It is of log α in place of α, as in the authors' code.
    """
    return -log_temperature * weighted(jax.lax.stop_gradient(log_probability) + target_entropy, weight)


def weighted(values: Float[Array, "batch"], weight: Float[Array, "batch"]) -> Float[Array, ""]:
    """The mean over the transitions of weight 1."""
    return jnp.sum(values * weight) / jnp.maximum(jnp.sum(weight), 1.0)
