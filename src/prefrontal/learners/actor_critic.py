"""What learners that learn a value share: advantages, targets, the curriculum, the entropy's cost."""

import dataclasses
import itertools
import math
from functools import partial
from math import inf
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from prefrontal.actions import actions_of
from prefrontal.agents import PredictingAgent
from prefrontal.checks import check_integer
from prefrontal.learners.base import Metrics
from prefrontal.learners.critic import Told, apart, parameters_of
from prefrontal.learners.equations.losses import mean_lived, normalised
from prefrontal.learners.equations.returns import generalised_advantages
from prefrontal.learners.equations.signal import learning_signal
from prefrontal.learners.lifetimes import LifetimeLearner, LifetimeState
from prefrontal.learners.schedules import Linear, Scheduled, at
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
from prefrontal.streams import weights_key
from prefrontal.tasks import TaskDistribution
from prefrontal.types import Lifetimes

EntropyScale = Literal["none", "actions", "advantages", "both"]
_CRITIC = 0x637269  # makes the critic's key different from those that `split` returns
_LIVED, _TARGET, _SQUARE = "lived", "target", "target_square"  # what is measured of the targets


class ActorCriticState(LifetimeState):
    scale: Any = None  # the `Scale` of the value head's outputs; None if values are not scaled


class Aims(NamedTuple):
    """What the policy and the value learn from, as constants."""

    advantage: Float[Array, "T *batch"]  # for the policy
    target: Float[Array, "T *batch"]  # for the value head's output
    measured: Metrics  # sums of the targets, if the scale of values depends on them


@dataclasses.dataclass(frozen=True)
class CriticLearner(LifetimeLearner):
    """A learner on whole lifetimes that learns a value."""

    trace_decay: float = 0.95  # λ; with 1, advantages are whole returns minus the value, as in the paper
    value_cost: float = 0.05  # c_v, the weight of the value's error in the loss
    # Pairs (part of training, horizon from then on), as in ((0, 20), (0.5, 100)); empty: the tasks' horizon.
    curriculum: tuple[tuple[float, int], ...] = dataclasses.field(default=(), metadata={"later": True})

    def __post_init__(self):
        super().__post_init__()
        self._check_curriculum()

    def _check_curriculum(self) -> None:
        """Raise an error unless the parts begin at 0 and rise, and the tasks can have these horizons."""
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

    def _limits(self):
        return super()._limits() | {"trace_decay": (0, 1), "value_cost": (0, inf)}

    @property
    def _stages(self) -> list[tuple[int, int]]:
        """Pairs (first update, horizon from then on)."""
        return [(math.ceil(begin * self.updates), horizon) for begin, horizon in self.curriculum]

    def steps(self, updates: int) -> int:
        if not self.curriculum:
            return super().steps(updates)
        begins = [min(begin, updates) for begin, _ in self._stages] + [updates]
        lengths = [last - first for first, last in itertools.pairwise(begins)]
        lived = sum(count * horizon for count, (_, horizon) in zip(lengths, self._stages, strict=True))
        return self.lifetimes_per_update * lived

    def step(self, state: ActorCriticState) -> tuple[ActorCriticState, Metrics]:
        """One update on the learner's own tasks, with the horizon from the curriculum.

        One update is compiled for each horizon. The agent is built for the horizon of the tasks.
        """
        if not self.curriculum:
            return super().step(state)
        tasks: Any = self.distribution
        begins, horizons = zip(*self._stages, strict=True)
        updates = [partial(self.learn, tasks=dataclasses.replace(tasks, horizon=one)) for one in horizons]
        stage = jnp.sum(state.update >= jnp.array(begins[1:], jnp.uint32), dtype=jnp.int32)
        return jax.lax.switch(stage, updates, state)

    def init(self, seed: int, agent: PredictingAgent | None = None) -> ActorCriticState:
        return ActorCriticState(**vars(super().init(seed, agent)))

    def _advantages(
        self, lifetimes: Lifetimes, values: Float[Array, "T *batch"], progress: Float[Array, ""]
    ) -> Float[Array, "T *batch"]:
        """The advantages. They reach across the ends of episodes, up to the end of the lifetime."""
        return generalised_advantages(
            learning_signal(lifetimes, self.signal),
            at(self.discount, progress, len(values)) * lifetimes.continues,
            values,
            jnp.zeros_like(values[0]),
            self.trace_decay,
        )


@dataclasses.dataclass(frozen=True)
class ActorCritic(CriticLearner):
    """A learner whose policy follows the advantages of its actions."""

    entropy_cost: Scheduled = Linear(0.1, 0.0)  # c_e, the weight of the policy's entropy in the objective
    normalise_advantages: bool = False  # to zero mean and unit variance, over each micro-batch
    # The units in which values are learnt: "horizon" or "popart" if returns are large or the discount rises.
    value_scale: ValueScale | str = dataclasses.field(default=NO_SCALE, metadata={"later": True})
    # Multiplies entropy_cost by 1 / log(number of actions), by the advantages' root mean square, or by both.
    entropy_scale: EntropyScale = dataclasses.field(default="none", metadata={"later": True})
    # Whether a critic that sees the task's parameters computes the advantages. The agent never sees them.
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
        """Lifetimes, with their tasks' parameters if the critic sees them."""
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
