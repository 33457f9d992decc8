"""Advantage actor-critic on whole lifetimes, as in Wang et al. 2016 (after Mnih et al. 2016); synchronous."""

import dataclasses
import math
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key

from prefrontal.agents import AgentSettings, RecurrentAgent
from prefrontal.checks import check_between, check_integer
from prefrontal.learners.base import Learner, LearnerState
from prefrontal.learners.equations.losses import entropy, log_probability
from prefrontal.learners.equations.returns import generalised_advantages
from prefrontal.learners.equations.signal import SIGNALS, Signal, learning_signal
from prefrontal.learners.parallel import mean_over_batches
from prefrontal.learners.schedules import Linear, Schedule, at, values_of
from prefrontal.rollout.live import rollout
from prefrontal.streams import MAX_LIFETIMES, check_seed, lifetime_keys, weights_key
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import Lifetimes

Optimiser = Literal["adam", "rmsprop"]


@dataclasses.dataclass(frozen=True)
class A2CSettings:
    """How A2C learns. The schedules run over the whole training; the defaults are our results' recipe."""

    lifetimes: int = 100_000  # of training, rounded up to whole updates
    microbatch: int = 64  # lifetimes that one device lives through at once
    microbatches: int = 2  # of these make an update, dealt out to the devices
    signal: Signal = "best"
    discount: Schedule = Linear(0.8, 1.0)  # what comes soon is learnt first; all of the lifetime counts
    trace_decay: float = 0.95  # λ; with 1, advantages are whole returns less the value, as in the paper
    value_cost: float = 0.05
    entropy_cost: Schedule = Linear(0.1, 0.0)
    normalise_advantages: bool = False  # to zero mean and unit variance, over each micro-batch
    optimiser: Optimiser = "adam"
    learning_rate: Schedule = Linear(5e-3, 0.0)
    max_gradient_norm: float = 1.0

    def __post_init__(self):
        check_integer("lifetimes", self.lifetimes, 1, MAX_LIFETIMES - 2**20)
        check_integer("microbatch", self.microbatch, 1)
        check_integer("microbatches", self.microbatches, 1)
        check_between("trace_decay", self.trace_decay, 0, 1)
        check_between("value_cost", self.value_cost, 0)
        check_between("max_gradient_norm", self.max_gradient_norm, 1e-9)
        for field, high in (("discount", 1.0), ("entropy_cost", math.inf), ("learning_rate", math.inf)):
            for value in values_of(getattr(self, field)):
                check_between(field, value, 0, high)
        for field, known in (("signal", SIGNALS), ("optimiser", get_args(Optimiser))):
            if getattr(self, field) not in known:
                raise ValueError(f"{field} is {getattr(self, field)!r}; it must be one of {', '.join(known)}")


class A2CState(LearnerState):
    weights: RecurrentAgent
    optimiser: Any


@dataclasses.dataclass(frozen=True)
class A2C(Learner):
    """One update: live a batch of lifetimes, and follow the gradient of

        Σₜ Aₜ log π(aₜ) - c_v (Rₜ - Vₜ)² / 2 + c_e H(πₜ),    Rₜ = Aₜ + Vₜ held fixed,

    summed over the steps that were lived, for each step of the horizon and each lifetime of the batch. The
    forward pass is the rollout's own: it is not run a second time.
    """

    distribution: TaskDistribution
    agent_settings: AgentSettings = AgentSettings()
    settings: A2CSettings = A2CSettings()
    devices: int = 1

    def __post_init__(self):
        check_integer("devices", self.devices, 1, len(jax.devices()))
        if self.settings.microbatches % self.devices:
            count = self.settings.microbatches
            raise ValueError(
                f"microbatches is {count}; it must be a multiple of the number of devices, {self.devices}"
            )

    @property
    def lifetimes_per_update(self) -> int:
        return self.settings.microbatch * self.settings.microbatches

    @property
    def updates(self) -> int:
        return -(-self.settings.lifetimes // self.lifetimes_per_update)

    @property
    def horizon(self) -> int:
        return self.distribution.horizon

    def init(self, seed: int) -> A2CState:
        check_seed(seed)
        weights = self.agent_settings.build(self.distribution.environment, key=weights_key(seed))
        optimiser = self._optimiser().init(weights)  # pyright: ignore[reportArgumentType]  # a module is a pytree
        return A2CState(jnp.zeros((), jnp.uint32), jnp.array(seed, jnp.uint32), weights, optimiser)

    def step(self, state: A2CState) -> tuple[A2CState, dict[str, Float[Array, ""]]]:
        batch = self.lifetimes_per_update
        keys = lifetime_keys("train", state.seed, state.update * batch + jnp.arange(batch, dtype=jnp.uint32))
        progress = state.update / self.updates
        gradient_of = jax.grad(self._loss, has_aux=True)
        gradient, metrics = mean_over_batches(
            lambda keys: gradient_of(state.weights, keys, progress),
            keys,
            self.settings.microbatch,
            self.devices,
        )
        direction, optimiser = self._optimiser().update(gradient, state.optimiser)
        rate = at(self.settings.learning_rate, progress)
        weights = jax.tree.map(lambda weight, step: weight - rate * step, state.weights, direction)
        metrics["gradient_norm"] = optax.tree.norm(gradient)
        return A2CState(state.update + 1, state.seed, weights, optimiser), metrics

    def agent(self, state: A2CState) -> RecurrentAgent:
        return state.weights

    def _optimiser(self) -> optax.GradientTransformation:
        scale = {"adam": optax.scale_by_adam(), "rmsprop": optax.scale_by_rms(decay=0.99, eps=1e-5)}
        return optax.chain(
            optax.clip_by_global_norm(self.settings.max_gradient_norm), scale[self.settings.optimiser]
        )

    def _loss(self, agent: RecurrentAgent, keys: Key[Array, "batch"], progress: Float[Array, ""]):
        """The loss of a micro-batch and its metrics."""
        settings = self.settings
        _, lifetimes = jax.lax.stop_gradient(rollout(agent, self.distribution, keys))
        prediction = agent.recall(lifetimes.percept, lifetimes.trace)
        advantage = self._advantages(lifetimes, jax.lax.stop_gradient(prediction.value), progress)
        target = advantage + jax.lax.stop_gradient(prediction.value)
        if settings.normalise_advantages:
            advantage = _normalised(advantage, lifetimes.alive)
        mean = lambda values: jnp.mean(jnp.where(lifetimes.alive, values, 0.0))  # noqa: E731
        parts = {
            "policy_loss": -mean(advantage * log_probability(prediction.logits, lifetimes.action)),
            "value_loss": mean((target - prediction.value) ** 2) / 2,
            "entropy": mean(entropy(prediction.logits)),
        }
        loss = (
            parts["policy_loss"]
            + settings.value_cost * parts["value_loss"]
            - at(settings.entropy_cost, progress) * parts["entropy"]
        )
        return loss, {"loss": loss, **parts, **lived(lifetimes)}

    def _advantages(self, lifetimes: Lifetimes, values: Float[Array, "T batch"], progress: Float[Array, ""]):
        discount = at(self.settings.discount, progress) * lifetimes.continues
        rewards = learning_signal(lifetimes, self.settings.signal)
        return generalised_advantages(
            rewards, discount, values, jnp.zeros_like(values[0]), self.settings.trace_decay
        )


def _normalised(advantage: Float[Array, "T batch"], alive) -> Float[Array, "T batch"]:
    """Zero mean and unit variance over the steps that were lived."""
    count = jnp.maximum(jnp.sum(alive), 1)
    mean = jnp.sum(jnp.where(alive, advantage, 0.0)) / count
    variance = jnp.sum(jnp.where(alive, (advantage - mean) ** 2, 0.0)) / count
    return (advantage - mean) / jnp.sqrt(variance + 1e-8)


def lived(lifetimes: Lifetimes) -> dict[str, Float[Array, ""]]:
    """Metrics of what was lived: a lifetime's mean return and, where known, its mean expected regret."""
    metrics = {"return": jnp.mean(jnp.sum(lifetimes.reward, axis=0))}
    if lifetimes.expected_reward is not None and lifetimes.oracle_reward is not None:
        metrics["regret"] = jnp.mean(jnp.sum(lifetimes.oracle_reward - lifetimes.expected_reward, axis=0))
    return metrics
