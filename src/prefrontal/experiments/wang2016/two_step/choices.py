"""What policies chose in `two-step`, described and fitted once for findings, figures and tables."""

from functools import partial
from typing import NamedTuple

import numpy as np

from prefrontal.analysis.choices.fits import Fit
from prefrontal.analysis.choices.two_step import (
    HistoryWeights,
    Stay,
    Trials,
    history_weights,
    stay_probabilities,
    trials,
)
from prefrontal.analysis.choices.two_step_models import Law, fit_all, in_blocks, planning_weight
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import PaperClaim

LEARNERS = ("model-based", "model-free", "hybrid")  # references whose kind is known
COMPARED = ("bayes-optimal", *LEARNERS)  # beside the agent
REGRESSED = 5_000  # lifetimes in a regression
FITTED = 20  # blocks of ten lifetimes of one policy, for the cognitive models

FIGURE = "Wang et al. 2016, section 3.2.1, figure 5"
_PLANS = PaperClaim(FIGURE, statement="the agent's stay probabilities are perfectly model-based")
_PLANS_LATER = PaperClaim("Wang et al. 2018, figure 5", statement="the agent's behaviour is model-based")


class Version(NamedTuple):
    """One version of the task and what was trained on it."""

    name: str  # in the findings
    condition: str
    distribution: str
    law: Law
    paper: PaperClaim


VERSIONS = (
    Version("2016", "lstm", "two-step-2016", Law(), _PLANS),
    Version("2018", "reversals", "two-step-2018", Law(common=0.8, reversal=0.025), _PLANS_LATER),
)


class Described(NamedTuple):
    """The choices of one policy: of an agent trained with one seed, or of a reference."""

    stay: Stay
    weights: HistoryWeights  # of the regression on the history of trials
    fits: dict[str, Fit]  # every cognitive model, in blocks of ten lifetimes

    @property
    def bic(self) -> dict[str, float]:
        """The BIC of each model, summed over blocks."""
        return {model: float(one.bic.sum()) for model, one in self.fits.items()}

    @property
    def parameters(self) -> np.ndarray:
        """The hybrid's parameters, the median over blocks, in the order of `PARAMETERS`."""
        return np.median(self.fits["hybrid"].parameters, axis=0)

    @property
    def planning(self) -> float:
        """w, the hybrid's model-based part of β: the median over blocks."""
        return float(np.median(planning_weight(self.fits["hybrid"].parameters)))


def agents(evidence: Evidence, version: Version) -> list[Described]:
    """The agent of each training seed."""
    return evidence.once(
        ("agents", version.name),
        lambda: [_described(trials(one), version.law) for one in evidence.records(version.condition)],
    )


def reference(evidence: Evidence, name: str, version: Version) -> Described:
    """A reference that lived in the same tasks."""
    read = partial(evidence.reference_records, name, version.distribution)
    return evidence.once(("reference", name, version.name), lambda: _described(trials(read()), version.law))


def _described(lived: Trials, law: Law) -> Described:
    return Described(
        stay_probabilities(lived),
        history_weights(lived.take(slice(0, REGRESSED))),
        fit_all(in_blocks(lived, most=FITTED), law),
    )
