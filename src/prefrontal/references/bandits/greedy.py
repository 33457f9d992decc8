"""The greedy policy."""

import dataclasses
from typing import ClassVar

from jaxtyping import Array, Float, Int

from prefrontal.references.bandits.counting import IndexAgent, seen_as_unit
from prefrontal.references.base import ReferenceSettings
from prefrontal.tasks.base import TaskDistribution


class Greedy(IndexAgent):
    """Laplace's estimate of the mean: as if every arm had paid its least and its most once each.

    On arms that pay 0 or 1 that is (successes + 1) / (pulls + 2), the posterior mean under a uniform prior.
    Ties are broken at random.
    """

    def index(
        self, pulls: Int[Array, "*shape"], total: Float[Array, "*shape"], time: Int[Array, ""]
    ) -> Float[Array, "*shape"]:
        return (total + 1.0) / (pulls.astype(total.dtype) + 2.0)


@dataclasses.dataclass(frozen=True)
class GreedySettings(ReferenceSettings):
    description: ClassVar[str] = (
        "pulls the arm with the highest mean so far (Laplace's estimate), ties at random"
    )

    def build(self, distribution: TaskDistribution) -> Greedy:
        return Greedy(*seen_as_unit("greedy", distribution.environment))
