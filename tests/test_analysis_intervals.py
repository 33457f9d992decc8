"""Intervals are their definitions, are never of width zero, and say what they do not know."""

import numpy as np
import pytest
from scipy import stats

from prefrontal.analysis.statistics.intervals import (
    Estimate,
    curve_interval,
    difference_of,
    difference_over,
    lifetime_interval,
    mean_of,
    mean_over,
    one_more,
    one_more_of,
    proportion_interval,
    ratio_over,
    resampled,
    resampled_interval,
    standard_error,
)

VALUES = np.array([[1.0, 4.0, 2.0, 7.0], [3.0, 5.0, 3.0, 6.0], [2.0, 9.0, 1.0, 8.0]])


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


def test_the_mean_over_trainings_and_tasks_is_made_of_mean_squares():
    """By hand, cell by cell."""
    seeds, tasks, mean = VALUES.mean(axis=1), VALUES.mean(axis=0), VALUES.mean()
    of_seeds = sum(4 * (one - mean) ** 2 for one in seeds) / 2
    of_tasks = sum(3 * (one - mean) ** 2 for one in tasks) / 3
    rest = sum((VALUES[s, n] - seeds[s] - tasks[n] + mean) ** 2 for s in range(3) for n in range(4)) / 6
    variance = (of_seeds + of_tasks - rest) / 12
    freedom = (12 * variance) ** 2 / (of_seeds**2 / 2 + of_tasks**2 / 3 + rest**2 / 6)
    half = stats.t.ppf(0.975, freedom) * np.sqrt(variance)
    found = mean_over(VALUES)
    assert found.value == pytest.approx(mean)
    assert (found.low, found.high) == pytest.approx((mean - half, mean + half))
    assert found.training_error == pytest.approx(np.sqrt(max(of_seeds - rest, 0) / 12))
    assert found.task_error == pytest.approx(tasks.std(ddof=1) / 2)
    assert found.by_seed.tolist() == pytest.approx(seeds.tolist())


def test_the_tasks_that_all_share_stay_in_the_interval_however_many_trainings_there_are():
    tasks = np.random.default_rng(0).normal(size=400)
    rng = np.random.default_rng(1)
    widths = []
    for seeds in (2, 20):
        found = mean_over([tasks + rng.normal(0, 1e-3, 400) for _ in range(seeds)])
        widths.append(found.high - found.low)
        assert found.task_error == pytest.approx(tasks.std(ddof=1) / 20, rel=1e-3)
    assert widths == pytest.approx([2 * 1.966 * tasks.std(ddof=1) / 20] * 2, rel=0.01)


def test_one_seed_has_the_interval_of_its_tasks():
    found = mean_over(VALUES[:1])
    assert (found.low, found.high) == pytest.approx(lifetime_interval(VALUES[0]))
    assert found.training_error is None


def test_a_curve_has_at_each_point_the_interval_of_that_point():
    curves = np.random.default_rng(2).normal(size=(3, 6, 4))
    low, high = curve_interval(list(curves))
    for point in range(4):
        found = mean_over(curves[:, :, point])
        assert (found.low, found.high) == pytest.approx((low[point], high[point]), rel=1e-9)


def test_one_number_for_each_training_is_students():
    values = np.array([1.0, 2.0, 4.0])
    expected = stats.t.interval(0.95, 2, loc=values.mean(), scale=stats.sem(values))
    found = mean_of(values)
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.training_error == pytest.approx(stats.sem(values))
    assert found.task_error is None


def test_an_error_that_all_trainings_share_does_not_shrink():
    values = np.zeros(50) + np.random.default_rng(0).normal(0, 1e-6, 50)
    found = mean_of(values, np.full(50, 0.5))
    assert found.high - found.value == pytest.approx(1.96 * 0.5, rel=1e-3)
    assert found.task_error == pytest.approx(0.5)


def test_one_training_has_its_own_error_or_no_interval():
    found = mean_of(np.array([3.0]), np.array([0.5]))
    assert (found.low, found.high) == pytest.approx((3.0 - 1.959964 * 0.5, 3.0 + 1.959964 * 0.5), rel=1e-6)
    with pytest.raises(ValueError, match="values holds 1 seed; an interval over seeds needs at least 2"):
        mean_of(np.array([3.0]))


def test_one_more_training_is_predicted_by_student():
    values = np.array([1.0, 2.0, 4.0])
    half = stats.t.ppf(0.975, 2) * values.std(ddof=1) * np.sqrt(1 + 1 / 3)
    found = one_more_of(values)
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half))
    alike = one_more(np.repeat(values[:, None], 5, axis=1))
    assert (alike.low, alike.high) == pytest.approx((found.low, found.high))


@pytest.mark.parametrize("predict", [one_more, one_more_of])
def test_of_one_training_no_other_is_predicted(predict):
    values = VALUES[:1] if predict is one_more else VALUES[0, :1]
    with pytest.raises(ValueError, match="values holds 1 seed"):
        predict(values)


def test_the_difference_of_two_sets_is_welchs():
    a, b = np.array([1.0, 1.1, 0.9, 1.05]), np.array([2.0, 2.2, 1.9])
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    found = difference_of(a, b)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.value == pytest.approx(a.mean() - b.mean())


def test_the_luck_of_the_tasks_cancels_in_a_difference_and_in_a_ratio():
    rng = np.random.default_rng(0)
    luck = rng.normal(10, 3, 400)
    a, b = (luck * scale + rng.normal(0, 0.01, (4, 400)) for scale in (1.1, 1.0))
    apart, ratio = difference_over(a, b), ratio_over(a, b)
    assert apart.value == pytest.approx(a.mean() - b.mean())
    assert apart.high - apart.low < 0.1
    assert ratio.value == pytest.approx(1.1, abs=0.01)
    assert ratio.high - ratio.low < 0.001
    assert ratio.by_seed.mean() == pytest.approx(ratio.value)


def test_a_difference_needs_the_same_tasks_and_a_ratio_something_to_divide_by():
    with pytest.raises(ValueError, match="a has 4 tasks and b 3"):
        difference_over(VALUES, VALUES[:, :3])
    with pytest.raises(ValueError, match="the mean of b is 0"):
        ratio_over(VALUES, np.zeros((2, 4)))


@pytest.mark.parametrize(("value", "size"), [(0.0, 1.0), (0.2, 1.0), (-5.0, 5.0)])
def test_no_interval_has_the_width_zero(value, size):
    """The rule of three: of 300 tasks alike, one in a hundred of all may be otherwise."""
    for seeds in (1, 4):
        alike = np.full((seeds, 300), value)
        found = mean_over(alike)
        assert found.high - found.value == pytest.approx(0.01 * size)
        assert found.value - found.low == pytest.approx(0.01 * size)
        low, high = curve_interval([alike[:1].T] * seeds)
        assert (high - low > 0).all()
    for found in (
        difference_over(alike, alike),
        mean_of(alike[:, 0]),
        one_more(alike),
        one_more_of(alike[0]),
    ):
        assert found.low < found.value < found.high


def test_a_proportion_that_was_always_seen_is_not_certain():
    found = mean_over(np.ones((3, 200)), scale=1.0)
    assert found.low == pytest.approx(1 - 3 / 200)
    once = np.ones((1, 200))
    once[0, 0] = 0.0
    assert mean_over(once, scale=1.0).high - mean_over(once, scale=1.0).value == pytest.approx(3 / 200)


def test_a_single_task_and_unlike_tasks_are_refused():
    with pytest.raises(ValueError, match="values holds 1 lifetime of 2 seeds; an interval needs at least 2"):
        mean_over(VALUES[:2, :1])
    with pytest.raises(ValueError, match="all must have met the same tasks"):
        mean_over([VALUES[0], VALUES[1, :3]])


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


def test_lists_are_as_good_as_arrays(unchecked):
    rows = VALUES.tolist()
    for over in (mean_over, one_more):
        assert unchecked(over)(rows)[:3] == over(VALUES)[:3]
    assert unchecked(mean_of)(rows[0], rows[1])[:3] == mean_of(VALUES[0], VALUES[1])[:3]
    assert unchecked(one_more_of)(rows[0])[:3] == one_more_of(VALUES[0])[:3]
    assert unchecked(difference_of)(rows[0], rows[1])[:3] == difference_of(VALUES[0], VALUES[1])[:3]
    for over in (difference_over, ratio_over):
        assert unchecked(over)(rows[:2], rows[1:])[:3] == over(VALUES[:2], VALUES[1:])[:3]
    assert unchecked(lifetime_interval)(rows[0]) == lifetime_interval(VALUES[0])
    np.testing.assert_array_equal(unchecked(resampled)(np.mean, rows[0]), resampled(np.mean, VALUES[0]))


MISSING = np.array([1.0, np.nan, 2.0])
NUMBERS = np.arange(3.0)


@pytest.mark.parametrize(
    ("function", "given", "said"),
    [
        (mean_over, ([NUMBERS, MISSING],), r"values\[1\] is nan at 1; it must be a finite number: leave out"),
        (mean_over, ([np.ma.array(NUMBERS, mask=[0, 0, 1])],), r"values\[0\] is masked at 2; it must be"),
        (mean_over, (NUMBERS,), r"values is array\(.*; it must hold an array of tasks for each training"),
        (mean_over, ([1.0, 2.0],), r"values is \[1.0, 2.0\]; it must hold an array of tasks for each"),
        (mean_over, (None,), "values is None; it must hold an array of tasks"),
        (mean_over, ([],), r"values is \[\]; it must hold an array of tasks"),
        (mean_over, ([["a", "b"]],), r"values\[0\] has the type <U1; it must hold numbers"),
        (mean_over, ([VALUES],), r"values\[0\] has the shape \(3, 4\); it must be a row"),
        (curve_interval, ([NUMBERS],), r"values\[0\] has the shape \(3,\); it must be \(tasks, points\)"),
        (difference_over, ([NUMBERS], [MISSING]), r"b\[0\] is nan at 1"),
        (ratio_over, ([MISSING], [NUMBERS]), r"a\[0\] is nan at 1"),
        (difference_of, (NUMBERS, MISSING), "b is nan at 1"),
        (mean_of, (MISSING,), "values is nan at 1"),
        (mean_of, ([],), r"values has the shape \(0,\); it must be a row, with a number in it"),
        (mean_of, (NUMBERS, [0.1]), r"errors is \[?.*; it must hold 3 numbers at least 0"),
        (mean_of, (NUMBERS, [0.1, -0.1, 0.1]), "it must hold 3 numbers at least 0"),
        (standard_error, (MISSING,), "values is nan at 1"),
        (standard_error, (3,), r"values has the shape \(\); it must be a row"),
        (proportion_interval, (5, 5, 95), "level is 95; it must be a number from 0.01"),
        (resampled_interval, (np.mean, NUMBERS), "level is 95; it must be a number from 0.01"),
        (Estimate.interval, (Estimate(1.0, 1.0), 95), "level is 95; it must be a number from 0.01"),
    ],
)
def test_what_has_no_mean_is_refused_with_its_place(unchecked, function, given, said):
    with pytest.raises(ValueError, match=said):
        unchecked(function)(*given, **({"level": 95} if function is resampled_interval else {}))


@pytest.mark.parametrize(
    ("samples", "options", "said"),
    [
        ((), {}, r"samples have \[\] units; there must be one sample, or several of the same"),
        ((NUMBERS, VALUES[0]), {}, r"samples have \[3, 4\] units"),
        ((NUMBERS,), {"resamples": 2.5}, "resamples is 2.5; it must be a whole number, at least 1"),
        ((NUMBERS,), {"seed": -1}, "seed is -1; it must be a whole number, at least 0"),
        ((NUMBERS,), {"statistic": 3}, "statistic is int, 3; it must be a Callable"),
    ],
)
def test_what_cannot_be_resampled_is_refused(unchecked, samples, options, said):
    statistic = options.pop("statistic", np.mean)
    with pytest.raises(ValueError, match=said):
        unchecked(resampled)(statistic, *samples, **options)
