"""The equations of evolution strategies (Salimans et al. 2017; Wierstra et al. 2014)."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def centred_ranks(returns: Float[Array, "n"]) -> Float[Array, "n"]:
    """The ranks of returns, evenly spaced from -1/2 (the lowest) to 1/2; equal returns share their mean rank.

    So the step does not depend on the size of returns (Salimans et al. 2017, section 2.1).
    """
    below = jnp.sum(returns[:, None] > returns[None], axis=1)
    equal = jnp.sum(returns[:, None] == returns[None], axis=1)
    ranks = below.astype(jnp.float32) + 0.5 * (equal - 1).astype(jnp.float32)
    return ranks / jnp.maximum(len(returns) - 1, 1) - 0.5


def antithetic_gradient(
    fitness: Float[Array, "2 pairs"], noise: Float[Array, "pairs n"], spread: Float[Array, ""]
) -> Float[Array, "n"]:
    """The gradient of the mean fitness around the weights, estimated from pairs with opposite noise.

        1 / (2 · pairs · σ) Σᵢ (f(θ + σ εᵢ) - f(θ - σ εᵢ)) εᵢ

    **Arguments:** `fitness`, first of the members with + noise, then of those with - noise; `spread`, σ.

    Source: Salimans et al. 2017, algorithm 1 with mirrored sampling.
    """
    pairs = noise.shape[0]
    return (fitness[0] - fitness[1]) @ noise / (2 * pairs * spread)
