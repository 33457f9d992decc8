"""Joint training: one policy for all tasks, fine-tuned in each task. The control for meta-learning."""

import dataclasses

import jax
import jax.numpy as jnp
from jaxtyping import Array, Key

from prefrontal.learners.base import Metrics
from prefrontal.learners.inner import InnerLearner, Outset
from prefrontal.learners.lifetimes import LifetimeState
from prefrontal.learners.parallel import mean_over_devices
from prefrontal.tasks import TaskDistribution


@dataclasses.dataclass(frozen=True)
class Joint(InnerLearner):
    """Learns one policy for all tasks: each update follows the mean gradient of `InnerObjective`.

    Training has no inner steps. In evaluation, the agent adapts as MAML's does. `inner_rate` is the rate of
    this fine-tuning; training does not use it. If both learners have their best inner rate, what MAML earns
    beyond joint training is due to meta-learning. Every segment of a lifetime contributes to the gradient, so
    compare trainings at the same number of environment steps.
    """

    def learn(self, state: LifetimeState, tasks: TaskDistribution) -> tuple[LifetimeState, Metrics]:
        return self._followed(self._gradient, state, tasks)

    def _gradient(
        self, weights: Outset, tasks: TaskDistribution, keys: Key[Array, "microbatches microbatch"]
    ) -> tuple[Outset, Metrics]:
        lifetimes, metrics = self._live(self.adapting(weights, rate=0.0), tasks, keys)

        def of_batch(weights: Outset, lived):
            """The mean loss of the segments of one micro-batch."""
            segments = jax.tree.map(lambda leaf: leaf.reshape(-1, self.every, *leaf.shape[1:]), lived)
            one = lambda lived: self.objective(weights.start, lived)  # noqa: E731
            return jnp.mean(jax.vmap(jax.vmap(one, in_axes=-1))(segments))

        losses, gradients = jax.lax.map(lambda lived: jax.value_and_grad(of_batch)(weights, lived), lifetimes)
        mean = jax.tree.map(lambda leaf: jnp.mean(leaf, axis=0), (gradients, losses))
        gradient, loss = mean_over_devices(mean)
        return gradient, mean_over_devices(metrics) | {"loss": loss}
