"""What all references have in common: settings that build an agent for a task distribution."""

import abc
import dataclasses
import math
from typing import ClassVar

from prefrontal.actions import Choice, actions_of
from prefrontal.agents import Agent
from prefrontal.registry import Registry
from prefrontal.tasks.base import Environment, TaskDistribution

TIE = 1e-6  # values closer than this are equal: float32 does not tell them apart for certain


@dataclasses.dataclass(frozen=True)
class ReferenceSettings(abc.ABC):
    """A frozen dataclass of a reference's parameters, with defaults; `build` makes the agent.

    The agent is for lifetimes of at most `distribution.horizon` steps: its tables may be that long, and then
    `Agent.longest` says so.
    """

    registry: ClassVar[Registry["ReferenceSettings"]]
    description: ClassVar[str]

    @abc.abstractmethod
    def build(self, distribution: TaskDistribution) -> Agent:
        """The agent, or a ValueError that says for which distributions there is one."""


def arms_of(policy: str, environment: Environment) -> int:
    """The number of arms of a bandit, or a ValueError if `environment` is none."""
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
    low, high = environment.reward_range
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        name = type(environment).__name__
        raise ValueError(
            f"{policy} must know the least and the most a pull can pay; {name}'s reward_range is {low, high}"
        )
    return low, high


def check_binary(policy: str, environment: Environment) -> None:
    """A ValueError unless every reward is 0 or 1."""
    if environment.reward_values != (0.0, 1.0):
        name = type(environment).__name__
        raise ValueError(
            f"{policy} is for rewards of 0 and 1; {name}'s reward_values are {environment.reward_values}"
        )
