"""The Bayes-optimal policy for two dependent arms, p₁ = 1 - p₂."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Array, Float, Int

from prefrontal.references.bandits.counting import CountingAgent, Counts, Layer, argmax_at_random
from prefrontal.references.bayes_optimal import optimal_policy
from prefrontal.tasks.bandits.bernoulli import DependentArms


class FollowMajority(CountingAgent):
    """Pulls the arm with more evidence: its own successes and the other arm's failures; ties at random.

    With p₁ = 1 - p₂, pulls of both arms give the same information about p₁. What is learnt does not depend on
    the actions, so it is optimal to pull the arm with the higher posterior mean. Under every prior that is
    symmetric about 1/2, this is the arm with the majority of evidence.
    """

    def choose(self, counts: Counts, noise: Float[Array, "arms"]) -> Int[Array, ""]:
        failures = counts.pulls.astype(counts.total.dtype) - counts.total
        return argmax_at_random(counts.total + failures[::-1], noise)

    def layers(self, horizon: int) -> Iterator[Layer]:
        for time in range(horizon):
            yield [_majority(n1, time - n1) for n1 in range(time + 1)]


def _majority(n1: int, n2: int) -> Float[np.ndarray, "s1 s2"]:
    """1 where most of the evidence is for the first arm, 1/2 where it is even, 0 where it is against."""
    evidence = np.arange(n1 + 1)[:, None] + (n2 - np.arange(n2 + 1))[None]
    return 0.5 + 0.5 * np.sign(2 * evidence - (n1 + n2))


@optimal_policy.register(DependentArms)
def dependent_optimum(distribution: DependentArms) -> FollowMajority:
    return FollowMajority(2, 0.0, 1.0)
