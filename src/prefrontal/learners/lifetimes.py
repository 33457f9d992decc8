"""What all learners that follow a gradient over whole lifetimes share: settings, keys, the optimiser."""

import dataclasses
from math import inf
from typing import Any, Literal

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key

from prefrontal.agents import AgentSettings, PredictingAgent, check_fits
from prefrontal.checks import check_between, check_integer, check_kind, settle, shown
from prefrontal.errors import UserError
from prefrontal.learners.base import Learner, LearnerState
from prefrontal.learners.equations.signal import Signal
from prefrontal.learners.schedules import SCHEDULES, Linear, Schedule, Scheduled, at, values_of
from prefrontal.streams import MAX_LIFETIMES, check_seed, lifetime_keys, weights_key
from prefrontal.tasks import TaskDistribution, check_tasks
from prefrontal.types import Lifetimes

Optimiser = Literal["adam", "rmsprop", "sgd"]
MOST_AT_ONCE = 2**20  # lifetimes of one update


class LifetimeState(LearnerState):
    weights: Any  # what the gradient changes: an agent
    optimiser: Any


@dataclasses.dataclass(frozen=True)
class LifetimeLearner(Learner):
    """A learner that follows a gradient over whole lifetimes. Subclasses implement `learn`.

    **Raises:** `UserError` or ValueError for a setting of the wrong type or out of range; the error names it.
    """

    tasks: TaskDistribution | str  # what to learn on: a distribution, or the name of one
    architecture: AgentSettings = AgentSettings()  # of the agent that is trained
    lifetimes: int = 100_000  # of training, rounded up to whole updates
    microbatch: int = 64  # the number of lifetimes that one device lives at once
    microbatches: int = 2  # the number of micro-batches in an update; they are distributed over the devices
    signal: Signal = "sampled"  # the reward to learn from; "expected" and "regret" if the task has them
    discount: Scheduled = Linear(0.8, 1.0)  # γ; a low γ at first makes learning faster
    optimiser: Optimiser = "adam"  # or "rmsprop" or "sgd"
    learning_rate: Scheduled = Linear(5e-3, 0.0)  # of the optimiser
    max_gradient_norm: float = 1.0  # longer gradients are scaled down to this norm
    # How many devices to use. It changes only the last bits of results, so it is not stored as a setting.
    devices: int = dataclasses.field(default=1, metadata={"setting": False})

    def __post_init__(self):
        check_tasks(self.tasks)
        if not isinstance(self.architecture, AgentSettings):
            kind = type(self).__name__
            raise UserError(
                f"architecture is {shown(self.architecture)}; it must be AgentSettings(...). Settings of "
                f"{kind} itself are given by name: {kind}(tasks, AgentSettings(), lifetimes=20_000)"
            )
        schedules = self._schedules()
        for field in schedules:
            self._settle_schedule(field)
        settle(self, **self._limits(), **schedules)
        for field, limits in schedules.items():
            self._check_values(field, *limits)
        check_integer("microbatch", self.microbatch, 1, MOST_AT_ONCE)
        check_integer("microbatches", self.microbatches, 1, MOST_AT_ONCE // self.microbatch)
        if self.devices != 1:
            check_integer("devices", self.devices, 1, len(jax.devices()))
        if self.microbatches % (self._apart * self.devices):
            parts = ("minibatches",) * (self._apart > 1) + ("the number of devices",) * (self.devices > 1)
            raise ValueError(
                f"microbatches is {self.microbatches}; it must be a multiple of {' times '.join(parts)}, "
                f"{self._apart * self.devices}"
            )

    def _settle_schedule(self, field: str) -> None:
        """Make the schedule that a text names."""
        given = getattr(self, field)
        if isinstance(given, str):
            try:
                object.__setattr__(self, field, SCHEDULES.make(given))
            except ValueError as error:
                raise UserError(f"{field} is {shown(given)}: {error}") from None

    def _check_values(self, field: str, low: float, high: float) -> None:
        """An error unless the values of a schedule are in range, at the samples of `values_of`."""
        schedule = getattr(self, field)
        waits = field == "discount" and isinstance(schedule, Schedule) and schedule.waits
        try:
            values = values_of(schedule, self.horizon if waits else None)
        except ValueError as error:
            raise UserError(f"{field} is {shown(schedule)}: {error}") from None
        for value in values:
            nearest = min(max(value, low), high)
            rounded = abs(value - nearest) <= 1e-6 * abs(nearest)
            check_between(field, nearest if rounded else value, low, high)

    def _limits(self) -> dict[str, tuple[float, float]]:
        """The lowest and the highest value of each field that is a number."""
        return {
            "lifetimes": (1, MAX_LIFETIMES - MOST_AT_ONCE),
            "microbatch": (1, inf),
            "microbatches": (1, inf),
            "max_gradient_norm": (1e-9, inf),
        }

    def _schedules(self) -> dict[str, tuple[float, float]]:
        """The lowest and the highest value of each field that is a schedule."""
        return {"discount": (0, 1.0), "learning_rate": (0, 1e3)}

    @property
    def _apart(self) -> int:
        """The number of parts of an update that every device handles one after the other."""
        return 1

    @property
    def lifetimes_per_update(self) -> int:
        return self.microbatch * self.microbatches

    @property
    def updates(self) -> int:
        return -(-self.lifetimes // self.lifetimes_per_update)

    def on(self, devices: int) -> "LifetimeLearner":
        """This learner on at most `devices` devices, such that each gets the same number of micro-batches."""
        check_integer("devices", devices, 1)
        used = max(n for n in range(1, devices + 1) if self.microbatches % (self._apart * n) == 0)
        return dataclasses.replace(self, devices=used)

    def init(self, seed: int, agent: PredictingAgent | None = None) -> LifetimeState:
        check_seed(seed)
        tasks = self.distribution
        if agent is not None:
            check_kind("agent", agent, PredictingAgent)
            check_fits(agent, tasks.environment, type(tasks).__name__)
        agent = agent or self.architecture.build(tasks.environment, tasks.horizon, key=weights_key(seed))
        weights = self._begun(agent, seed)
        optimiser = self._optimiser().init(weights)  # pyright: ignore[reportArgumentType]  # a module is a pytree
        return LifetimeState(jnp.zeros((), jnp.uint32), jnp.array(seed, jnp.uint32), weights, optimiser)

    def agent(self, state: LifetimeState) -> PredictingAgent:
        return state.weights

    def _begun(self, agent: PredictingAgent, seed: int) -> PredictingAgent:
        """The weights before the first update."""
        return agent

    def _keys(self, state: LifetimeState) -> Key[Array, "batch"]:
        """The keys of the next update's lifetimes: the next ones of the stream `train`."""
        batch = self.lifetimes_per_update
        return lifetime_keys("train", state.seed, state.update * batch + jnp.arange(batch, dtype=jnp.uint32))

    def _progress(self, state: LifetimeState) -> Float[Array, ""]:
        """How much of the training is done, from 0 to 1."""
        return state.update.astype(jnp.float32) / self.updates

    def _optimiser(self) -> optax.GradientTransformation:
        scale = {
            "adam": optax.scale_by_adam(),
            "rmsprop": optax.scale_by_rms(decay=0.99, eps=1e-5),
            "sgd": optax.identity(),
        }
        return optax.chain(optax.clip_by_global_norm(self.max_gradient_norm), scale[self.optimiser])

    def _follow(
        self, gradient: Any, weights: Any, optimiser: Any, progress: Float[Array, ""]
    ) -> tuple[Any, Any]:
        """One step down the gradient: the next weights, and the next state of the optimiser."""
        with jax.numpy_dtype_promotion("standard"):  # optax counts in whole numbers
            direction, optimiser = self._optimiser().update(gradient, optimiser)
        rate = at(self.learning_rate, progress)
        return jax.tree.map(lambda weight, step: weight - rate * step, weights, direction), optimiser


def lived(lifetimes: Lifetimes) -> dict[str, Float[Array, ""]]:
    """Metrics of lifetimes: their mean return and, if it is known, their mean expected regret."""
    metrics = {"return": jnp.mean(jnp.sum(lifetimes.reward, axis=0))}
    if lifetimes.expected_reward is not None and lifetimes.oracle_reward is not None:
        metrics["regret"] = jnp.mean(jnp.sum(lifetimes.oracle_reward - lifetimes.expected_reward, axis=0))
    return metrics
