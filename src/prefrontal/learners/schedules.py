"""Settings that change while an agent learns."""

import dataclasses
import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import check_between


@dataclasses.dataclass(frozen=True)
class Linear:
    """From `start` to `end` in a straight line over the part `[begin, finish]` of training, else constant."""

    start: float
    end: float
    begin: float = 0.0
    finish: float = 1.0

    def __post_init__(self):
        for field in ("start", "end", "begin", "finish"):
            check_between(field, getattr(self, field), -math.inf)
        if not 0.0 <= self.begin < self.finish <= 1.0:
            raise ValueError(
                f"begin is {self.begin} and finish {self.finish}; they must be 0 <= begin < finish <= 1"
            )

    def __call__(self, progress: Float[Array, ""]) -> Float[Array, ""]:
        """The value when `progress` of the training is done: 0 at the first update, 1 when all are done."""
        part = jnp.clip((progress - self.begin) / (self.finish - self.begin), 0.0, 1.0)
        return self.start + (self.end - self.start) * part


Schedule = float | Linear


def at(schedule: Schedule, progress: Float[Array, ""]) -> Float[Array, ""]:
    """The value of a schedule, or of a constant, at this point of training."""
    return schedule(progress) if isinstance(schedule, Linear) else jnp.asarray(schedule, jnp.float32)


def values_of(schedule: Schedule) -> tuple[float, ...]:
    """The extreme values, for checks."""
    return (schedule.start, schedule.end) if isinstance(schedule, Linear) else (schedule,)
