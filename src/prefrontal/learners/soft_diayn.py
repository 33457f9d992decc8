"""DIAYN by soft actor-critic, as in the paper: off-policy, with a replay buffer and twin critics."""

import dataclasses
import itertools
import math
from math import inf
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.affine import Affine
from prefrontal.agents import AgentSettings, PredictingAgent, RecurrentAgent
from prefrontal.agents.skilled import Discriminator, Skilled
from prefrontal.checks import check_between, check_integer
from prefrontal.learners.base import Metrics
from prefrontal.learners.diayn import SkillLearner
from prefrontal.learners.equations.soft import (
    actor_loss,
    critic_loss,
    soft_target,
    temperature_loss,
    weighted,
)
from prefrontal.learners.inner import PLAIN
from prefrontal.learners.lifetimes import LifetimeState, lived
from prefrontal.learners.replay import Replay, Transitions, transitions_of
from prefrontal.learners.schedules import Scheduled
from prefrontal.policies import SquashedLaw, SquashedSettings
from prefrontal.rollout.live import rollout
from prefrontal.streams import update_key, weights_key
from prefrontal.tasks import TaskDistribution
from prefrontal.types import RandomKey

SQUASHED = dataclasses.replace(PLAIN, policy=SquashedSettings())
_CRITICS = 0x637269  # makes the critics' key different from those that `split` returns
_MOST = 10_000_000  # transitions in a buffer


class Twins(eqx.Module):
    """Q₁ and Q₂: rectified layers on the observation and the action, in units of the box."""

    networks: tuple[tuple[Affine, ...], tuple[Affine, ...]]

    @classmethod
    def build(cls, inputs: int, widths: tuple[int, ...], key: RandomKey) -> "Twins":
        sizes = list(itertools.pairwise((inputs, *widths, 1)))
        scales = [math.sqrt(2)] * len(widths) + [1.0]

        def network(key):
            keys = jax.random.split(key, len(sizes))
            layers = zip(sizes, keys, scales, strict=True)
            return tuple(Affine(*size, key=one, scale=scale) for size, one, scale in layers)

        first, second = jax.random.split(key)
        return cls((network(first), network(second)))

    def __call__(
        self, observation: Float[Array, "numbers batch"], code: Float[Array, "k batch"]
    ) -> Float[Array, "2 batch"]:
        return jnp.stack([_read(layers, jnp.concatenate([observation, code])) for layers in self.networks])


class SoftState(LifetimeState):
    """`weights` are a `Skilled` agent; `optimiser` has a state for each of the four that learn."""

    critics: Twins
    targets: Twins
    log_temperature: Float[Array, ""]
    replay: Replay


@dataclasses.dataclass(frozen=True)
class SoftDIAYN(SkillLearner):
    """An update lives lifetimes, puts their transitions into the replay buffer, and takes gradient steps.

    A step draws a batch of transitions (s, a, s') and rewards them with log q(z|s') - log p(z), by the
    discriminator of the moment. It moves twin critics towards the soft target, the policy towards the
    actions that they value, α towards its aim if it is learnt, the target critics by `polyak`, and the
    discriminator along the gradient of log q(z|s'). An episode that ends by its time is not an end of the
    world: its last step, of which no next observation is seen, is left out.

    Source: Eysenbach et al. 2018, algorithm 1 and section 3.2; Haarnoja et al. 2018.
    """

    architecture: AgentSettings = SQUASHED  # of the agent that is trained; without a memory
    lifetimes: int = 3_200  # as in `LifetimeLearner`
    microbatch: int = 32  # times `microbatches`, the number of lifetimes of an update, all lived at once
    microbatches: int = 1  # as above
    discount: float = 0.9  # γ
    learning_rate: Scheduled = 1e-3  # of policy, critics and α
    temperature: float = 0.1  # α, the weight of the entropy; where it is learnt, its first value
    learnt_temperature: bool = False  # whether α is learnt, to an entropy of minus the number of actions
    critic_widths: tuple[int, ...] = (64, 64)  # rectified units of each of the critics' hidden layers
    capacity: int = 200_000  # transitions in the replay buffer
    batch: int = 256  # transitions of a gradient step
    gradient_steps: int = 64  # in an update
    polyak: float = 0.01  # how far the target critics move towards the critics at each step
    discriminator_steps: int = 1  # its steps in each gradient step

    def __post_init__(self):
        super().__post_init__()
        check_between("discount", self.discount, 0, 1.0)
        if self.learnt_temperature and not self.temperature:
            raise ValueError("temperature is 0; it must be greater where learnt_temperature is True")
        if self.devices != 1:
            raise ValueError(f"devices is {self.devices}; it must be 1 for soft actor-critic")
        for width in self.critic_widths:
            check_integer("each of critic_widths", width, 1, 10_000)
        least = self.lifetimes_per_update * max(self.horizon - 1, 1)
        check_integer("capacity", self.capacity, least, _MOST)
        if self.horizon < 2:
            raise ValueError(f"the tasks' horizon is {self.horizon}; it must be at least 2")

    def _limits(self):
        whole = {"capacity": (1, _MOST), "batch": (1, 2**20), "gradient_steps": (1, 100_000)}
        own = {"temperature": (0, 1e3), "polyak": (1e-6, 1.0), "critic_widths": (1, inf)}
        return super()._limits() | whole | own

    def on(self, devices: int) -> "SoftDIAYN":
        """Itself: it uses one device."""
        return self

    def init(self, seed: int, agent: PredictingAgent | None = None) -> SoftState:
        state = super().init(seed, agent)
        skilled, world = state.weights, self._world
        _check_agent(skilled.agent)
        numbers, actions = world.size + world.skills, skilled.agent.policy.actions.features
        key = jax.random.fold_in(weights_key(seed), _CRITICS)
        critics = Twins.build(numbers + actions, self.critic_widths, key)
        targets = jax.tree.map(jnp.copy, critics)
        log_temperature = jnp.log(jnp.float32(max(self.temperature, 1e-30)))
        learners = (skilled.agent, critics, log_temperature)
        optimiser = (
            *(self._optimiser().init(one) for one in learners),  # pyright: ignore[reportArgumentType]
            self._adam.init(skilled.discriminator),  # pyright: ignore[reportArgumentType]
        )
        replay = Replay.empty(self.capacity, numbers, actions)
        return SoftState(
            state.update, state.seed, skilled, optimiser, critics, targets, log_temperature, replay
        )

    def _begun(self, agent, seed):
        return self._with_discriminator(agent, seed)

    def learn(self, state: SoftState, tasks: TaskDistribution) -> tuple[SoftState, Metrics]:
        _, lifetimes = rollout(state.weights, tasks, self._keys(state))
        state = eqx.tree_at(lambda one: one.replay, state, state.replay.added(transitions_of(lifetimes)))
        keys = jax.random.split(update_key(state.seed, state.update), self.gradient_steps)
        measured = lived(self._rewarded(state.weights.discriminator, lifetimes))
        _, judged = self._judged(state.weights.discriminator, lifetimes)
        (moving, still), step = eqx.partition(state, _moves(state)), self._gradient_step

        def scanned(moving, key):
            after, metrics = step(eqx.combine(moving, still), key)
            return eqx.filter(after, _moves(after)), metrics

        moving, metrics = jax.lax.scan(scanned, moving, keys)
        after = eqx.combine(moving, still)
        means = {name: jnp.mean(values) for name, values in metrics.items()}
        return eqx.tree_at(lambda one: one.update, after, state.update + 1), means | measured | judged

    def _gradient_step(self, state: SoftState, key: RandomKey) -> tuple[SoftState, Metrics]:
        draw_key, target_key, actor_key = jax.random.split(key, 3)
        batch, progress = state.replay.drawn(draw_key, self.batch), self._progress(state)
        agent, discriminator = state.weights.agent, state.weights.discriminator
        of_agent, of_critics, of_temperature, of_discriminator = state.optimiser
        temperature = self._temperature(state)

        target = self._target(state, batch, temperature, target_key)
        critic_slope, error = _slope(lambda one: self._critic_loss(one, agent, batch, target), state.critics)
        critics, of_critics = self._follow(critic_slope, state.critics, of_critics, progress)

        actor_slope, (cost, said) = _slope(
            lambda one: self._actor_loss(one, critics, batch, temperature, actor_key), agent
        )
        agent, of_agent = self._follow(actor_slope, agent, of_agent, progress)

        log_temperature = state.log_temperature
        if self.learnt_temperature:
            aim = -float(len(batch.action))
            slope = jax.grad(temperature_loss)(log_temperature, said, aim, batch.real)
            log_temperature, of_temperature = self._follow(slope, log_temperature, of_temperature, progress)

        discriminator, of_discriminator = self._tell_apart(discriminator, of_discriminator, batch)
        targets = jax.tree.map(lambda old, new: old + self.polyak * (new - old), state.targets, critics)
        optimiser = (of_agent, of_critics, of_temperature, of_discriminator)
        weights = Skilled(agent, discriminator)
        after = SoftState(
            state.update, state.seed, weights, optimiser, critics, targets, log_temperature, state.replay
        )
        entropy = -weighted(said, batch.real)
        return after, {
            "critic_loss": error,
            "actor_loss": cost,
            "entropy": entropy,
            "temperature": temperature,
        }

    def _temperature(self, state: SoftState) -> Float[Array, ""]:
        if not self.learnt_temperature:
            return jnp.float32(self.temperature)
        return jnp.exp(state.log_temperature)

    def _target(self, state: SoftState, batch: Transitions, temperature: Any, key: RandomKey):
        """The soft target of each transition, of the discriminator's reward."""
        agent, discriminator = state.weights.agent, state.weights.discriminator
        told = batch.following[self._world.size :]
        reward = jnp.sum(told * discriminator(batch.following), axis=0) + math.log(len(told))
        code, said = _acted(agent, batch.following, key)
        following = state.targets(batch.following, code)
        return soft_target(reward, self.discount, following, said, temperature)

    def _critic_loss(self, critics: Twins, agent: RecurrentAgent, batch: Transitions, target: Any):
        actions: Any = agent.policy.actions
        code = actions.code(batch.action.reshape(*actions.shape, -1))
        loss = critic_loss(critics(batch.observation, code), target, batch.real)
        return loss, loss

    def _actor_loss(
        self, agent: RecurrentAgent, critics: Twins, batch: Transitions, temperature: Any, key: RandomKey
    ):
        code, said = _acted(agent, batch.observation, key)
        loss = actor_loss(critics(batch.observation, code), said, temperature, batch.real)
        return loss, (loss, said)

    def _tell_apart(self, discriminator: Discriminator, optimiser: Any, batch: Transitions):
        """The discriminator after its steps on the states that a batch leads to."""
        told = batch.following[self._world.size :]

        def loss(one: Discriminator):
            return -weighted(jnp.sum(told * one(batch.following), axis=0), batch.real)

        for _ in range(self.discriminator_steps):
            with jax.numpy_dtype_promotion("standard"):  # optax counts in whole numbers
                changes, optimiser = self._adam.update(jax.grad(loss)(discriminator), optimiser)
            discriminator = jax.tree.map(lambda weight, change: weight + change, discriminator, changes)
        return discriminator, optimiser


def _check_agent(agent: Any) -> None:
    """A ValueError unless the agent's action depends on its observation only, by a squashed law."""
    if not isinstance(agent, RecurrentAgent) or not agent.apart or agent.encoder.settings.time:
        raise ValueError(
            "the architecture has a memory, or inputs besides the observation; soft actor-critic learns from "
            "single steps, so it must have memory='none' and no previous action, reward or time"
        )
    if agent.policy.weights.shape[0] != 2 * agent.policy.actions.features:
        raise ValueError(
            f"the policy is {type(agent.policy).__name__}; soft actor-critic needs one that is squashed into "
            "the box: policy='squashed'"
        )


def _acted(agent: RecurrentAgent, observation: Float[Array, "numbers batch"], key: RandomKey):
    """An action of each observation, coded, and its log π; differentiable."""
    see: Any = agent.encoder.observer
    _, output, _ = agent.memory.step(agent.memory.initial(), see(observation))
    law = agent.policy.law(output)
    assert isinstance(law, SquashedLaw)
    action, said = law.drawn(jax.random.normal(key, law.mean.shape, jnp.float32))
    return law.actions.code(action), said


def _slope(loss: Any, at: Any):
    """The gradient of a loss and what else it says."""
    return jax.grad(loss, has_aux=True)(at)


def _moves(state: SoftState) -> Any:
    """True for every leaf that a gradient step changes: all but the buffer."""
    everything = jax.tree.map(lambda _: True, state)
    return eqx.tree_at(lambda one: one.replay, everything, jax.tree.map(lambda _: False, state.replay))


def _read(layers: tuple[Affine, ...], x: Float[Array, "inputs batch"]) -> Float[Array, "batch"]:
    for layer in layers[:-1]:
        x = jax.nn.relu(layer(x))
    return layers[-1](x)[0]
