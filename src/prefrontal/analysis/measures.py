"""What is measured of a policy in an experiment, with its interval, ready to be set into a finding."""

import dataclasses

import numpy as np
from jaxtyping import Float

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim, ReferenceValue
from prefrontal.analysis.statistics.intervals import seed_interval, standard_error


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


def measure(name: str, by_seed: Float[np.ndarray, "seeds"], lifetime_error: float) -> Measure:
    """A measure of one number per seed; with one seed its interval is that over lifetimes."""
    return Measure(name, by_seed, seed_interval(by_seed, lifetime_error))


def regret(evidence: Evidence, condition: str, distribution: str | None = None) -> Measure:
    """Cumulative expected regret of a lifetime, the mean over held-out tasks."""
    records = evidence.records(condition, distribution)
    finals = [one.regret[:, -1] for one in records]
    name = f"cumulative expected regret after {records[0].horizon} pulls"
    return measure(name, np.array([one.mean() for one in finals]), standard_error(finals[0]))


def total_return(evidence: Evidence, condition: str, distribution: str | None = None) -> Measure:
    """Return of a lifetime, the mean over held-out tasks."""
    records = evidence.records(condition, distribution)
    totals = [one.total_return for one in records]
    name = f"return of {records[0].horizon} pulls"
    return measure(name, np.array([one.mean() for one in totals]), standard_error(totals[0]))


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
