"""Measures of trainings: their values by seed, and over what their intervals are."""

from typing import NamedTuple

import numpy as np
import pytest

from prefrontal.analysis.evidence import ReferenceResult
from prefrontal.analysis.findings import PaperClaim
from prefrontal.analysis.measures import (
    Measure,
    answer,
    averaged,
    difference_elsewhere,
    estimated,
    medians,
    share_of_seeds,
)
from prefrontal.analysis.statistics.intervals import lifetime_interval


class Number(NamedTuple):
    value: float
    error: float


def test_estimates_of_several_seeds_have_an_interval_over_seeds_and_tasks():
    found = estimated("something", [Number(1.0, 0.5), Number(3.0, 0.5)])
    assert found.value == 2.0
    assert (found.training_error, found.task_error) == (1.0, 0.5)
    assert found.high - found.value > 1.96 * np.hypot(1.0, 0.5)
    assert found.more[1] > found.high


def test_one_estimate_has_its_own_interval():
    found = estimated("something", [Number(1.0, 0.5)])
    assert found.high - found.value == pytest.approx(1.96 * 0.5, rel=1e-3)
    assert (found.training_error, found.more) == (None, None)


def test_averages_are_of_lifetimes():
    lives = np.array([1.0, 2.0, 3.0, 6.0])
    one, two = averaged("paid", [lives]), averaged("paid", [lives, lives + 1])
    assert one.value == 3.0
    assert one.interval == pytest.approx(lifetime_interval(lives))
    assert two.by_seed.tolist() == [3.0, 4.0]
    assert two.training_error == pytest.approx(0.5)
    assert two.task_error == pytest.approx(lives.std(ddof=1) / 2)


def test_medians_of_one_seed_are_resampled_over_its_blocks():
    found = medians("error", np.array([[1.0, 2.0, 3.0, 4.0, 5.0]]))
    assert found.value == 3.0
    assert 0.0 < found.low < 3.0 < found.high < 6.0


def test_an_interval_ends_where_the_measure_does():
    found = Measure("proportion", np.array([0.5]), (-0.2, 1.3), more=(-1.0, 2.0)).within(0, 1)
    assert (found.interval, found.value, found.more) == ((0.0, 1.0), 0.5, (0.0, 1.0))
    assert Measure("proportion", np.array([0.5]), (0.4, 0.6)).within(0, 1).interval == (0.4, 0.6)


def answered(measured, **bounds):
    paper = PaperClaim("somewhere", statement="something")
    return answer("id", "A claim.", measured, ("reference", 0.0), paper, **bounds)


def test_an_answer_has_the_verdict_of_the_rule_and_both_errors():
    lives = np.random.default_rng(0).normal(1.0, 0.1, (5, 50))
    found = answered(averaged("paid", lives), at_least=0.9)
    assert (found.verdict, found.seeds) == ("holds", 5)
    assert found.task_error == pytest.approx(lives.mean(axis=0).std(ddof=1) / np.sqrt(50))
    assert answered(averaged("paid", lives), at_least=1.0).verdict == "undecided"
    assert answered(averaged("paid", lives), at_most=0.9).verdict == "fails"


def test_one_more_training_may_end_where_the_mean_does_not():
    lives = np.linspace(0.5, 1.5, 6)[:, None] + np.random.default_rng(0).normal(0, 0.01, (6, 50))
    measured = averaged("paid", lives)
    assert answered(measured, at_least=0.5).verdict == "holds"
    found = answered(measured.of_one_more(), at_least=0.5)
    assert (found.verdict, found.value) == ("undecided", pytest.approx(1.0, abs=0.01))
    assert found.measure.endswith("(the interval is for one more training)")


def test_of_one_training_nothing_is_decided_about_another():
    measured = averaged("paid", [np.array([1.0, 1.1, 0.9])])
    assert answered(measured, at_least=0.0).verdict == "holds"
    assert answered(measured.of_one_more(), at_least=0.0).verdict == "undecided"


def test_sets_of_trainings_on_unlike_tasks_have_the_error_of_both():
    a, b = np.array([2.0, 2.1, 1.9]), np.array([1.0, 1.2, 0.8, 1.0])
    narrow, wide = (difference_elsewhere("apart", a, b, error) for error in (0.0, 1.0))
    assert narrow.value == pytest.approx(1.0)
    assert wide.high - wide.low > 2 * 1.96 > narrow.high - narrow.low
    assert difference_elsewhere("apart", a[:1], b, 0.1).high == pytest.approx(1.0 + 0.196, rel=1e-3)


def test_a_share_of_all_seeds_is_not_certain():
    found = share_of_seeds(np.array([True] * 5))
    assert found.value == 1.0
    assert found.low == pytest.approx(0.478, abs=1e-3)  # Clopper and Pearson's, of 5 in 5


def test_a_reference_has_an_interval_unless_it_is_exact():
    sampled = ReferenceResult("thompson", "thompson", "bandit", 60.0, 3.0, 0.1, exact=False)
    assert sampled.interval == pytest.approx((2.804, 3.196))
    assert ReferenceResult("optimum", "optimum", "bandit", 60.0, 2.0, 0.0, exact=True).interval is None
