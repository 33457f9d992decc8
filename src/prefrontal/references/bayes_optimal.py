"""The Bayes-optimal policy, where it can be computed exactly."""

import dataclasses
from typing import ClassVar

from prefrontal.agents import Agent
from prefrontal.references.bandits.informative import AskFirst, best_plan
from prefrontal.references.bandits.majority import FollowEvidence
from prefrontal.references.bandits.restless import HigherMean
from prefrontal.references.bandits.two_arms import TwoArmTable
from prefrontal.references.base import ReferenceSettings
from prefrontal.references.two_step.base import FollowGoodState
from prefrontal.tasks.bandits.bernoulli import DependentArms, IndependentArms
from prefrontal.tasks.bandits.informative import InformativeArm
from prefrontal.tasks.bandits.restless import Restless
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.two_step import TwoStep

LONGEST = 200  # pulls of two independent arms: the table is of 68.7 million states


@dataclasses.dataclass(frozen=True)
class BayesOptimalSettings(ReferenceSettings):
    """The highest expected return over the distribution's own tasks and horizon that any policy can have."""

    description: ClassVar[str] = (
        "the highest expected return that any policy can have; exact, where it is known"
    )

    def build(self, distribution: TaskDistribution) -> Agent:
        if isinstance(distribution, IndependentArms) and distribution.arms == 2:
            return _two_independent(distribution)
        if isinstance(distribution, DependentArms):
            return FollowEvidence(2, 0.0, 1.0)
        if isinstance(distribution, InformativeArm):
            targets, prize = distribution.targets, distribution.prize
            return AskFirst(targets, prize, distribution.reverse, best_plan(distribution).searches)
        if isinstance(distribution, Restless):
            return HigherMean.build(distribution.n, distribution.volatilities)
        if isinstance(distribution, TwoStep):
            return FollowGoodState.build(distribution)
        raise ValueError(
            f"no exact Bayes-optimal policy is known for {distribution}; "
            "it is for two independent arms, two dependent arms, the informative arm, restless "
            "arms and the two-step task"
        )


def _two_independent(distribution: IndependentArms) -> TwoArmTable:
    if distribution.horizon > LONGEST:
        raise ValueError(
            f"horizon is {distribution.horizon}; "
            f"the exact Bayes-optimal policy for two independent arms is for at most {LONGEST} pulls"
        )
    return TwoArmTable.bayes_optimal(distribution.horizon, distribution.a, distribution.b)
