"""The findings of `bandit-restless`."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from prefrontal.analysis.choices.fits import Fit
from prefrontal.analysis.choices.rescorla_wagner import (
    MODELS,
    SharedComparison,
    blocks_of_one_volatility,
    compare_shared_alpha,
    fit_models,
    learning_rate_against_volatility,
    preferred,
)
from prefrontal.analysis.control_findings import control_findings
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, PaperClaim
from prefrontal.analysis.measures import Measure, answer, estimated
from prefrontal.analysis.performance import as_multiple, beside
from prefrontal.analysis.statistics.intervals import Estimate
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.disk.records import Records

DISTRIBUTION = "bandit-restless"
TOLERANCE = 1.10
BLOCKS = 50  # of each volatility are fitted
RESAMPLES = 200  # of blocks, for standard errors
_FIGURE = "Wang et al. 2016, section 3.1.4, figure 4"
_LOWEST = PaperClaim(_FIGURE, statement="meta-RL has the lowest regret of all policies compared")
_ADAPTS = PaperClaim(_FIGURE, statement="the learning rate fitted to the agent tracks the volatility")
_BIC = PaperClaim(
    _FIGURE, statement="BIC prefers a learning rate for each block for meta-RL, not for Rescorla-Wagner"
)


class Fits(NamedTuple):
    """Rescorla-Wagner models fitted to blocks of ten lifetimes of one volatility."""

    volatility: np.ndarray  # of each block
    models: dict[str, Fit]
    shared: SharedComparison

    @property
    def levels(self) -> list[float]:
        """The volatilities that there are, from the lowest to the highest."""
        return sorted(set(self.volatility.tolist()))

    @property
    def rates(self) -> list[np.ndarray]:
        """The learning rates fitted (α and β free) to the blocks of each volatility."""
        return [self.models["ab"].alpha[self.volatility == level] for level in self.levels]

    @property
    def bic(self) -> np.ndarray:
        """The BIC of each of `MODELS`, summed over blocks."""
        return np.array([self.models[model].bic.sum() for model in MODELS])


def fit_records(records: Records) -> Fits:
    """Fit all models to one policy's lifetimes."""
    rows, volatility = blocks_of_one_volatility(records.task["volatility"], most=BLOCKS)
    action, reward = records.action[rows], records.reward[rows]
    return Fits(volatility, fit_models(action, reward), compare_shared_alpha(action, reward))


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the paper's claims and of ours."""
    fits, control = agent_fits(evidence), learner_fits(evidence)
    return [
        _near_optimum(evidence),
        _below_all(evidence),
        _tracks(fits),
        _from_end_to_end(fits, filter_fits(evidence)),
        _at_every_step(fits, filter_fits(evidence)),
        _prefers_blocks(fits),
        _control_does_not(control),
        *control_findings(evidence),
    ]


def tables(evidence: Evidence) -> dict[str, Table]:
    """What was fitted, of every seed, of the exact filter and of a learner of fixed learning rate."""
    made: list[tuple[str, int | None, Fits]] = [
        ("LSTM", seed, one) for seed, one in zip(evidence.seeds, agent_fits(evidence), strict=True)
    ]
    made.append(("bayes-optimal", None, filter_fits(evidence)))
    made.append(("rescorla-wagner", None, learner_fits(evidence)))
    rates = [
        (policy, seed, level, rate)
        for policy, seed, one in made
        for level, rate in zip(one.levels, median_rates(one), strict=True)
    ]
    return {
        "evaluations": evaluations(evidence),
        "bic": table(
            "BIC of each Rescorla-Wagner model, summed over blocks; the lowest is preferred. At the right "
            "one learning rate for all blocks against one for each.",
            ("policy", "seed", *MODELS, "one rate", "a rate for each block"),
            [(policy, seed, *one.bic, *_shared(one)) for policy, seed, one in made],
        ),
        "learning-rates": table(
            "Learning rate fitted (α and β free): the median over blocks of one volatility.",
            ("policy", "seed", "volatility", "learning rate"),
            rates,
        ),
    }


def _shared(one: Fits) -> tuple[float, float]:
    return one.shared.shared_bic, one.shared.per_block_bic


def agent_fits(evidence: Evidence) -> list[Fits]:
    """Of each training seed."""
    return evidence.once("agents", lambda: [fit_records(one) for one in evidence.records("lstm")])


def learner_fits(evidence: Evidence) -> Fits:
    """Of a Rescorla-Wagner learner of fixed learning rate, which is known."""
    return evidence.once(
        "learner", lambda: fit_records(evidence.reference_records("rescorla-wagner", DISTRIBUTION))
    )


def filter_fits(evidence: Evidence) -> Fits:
    """Of the exact filter: what the best policy looks like to a model that it is not."""
    return evidence.once(
        "filter", lambda: fit_records(evidence.reference_records("bayes-optimal", DISTRIBUTION))
    )


def median_rates(one: Fits) -> np.ndarray:
    """The learning rate fitted (α and β free) at each volatility, from the lowest to the highest."""
    return np.array([np.median(rates) for rates in one.rates])


def _near_optimum(evidence: Evidence) -> Finding:
    found, optimum, one = as_multiple(evidence, "lstm", "bayes-optimal")
    claim = f"Regret is within {TOLERANCE - 1:.0%} of the exact Bayesian filter's"
    return answer("regret", claim, found, optimum, _LOWEST, at_most=TOLERANCE * one)


def _below_all(evidence: Evidence) -> Finding:
    others = [
        row for row in evidence.references if row.distribution == DISTRIBUTION and row.name != "bayes-optimal"
    ]
    best = min(others, key=lambda row: row.value)
    found, bound = beside(evidence, "lstm", best.label)
    claim = (
        "The regret of one more training would be below that of every reference but the exact filter (the "
        f"next best: {best.label})"
    )
    return answer("below-all", claim, found.of_one_more(), bound, _LOWEST, at_most=bound[1])


def _tracks(fits: list[Fits]) -> Finding:
    each = [correlation_of(one) for one in fits]
    found = estimated("rank correlation of fitted learning rate and volatility", each).within(-1, 1)
    claim = (
        "The learning rate fitted to the agent's choices rises with volatility: the rank correlation over "
        "blocks is above zero"
    )
    return answer("learning-rate", claim, found, ("no relation", 0.0), _ADAPTS, at_least=0.0)


def correlation_of(one: Fits) -> Estimate:
    """The rank correlation of fitted learning rate and volatility; its error is by bootstrap over blocks."""
    alpha = one.models["ab"].alpha
    correlation, (low, high) = learning_rate_against_volatility(alpha, one.volatility)
    return Estimate(correlation, (high - low) / 3.92)


def rate_change(one: Fits, of: Callable[[np.ndarray], float]) -> Estimate:
    """A number made of the median rates, and its standard error: blocks of each volatility are resampled."""
    rng, rates = np.random.default_rng(0), one.rates
    drawn = [[np.median(rng.choice(group, len(group))) for group in rates] for _ in range(RESAMPLES)]
    return Estimate(float(of(median_rates(one))), float(np.std([of(np.array(row)) for row in drawn])))


def _ends(rates: np.ndarray) -> float:
    return float(rates[-1] - rates[0])


def _smallest_step(rates: np.ndarray) -> float:
    return float(np.diff(rates).min())


def _from_end_to_end(fits: list[Fits], optimal: Fits) -> Finding:
    name = "fitted learning rate at the highest volatility less that at the lowest"
    found = estimated(name, [rate_change(one, _ends) for one in fits]).of_one_more()
    claim = (
        "Of one more training the fitted rate would be higher at the highest volatility than at the lowest"
    )
    reference = ("bayes-optimal", _ends(median_rates(optimal)))
    return answer("learning-rate-ends", claim, found, reference, _ADAPTS, at_least=0.0)


def _at_every_step(fits: list[Fits], optimal: Fits) -> Finding:
    name = "the smallest difference of the fitted learning rate between neighbouring volatilities"
    found = estimated(name, [rate_change(one, _smallest_step) for one in fits]).of_one_more()
    claim = (
        "Of one more training the fitted learning rate would rise from each volatility to the next: the "
        "smallest of these steps would be above zero"
    )
    reference = ("bayes-optimal", _smallest_step(median_rates(optimal)))
    return answer("learning-rate-steps", claim, found, reference, _ADAPTS, at_least=0.0)


def _prefers_blocks(fits: list[Fits]) -> Finding:
    found = _gains(fits).of_one_more()
    claim = "Of one more training BIC would prefer a learning rate for each block"
    return answer("bic-agent", claim, found, ("no preference", 0.0), _BIC, at_least=0.0)


def _control_does_not(control: Fits) -> Finding:
    found = _gains([control])
    claim = "For a Rescorla-Wagner learner of fixed learning rate BIC prefers a shared learning rate"
    return answer("bic-control", claim, found, ("no preference", 0.0), _BIC, at_most=0.0)


def _gains(fits: list[Fits]) -> Measure:
    name = "BIC of one shared learning rate less that of one per block"
    return estimated(name, [Estimate(one.shared.gain, one.shared.gain_error) for one in fits])


def preferred_models(fits: list[Fits]) -> list[str]:
    """The model with the lowest BIC, for each policy fitted."""
    return [preferred(one.models) for one in fits]
