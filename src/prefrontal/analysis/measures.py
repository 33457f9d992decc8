"""What is measured of a policy in an experiment, with its interval, ready to be set into a finding."""

import dataclasses
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim, ReferenceValue
from prefrontal.analysis.statistics.intervals import (
    proportion_interval,
    resampled_interval,
    seed_interval,
    standard_error,
)


@dataclasses.dataclass(frozen=True)
class Measure:
    """One number for each training seed, their mean, and its 95 % interval over seeds."""

    name: str
    by_seed: Float[np.ndarray, "seeds"]
    interval: tuple[float, float]

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
        """The same, its interval cut at the ends of what there can be: 0 and 1 of a probability."""
        return Measure(self.name, self.by_seed, (max(self.low, low), min(self.high, high)))


@runtime_checkable
class Estimated(Protocol):
    """A number and its standard error over lifetimes."""

    @property
    def value(self) -> float: ...

    @property
    def error(self) -> float: ...


def measure(name: str, by_seed: Float[np.ndarray, "seeds"], lifetime_error: float) -> Measure:
    """A measure of one number per seed; with one seed its interval is that over lifetimes."""
    return Measure(name, by_seed, seed_interval(by_seed, lifetime_error))


def estimated(name: str, estimates: Sequence[Estimated]) -> Measure:
    """A measure of one estimate for each seed; with one seed its interval is over lifetimes."""
    return measure(name, np.array([one.value for one in estimates]), estimates[0].error)


def averaged(name: str, by_lifetime: Sequence[Float[np.ndarray, "_"]]) -> Measure:
    """A measure of the mean over lifetimes, one array for each seed; with one seed, over lifetimes."""
    return measure(name, np.array([one.mean() for one in by_lifetime]), standard_error(by_lifetime[0]))


def medians(name: str, blocks: Float[np.ndarray, "seeds blocks"]) -> Measure:
    """A measure of the median over each seed's blocks; with one seed its blocks are resampled."""
    found = np.median(blocks, axis=1)
    one = len(blocks) == 1
    return Measure(name, found, resampled_interval(np.median, blocks[0]) if one else seed_interval(found))


def share_of_seeds(holds: Bool[np.ndarray, "seeds"]) -> Measure:
    """The proportion of training seeds of which something holds."""
    interval = proportion_interval(int(holds.sum()), len(holds))
    return Measure("proportion of training seeds", holds.astype(float), interval)


def regret(evidence: Evidence, condition: str, distribution: str | None = None) -> Measure:
    """Cumulative expected regret of a lifetime, the mean over held-out tasks."""
    records = evidence.records(condition, distribution)
    name = f"cumulative expected regret after {records[0].horizon} pulls"
    return averaged(name, [one.regret[:, -1] for one in records])


def total_return(evidence: Evidence, condition: str, distribution: str | None = None) -> Measure:
    """Return of a lifetime, the mean over held-out tasks."""
    records = evidence.records(condition, distribution)
    return averaged(f"return of {records[0].horizon} pulls", [one.total_return for one in records])


def answer(
    id: str, claim: str, measured: Measure, reference: tuple[str, float], paper: PaperClaim, holds: bool
) -> Finding:
    """A finding about one measure."""
    return Finding(
        id=id,
        claim=claim,
        measure=measured.name,
        value=measured.value,
        interval=measured.interval,
        seeds=len(measured.by_seed),
        reference=ReferenceValue(*reference),
        paper=paper,
        holds=holds,
    )
