"""DIAYN (Eysenbach et al. 2018): skills are learnt without a reward, by being told apart."""

import dataclasses
from math import inf
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key

from prefrontal.agents import AgentSettings, PredictingAgent
from prefrontal.agents.skilled import Discriminator, Skilled
from prefrontal.checks import check_integer, shown
from prefrontal.errors import UserError
from prefrontal.learners.actor_critic import ActorCriticState
from prefrontal.learners.base import Metrics
from prefrontal.learners.equations.losses import mean_lived
from prefrontal.learners.equations.skills import discriminator_loss, log_of_skill, skill_reward
from prefrontal.learners.inner import PLAIN
from prefrontal.learners.lifetimes import LifetimeLearner
from prefrontal.learners.parallel import mean_over_devices
from prefrontal.learners.ppo import PPO
from prefrontal.learners.schedules import Linear, Scheduled
from prefrontal.streams import weights_key
from prefrontal.tasks import SkillWorld, TaskDistribution
from prefrontal.types import Lifetimes

_DISCRIMINATOR = 0x646973  # makes the discriminator's key different from those that `split` returns
_MOST_WIDE = 10_000


@dataclasses.dataclass(frozen=True)
class SkillLearner(LifetimeLearner):
    """What learners of skills share: the discriminator, the reward that it gives, and how it learns."""

    architecture: AgentSettings = PLAIN  # of the agent that is trained; it sees the skill
    features: tuple[int, ...] = (0, 1)  # the entries of the observation that the discriminator sees
    widths: tuple[int, ...] = (64, 64)  # tanh units of each of the discriminator's hidden layers
    discriminator_rate: float = 3e-3  # the learning rate of the discriminator, with Adam
    discriminator_steps: int = 8  # its steps in an update

    def __post_init__(self):
        super().__post_init__()
        world = self._world
        for feature in self.features:
            check_integer("each of features", feature, 0, world.size - 1)
        if not self.features:
            raise ValueError("features is (); it must name at least one entry of the observation")
        for width in self.widths:
            check_integer("each of widths", width, 1, _MOST_WIDE)
        if self.signal != "sampled":
            raise ValueError(
                f"signal is {self.signal!r}; it must be 'sampled', since the discriminator makes the reward"
            )

    def _limits(self):
        own = {"features": (0, inf), "widths": (1, inf), "discriminator_steps": (1, 10_000)}
        return super()._limits() | own | {"discriminator_rate": (0, 1e3)}

    @property
    def _world(self) -> SkillWorld:
        tasks = self.distribution
        if not isinstance(tasks.environment, SkillWorld):
            raise UserError(
                f"tasks is {shown(self.tasks)}, in which no skill is told; its environment must be a "
                "SkillWorld, as in skills-box"
            )
        return tasks.environment

    def _with_discriminator(self, agent: PredictingAgent, seed: int) -> Skilled:
        """The agent beside a new discriminator, unless it has one."""
        if isinstance(agent, Skilled):
            return agent
        key = jax.random.fold_in(weights_key(seed), _DISCRIMINATOR)
        return Skilled(agent, Discriminator(self.features, self.widths, self._world.skills, key=key))

    def _told(self, lifetimes: Lifetimes) -> Float[Array, "T skills *batch"]:
        """The skill that the agent was told at each step."""
        return lifetimes.percept.observation[:, self._world.size :]

    def _rewarded(self, discriminator: Discriminator, lifetimes: Lifetimes) -> Lifetimes:
        """The lifetimes with the discriminator's reward."""
        log_q = jax.vmap(discriminator)(lifetimes.percept.observation)
        last = lifetimes.episode_over | lifetimes.truncated | (lifetimes.continues == 0)
        reward = skill_reward(log_q, self._told(lifetimes), last)
        return lifetimes._replace(reward=jnp.where(lifetimes.alive, reward, 0.0))

    def _judged(self, discriminator: Discriminator, lifetimes: Lifetimes) -> tuple[Float[Array, ""], Metrics]:
        """The discriminator's loss, and what it says of the skills of these lifetimes."""
        log_q, told = jax.vmap(discriminator)(lifetimes.percept.observation), self._told(lifetimes)
        loss = discriminator_loss(log_q, told, lifetimes.alive)
        right = (jnp.argmax(log_q, axis=1) == jnp.argmax(told, axis=1)).astype(jnp.float32)
        lived = mean_lived(jnp.ones_like(right), lifetimes.alive)
        accuracy = mean_lived(right, lifetimes.alive) / lived
        return loss, {"log_q": -loss / lived, "accuracy": accuracy, "log_q_end": _end(log_q, told)}

    def _told_apart(
        self, discriminator: Discriminator, optimiser: Any, lifetimes: Lifetimes
    ) -> tuple[Discriminator, Any, Metrics]:
        """The discriminator after its steps on lifetimes, each leaf `(lanes, ...)`; its metrics before."""
        lanes = jax.value_and_grad(
            lambda one: jax.tree.map(jnp.mean, jax.vmap(lambda lane: self._judged(one, lane))(lifetimes)),
            has_aux=True,
        )

        def step(now, _):
            discriminator, optimiser = now
            (_, metrics), gradient = lanes(discriminator)
            gradient, metrics = mean_over_devices((gradient, metrics))
            with jax.numpy_dtype_promotion("standard"):  # optax counts in whole numbers
                changes, optimiser = self._adam.update(gradient, optimiser)
            discriminator = jax.tree.map(lambda weight, change: weight + change, discriminator, changes)
            return (discriminator, optimiser), metrics

        (discriminator, optimiser), metrics = jax.lax.scan(
            step, (discriminator, optimiser), None, self.discriminator_steps
        )
        return discriminator, optimiser, {name: values[0] for name, values in metrics.items()}

    @property
    def _adam(self) -> optax.GradientTransformation:
        return optax.adam(self.discriminator_rate)


@dataclasses.dataclass(frozen=True)
class DIAYN(SkillLearner, PPO):
    """On-policy DIAYN. An update is one of `PPO` with the reward log q(z|sₜ₊₁) - log p(z), and then
    `discriminator_steps` steps of the discriminator q on the same lifetimes.

    The task distribution draws the skill z from a uniform p(z), which does not change. The paper learns the
    policy by soft actor-critic with a fixed weight of its entropy of .1; see `SoftDIAYN`. PPO's advantages
    are normalised, so its `entropy_cost` is in other units. A low γ makes skills part at once.

    Source: Eysenbach et al. 2018, algorithm 1.
    """

    entropy_cost: Scheduled = Linear(0.05, 0.0)  # the weight of the policy's entropy in the objective
    discount: Scheduled = 0.9  # γ
    learning_rate: Scheduled = Linear(3e-3, 0.0)  # as in `LifetimeLearner`
    lifetimes: int = 12_800  # as in `LifetimeLearner`
    microbatch: int = 16  # as in `LifetimeLearner`
    microbatches: int = 4  # as in `LifetimeLearner`

    def __post_init__(self):
        super().__post_init__()
        if self.critic_told:
            raise ValueError("critic_told is True; it must be False, since the agent itself sees the skill")

    def init(self, seed: int, agent: PredictingAgent | None = None) -> ActorCriticState:
        state = super().init(seed, agent)
        both = state.optimiser, self._adam.init(state.weights.discriminator)
        return dataclasses.replace(state, optimiser=both)

    def _begun(self, agent, seed):
        return self._with_discriminator(super()._begun(agent, seed), seed)

    def _lifetimes(self, agent: Any, tasks: TaskDistribution, keys: Key[Array, "batch"]) -> Lifetimes:
        return self._rewarded(agent.discriminator, super()._lifetimes(agent, tasks, keys))

    def _improved(self, state: ActorCriticState, lifetimes: Lifetimes, shuffles: Key[Array, "lanes"]):
        """The policy's update, and then the discriminator's."""
        own, others = state.optimiser
        before = dataclasses.replace(state, optimiser=own)
        weights: Any
        (weights, own), metrics = super()._improved(before, lifetimes, shuffles)
        discriminator, others, judged = self._told_apart(state.weights.discriminator, others, lifetimes)
        return (Skilled(weights.agent, discriminator), (own, others)), metrics | judged


def _end(log_q: Float[Array, "T skills *batch"], told: Float[Array, "T skills *batch"]) -> Float[Array, ""]:
    """log q(z|s) of the last state."""
    return jnp.mean(log_of_skill(log_q[-1:], told[-1:]))
