"""What the findings of the bandits say, of numbers that are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from prefrontal.analysis import control_findings
from prefrontal.analysis.choices.fits import Fit
from prefrontal.analysis.choices.rescorla_wagner import SharedComparison
from prefrontal.analysis.measures import Measure
from prefrontal.experiments.wang2016.bandit_restless.analysis import (
    Fits,
    _at_every_step,
    _from_end_to_end,
    median_rates,
)

LEVELS = (0.02, 0.05, 0.2)


def fitted(*rates: float) -> Fits:
    """Three blocks of each volatility, in no order, with these learning rates in the middle."""
    volatility = np.repeat(LEVELS, 3)
    alpha = np.concatenate([[rate, rate - 0.1, rate + 0.3] for rate in rates])
    shuffled = np.random.default_rng(0).permutation(len(alpha))
    parameters = np.stack([alpha, np.ones_like(alpha), np.zeros_like(alpha)], axis=1)[shuffled]
    nothing = np.zeros(len(alpha))
    fit = Fit(parameters, nothing, nothing, np.ones(len(alpha), bool))
    return Fits(volatility[shuffled], {"ab": fit}, SharedComparison(0.5, 1.0, 1.0))


def test_rates_go_from_the_lowest_volatility_to_the_highest():
    assert median_rates(fitted(0.2, 0.1, 0.4)) == pytest.approx([0.2, 0.1, 0.4])


def test_a_dip_of_one_seed_is_no_rise_at_every_step():
    rising, dipping, optimal = fitted(0.2, 0.3, 0.4), fitted(0.2, 0.19, 0.4), fitted(0.2, 0.1, 0.5)
    assert _at_every_step([rising, rising], optimal).holds
    found = _at_every_step([rising, dipping], optimal)
    assert not found.holds
    assert found.value == pytest.approx((0.1 - 0.01) / 2)
    assert found.reference.value == pytest.approx(-0.1)
    assert _from_end_to_end([rising, dipping], optimal).holds
    assert _from_end_to_end([rising, dipping], optimal).reference.value == pytest.approx(0.3)
    assert not _from_end_to_end([rising, fitted(0.4, 0.5, 0.4)], optimal).holds


@pytest.mark.parametrize(
    ("regret", "interval", "holds"),
    [
        (7.9, (7.8, 8.0), True),
        (7.5, (7.3, 7.6), False),  # significantly lower
        (7.0, (5.0, 9.0), False),  # lower by a tenth, however wide the interval
        (7.6, (7.4, 7.8), True),
    ],
)
def test_no_memory_is_held_to_both_its_interval_and_a_margin(regret, interval, holds, monkeypatch):
    monkeypatch.setattr(
        control_findings, "regret", lambda *_: Measure("regret", np.array([regret]), interval)
    )
    evidence = SimpleNamespace(
        conditions={"no-memory": {"distribution": "d"}}, reference_regret=lambda *_: 7.7
    )
    bare = control_findings._no_memory
    while hasattr(bare, "__wrapped__"):
        bare = bare.__wrapped__
    assert bare(evidence, "").holds == holds
