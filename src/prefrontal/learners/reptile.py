"""Reptile (Nichol et al. 2018): the start moves towards where learning inside lifetimes leads."""

import dataclasses

import jax
import jax.numpy as jnp
from jaxtyping import Array, Key

from prefrontal.learners.base import Metrics
from prefrontal.learners.inner import InnerLearner, Outset
from prefrontal.learners.lifetimes import LifetimeState, Optimiser
from prefrontal.learners.parallel import mean_over_devices
from prefrontal.learners.schedules import Linear, Scheduled
from prefrontal.tasks import TaskDistribution


@dataclasses.dataclass(frozen=True)
class Reptile(InnerLearner):
    """One update: agents live lifetimes, learning after every segment, and the start φ becomes

        φ ← φ + ε mean(θₖ - φ),

    θₖ being an agent's weights after its last segment (Nichol et al. 2018, algorithm 1, in batches). ε is
    `learning_rate`, with `optimiser` "sgd"; with another, φ - θₖ takes the place of a gradient. The tasks'
    horizon decides k, the number of segments in a lifetime: each inner step is on-policy.

    With k = 1 this is joint training: θ₁ - φ is a gradient of what all tasks earn without adapting, and
    nothing in it rewards learning fast.

    The paper has no results on reinforcement learning.
    """

    optimiser: Optimiser = "sgd"
    learning_rate: Scheduled = Linear(1.0, 0.0)
    max_gradient_norm: float = 1e3
    rate_factors: tuple[float, ...] = (1.0,)

    def learn(self, state: LifetimeState, tasks: TaskDistribution) -> tuple[LifetimeState, Metrics]:
        return self._followed(self._displaced, state, tasks)

    def _displaced(
        self, weights: Outset, tasks: TaskDistribution, keys: Key[Array, "microbatches microbatch"]
    ) -> tuple[Outset, Metrics]:
        """φ - θₖ, the mean over lifetimes, and metrics."""
        agent = self.adapting(weights)
        lifetimes, metrics = self._live(agent, tasks, keys)
        ends = jax.lax.map(agent.adapted, lifetimes)
        mean = jax.tree.map(lambda end: jnp.mean(end, axis=(0, -1)), ends)
        back = jax.tree.map(jnp.subtract, weights.start, mean)
        return mean_over_devices((dataclasses.replace(weights, start=back), metrics))
