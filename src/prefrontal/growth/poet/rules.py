"""The settings of POET, each with its source, and what follows from them."""

import dataclasses
from math import inf
from typing import Literal

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.checks import check_integer, settle
from prefrontal.errors import UserError
from prefrontal.growth.base import Grower
from prefrontal.memory import NoMemorySettings
from prefrontal.tasks import Growable, TaskDistribution, distribution

_REFLEX = AgentSettings(
    PerceptSettings(previous_action=False, previous_reward="off", time=False), NoMemorySettings(16)
)


@dataclasses.dataclass(frozen=True)
class Rules(Grower):
    """What `POET` is told. The defaults are for a course in minutes on two cores.

    Where the paper (P, Wang et al. 2019) or its published code (C) has another value, it is given at the
    field.
    """

    tasks: TaskDistribution | str = "course:horizon=160,once=true"
    architecture: AgentSettings = _REFLEX  # of every agent; P: two layers of 40 units
    iterations: int = 4000  # updates; P: 25,200
    niches: int = 8  # active at most; P: 20, C: 25
    mutate_every: int = 150  # updates; C: 200
    transfer_every: int = 25  # updates (C)
    children: int = 8  # of one attempt at reproduction (C)
    admitted: int = 1  # of them, at most (C)
    reproduce_at: float = 200.0  # an environment may have children from this score on (C)
    solved_at: float = 230.0  # P
    low: float = 25.0  # the minimal criterion: the least score of a child's agent (C; P: 50)
    high: float = 290.0  # and the greatest (C: 340; P: 300)
    novelty: Literal["encoding", "pata-ec"] = "encoding"  # of vectors (2019), or of what agents earn (2020)
    neighbours: int = 5  # of a child, whose mean distance is its novelty (C)
    transfers: bool = True  # False is the paper's control
    strict: bool = False  # only an agent that passes as it is may pass after its step (2020)
    keep_moments: bool = False  # whether a niche keeps its optimiser's state when an agent comes in (C: no)
    drawn: bool = False  # a control: new environments are drawn from the whole family, and always admitted
    mirrored: int = 32  # pairs of members with opposite noise, for each niche; P: 256
    trials: int = 5  # lifetimes for a score in every update (C)
    tries: int = 16  # lifetimes for a score that decides on a child or on a transfer
    spread: float = 0.1  # σ at first (C), which falls with every update of a niche
    spread_decay: float = 0.999  # (C)
    least_spread: float = 0.03  # C: .01
    rate: float = 0.01  # of Adam at first (C)
    rate_decay: float = 0.9999  # (C)
    least_rate: float = 0.001  # (C)
    weight_decay: float = 0.01  # (C)
    held_out: int = 5  # one environment in so many is kept out of the grown distribution, to test on
    confirmed: int = 64  # fresh tasks that decide, at the end, whether an environment is solved
    microbatch: int = 64  # the number of lifetimes that one device lives at once
    # How many devices to use. It changes only the last bits of results, so it is not stored as a setting.
    devices: int = dataclasses.field(default=1, metadata={"setting": False})

    def __post_init__(self):
        if not isinstance(distribution(self.tasks), Growable):
            raise UserError(f"tasks is {self.tasks!r}; it must be a distribution that can grow, as 'course'")
        many = ("iterations", "niches", "mutate_every", "transfer_every", "children", "admitted")
        counts = dict.fromkeys((*many, "neighbours", "mirrored", "trials", "tries", "confirmed"), (1, 2**20))
        sizes = dict.fromkeys(("spread", "least_spread", "rate", "least_rate"), (1e-9, 1e3))
        decays = dict.fromkeys(("spread_decay", "rate_decay"), (0.0, 1.0))
        settle(
            self, **counts, **sizes, **decays, weight_decay=(0.0, 1e3), held_out=(2, inf), microbatch=(1, inf)
        )
        if self.low >= self.high:
            raise ValueError(f"low is {self.low} and high is {self.high}; low must be below high")
        if self.admitted > min(self.children, self.niches):
            raise ValueError(
                f"admitted is {self.admitted}; it can be at most {min(self.children, self.niches)}, the "
                "lesser of children and niches"
            )

    @property
    def family(self) -> Growable:
        return self.distribution  # pyright: ignore[reportReturnType]  # checked by __post_init__

    @property
    def updates(self) -> int:
        return self.iterations

    @property
    def lifetimes_per_update(self) -> int:
        """Of optimising alone; the metric `rollouts` counts those of children and transfers too."""
        return self.niches * (2 * self.mirrored + self.trials)

    @property
    def rows(self) -> int:
        """The number of environments that a whole run can admit, and the first."""
        return 1 + self.admitted * ((self.iterations - 1) // self.mutate_every)

    def on(self, devices: int) -> "Rules":
        check_integer("devices", devices, 1)
        return dataclasses.replace(self, devices=devices)
