"""A setting that every training draws for itself, as in a random search. Needs no jax."""

import dataclasses
import random
from math import exp, log
from typing import Literal

from prefrontal.checks import settle


@dataclasses.dataclass(frozen=True)
class Drawn:
    """A random number between `low` and `high`, uniform or, for several magnitudes, log-uniform."""

    low: float
    high: float
    scale: Literal["uniform", "log-uniform"] = "uniform"

    def __post_init__(self):
        settle(self)
        if not self.low < self.high:
            raise ValueError(f"low is {self.low} and high {self.high}; low must be below high")
        if self.scale == "log-uniform" and self.low <= 0:
            raise ValueError(f"low is {self.low}; it must be above 0 where scale is 'log-uniform'")

    def value(self, field: str, seed: int) -> float:
        """The value of `field` for this seed: the same on every machine and in every version."""
        place = random.Random(f"{field} of seed {seed}").random()
        if self.scale == "uniform":
            return self.low + place * (self.high - self.low)
        return exp(log(self.low) + place * (log(self.high) - log(self.low)))
