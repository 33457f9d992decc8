"""The clipped losses of proximal policy optimisation (Schulman et al. 2017): equations only.

What the agent said before the update is held fixed. Each loss is summed over the lived steps and divided by
the horizon and the number of lifetimes, as in `losses`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from prefrontal.learners.equations.losses import mean_lived

_MOST = 20.0  # of |log rₜ|, so that the exponential does not overflow


def ratios(
    log_probability: Float[Array, "T *batch"],
    before: Float[Array, "T *batch"],
    alive: Bool[Array, "T *batch"],
) -> Float[Array, "T *batch"]:
    """rₜ = π(aₜ) / π_before(aₜ), from logarithms that are cut at ±20; 1 where a step was not lived."""
    return jnp.exp(jnp.clip(jnp.where(alive, log_probability - before, 0.0), -_MOST, _MOST))


def clipped_surrogate(
    ratio: Float[Array, "T *batch"],
    advantage: Float[Array, "T *batch"],
    alive: Bool[Array, "T *batch"],
    clip: float | Float[Array, ""],
) -> Float[Array, ""]:
    """-E[min(rₜ Aₜ, clip(rₜ, 1 - ε, 1 + ε) Aₜ)]   (Schulman et al. 2017, equation 7).

    If all rₜ are 1, its gradient is that of `policy_loss`. The gradient of a step is 0 once rₜ has left the
    interval in the direction of its advantage.
    """
    inside = jnp.clip(ratio, 1.0 - clip, 1.0 + clip)
    return -mean_lived(jnp.minimum(ratio * advantage, inside * advantage), alive)


def clipped_value_loss(
    value: Float[Array, "T *batch"],
    before: Float[Array, "T *batch"],
    target: Float[Array, "T *batch"],
    alive: Bool[Array, "T *batch"],
    clip: float | Float[Array, ""] = jnp.inf,
) -> Float[Array, ""]:
    """E[max((Rₜ - Vₜ)², (Rₜ - Vₜ')²)] / 2 with Vₜ' = V_before + clip(Vₜ - V_before, -ε, ε).

    As in the authors' code. If ε is infinite, this is the plain square of the paper.
    """
    near = before + jnp.clip(value - before, -clip, clip)
    return mean_lived(jnp.maximum((target - value) ** 2, (target - near) ** 2), alive) / 2
