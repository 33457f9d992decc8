"""How different an environment is from those that were there before."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


def novelty(
    new: Float[Array, "new numbers"],
    known: Float[Array, "known numbers"],
    there: Bool[Array, "known"],
    neighbours: int,
) -> Float[Array, "new"]:
    """The mean distance of each new vector to its nearest `neighbours` among the known ones that are there.

    If there are fewer of them, the mean is over those (Wang et al. 2019, section 3: novelty of encodings).
    """
    apart = jnp.sqrt(jnp.sum((new[:, None] - known[None]) ** 2, axis=-1))
    nearest = jnp.sort(jnp.where(there[None], apart, jnp.inf), axis=1)[:, :neighbours]
    finite = jnp.isfinite(nearest)
    return jnp.sum(jnp.where(finite, nearest, 0.0), axis=1) / jnp.maximum(jnp.sum(finite, axis=1), 1)


def pata_ec(
    scores: Float[Array, "environments agents"], there: Bool[Array, "agents"], low: float, high: float
) -> Float[Array, "environments agents"]:
    """What environments make of all agents: an environment's scores, clipped, as centred ranks.

    Environments that order the agents alike are alike, whatever they look like. Agents that are not there
    have the rank 0 everywhere (Wang et al. 2020, section 3.1).
    """
    clipped = jnp.where(there[None], jnp.clip(scores, low, high), low)

    def ranked(row: Float[Array, "agents"]) -> Float[Array, "agents"]:
        below = jnp.sum((row[:, None] > row[None]) & there[None], axis=1)
        equal = jnp.sum((row[:, None] == row[None]) & there[None], axis=1)
        ranks = below.astype(jnp.float32) + 0.5 * (equal - 1).astype(jnp.float32)
        return jnp.where(there, ranks / jnp.maximum(jnp.sum(there) - 1, 1) - 0.5, 0.0)

    return jnp.stack([ranked(row) for row in clipped])
