"""Exact dynamic programming over the counts of two arms.

A state is (n₁, s₁, n₂, s₂), pulls and successes; there are C(T + 3, 4) of them with n₁ + n₂ < T. They are
packed without gaps in blocks: time by time, within a time by n₁, and a block is the matrix over (s₁, s₂). All
arithmetic on a block is one numpy operation, and only two times are held at once.
"""

import functools
from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt8

from prefrontal.references.bandits.counting import CountingAgent, Counts, Layer
from prefrontal.references.bayes_optimal import optimal_policy, unknown_optimum
from prefrontal.tasks.bandits.bernoulli import IndependentArms

FIRST, SECOND, EITHER = 0, 1, 2  # what is best in a state
LONGEST = 200  # pulls: the table is of 68.7 million states
_EQUAL = 1e-12  # values closer than this are equal: they differ by rounding only


@functools.lru_cache(maxsize=4)
def block_starts(horizon: int) -> Int[np.ndarray, "horizon horizon"]:
    """Where the block of (n₁, n₂) starts in the packed table, for n₁ + n₂ < `horizon`; -1 elsewhere."""
    starts = np.full((horizon, horizon), -1, np.int32)
    start = 0
    for time in range(horizon):
        for n1 in range(time + 1):
            starts[n1, time - n1] = start
            start += (n1 + 1) * (time - n1 + 1)
    starts.setflags(write=False)
    return starts


def states(horizon: int) -> int:
    """The number of states with fewer than `horizon` pulls: C(horizon + 3, 4)."""
    return horizon * (horizon + 1) * (horizon + 2) * (horizon + 3) // 24


@functools.lru_cache(maxsize=2)
def best_arms(horizon: int, a: float, b: float) -> UInt8[np.ndarray, "states"]:
    """The Bayes-optimal arm in every state, for two arms with independent priors Beta(a, b).

    Backward induction on Bellman's equation for the posterior: with qᵢ = (a + sᵢ) / (a + b + nᵢ) and V = 0 at
    the horizon,

        Qᵢ = qᵢ (1 + V(sᵢ + 1, nᵢ + 1)) + (1 - qᵢ) V(nᵢ + 1),    V = max(Q₁, Q₂)

    (Berry & Fristedt 1985, chapter 2).
    """
    table = np.empty(states(horizon), np.uint8)
    starts = block_starts(horizon)
    later: Layer = [np.zeros((n1 + 1, horizon - n1 + 1)) for n1 in range(horizon + 1)]
    for time in range(horizon - 1, -1, -1):
        layer = []
        for n1 in range(time + 1):
            first, second = _action_values(later, n1, time - n1, a, b)
            best = np.where(np.abs(first - second) < _EQUAL, EITHER, np.where(first > second, FIRST, SECOND))
            start = starts[n1, time - n1]
            table[start : start + best.size] = best.ravel()
            layer.append(np.maximum(first, second))
        later = layer
    table.setflags(write=False)
    return table


def _action_values(later: Layer, n1: int, n2: int, a: float, b: float):
    """Q₁ and Q₂ on the block of (n₁, n₂), given V one pull later."""
    q1 = ((a + np.arange(n1 + 1)) / (a + b + n1))[:, None]
    q2 = ((a + np.arange(n2 + 1)) / (a + b + n2))[None]
    first = q1 * (1.0 + later[n1 + 1][1:]) + (1.0 - q1) * later[n1 + 1][:-1]
    second = q2 * (1.0 + later[n1][:, 1:]) + (1.0 - q2) * later[n1][:, :-1]
    return first, second


class TwoArmTable(CountingAgent):
    """Does in every state of the counts what a table says; where either arm is as good, one at random."""

    table: UInt8[Array, "states"]
    starts: Int[Array, "horizon horizon"]

    @classmethod
    def bayes_optimal(cls, horizon: int, a: float, b: float) -> "TwoArmTable":
        """The Bayes-optimal policy for `horizon` pulls of two arms with independent Beta(a, b) priors."""
        return cls(2, 0.0, 1.0, jnp.asarray(best_arms(horizon, a, b)), jnp.asarray(block_starts(horizon)))

    @property
    def longest(self) -> int:
        return len(self.starts)

    def choose(self, counts: Counts, noise: Float[Array, "arms"]) -> Int[Array, ""]:
        successes = jnp.round(counts.total).astype(jnp.int32)
        start = self.starts[counts.pulls[0], counts.pulls[1]]
        best = self.table[start + successes[0] * (counts.pulls[1] + 1) + successes[1]].astype(jnp.int32)
        return jnp.where(best == EITHER, (noise[0] < noise[1]).astype(jnp.int32), best)

    def layers(self, horizon: int) -> Iterator[Layer]:
        if horizon > self.longest:
            raise ValueError(f"horizon is {horizon}; this policy was made for at most {self.longest} pulls")
        table, starts = np.asarray(self.table), np.asarray(self.starts)
        chances = np.array([1.0, 0.0, 0.5])  # of the first arm, where the best is FIRST, SECOND, EITHER
        for time in range(horizon):
            yield [
                chances[table[start : start + (n1 + 1) * (time - n1 + 1)]].reshape(n1 + 1, time - n1 + 1)
                for n1, start in ((n1, starts[n1, time - n1]) for n1 in range(time + 1))
            ]


@optimal_policy.register(IndependentArms)
def independent_optimum(distribution: IndependentArms) -> TwoArmTable:
    """Of two arms. Of more there are too many states for a table."""
    if distribution.arms != 2:
        raise unknown_optimum(distribution)
    if distribution.horizon > LONGEST:
        raise ValueError(
            f"horizon is {distribution.horizon}; "
            f"the exact Bayes-optimal policy for two independent arms is for at most {LONGEST} pulls"
        )
    return TwoArmTable.bayes_optimal(distribution.horizon, distribution.a, distribution.b)
