"""Intervals: they hold the truth as often as they say, are the same each time, and are their definitions."""

import itertools

import numpy as np
import pytest
from scipy import stats

from prefrontal.analysis.statistics.intervals import (
    curve_interval,
    hierarchical_interval,
    lifetime_interval,
    proportion_interval,
    resampled_interval,
    seed_interval,
    standard_error,
    two_sample_interval,
)


def coverage(intervals, truth: float) -> float:
    low, high = np.transpose(list(intervals))
    return float(np.mean((low <= truth) & (truth <= high)))


def test_standard_error_is_its_definition():
    values = np.array([1.0, 2.0, 4.0, 9.0])
    by_hand = np.sqrt(sum((value - 4.0) ** 2 for value in values) / 3 / 4)
    assert standard_error(values) == pytest.approx(by_hand, rel=1e-12)
    assert standard_error(values.astype(np.float32)) == pytest.approx(by_hand, rel=1e-6)


def test_one_lifetime_has_no_standard_error():
    with pytest.raises(ValueError, match="values holds 1 lifetime; a standard error needs at least 2"):
        standard_error(np.array([1.0]))


def test_lifetime_interval_is_students():
    values = np.random.default_rng(0).exponential(size=7)
    expected = stats.t.interval(0.9, 6, loc=values.mean(), scale=stats.sem(values))
    np.testing.assert_allclose(lifetime_interval(values, 0.9), expected, rtol=1e-12)


# 4,000 intervals: a standard error of about 0.004. What is expected of few seeds is written in `intervals`.
@pytest.mark.parametrize(
    ("seeds", "least", "most"), [(2, 0.47, 0.54), (3, 0.72, 0.78), (5, 0.90, 0.94), (10, 0.93, 0.965)]
)
def test_interval_over_seeds_covers_the_truth_as_often_as_it_says(seeds, least, most):
    trainings = np.random.default_rng(seeds).normal(2.0, 0.3, size=(seeds, 4000))
    low, high = curve_interval(trainings, resamples=2000)
    assert least <= np.mean((low <= 2.0) & (high >= 2.0)) <= most


def test_expanded_interval_is_students_for_many_seeds():
    values = np.random.default_rng(3).normal(size=40)
    expected = stats.t.interval(0.95, 39, loc=values.mean(), scale=stats.sem(values))
    np.testing.assert_allclose(seed_interval(values), expected, atol=0.02 * np.ptp(expected) + 0.005)


def test_bootstrap_is_the_exact_one_over_all_resamplings():
    values = np.array([0.0, 1.0, 5.0, 6.0])
    means = np.array([np.mean(drawn) for drawn in itertools.product(values, repeat=4)])
    tail = stats.norm.cdf(-stats.t.ppf(0.75, 3) * np.sqrt(4 / 3))
    exact = np.quantile(means, [tail, 1 - tail])
    np.testing.assert_allclose(seed_interval(values, level=0.5, resamples=50_000), exact, atol=0.26)


def test_three_seeds_give_their_range():
    assert seed_interval(np.array([1.0, 4.0, 2.0])) == (1.0, 4.0)


def test_the_same_each_time_and_another_seed_resamples_otherwise():
    values = np.random.default_rng(1).normal(size=9)
    assert seed_interval(values) == seed_interval(values)
    assert seed_interval(values) != seed_interval(values, seed=1)


def test_one_seed_takes_the_error_over_its_lifetimes():
    low, high = seed_interval(np.array([3.0]), 0.5)
    assert (low, high) == pytest.approx((3.0 - 1.959964 * 0.5, 3.0 + 1.959964 * 0.5), rel=1e-6)


def test_one_seed_alone_is_refused():
    with pytest.raises(ValueError, match="values holds 1 seed; an interval over seeds needs at least 2"):
        seed_interval(np.array([3.0]))


def test_the_error_over_lifetimes_does_not_stand_in_for_seeds():
    values = np.array([1.0, 2.0, 4.0])
    assert seed_interval(values, 100.0) == seed_interval(values)


def test_a_curve_has_at_each_point_the_interval_of_that_point():
    values = np.random.default_rng(2).normal(size=(6, 3))
    low, high = curve_interval(values)
    for point in range(3):
        assert seed_interval(values[:, point]) == pytest.approx((low[point], high[point]), rel=1e-12)


def test_two_samples_cover_their_difference():
    rng = np.random.default_rng(5)
    draws = ((rng.normal(1.0, 0.2, 8), rng.normal(0.4, 0.5, 10)) for _ in range(400))
    found = coverage((two_sample_interval(a, b, resamples=800) for a, b in draws), 0.6)
    assert 0.91 <= found <= 0.99


@pytest.mark.parametrize(("common", "least", "most"), [(True, 0.9, 0.99), (False, 0.3, 0.75)])
def test_lifetimes_in_common_tasks_share_their_luck(common, least, most):
    """The tasks' luck is all the noise here: only the one who knows that it is shared covers the truth."""
    rng = np.random.default_rng(7)
    draws = (rng.normal(0, 1e-3, (6, 30)) + rng.normal(0, 1.0, (1, 30)) for _ in range(150))
    found = coverage(
        (hierarchical_interval(values, common_tasks=common, resamples=200, level=0.9) for values in draws),
        0.0,
    )
    assert least <= found <= most


def test_hierarchical_with_many_lifetimes_is_the_interval_over_seeds():
    values = np.random.default_rng(8).normal(size=(7, 1)) + np.zeros((7, 50))
    expected = seed_interval(values[:, 0], resamples=20_000)
    np.testing.assert_allclose(hierarchical_interval(values, common_tasks=False), expected, atol=0.08)


def test_resampled_interval_of_any_statistic_covers_it():
    rng = np.random.default_rng(9)

    def ratio(x, y):
        return x.sum() / y.sum()

    draws = ((rng.poisson(3.0, 60), rng.poisson(4.0, 60)) for _ in range(200))
    found = coverage((resampled_interval(ratio, x, y, resamples=300) for x, y in draws), 0.75)
    assert 0.9 <= found <= 0.99


def test_a_statistic_that_is_never_defined_is_refused():
    with pytest.raises(ValueError, match="NaN in every resampling"):
        resampled_interval(lambda _: float("nan"), np.arange(4))


def test_the_interval_of_a_proportion_is_the_exact_one():
    """Clopper and Pearson's: at its ends what was found is at the edge of what is to be expected."""
    assert proportion_interval(5, 5) == (pytest.approx(0.025 ** (1 / 5)), 1.0)
    assert proportion_interval(0, 5) == (0.0, pytest.approx(1 - 0.025 ** (1 / 5)))
    low, high = proportion_interval(7, 20)
    assert stats.binom.sf(6, 20, low) == pytest.approx(0.025)
    assert stats.binom.cdf(7, 20, high) == pytest.approx(0.025)
    with pytest.raises(ValueError, match="successes is 6"):
        proportion_interval(6, 5)
