"""Settings that change while an agent learns, as functions of the progress of the training."""

import abc
import dataclasses
import itertools
import math
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import LARGEST, settle
from prefrontal.errors import UserError
from prefrontal.registry import Registry

_SAMPLES = 101  # of a schedule's values, to check their range


class Schedule(abc.ABC):
    """A frozen dataclass that gives a number for each `progress` of a training.

    For a schedule of your own, inherit from this class and write `__call__` in `jax.numpy`. You do not have
    to register it.
    """

    registry: ClassVar[Registry["Schedule"]]

    @abc.abstractmethod
    def __call__(self, progress: Float[Array, ""]) -> Float[Array, ""]:
        """The value at `progress`, the part of the training that is done, from 0 to 1."""

    @property
    def waits(self) -> bool:
        """Whether it has values only after `over(horizon)`."""
        return False

    def over(self, horizon: int) -> "Schedule":
        """This schedule for lifetimes of `horizon` steps; itself, if it does not depend on the horizon."""
        return self


@dataclasses.dataclass(frozen=True)
class _FromTo(Schedule):
    """From `start` to `end` over the part `[begin, finish]` of training; constant outside that part."""

    start: float  # the value up to `begin`
    end: float  # the value from `finish` on
    begin: float = 0.0  # a part of training, from 0 to 1
    finish: float = 1.0  # a part of training, from 0 to 1

    def __post_init__(self):
        settle(self)
        _check_part(self.begin, self.finish)

    def part(self, progress: Float[Array, ""]) -> Float[Array, ""]:
        """How much of `[begin, finish]` is done, from 0 to 1."""
        return jnp.clip((progress - self.begin) / (self.finish - self.begin), 0.0, 1.0)


def _check_part(begin: float, finish: float) -> None:
    if not 0.0 <= begin < finish <= 1.0:
        raise ValueError(f"begin is {begin} and finish {finish}; they must be 0 <= begin < finish <= 1")


@dataclasses.dataclass(frozen=True)
class Linear(_FromTo):
    """A straight line from `start` to `end` over the part `[begin, finish]` of training; constant outside."""

    def __call__(self, progress: Float[Array, ""]) -> Float[Array, ""]:
        """start + (end - start) p, p the part that is done."""
        return self.start + (self.end - self.start) * self.part(progress)


@dataclasses.dataclass(frozen=True)
class Cosine(_FromTo):
    """From `start` to `end` along half a cosine wave (Loshchilov & Hutter 2017, equation 5)."""

    def __call__(self, progress: Float[Array, ""]) -> Float[Array, ""]:
        """end + (start - end) (1 + cos π p) / 2, p the part that is done."""
        return self.end + (self.start - self.end) * (1.0 + jnp.cos(math.pi * self.part(progress))) / 2.0


@dataclasses.dataclass(frozen=True)
class Exponential(_FromTo):
    """From `start` to `end` by equal factors in equal times; both must be above 0."""

    def __post_init__(self):
        settle(self, start=(1e-12, LARGEST), end=(1e-12, LARGEST))
        _check_part(self.begin, self.finish)

    def __call__(self, progress: Float[Array, ""]) -> Float[Array, ""]:
        """start (end / start)ᵖ, p the part that is done."""
        return self.start * jnp.exp(math.log(self.end / self.start) * self.part(progress))


@dataclasses.dataclass(frozen=True)
class Piecewise(Schedule):
    """Straight lines between points `(progress, value)`, in rising order of progress, and constant outside.

    For a step, put two points close together.
    """

    points: tuple[tuple[float, float], ...]  # pairs (part of training, value)

    def __post_init__(self):
        settle(self)
        places = [place for place, _ in self.points]
        rising = all(one < other for one, other in itertools.pairwise(places))
        if not places or not rising or not 0.0 <= places[0] <= places[-1] <= 1.0:
            raise ValueError(
                f"points are at {places}; there must be at least one, in rising order, from 0 to 1"
            )

    def __call__(self, progress: Float[Array, ""]) -> Float[Array, ""]:
        """Interpolated between the nearest two points."""
        places, values = jnp.array(self.points, jnp.float32).T
        return jnp.interp(progress, places, values)


@dataclasses.dataclass(frozen=True)
class ToHorizon(Schedule):
    """A discount that ends at 1 - c / horizon, so the agent looks 1 / c lifetimes ahead.

    It begins at `start`; if that is None, it is constant. In between, 1 - γ falls by equal factors, so the
    number of steps that the agent looks ahead, 1 / (1 - γ), grows by equal factors.
    """

    start: float | None = None  # the discount up to `begin`
    c: float = 1.0  # 1 / c is how many lifetimes the agent looks ahead at the end
    begin: float = 0.0  # a part of training, from 0 to 1
    finish: float = 1.0  # a part of training, from 0 to 1
    horizon: int | None = None  # the steps of a lifetime; None: those of the learner's tasks

    def __post_init__(self):
        settle(self, start=(0.0, 1.0 - 1e-6), c=(1e-6, 1e6), horizon=(1, math.inf))
        _check_part(self.begin, self.finish)

    @property
    def waits(self) -> bool:
        return self.horizon is None

    def over(self, horizon: int) -> "ToHorizon":
        return dataclasses.replace(self, horizon=horizon) if self.waits else self

    def __call__(self, progress: Float[Array, ""]) -> Float[Array, ""]:
        """1 - (1 - start) (c / horizon / (1 - start))ᵖ, p the part that is done."""
        if self.horizon is None:
            raise UserError(
                "ToHorizon needs a horizon to have a value; use it as a discount, or set `horizon`"
            )
        end = self.c / self.horizon
        start = end if self.start is None else 1.0 - self.start
        return 1.0 - Exponential(start, end, self.begin, self.finish)(progress)


# Files do not name `linear`, because it was the only schedule at first.
SCHEDULES = Registry(
    "schedule",
    Schedule,
    {
        "linear": Linear,
        "cosine": Cosine,
        "exponential": Exponential,
        "piecewise": Piecewise,
        "to-horizon": ToHorizon,
    },
    untagged="linear",
)
# What a setting may be: a constant, a schedule, or the name of one with its fields: `cosine:start=1,end=0`.
Scheduled = float | Schedule | str


def at(schedule: Scheduled, progress: Float[Array, ""], horizon: int | None = None) -> Float[Array, ""]:
    """The value of a schedule, or of a constant, at this point of training.

    **Arguments:** `horizon`, the steps of a lifetime, which `ToHorizon` needs.
    """
    made = _made(schedule, horizon)
    return made(progress) if isinstance(made, Schedule) else jnp.asarray(made, jnp.float32)


def values_of(schedule: Scheduled, horizon: int | None = None) -> tuple[float, ...]:
    """Values to check: a constant, the ends of a line, and 101 evenly spaced samples of any other schedule.

    Values between the samples are not checked.

    **Raises:** `UserError` if a schedule's value is not one number.
    """
    made = _made(schedule, horizon)
    if not isinstance(made, Schedule):
        return (made,)
    if isinstance(made, Linear):
        return (made.start, made.end)
    with jax.ensure_compile_time_eval():
        samples = jnp.linspace(0.0, 1.0, _SAMPLES, dtype=jnp.float32)
        values = jax.vmap(lambda progress: jnp.asarray(made(progress)))(samples)
    if values.shape != (_SAMPLES,):
        shape = values.shape[1:]
        raise UserError(f"{type(made).__name__} gives an array of shape {shape}; it must be one number")
    return tuple(float(value) for value in values)


def _made(schedule: Scheduled, horizon: int | None) -> float | Schedule:
    made = SCHEDULES.make(schedule) if isinstance(schedule, str) else schedule
    return made.over(horizon) if isinstance(made, Schedule) and horizon is not None else made
