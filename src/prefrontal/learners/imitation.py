"""Imitation of a reference: the agent learns from its actions, not from rewards (Duan et al. 2016, 3.1)."""

import dataclasses
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float

from prefrontal.actions import Choices, actions_of
from prefrontal.agents import Agent, PredictingAgent
from prefrontal.checks import check_text, shown
from prefrontal.errors import UserError
from prefrontal.learners.actor_critic import ActorCriticState, CriticLearner
from prefrontal.learners.base import Metrics
from prefrontal.learners.equations.losses import mean_lived, value_loss
from prefrontal.learners.lifetimes import lived
from prefrontal.learners.parallel import mean_over_batches
from prefrontal.references import REFERENCES, reference
from prefrontal.rollout.follow import follow
from prefrontal.rollout.live import rollout
from prefrontal.tasks import TaskDistribution
from prefrontal.types import Lifetimes

_TEACHER = 0x746561  # makes the teacher's randomness different from the lifetime's own


@dataclasses.dataclass(frozen=True)
class Imitation(CriticLearner):
    """One update lives a batch of lifetimes, asks a teacher for its actions, and follows the gradient of

        Σₜ log π(a*ₜ) - c_v (Rₜ - Vₜ)² / 2,    a*ₜ the teacher's action after the same history,

    summed as in A2C. The agent acts and the teacher only watches (DAgger, Ross et al. 2011, with β = 0), so
    the agent learns in the situations that it gets into itself. The value is that of the agent's own policy,
    so A2C and PPO can continue from these weights, with `init(seed, agent=...)`.

    If the teacher's action is not allowed, the step teaches nothing. For tasks with action masks, the metric
    `untaught` is the share of such steps.

    If an agent imitates a near-optimal teacher well but does worse when it learns from rewards, its network
    has the capacity for the task, and the learning algorithm is the limit.
    """

    teacher: str = "gittins"  # the name of a reference; fields may follow, as in "ucb1:c=1"

    def __post_init__(self):
        check_text("teacher", self.teacher)
        try:
            REFERENCES.make(self.teacher)
        except ValueError as error:
            raise UserError(f"teacher is {shown(self.teacher)}: {error}") from None
        super().__post_init__()

    def init(self, seed: int, agent: PredictingAgent | None = None) -> ActorCriticState:
        """As `CriticLearner.init`. It also raises a ValueError if the teacher is not made for these tasks."""
        _built(self.teacher, self.distribution)
        return super().init(seed, agent)

    def learn(self, state: ActorCriticState, tasks: TaskDistribution) -> tuple[ActorCriticState, Metrics]:
        keys, progress = self._keys(state), self._progress(state)
        gradient_of = jax.grad(partial(self._loss, progress=progress), has_aux=True)
        teacher = _built(self.teacher, tasks)

        def gradient_of_batch(keys):
            drawn, lifetimes = rollout(state.weights, tasks, keys, states=True)
            teachers_keys = jax.vmap(lambda key: jax.random.fold_in(key, _TEACHER))(keys)
            taught = follow(teacher, lifetimes, drawn, teachers_keys)
            return gradient_of(state.weights, lifetimes, taught)

        gradient, metrics = mean_over_batches(gradient_of_batch, keys, self.microbatch, self.devices)
        weights, optimiser = self._follow(gradient, state.weights, state.optimiser, progress)
        metrics["gradient_norm"] = optax.tree.norm(gradient)
        return ActorCriticState(state.update + 1, state.seed, weights, optimiser), metrics

    def _loss(self, agent: PredictingAgent, lifetimes: Lifetimes, taught, progress: Float[Array, ""]):
        """The loss of lifetimes that were lived with these weights, and its metrics."""
        prediction = agent.recall(lifetimes)
        values = jax.lax.stop_gradient(prediction.value)
        target = self._advantages(lifetimes, values, progress) + values
        barred = self._barred(lifetimes, taught)
        at = lifetimes.alive if barred is None else lifetimes.alive & ~barred
        parts = {
            "imitation_loss": -mean_lived(prediction.log_probability(taught), at),
            "value_loss": value_loss(prediction.value, target, lifetimes.alive),
        }
        loss = parts["imitation_loss"] + self.value_cost * parts["value_loss"]
        if barred is not None:
            parts["untaught"] = mean_lived(barred.astype(jnp.float32), lifetimes.alive)
        return loss, {"loss": loss, **parts, **lived(lifetimes)}

    def _barred(self, lifetimes: Lifetimes, taught) -> Bool[Array, "T *batch"] | None:
        """Where the teacher would do what is not allowed; None where there are no masks."""
        actions = actions_of(self.distribution.environment.action_space)
        if lifetimes.percept.allowed is None or not isinstance(actions, Choices):
            return None
        return jax.vmap(actions.barred)(taught, lifetimes.percept.allowed)


@lru_cache(maxsize=8)
def _built(teacher: str, tasks: TaskDistribution) -> Agent:
    with jax.ensure_compile_time_eval():  # also where a program is only traced: what is kept must be numbers
        return reference(teacher, tasks)
