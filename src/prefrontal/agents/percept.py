"""The percept as features: which of its parts an agent is given, and how each is encoded."""

import dataclasses
import math
from typing import Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.actions import Actions, actions_of
from prefrontal.checks import check_between, check_one_of, check_truth
from prefrontal.encoders import Encoder, FlatEncoder
from prefrontal.encoders.base import shape_of
from prefrontal.memory import Parts
from prefrontal.tasks.base import Environment
from prefrontal.types import Percept

RewardInput = Literal["scalar", "one-hot", "off"]


@dataclasses.dataclass(frozen=True)
class PerceptSettings:
    """Which parts of the percept the agent is given. Taking one away makes a control."""

    observation: bool = True
    previous_action: bool = True
    previous_reward: RewardInput = "scalar"
    time: bool = True
    episode_start: bool = False
    time_scale: float | None = None  # time is given as steps / time_scale; None: the horizon trained on

    def __post_init__(self):
        for field in ("observation", "previous_action", "time", "episode_start"):
            check_truth(field, getattr(self, field))
        check_one_of("previous_reward", self.previous_reward, get_args(RewardInput))
        if self.time_scale is not None:
            check_between("time_scale", self.time_scale, 1e-6, 1e9)


class PerceptEncoder(eqx.Module):
    """The percept as one vector of features. Before the first action its code is all zeros."""

    settings: PerceptSettings = eqx.field(static=True)
    time_scale: float = eqx.field(static=True)  # steps
    actions: Actions = eqx.field(static=True)
    observations: tuple[int, ...] | None = eqx.field(static=True)  # an observation's shape, where it is given
    reward_values: tuple[float, ...] = eqx.field(static=True)  # for the one-hot reward; empty otherwise
    observer: Encoder | None  # None where there is nothing to observe

    @classmethod
    def build(
        cls,
        settings: PerceptSettings,
        environment: Environment,
        horizon: int,
        observer: Encoder | None = None,
    ) -> "PerceptEncoder":
        """`observer` encodes the observation; if None, it is given as it is. `horizon` is the time scale."""
        values = environment.reward_values if settings.previous_reward == "one-hot" else ()
        if values is None:
            name = type(environment).__name__
            raise ValueError(
                f"previous_reward is 'one-hot', but {name} does not list its reward_values; use 'scalar'"
            )
        shape = shape_of(environment.observation_space) if settings.observation else None
        if shape is None or not math.prod(shape):
            observer = None
        elif observer is None:
            observer = FlatEncoder(environment.observation_space)
        scale = float(horizon if settings.time_scale is None else settings.time_scale)
        return cls(settings, scale, actions_of(environment.action_space), shape, tuple(values), observer)

    @property
    def parts(self) -> Parts:
        """How many features each part of the percept has, in their order."""
        given = self.settings
        reward = {"scalar": 1, "one-hot": len(self.reward_values), "off": 0}[given.previous_reward]
        return Parts(
            observation=self.observer.size if self.observer else 0,
            previous_action=self.actions.features * given.previous_action,
            previous_reward=reward,
            time=int(given.time),
            episode_start=int(given.episode_start),
        )

    @property
    def size(self) -> int:
        """The number of features."""
        return self.parts.size

    def __call__(self, percept: Percept) -> Float[Array, "features *batch"]:
        observed = self.observer(percept.observation) if self.observer else None
        return self._with_the_rest(observed, percept)

    def over_time(self, percept: Percept) -> Float[Array, "T features *batch"]:
        """The features of every step of whole lifetimes."""
        observed = self.observer.over_time(percept.observation) if self.observer else None
        return jax.vmap(self._with_the_rest)(observed, percept)

    def _with_the_rest(
        self, observed: Float[Array, "observed *batch"] | None, percept: Percept
    ) -> Float[Array, "features *batch"]:
        """The encoded observation, and behind it the other parts."""
        given = self.settings
        features = [] if observed is None else [observed]
        if given.previous_action:
            features.append(self.actions.code(percept.previous_action) * (percept.time > 0)[None])
        if given.previous_reward == "scalar":
            features.append(percept.previous_reward[None])
        if given.previous_reward == "one-hot":
            features.append(self._one_hot_reward(percept))
        if given.time:
            features.append(percept.time[None] / self.time_scale)
        if given.episode_start:
            features.append(percept.episode_start[None].astype(jnp.float32))
        return jnp.concatenate(features) if features else jnp.zeros((0, *percept.time.shape))

    def _one_hot_reward(self, percept: Percept) -> Float[Array, "values *batch"]:
        """Which of the possible rewards came last; all zeros before the first step, where there was none."""
        values = jnp.array(self.reward_values).reshape(-1, *(1,) * percept.time.ndim)
        nearest = jnp.argmin(jnp.abs(percept.previous_reward[None] - values), axis=0)
        return jax.nn.one_hot(nearest, len(self.reward_values), axis=0) * (percept.time > 0)[None]
