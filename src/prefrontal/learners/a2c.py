"""Advantage actor-critic on whole lifetimes, as in Wang et al. 2016 (after Mnih et al. 2016); synchronous."""

import dataclasses
from functools import partial
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from prefrontal.agents import AgentSettings, PredictingAgent
from prefrontal.checks import check_between, check_integer, check_one_of, check_truth
from prefrontal.errors import UserError
from prefrontal.learners.base import Learner, LearnerState, Metrics
from prefrontal.learners.equations.losses import mean_lived, normalised, policy_loss, value_loss
from prefrontal.learners.equations.returns import generalised_advantages
from prefrontal.learners.equations.signal import SIGNALS, Signal, learning_signal
from prefrontal.learners.parallel import mean_over_batches
from prefrontal.learners.schedules import Linear, Schedule, at, values_of
from prefrontal.rollout.live import rollout
from prefrontal.streams import MAX_LIFETIMES, check_seed, lifetime_keys, weights_key
from prefrontal.tasks import TaskDistribution, not_tasks
from prefrontal.types import Lifetimes

Optimiser = Literal["adam", "rmsprop"]


class A2CState(LearnerState):
    weights: PredictingAgent
    optimiser: Any


@dataclasses.dataclass(frozen=True)
class A2C(Learner):
    """One update: live a batch of lifetimes, and follow the gradient of

        Σₜ Aₜ log π(aₜ) - c_v (Rₜ - Vₜ)² / 2 + c_e H(πₜ),    Rₜ = Aₜ + Vₜ held fixed,

    summed over the steps that were lived, for each step of the horizon and each lifetime of the batch. The
    forward pass is the rollout's own: it is not run a second time. Schedules run over the whole training; the
    defaults are our results' recipe.
    """

    tasks: TaskDistribution | str
    architecture: AgentSettings = AgentSettings()
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
    # On what it runs decides nothing but the last bits, so that it is no setting.
    devices: int = dataclasses.field(default=1, metadata={"setting": False})

    def __post_init__(self):
        if not isinstance(self.tasks, str | TaskDistribution):
            raise UserError(not_tasks(self.tasks))
        if not isinstance(self.architecture, AgentSettings):
            raise UserError(
                f"architecture is {self.architecture!r}; it must be AgentSettings(...). How A2C learns is "
                "given by name: A2C(tasks, AgentSettings(), lifetimes=20_000)"
            )
        check_integer("lifetimes", self.lifetimes, 1, MAX_LIFETIMES - 2**20)
        check_integer("microbatch", self.microbatch, 1)
        check_integer("microbatches", self.microbatches, 1)
        check_between("trace_decay", self.trace_decay, 0, 1)
        check_between("value_cost", self.value_cost, 0)
        check_between("max_gradient_norm", self.max_gradient_norm, 1e-9)
        for field, high in (("discount", 1.0), ("entropy_cost", 1e6), ("learning_rate", 1e3)):
            for value in values_of(getattr(self, field)):
                check_between(field, value, 0, high)
        check_one_of("signal", self.signal, SIGNALS)
        check_one_of("optimiser", self.optimiser, get_args(Optimiser))
        check_truth("normalise_advantages", self.normalise_advantages)
        if self.devices != 1:
            check_integer("devices", self.devices, 1, len(jax.devices()))
        if self.microbatches % self.devices:
            raise ValueError(
                f"microbatches is {self.microbatches}; it must be a multiple of the number of devices, "
                f"{self.devices}"
            )

    @property
    def lifetimes_per_update(self) -> int:
        return self.microbatch * self.microbatches

    @property
    def updates(self) -> int:
        return -(-self.lifetimes // self.lifetimes_per_update)

    def on(self, devices: int) -> "A2C":
        """Micro-batches are dealt out evenly: as many devices as their number can be divided by."""
        used = max(n for n in range(1, devices + 1) if self.microbatches % n == 0)
        return dataclasses.replace(self, devices=used)

    def init(self, seed: int, agent: PredictingAgent | None = None) -> A2CState:
        check_seed(seed)
        tasks = self.distribution
        weights = agent or self.architecture.build(tasks.environment, tasks.horizon, key=weights_key(seed))
        optimiser = self._optimiser().init(weights)  # pyright: ignore[reportArgumentType]  # a module is a pytree
        return A2CState(jnp.zeros((), jnp.uint32), jnp.array(seed, jnp.uint32), weights, optimiser)

    def learn(self, state: A2CState, tasks: TaskDistribution) -> tuple[A2CState, Metrics]:
        batch = self.lifetimes_per_update
        keys = lifetime_keys("train", state.seed, state.update * batch + jnp.arange(batch, dtype=jnp.uint32))
        progress = state.update / self.updates
        gradient_of = jax.grad(partial(self._loss, progress=progress), has_aux=True)

        def gradient_of_batch(keys):
            _, lifetimes = rollout(state.weights, tasks, keys)
            return gradient_of(state.weights, lifetimes)

        gradient, metrics = mean_over_batches(gradient_of_batch, keys, self.microbatch, self.devices)
        direction, optimiser = self._optimiser().update(gradient, state.optimiser)
        rate = at(self.learning_rate, progress)
        weights = jax.tree.map(lambda weight, step: weight - rate * step, state.weights, direction)
        metrics["gradient_norm"] = optax.tree.norm(gradient)
        return A2CState(state.update + 1, state.seed, weights, optimiser), metrics

    def agent(self, state: A2CState) -> PredictingAgent:
        return state.weights

    def _optimiser(self) -> optax.GradientTransformation:
        scale = {"adam": optax.scale_by_adam(), "rmsprop": optax.scale_by_rms(decay=0.99, eps=1e-5)}
        return optax.chain(optax.clip_by_global_norm(self.max_gradient_norm), scale[self.optimiser])

    def _loss(self, agent: PredictingAgent, lifetimes: Lifetimes, progress: Float[Array, ""]):
        """The loss of lifetimes that were lived with these weights, and its metrics."""
        prediction = agent.recall(lifetimes)
        values = jax.lax.stop_gradient(prediction.value)
        advantage = generalised_advantages(
            learning_signal(lifetimes, self.signal),
            at(self.discount, progress) * lifetimes.continues,
            values,
            jnp.zeros_like(values[0]),
            self.trace_decay,
        )
        target = advantage + values
        if self.normalise_advantages:
            advantage = normalised(advantage, lifetimes.alive)
        parts = {
            "policy_loss": policy_loss(prediction, lifetimes, advantage),
            "value_loss": value_loss(prediction, lifetimes, target),
            "entropy": mean_lived(prediction.entropy(), lifetimes.alive),
        }
        loss = (
            parts["policy_loss"]
            + self.value_cost * parts["value_loss"]
            - at(self.entropy_cost, progress) * parts["entropy"]
        )
        return loss, {"loss": loss, **parts, **lived(lifetimes)}


def lived(lifetimes: Lifetimes) -> dict[str, Float[Array, ""]]:
    """Metrics of what was lived: a lifetime's mean return and, where known, its mean expected regret."""
    metrics = {"return": jnp.mean(jnp.sum(lifetimes.reward, axis=0))}
    if lifetimes.expected_reward is not None and lifetimes.oracle_reward is not None:
        metrics["regret"] = jnp.mean(jnp.sum(lifetimes.oracle_reward - lifetimes.expected_reward, axis=0))
    return metrics
