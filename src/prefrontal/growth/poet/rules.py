"""The settings of POET, each with its source, and what follows from them."""

import dataclasses
from math import inf
from typing import Literal

from prefrontal.checks import shown
from prefrontal.errors import UserError
from prefrontal.growth.base import Grower
from prefrontal.growth.evolving import Evolving
from prefrontal.tasks import Growable, TaskDistribution, check_tasks, distribution


@dataclasses.dataclass(frozen=True)
class Rules(Grower, Evolving):
    """What `POET` is told, besides what `Evolving` has. The defaults are for minutes on two cores.

    Where the paper (P, Wang et al. 2019) or its published code (C) has another value, it is given at the
    field.
    """

    tasks: TaskDistribution | str = "course:horizon=160,once=true"  # what grows: a `Growable`, or its name
    niches: int = 8  # active at most; P: 20, C: 25
    mutate_every: int = 150  # updates; C: 200
    transfer_every: int = 25  # updates (C)
    children: int = 8  # of one attempt at reproduction (C)
    admitted: int = 1  # of them, at most (C)
    reproduce_at: float = 200.0  # an environment may have children from this score on (C)
    low: float = 25.0  # the minimal criterion: the least score of a child's agent (C; P: 50)
    high: float = 290.0  # and the greatest (C: 340; P: 300)
    novelty: Literal["encoding", "pata-ec"] = "encoding"  # of vectors (2019), or of what agents earn (2020)
    neighbours: int = 5  # of a child, whose mean distance is its novelty (C)
    transfers: bool = True  # False is the paper's control
    strict: bool = False  # only an agent that passes as it is may pass after its step (2020)
    keep_moments: bool = False  # whether a niche keeps its optimiser's state when an agent comes in (C: no)
    drawn: bool = False  # a control: new environments are drawn from the whole family, and always admitted
    tries: int = 16  # lifetimes for a score that decides on a child or on a transfer
    held_out: int = 5  # one environment in so many is kept out of the grown distribution, to test on

    def __post_init__(self):
        check_tasks(self.tasks)
        if not isinstance(distribution(self.tasks), Growable):
            raise UserError(
                f"tasks is {shown(self.tasks)}; it must be a distribution that can grow, as course"
            )
        super().__post_init__()
        if self.low >= self.high:
            raise ValueError(f"low is {self.low} and high is {self.high}; low must be below high")
        if self.admitted > min(self.children, self.niches):
            raise ValueError(
                f"admitted is {self.admitted}; it can be at most {min(self.children, self.niches)}, the "
                "lesser of children and niches"
            )

    def _limits(self) -> dict[str, tuple[float, float]]:
        names = ("niches", "mutate_every", "transfer_every", "children", "admitted", "neighbours", "tries")
        return super()._limits() | dict.fromkeys(names, (1, 2**20)) | {"held_out": (2, inf)}

    @property
    def lifetimes_per_update(self) -> int:
        """Of optimising alone; the metric `rollouts` counts those of children and transfers too."""
        return self.niches * (2 * self.mirrored + self.trials)

    @property
    def rows(self) -> int:
        """The number of environments that a whole run can admit, and the first."""
        return 1 + self.admitted * ((self.iterations - 1) // self.mutate_every)
