"""Measures of a policy in an experiment, with their intervals, for use in findings."""

import dataclasses
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Shaped

from prefrontal.analysis.findings import Finding, PaperClaim, ReferenceValue
from prefrontal.analysis.statistics.decisions import decide
from prefrontal.analysis.statistics.intervals import (
    Mean,
    difference_of,
    mean_of,
    mean_over,
    one_more,
    one_more_of,
    proportion_interval,
    ratio_over,
    resampled,
)

# One number for each lifetime, an array for each training seed.
Lives = Sequence[Shaped[np.ndarray, "_"]] | Float[np.ndarray, "_ _"]
MORE = "the interval is for one more training"


@dataclasses.dataclass(frozen=True)
class Measure:
    """One number for each training seed, their mean, its 95 % interval, and the two errors in it.

    An unknown error is None. `more` is the prediction interval for one more training, None if unknown. If a
    measure is not `decidable`, every claim about it is undecided.
    """

    name: str
    by_seed: Float[np.ndarray, "seeds"]
    interval: tuple[float, float]
    training_error: float | None = None
    task_error: float | None = None
    more: tuple[float, float] | None = None
    decidable: bool = True

    @property
    def value(self) -> float:
        return float(self.by_seed.mean())

    @property
    def low(self) -> float:
        return self.interval[0]

    @property
    def high(self) -> float:
        return self.interval[1]

    def within(self, low: float, high: float) -> "Measure":
        """The same, with intervals clipped to the possible range, such as 0 to 1 for a probability."""
        cut = [
            one and (min(max(one[0], low), high), max(min(one[1], high), low))
            for one in (self.interval, self.more)
        ]
        return dataclasses.replace(self, interval=cut[0], more=cut[1])

    def of_one_more(self) -> "Measure":
        """The same with the prediction interval for one more training.

        A single training says nothing about another: its interval is kept, and nothing is decided.
        """
        if self.more is None:
            return self.undecidable()
        return dataclasses.replace(self, name=f"{self.name} ({MORE})", interval=self.more)

    def undecidable(self) -> "Measure":
        """The same, marked as not deciding any claim."""
        return dataclasses.replace(self, decidable=False)


@runtime_checkable
class Estimated(Protocol):
    """A number and its standard error over lifetimes."""

    @property
    def value(self) -> float: ...

    @property
    def error(self) -> float: ...


def of_mean(name: str, mean: Mean, more: Mean | None = None) -> Measure:
    """A mean as a measure, with the prediction interval for one more training."""
    return Measure(
        name,
        mean.by_seed,
        (mean.low, mean.high),
        mean.training_error,
        mean.task_error,
        more and (more.low, more.high),
    )


def averaged(name: str, lives: Lives, bounds: tuple[float, float] | None = None) -> Measure:
    """A measure of the mean over lifetimes; all trainings must have met the same tasks.

    **Arguments:** `bounds`, the lowest and highest possible number of a lifetime, if there are such bounds.
    """
    scale = bounds[1] - bounds[0] if bounds else 0.0
    more = one_more(lives, scale=scale) if len(lives) > 1 else None
    found = of_mean(name, mean_over(lives, scale=scale), more)
    return found.within(*bounds) if bounds else found


def measure(
    name: str, by_seed: Float[np.ndarray, "seeds"], errors: Float[np.ndarray, "seeds"] | None = None
) -> Measure:
    """A measure of one number for each seed, with its error over tasks (see `intervals.mean_of`)."""
    more = one_more_of(by_seed, errors) if len(by_seed) > 1 else None
    return of_mean(name, mean_of(by_seed, errors), more)


def estimated(name: str, estimates: Sequence[Estimated]) -> Measure:
    """A measure of one estimate for each seed."""
    return measure(
        name, np.array([one.value for one in estimates]), np.array([one.error for one in estimates])
    )


def difference_elsewhere(
    name: str, a: Float[np.ndarray, "seeds_a"], b: Float[np.ndarray, "seeds_b"], task_error: float
) -> Measure:
    """The mean of trainings A less that of trainings B on different tasks; a number for each training.

    **Arguments:** `task_error`, the error of the difference over tasks. If A or B is a single training, the
    interval does not cover other trainings.
    """
    value = np.array([float(a.mean() - b.mean())])
    if min(len(a), len(b)) == 1:
        return measure(name, value, np.array([task_error]))
    apart = difference_of(a, b)
    half = float(np.hypot(apart.high - apart.value, 1.96 * task_error))
    interval = apart.value - half, apart.value + half
    return Measure(name, apart.by_seed, interval, apart.training_error, task_error)


def multiple(name: str, a: Lives, b: Lives) -> Measure:
    """The mean of trainings A divided by that of trainings B, on the same tasks."""
    return of_mean(name, ratio_over(a, b))


def medians(name: str, blocks: Float[np.ndarray, "seeds blocks"]) -> Measure:
    """A measure of the median over each seed's blocks, with a bootstrap error over blocks."""
    return measure(name, np.median(blocks, axis=1), np.array([_median_error(one) for one in blocks]))


def _median_error(blocks: Float[np.ndarray, "blocks"]) -> float:
    return float(np.std(resampled(np.median, blocks, resamples=400)))


def share_of_seeds(holds: Bool[np.ndarray, "seeds"]) -> Measure:
    """The proportion of training seeds for which something holds."""
    interval = proportion_interval(int(holds.sum()), len(holds))
    return Measure("proportion of training seeds", holds.astype(float), interval)


def answer(
    id: str,
    claim: str,
    measured: Measure,
    reference: tuple[str, float],
    paper: PaperClaim,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Finding:
    """A finding for the claim that a measure is at least one number, at most another, or between two.

    The rule of `decisions` gives its verdict.
    """
    verdict = decide(measured.interval, at_least=at_least, at_most=at_most)
    return Finding(
        id=id,
        claim=claim,
        measure=measured.name,
        value=measured.value,
        interval=measured.interval,
        seeds=len(measured.by_seed),
        reference=ReferenceValue(*reference),
        paper=paper,
        verdict=verdict if measured.decidable else "undecided",
        training_error=measured.training_error,
        task_error=measured.task_error,
    )
