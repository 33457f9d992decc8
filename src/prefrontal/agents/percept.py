"""The percept as features: which of its parts an agent is given, and how each part is encoded."""

import dataclasses
import itertools
import math
from numbers import Real
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.actions import Actions, actions_of
from prefrontal.agents.base import Agent
from prefrontal.checks import settle, shown
from prefrontal.encoders import Encoder, FlatEncoder
from prefrontal.errors import UserError
from prefrontal.memory import Parts
from prefrontal.observations import code_of, shape_of
from prefrontal.tasks.base import Environment
from prefrontal.types import Percept

RewardInput = Literal["scalar", "one-hot", "off"]


@dataclasses.dataclass(frozen=True)
class PerceptSettings:
    """Which parts of the percept the agent is given. Removing one makes a control."""

    observation: bool = True  # what the environment shows
    previous_action: bool = True  # coded by its kind; zeros before the first action
    previous_reward: RewardInput = "scalar"  # as a number, one-hot over the possible rewards, or not at all
    time: bool = True  # steps since the start of the lifetime, scaled by `time_scale`
    episode_start: bool = False  # whether the observation opens an episode: 1 or 0
    time_scale: float | None = None  # time is given as steps / time_scale; None: the horizon trained on
    # The observation of the step before, which the last action answered; zeros at the start of the lifetime.
    # With it a percept holds a whole transition. The agent keeps it itself.
    previous_observation: bool = False

    def __post_init__(self):
        settle(self, time_scale=(1e-6, 1e9))


class PerceptEncoder(eqx.Module):
    """The percept as one vector of features. Before the first action, the code of the action is all zeros."""

    settings: PerceptSettings = eqx.field(static=True)
    time_scale: float = eqx.field(static=True)  # steps
    actions: Actions = eqx.field(static=True)
    # Where observations are given: their shape, or the kind of choice that they are.
    observations: tuple[int, ...] | Actions | None = eqx.field(static=True)
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
        """The encoder for an environment; `observer` encodes observations, `horizon` is the time scale."""
        values = environment.reward_values if settings.previous_reward == "one-hot" else ()
        none_listed = isinstance(values, tuple | list) and not values
        if values is None or (settings.previous_reward == "one-hot" and none_listed):
            name = type(environment).__name__
            raise ValueError(
                f"previous_reward is 'one-hot', but {name} does not list its reward_values; use 'scalar'"
            )
        _check_values(environment, values)
        space = environment.observation_space
        shape = shape_of(space) if settings.observation else None
        if settings.previous_observation and (shape is None or not math.prod(shape)):
            raise UserError(
                "previous_observation is True, but the agent is given no observation: "
                f"{'observation is False' if shape is None else f'{type(environment).__name__} shows none'}"
            )
        if shape is None or not math.prod(shape):
            observer = None
        elif observer is None:
            observer = FlatEncoder(space)
        scale = float(horizon if settings.time_scale is None else settings.time_scale)
        actions, seen = (
            actions_of(environment.action_space),
            shape if shape is None else code_of(space) or shape,
        )
        return cls(settings, scale, actions, seen, tuple(values), observer)

    @property
    def parts(self) -> Parts:
        """The number of features of each part of the percept, in their order."""
        given = self.settings
        reward = {"scalar": 1, "one-hot": len(self.reward_values), "off": 0}[given.previous_reward]
        return Parts(
            observation=self.observer.size if self.observer else 0,
            previous_action=self.actions.features * given.previous_action,
            previous_reward=reward,
            time=int(given.time),
            episode_start=int(given.episode_start),
            previous_observation=self.recalled,
        )

    @property
    def recalled(self) -> int:
        """The number of features of the previous observation; 0 if it is not given."""
        return self.observer.size if self.observer and self.settings.previous_observation else 0

    @property
    def size(self) -> int:
        """The number of features."""
        return self.parts.size

    def __call__(
        self, percept: Percept, earlier: Float[Array, "observed *batch"] | None = None
    ) -> Float[Array, "features *batch"]:
        """The features of one step.

        **Arguments:** `earlier`, what `observed` gave at the step before; needed if `recalled` is not 0.
        """
        return self._with_the_rest(self.observed(percept), percept, earlier)

    def observed(self, percept: Percept) -> Float[Array, "observed *batch"] | None:
        """The encoded observation of one step; None where there is nothing to observe."""
        return self.observer(percept.observation) if self.observer else None

    def over_time(self, percept: Percept) -> Float[Array, "T features *batch"]:
        """The features of every step of whole lifetimes."""
        observed = self.observer.over_time(percept.observation) if self.observer else None
        earlier = None
        if observed is not None and self.recalled:
            earlier = jnp.concatenate([jnp.zeros_like(observed[:1]), observed[:-1]])
        return jax.vmap(self._with_the_rest)(observed, percept, earlier)

    def _with_the_rest(
        self,
        observed: Float[Array, "observed *batch"] | None,
        percept: Percept,
        earlier: Float[Array, "observed *batch"] | None,
    ) -> Float[Array, "features *batch"]:
        """The encoded observation, followed by the other parts."""
        given = self.settings
        features = [] if observed is None else [observed]
        if given.previous_action:
            features.append(self.actions.code(percept.previous_action) * _begun(percept))
        if given.previous_reward == "scalar":
            features.append(percept.previous_reward[None])
        if given.previous_reward == "one-hot":
            features.append(self._one_hot_reward(percept))
        if given.time:
            features.append(percept.time[None].astype(jnp.float32) / self.time_scale)
        if given.episode_start:
            features.append(percept.episode_start[None].astype(jnp.float32))
        if self.recalled and earlier is not None:
            features.append(earlier)
        return jnp.concatenate(features) if features else jnp.zeros((0, *percept.time.shape), jnp.float32)

    def _one_hot_reward(self, percept: Percept) -> Float[Array, "values *batch"]:
        """The last reward, one-hot over the possible rewards; all zeros before the first step."""
        values = jnp.array(self.reward_values, jnp.float32).reshape(-1, *(1,) * percept.time.ndim)
        nearest = jnp.argmin(jnp.abs(percept.previous_reward[None] - values), axis=0)
        return jax.nn.one_hot(nearest, len(self.reward_values), dtype=jnp.float32, axis=0) * _begun(percept)


def _begun(percept: Percept) -> Float[Array, "1 *batch"]:
    """0 before the first action, 1 after it."""
    return (percept.time > 0)[None].astype(jnp.float32)


def _check_values(environment: Environment, values: object) -> None:
    """A `UserError` unless the rewards that an environment lists are numbers, in rising order."""
    if not (isinstance(values, tuple | list) and all(isinstance(one, Real) for one in values)) or any(
        not low < high for low, high in itertools.pairwise(values)
    ):
        raise UserError(
            f"{type(environment).__name__}.reward_values is {shown(values)}; it must be a tuple of numbers "
            "in rising order, or None"
        )


def check_fits(agent: Agent, environment: Environment, name: str) -> None:
    """Raise a `UserError` if an agent was built for other actions or observations than the environment's.

    Trained agents, which have a `PerceptEncoder`, are checked whole, and agents that have `acts` by their
    actions.

    **Arguments:** `name`, what the error calls the tasks.
    """
    actions = actions_of(environment.action_space)
    if agent.acts is not None and agent.acts != actions:
        raise UserError(
            f"{type(agent).__name__} cannot act in {name!r}: its actions are {agent.acts}, and there "
            f"they are {actions}"
        )
    is_encoder = lambda part: isinstance(part, PerceptEncoder)  # noqa: E731
    for built in filter(is_encoder, jax.tree.leaves(agent, is_leaf=is_encoder)):
        here = PerceptEncoder.build(built.settings, environment, horizon=1)
        for what in ("actions", "observations", "reward_values"):
            there, found = getattr(built, what), getattr(here, what)
            if there != found:
                raise UserError(
                    f"this agent cannot act in {name!r}: its {what.replace('_', ' ')} are {there}, and there "
                    f"they are {found}"
                )
