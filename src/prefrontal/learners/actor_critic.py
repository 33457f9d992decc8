"""What learners on whole lifetimes share: settings, the lifetimes of an update, advantages, the optimiser."""

import dataclasses
import itertools
import math
from functools import partial
from math import inf
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Key

from prefrontal.actions import actions_of
from prefrontal.agents import AgentSettings, PredictingAgent, check_fits
from prefrontal.checks import check_between, check_integer, check_kind, settle, shown
from prefrontal.errors import UserError
from prefrontal.learners.base import Learner, LearnerState, Metrics
from prefrontal.learners.critic import Told, apart, parameters_of
from prefrontal.learners.equations.losses import mean_lived, normalised
from prefrontal.learners.equations.returns import generalised_advantages
from prefrontal.learners.equations.signal import Signal, learning_signal
from prefrontal.learners.schedules import SCHEDULES, Linear, Schedule, Scheduled, at, values_of
from prefrontal.learners.value_scale import (
    NO_SCALE,
    VALUE_SCALES,
    Scale,
    Targets,
    ValueScale,
    rescaled,
    unscaled,
)
from prefrontal.rollout.live import rollout
from prefrontal.streams import MAX_LIFETIMES, check_seed, lifetime_keys, weights_key
from prefrontal.tasks import TaskDistribution, check_tasks
from prefrontal.types import Lifetimes

Optimiser = Literal["adam", "rmsprop"]
EntropyScale = Literal["none", "actions", "advantages", "both"]
MOST_AT_ONCE = 2**20  # lifetimes of one update
_CRITIC = 0x637269  # sets the critic's key apart from those that `split` gives
_LIVED, _TARGET, _SQUARE = "lived", "target", "target_square"  # what is measured of the targets


class ActorCriticState(LearnerState):
    weights: PredictingAgent
    optimiser: Any
    scale: Any = None  # the `Scale` of what the weights say of values, where these are scaled


class Aims(NamedTuple):
    """What the policy and the value are drawn towards, held fixed."""

    advantage: Float[Array, "T *batch"]  # as the policy is to follow it
    target: Float[Array, "T *batch"]  # of what the weights say of values
    measured: Metrics  # sums of the targets, where the scale of values goes by them


@dataclasses.dataclass(frozen=True)
class LifetimeLearner(Learner):
    """A learner that follows a gradient over whole lifetimes and learns a value.

    A subclass says in `learn` what it does with the lifetimes of an update.
    """

    tasks: TaskDistribution | str
    architecture: AgentSettings = AgentSettings()
    lifetimes: int = 100_000  # of training, rounded up to whole updates
    microbatch: int = 64  # lifetimes that one device lives through at once
    microbatches: int = 2  # of these make an update, dealt out to the devices
    signal: Signal = "sampled"  # as in every paper; the others exist where the task knows them
    discount: Scheduled = Linear(0.8, 1.0)  # what comes soon is learnt first; all of the lifetime counts
    trace_decay: float = 0.95  # λ; with 1, advantages are whole returns less the value, as in the paper
    value_cost: float = 0.05
    optimiser: Optimiser = "adam"
    learning_rate: Scheduled = Linear(5e-3, 0.0)
    max_gradient_norm: float = 1.0
    # Pairs of a part of training and the horizon from there on: ((0, 20), (0.5, 100)). Empty: the tasks' own.
    curriculum: tuple[tuple[float, int], ...] = dataclasses.field(default=(), metadata={"later": True})
    # The devices decide nothing but the last bits, so they are no setting.
    devices: int = dataclasses.field(default=1, metadata={"setting": False})

    def __post_init__(self):
        check_tasks(self.tasks)
        if not isinstance(self.architecture, AgentSettings):
            kind = type(self).__name__
            raise UserError(
                f"architecture is {shown(self.architecture)}; it must be AgentSettings(...). How {kind} "
                f"learns is given by name: {kind}(tasks, AgentSettings(), lifetimes=20_000)"
            )
        schedules = self._schedules()
        for field in schedules:
            self._settle_schedule(field)
        settle(self, **self._limits(), **schedules)
        for field, limits in schedules.items():
            self._check_values(field, *limits)
        self._check_curriculum()
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

    def _check_curriculum(self) -> None:
        """An error unless its parts begin at 0 and rise, and the tasks can have its horizons."""
        if not self.curriculum:
            return
        begins, horizons = zip(*self.curriculum, strict=True)
        rising = all(one < other for one, other in itertools.pairwise(begins))
        if begins[0] != 0.0 or not rising or begins[-1] >= 1.0:
            raise ValueError(
                f"curriculum begins at {list(begins)}; its parts must begin at 0, and rise to less than 1"
            )
        for horizon in horizons:
            check_integer("a horizon of curriculum", horizon, 1, self.horizon)
        tasks = self.distribution
        fields = dataclasses.fields(tasks) if dataclasses.is_dataclass(tasks) else ()
        if "horizon" not in [field.name for field in fields]:
            raise ValueError(
                f"curriculum is given, but {type(tasks).__name__} has no field horizon to change"
            )

    def _limits(self) -> dict[str, tuple[float, float]]:
        """By field, the least and the most of each number."""
        return {
            "lifetimes": (1, MAX_LIFETIMES - MOST_AT_ONCE),
            "microbatch": (1, inf),
            "microbatches": (1, inf),
            "trace_decay": (0, 1),
            "value_cost": (0, inf),
            "max_gradient_norm": (1e-9, inf),
        }

    def _schedules(self) -> dict[str, tuple[float, float]]:
        """By field, the least and the most of each schedule."""
        return {"discount": (0, 1.0), "learning_rate": (0, 1e3)}

    @property
    def _apart(self) -> int:
        """How many parts of an update are gone through one after the other, and so on every device."""
        return 1

    @property
    def lifetimes_per_update(self) -> int:
        return self.microbatch * self.microbatches

    @property
    def updates(self) -> int:
        return -(-self.lifetimes // self.lifetimes_per_update)

    @property
    def _stages(self) -> list[tuple[int, int]]:
        """From which update on lifetimes have how many steps."""
        return [(math.ceil(begin * self.updates), horizon) for begin, horizon in self.curriculum]

    def steps(self, updates: int) -> int:
        if not self.curriculum:
            return super().steps(updates)
        begins = [min(begin, updates) for begin, _ in self._stages] + [updates]
        lengths = [last - first for first, last in itertools.pairwise(begins)]
        lived = sum(count * horizon for count, (_, horizon) in zip(lengths, self._stages, strict=True))
        return self.lifetimes_per_update * lived

    def step(self, state: ActorCriticState) -> tuple[ActorCriticState, Metrics]:
        """One update on the learner's own tasks, with the horizon that the curriculum gives.

        An update is compiled for each horizon of the curriculum. The agent is built for the tasks' own.
        """
        if not self.curriculum:
            return super().step(state)
        tasks: Any = self.distribution
        begins, horizons = zip(*self._stages, strict=True)
        updates = [partial(self.learn, tasks=dataclasses.replace(tasks, horizon=one)) for one in horizons]
        stage = jnp.sum(state.update >= jnp.array(begins[1:], jnp.uint32), dtype=jnp.int32)
        return jax.lax.switch(stage, updates, state)

    def on(self, devices: int) -> "LifetimeLearner":
        """Micro-batches are dealt out evenly: as many devices as their number can be divided by."""
        check_integer("devices", devices, 1)
        used = max(n for n in range(1, devices + 1) if self.microbatches % (self._apart * n) == 0)
        return dataclasses.replace(self, devices=used)

    def init(self, seed: int, agent: PredictingAgent | None = None) -> ActorCriticState:
        check_seed(seed)
        tasks = self.distribution
        if agent is not None:
            check_kind("agent", agent, PredictingAgent)
            check_fits(agent, tasks.environment, type(tasks).__name__)
        agent = agent or self.architecture.build(tasks.environment, tasks.horizon, key=weights_key(seed))
        weights = self._begun(agent, seed)
        optimiser = self._optimiser().init(weights)  # pyright: ignore[reportArgumentType]  # a module is a pytree
        return ActorCriticState(jnp.zeros((), jnp.uint32), jnp.array(seed, jnp.uint32), weights, optimiser)

    def agent(self, state: ActorCriticState) -> PredictingAgent:
        return state.weights

    def _begun(self, agent: PredictingAgent, seed: int) -> PredictingAgent:
        """What is learnt, before the first update."""
        return agent

    def _keys(self, state: ActorCriticState) -> Key[Array, "batch"]:
        """Of the lifetimes of the next update: the next ones of the stream `train`."""
        batch = self.lifetimes_per_update
        return lifetime_keys("train", state.seed, state.update * batch + jnp.arange(batch, dtype=jnp.uint32))

    def _progress(self, state: ActorCriticState) -> Float[Array, ""]:
        """How much of the training is done, from 0 to 1."""
        return state.update.astype(jnp.float32) / self.updates

    def _advantages(
        self, lifetimes: Lifetimes, values: Float[Array, "T *batch"], progress: Float[Array, ""]
    ) -> Float[Array, "T *batch"]:
        """Over the ends of episodes, up to the lifetime's own."""
        return generalised_advantages(
            learning_signal(lifetimes, self.signal),
            at(self.discount, progress, len(values)) * lifetimes.continues,
            values,
            jnp.zeros_like(values[0]),
            self.trace_decay,
        )

    def _optimiser(self) -> optax.GradientTransformation:
        scale = {"adam": optax.scale_by_adam(), "rmsprop": optax.scale_by_rms(decay=0.99, eps=1e-5)}
        return optax.chain(optax.clip_by_global_norm(self.max_gradient_norm), scale[self.optimiser])

    def _follow(
        self, gradient: Any, weights: PredictingAgent, optimiser: Any, progress: Float[Array, ""]
    ) -> tuple[PredictingAgent, Any]:
        """One step down the gradient: the next weights, and the next state of the optimiser."""
        with jax.numpy_dtype_promotion("standard"):  # optax counts in whole numbers
            direction, optimiser = self._optimiser().update(gradient, optimiser)
        rate = at(self.learning_rate, progress)
        return jax.tree.map(lambda weight, step: weight - rate * step, weights, direction), optimiser


@dataclasses.dataclass(frozen=True)
class ActorCritic(LifetimeLearner):
    """A learner whose policy gets better by the advantages of what it did."""

    entropy_cost: Scheduled = Linear(0.1, 0.0)
    normalise_advantages: bool = False  # to zero mean and unit variance, over each micro-batch
    # The units in which values are learnt: "horizon" or "popart" if returns are large or the discount rises.
    value_scale: ValueScale | str = dataclasses.field(default=NO_SCALE, metadata={"later": True})
    # Multiplies entropy_cost by 1 / log(number of actions), by the advantages' root mean square, or by both.
    entropy_scale: EntropyScale = dataclasses.field(default="none", metadata={"later": True})
    # Whether advantages are taken from a critic that sees the task's parameters. The agent never sees them.
    critic_told: bool = dataclasses.field(default=False, metadata={"later": True})

    def __post_init__(self):
        object.__setattr__(self, "value_scale", VALUE_SCALES.make(self.value_scale))
        super().__post_init__()

    def _schedules(self):
        return super()._schedules() | {"entropy_cost": (0, 1e6)}

    def init(self, seed: int, agent: PredictingAgent | None = None) -> ActorCriticState:
        state = super().init(seed, agent)
        if self._scales == NO_SCALE:
            return state
        tasks, zero = self.distribution, jnp.zeros((), jnp.float32)
        scale = self._scales.begin(at(self.discount, zero, tasks.horizon), tasks.horizon)
        weights = rescaled(state.weights, Scale(zero, zero + 1.0), scale)
        return dataclasses.replace(state, weights=weights, scale=scale)

    def agent(self, state: ActorCriticState) -> PredictingAgent:
        weights = state.weights if state.scale is None else unscaled(state.weights, state.scale)
        return weights.agent if isinstance(weights, Told) else weights

    def _begun(self, agent, seed):
        if not self.critic_told:
            return agent
        return Told.of(agent, self.distribution, seed, jax.random.fold_in(weights_key(seed), _CRITIC))

    def _optimiser(self):
        return apart(super()._optimiser()) if self.critic_told else super()._optimiser()

    def _lifetimes(
        self, agent: PredictingAgent, tasks: TaskDistribution, keys: Key[Array, "batch"]
    ) -> Lifetimes:
        """Lifetimes, with their tasks' parameters where the critic is told them."""
        drawn, lifetimes = rollout(agent, tasks, keys)
        return lifetimes._replace(parameters=parameters_of(drawn)) if self.critic_told else lifetimes

    @property
    def _scales(self) -> ValueScale:
        return VALUE_SCALES.make(self.value_scale)

    def _aims(
        self,
        lifetimes: Lifetimes,
        value: Float[Array, "T *batch"],
        progress: Float[Array, ""],
        scale: Scale | None,
    ) -> Aims:
        """Advantages and targets, of the values by the weights that lived these lifetimes."""
        alive, values = lifetimes.alive, value if scale is None else scale.real(value)
        advantage = self._advantages(lifetimes, values, progress)
        target = advantage + values
        if self.normalise_advantages:
            advantage = normalised(advantage, alive)
        if scale is None:
            return Aims(advantage, target, {})
        advantage = advantage if self.normalise_advantages else advantage / scale.size
        sums = {_LIVED: jnp.ones_like(target), _TARGET: target, _SQUARE: target**2}
        measured = {name: mean_lived(each, alive) for name, each in sums.items()}
        return Aims(advantage, scale.scaled(target), measured)

    def _whole(
        self,
        policy: Float[Array, ""],
        values: Metrics,
        entropy: Float[Array, "T *batch"],
        aims: Aims,
        alive: Bool[Array, "T *batch"],
        progress: Float[Array, ""],
        scale: Scale | None,
    ) -> tuple[Float[Array, ""], Metrics]:
        """The policy's loss + c_v times the values' - c_e times the mean entropy, and the metrics of all."""
        value, entropy = jax.tree.reduce(jnp.add, values), mean_lived(entropy, alive)
        loss = policy + self.value_cost * value - self._entropy_cost(aims, alive, progress, scale) * entropy
        return loss, {"loss": loss, "policy_loss": policy, **values, "entropy": entropy, **aims.measured}

    def _entropy_cost(
        self, aims: Aims, alive: Bool[Array, "T *batch"], progress: Float[Array, ""], scale: Scale | None
    ) -> Float[Array, ""]:
        """The cost of entropy, in the units of the advantages in `aims`."""
        cost = at(self.entropy_cost, progress)
        if self.entropy_scale in ("actions", "both"):
            cost = cost / actions_of(self.distribution.environment.action_space).entropy_unit
        if self.entropy_scale in ("advantages", "both"):
            share = jnp.maximum(mean_lived(jnp.ones_like(aims.advantage), alive), 1e-8)
            return cost * jnp.sqrt(mean_lived(aims.advantage**2, alive) / share)
        return cost if scale is None or self.normalise_advantages else cost / scale.size

    def _after(
        self,
        state: ActorCriticState,
        weights: PredictingAgent,
        optimiser: Any,
        metrics: Metrics,
        horizon: int,
    ) -> tuple[ActorCriticState, Metrics]:
        """The state after an update with these metrics, its values in their next units."""
        scale = state.scale
        if scale is not None:
            metrics = dict(metrics)
            lived, *sums = (metrics.pop(name) for name in (_LIVED, _TARGET, _SQUARE))
            metrics |= {"value_shift": scale.shift, "value_size": scale.size}
            progress = (state.update.astype(jnp.float32) + 1.0) / self.updates
            targets, discount = Targets(*(one / lived for one in sums)), at(self.discount, progress, horizon)
            scale = self._scales.after(scale, targets, discount, horizon)
            weights = rescaled(weights, state.scale, scale)
        return ActorCriticState(state.update + 1, state.seed, weights, optimiser, scale), metrics


def lived(lifetimes: Lifetimes) -> dict[str, Float[Array, ""]]:
    """Metrics of what was lived: a lifetime's mean return and, where known, its mean expected regret."""
    metrics = {"return": jnp.mean(jnp.sum(lifetimes.reward, axis=0))}
    if lifetimes.expected_reward is not None and lifetimes.oracle_reward is not None:
        metrics["regret"] = jnp.mean(jnp.sum(lifetimes.oracle_reward - lifetimes.expected_reward, axis=0))
    return metrics
