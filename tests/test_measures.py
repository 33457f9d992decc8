"""Measures of trainings: their values by seed, and over what their intervals are."""

from typing import NamedTuple

import numpy as np
import pytest

from prefrontal.analysis.evidence import ReferenceResult
from prefrontal.analysis.measures import Measure, averaged, estimated, medians, share_of_seeds


class Number(NamedTuple):
    value: float
    error: float


def test_estimates_of_several_seeds_have_an_interval_over_seeds():
    found = estimated("something", [Number(1.0, 9.0), Number(3.0, 9.0)])
    assert found.value == 2.0
    assert (found.low, found.high) == (1.0, 3.0)


def test_one_estimate_has_its_own_interval():
    found = estimated("something", [Number(1.0, 0.5)])
    assert found.high - found.value == pytest.approx(1.96 * 0.5, rel=1e-3)


def test_averages_are_of_lifetimes():
    lives = np.array([1.0, 2.0, 3.0, 6.0])
    one, two = averaged("paid", [lives]), averaged("paid", [lives, lives + 1])
    assert one.value == 3.0
    assert one.high - one.value == pytest.approx(1.96 * lives.std(ddof=1) / 2, rel=1e-3)
    assert two.by_seed.tolist() == [3.0, 4.0]


def test_medians_of_one_seed_are_resampled_over_its_blocks():
    blocks = np.array([[1.0, 2.0, 3.0, 4.0, 100.0]])
    found = medians("error", blocks)
    assert found.value == 3.0
    assert 1.0 <= found.low < 3.0 < found.high <= 100.0


def test_an_interval_ends_where_the_measure_does():
    found = Measure("proportion", np.array([0.5]), (-0.2, 1.3)).within(0, 1)
    assert (found.low, found.high, found.value) == (0.0, 1.0, 0.5)
    assert Measure("proportion", np.array([0.5]), (0.4, 0.6)).within(0, 1).interval == (0.4, 0.6)


def test_a_share_of_all_seeds_is_not_certain():
    found = share_of_seeds(np.array([True] * 5))
    assert found.value == 1.0
    assert found.low == pytest.approx(0.478, abs=1e-3)  # Clopper and Pearson's, of 5 in 5


def test_a_reference_has_an_interval_unless_it_is_exact():
    sampled = ReferenceResult("thompson", "thompson", "bandit", 60.0, 3.0, 0.1, exact=False)
    assert sampled.interval == pytest.approx((2.804, 3.196))
    assert ReferenceResult("optimum", "optimum", "bandit", 60.0, 2.0, 0.0, exact=True).interval is None
