"""The findings of `bandit-restless`."""

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
from prefrontal.analysis.measures import Measure, answer, measure, regret
from prefrontal.analysis.tables import Table, evaluations, table
from prefrontal.disk.records import Records

DISTRIBUTION = "bandit-restless"
TOLERANCE = 1.10
BLOCKS = 50  # of each volatility are fitted
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
    found, optimum = regret(evidence, "lstm"), evidence.reference_regret("bayes-optimal", DISTRIBUTION)
    claim = f"Regret is within {TOLERANCE - 1:.0%} of the exact Bayesian filter's"
    return answer(
        "regret", claim, found, ("bayes-optimal", optimum), _LOWEST, found.value <= TOLERANCE * optimum
    )


def _below_all(evidence: Evidence) -> Finding:
    found = regret(evidence, "lstm")
    others = [
        row for row in evidence.references if row.distribution == DISTRIBUTION and row.name != "bayes-optimal"
    ]
    best = min(others, key=lambda row: row.value)
    claim = "Regret is below that of every reference but the exact filter, on every seed"
    return answer(
        "below-all", claim, found, (best.label, best.value), _LOWEST, bool(found.by_seed.max() < best.value)
    )


def _tracks(fits: list[Fits]) -> Finding:
    correlations, intervals = zip(
        *(learning_rate_against_volatility(one.models["ab"].alpha, one.volatility) for one in fits),
        strict=True,
    )
    error = (intervals[0][1] - intervals[0][0]) / 3.92
    found = measure("rank correlation of fitted learning rate and volatility", np.array(correlations), error)
    claim = (
        "The learning rate fitted to the agent's choices rises with volatility: the rank correlation over "
        "blocks is above zero"
    )
    return answer("learning-rate", claim, found, ("no relation", 0.0), _ADAPTS, found.low > 0)


def _from_end_to_end(fits: list[Fits], optimal: Fits) -> Finding:
    name = "fitted learning rate at the highest volatility less that at the lowest"
    found = measure(name, np.array([median_rates(one)[-1] - median_rates(one)[0] for one in fits]), 0.0)
    claim = "The fitted learning rate is higher at the highest volatility than at the lowest, on every seed"
    rates = median_rates(optimal)
    reference = ("bayes-optimal", float(rates[-1] - rates[0]))
    return answer("learning-rate-ends", claim, found, reference, _ADAPTS, bool((found.by_seed > 0).all()))


def _at_every_step(fits: list[Fits], optimal: Fits) -> Finding:
    found = measure(
        "the smallest difference of the fitted learning rate between neighbouring volatilities",
        np.array([np.diff(median_rates(one)).min() for one in fits]),
        0.0,
    )
    claim = (
        "The fitted learning rate rises from each volatility to the next, on every seed: the smallest "
        "of these steps is above zero"
    )
    reference = ("bayes-optimal", float(np.diff(median_rates(optimal)).min()))
    return answer("learning-rate-steps", claim, found, reference, _ADAPTS, bool((found.by_seed > 0).all()))


def _prefers_blocks(fits: list[Fits]) -> Finding:
    found = _gains([one.shared for one in fits])
    claim = "For the agent BIC prefers a learning rate for each block, on every seed"
    return answer("bic-agent", claim, found, ("no preference", 0.0), _BIC, bool((found.by_seed > 0).all()))


def _control_does_not(control: Fits) -> Finding:
    found = _gains([control.shared])
    claim = "For a Rescorla-Wagner learner of fixed learning rate BIC prefers a shared learning rate"
    return answer("bic-control", claim, found, ("no preference", 0.0), _BIC, found.value < 0)


def _gains(shared: list[SharedComparison]) -> Measure:
    """A BIC is of one set of choices: of one policy alone it has no interval, and is given as it is."""
    gains = np.array([_bic_gain(one) for one in shared])
    return measure("BIC of one shared learning rate less that of one per block", gains, lifetime_error=0.0)


def _bic_gain(shared: SharedComparison) -> float:
    return shared.shared_bic - shared.per_block_bic


def preferred_models(fits: list[Fits]) -> list[str]:
    """The model with the lowest BIC, for each policy fitted."""
    return [preferred(one.models) for one in fits]
