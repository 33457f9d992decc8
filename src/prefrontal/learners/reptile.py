"""Reptile (Nichol et al. 2018): initial weights move towards the weights at the end of lifetimes."""

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
    """Learns initial weights φ. After lifetimes with an inner step for every segment, an update is

        φ ← φ + ε mean(θₖ - φ),

    where θₖ are the weights after a lifetime's last segment (Nichol et al. 2018, algorithm 1, in batches).
    With the `optimiser` "sgd", ε is `learning_rate`. Any other optimiser follows φ - θₖ as if it were a
    gradient. k is the number of segments in a lifetime, so the tasks' horizon decides it. Every inner step is
    on-policy.

    With k = 1 this is joint training: θ₁ - φ is a gradient of the return without adaptation, and nothing in
    it rewards fast learning.

    The paper has no results on reinforcement learning.
    """

    optimiser: Optimiser = "sgd"
    learning_rate: Scheduled = Linear(1.0, 0.0)  # ε
    max_gradient_norm: float = 1e3  # so high that steps are not scaled down
    rate_factors: tuple[float, ...] = (1.0,)  # as in `InnerLearner`

    def learn(self, state: LifetimeState, tasks: TaskDistribution) -> tuple[LifetimeState, Metrics]:
        return self._followed(self._displaced, state, tasks)

    def _displaced(
        self, weights: Outset, tasks: TaskDistribution, keys: Key[Array, "microbatches microbatch"]
    ) -> tuple[Outset, Metrics]:
        """φ - θₖ, averaged over lifetimes, and metrics."""
        agent = self.adapting(weights)
        lifetimes, metrics = self._live(agent, tasks, keys)
        ends = jax.lax.map(agent.adapted, lifetimes)
        mean = jax.tree.map(lambda end: jnp.mean(end, axis=(0, -1)), ends)
        back = jax.tree.map(jnp.subtract, weights.start, mean)
        return mean_over_devices((dataclasses.replace(weights, start=back), metrics))
