"""Advantage actor-critic on whole lifetimes, as in Wang et al. 2016 (after Mnih et al. 2016); synchronous."""

import dataclasses
from functools import partial

import jax
import optax
from jaxtyping import Array, Float

from prefrontal.agents import PredictingAgent
from prefrontal.learners.actor_critic import ActorCritic, ActorCriticState
from prefrontal.learners.base import Metrics
from prefrontal.learners.equations.losses import policy_loss, value_loss
from prefrontal.learners.lifetimes import lived
from prefrontal.learners.parallel import mean_over_batches
from prefrontal.learners.value_scale import Scale
from prefrontal.tasks import TaskDistribution
from prefrontal.types import Lifetimes


@dataclasses.dataclass(frozen=True)
class A2C(ActorCritic):
    """One update lives a batch of lifetimes, and follows the gradient of

        Σₜ Aₜ log π(aₜ) - c_v (Rₜ - Vₜ)² / 2 + c_e H(πₜ),    Rₜ = Aₜ + Vₜ held fixed,

    summed over the steps and divided by the horizon and by the number of lifetimes in the batch. Steps after
    the end of a lifetime do not count. c_v is `value_cost`, and c_e is `entropy_cost`. Before the optimiser's
    step, the gradient is scaled down to a norm of at most `max_gradient_norm`. The forward pass is that of
    the rollout and is not run a second time. Schedules run over the whole training. The defaults are the
    recipe of our results, except for the signal.

    Source: Wang et al. 2016, section 2.3; Mnih et al. 2016.
    """

    def learn(self, state: ActorCriticState, tasks: TaskDistribution) -> tuple[ActorCriticState, Metrics]:
        keys, progress = self._keys(state), self._progress(state)
        gradient_of = jax.grad(partial(self._loss, progress=progress, scale=state.scale), has_aux=True)

        def gradient_of_batch(keys):
            return gradient_of(state.weights, self._lifetimes(state.weights, tasks, keys))

        gradient, metrics = mean_over_batches(gradient_of_batch, keys, self.microbatch, self.devices)
        weights, optimiser = self._follow(gradient, state.weights, state.optimiser, progress)
        metrics["gradient_norm"] = optax.tree.norm(gradient)
        return self._after(state, weights, optimiser, metrics, tasks.horizon)

    def _loss(
        self,
        agent: PredictingAgent,
        lifetimes: Lifetimes,
        progress: Float[Array, ""],
        scale: Scale | None = None,
    ) -> tuple[Float[Array, ""], Metrics]:
        """The loss of lifetimes that were lived with these weights, and its metrics."""
        prediction = agent.recall(lifetimes)
        aims = self._aims(lifetimes, jax.lax.stop_gradient(prediction.baseline), progress, scale)
        policy = policy_loss(prediction, lifetimes, aims.advantage)
        values = {"value_loss": value_loss(prediction.value, aims.target, lifetimes.alive)}
        if prediction.told is not None:
            values["told_value_loss"] = value_loss(prediction.told, aims.target, lifetimes.alive)
        alive, entropy = lifetimes.alive, prediction.entropy()
        loss, metrics = self._whole(policy, values, entropy, aims, alive, progress, scale)
        return loss, metrics | lived(lifetimes)
