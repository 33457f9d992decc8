"""Returns and advantages of one lifetime: equations only.

Each function takes a lifetime's steps first; further axes are the batch and are carried along. `discount` is
an array: 0 where the world ends with a step, γ everywhere else.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def generalised_advantages(
    rewards: Float[Array, "T *batch"],
    discount: Float[Array, "T *batch"],
    values: Float[Array, "T *batch"],
    final_value: Float[Array, "*batch"],
    trace_decay: float | Float[Array, ""],
) -> Float[Array, "T *batch"]:
    """Aₜ = δₜ + dₜ λ Aₜ₊₁ with δₜ = rₜ + dₜ Vₜ₊₁ - Vₜ   (Schulman et al. 2016, equations 11, 12 and 16).

    The paper's γ is `discount` dₜ, which stops the sum where the world ends. `final_value` is V after the
    last step; it counts only if the last discount is not 0. With λ = 1 this is the discounted return less the
    value.
    """
    following = jnp.concatenate([values[1:], final_value[None]])
    errors = rewards + discount * following - values

    def backwards(advantage, step):
        error, decay = step
        advantage = error + decay * trace_decay * advantage
        return advantage, advantage

    _, advantages = jax.lax.scan(backwards, jnp.zeros_like(final_value), (errors, discount), reverse=True)
    return advantages
