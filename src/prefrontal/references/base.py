"""The common base of references: settings that build an agent for a task distribution."""

import abc
import dataclasses
import math
from numbers import Real
from typing import ClassVar

from prefrontal.actions import Choice, actions_of
from prefrontal.agents import Agent
from prefrontal.checks import shown
from prefrontal.errors import UserError
from prefrontal.registry import Registry
from prefrontal.tasks.base import Environment, TaskDistribution

TIE = 1e-6  # values closer than this are equal: float32 does not tell them apart for certain


@dataclasses.dataclass(frozen=True)
class ReferenceSettings(abc.ABC):
    """A frozen dataclass of a reference's parameters, with defaults; `build` makes the agent.

    The agent is for lifetimes of at most `distribution.horizon` steps. If its tables have this length,
    `Agent.longest` returns it.
    """

    registry: ClassVar[Registry["ReferenceSettings"]]
    description: ClassVar[str]

    @abc.abstractmethod
    def build(self, distribution: TaskDistribution) -> Agent:
        """The agent for these tasks and their horizon.

        **Raises:** ValueError if there is none; the error says for which distributions there is one.
        """


def arms_of(policy: str, environment: Environment) -> int:
    """The number of arms of a bandit; a ValueError if `environment` is not a bandit."""
    shape = environment.observation_space.shape
    if shape is None or math.prod(shape) != 0:
        name = type(environment).__name__
        raise ValueError(
            f"{policy} is for bandits, in which there is nothing to observe; {name} observes {shape}"
        )
    actions = actions_of(environment.action_space)
    if not isinstance(actions, Choice):
        raise ValueError(f"{policy} is for arms; the actions of {type(environment).__name__} are {actions}")
    return actions.n


def finite_range(policy: str, environment: Environment) -> tuple[float, float]:
    """The lowest and the highest reward, or a ValueError if `environment` does not declare them."""
    given, name = environment.reward_range, type(environment).__name__
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise UserError(
            f"{name}.reward_range is {shown(given)}; it must be the lowest and the highest reward"
        )
    low, high = given
    for which, limit in (("lowest", low), ("highest", high)):
        if not isinstance(limit, Real):
            raise UserError(f"the {which} of {name}.reward_range is {shown(limit)}; it must be a number")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(
            f"{policy} must know the lowest and the highest reward; {name}'s reward_range is {low, high}"
        )
    return low, high


def check_binary(policy: str, environment: Environment) -> None:
    """Raise a ValueError unless every reward is 0 or 1."""
    if environment.reward_values != (0.0, 1.0):
        name = type(environment).__name__
        raise ValueError(
            f"{policy} is for rewards of 0 and 1; {name}'s reward_values are {environment.reward_values}"
        )
