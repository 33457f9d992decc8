"""The Bayes-optimal policy, if it can be computed exactly."""

import dataclasses
import functools
from typing import ClassVar

from prefrontal.agents import Agent
from prefrontal.references.base import ReferenceSettings
from prefrontal.tasks.base import TaskDistribution


@functools.singledispatch
def optimal_policy(distribution: TaskDistribution) -> Agent:
    """The Bayes-optimal policy for a distribution that has registered one; a ValueError for any other."""
    raise unknown_optimum(distribution)


def unknown_optimum(distribution: TaskDistribution) -> ValueError:
    """The error if no exact Bayes-optimal policy is known."""
    known = sorted(kind.__name__ for kind in optimal_policy.registry if kind is not object)
    return ValueError(
        f"no exact Bayes-optimal policy is known for {distribution}; "
        f"it is for {', '.join(known)}, and of independent arms for two"
    )


@dataclasses.dataclass(frozen=True)
class BayesOptimalSettings(ReferenceSettings):
    """The policy with the highest possible expected return over the distribution's tasks and horizon."""

    description: ClassVar[str] = (
        "the highest expected return that any policy can have; exact, where it is known"
    )

    def build(self, distribution: TaskDistribution) -> Agent:
        return optimal_policy(distribution)
