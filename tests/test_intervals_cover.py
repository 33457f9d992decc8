"""95 % intervals hold the truth as often as they say, in trainings and tasks whose variances are known."""

import numpy as np
import pytest

from prefrontal.analysis.statistics.intervals import (
    curve_interval,
    difference_over,
    mean_of,
    mean_over,
    one_more,
)

TASKS, REPETITIONS = 200, 4_000
# Standard deviations between trainings, between tasks, and of what is left.
SPREADS = [
    (0.0, 1.0, 1.0),  # trainings do not differ
    (0.0, 0.1, 1.0),
    (0.0, 1.0, 0.1),
    (0.02, 1.0, 1.0),
    (0.07, 1.0, 1.0),  # as much as the tasks' error
    (0.07, 0.1, 1.0),
    (0.3, 0.0, 1.0),  # trainings alone
    (1.0, 1.0, 1.0),
]


def coverage(seeds: int, spread: tuple[float, float, float]) -> float:
    """How often the truth, 0, is inside: a curve's points are repetitions. The error is about 0.0034."""
    rng, inside = np.random.default_rng([seeds, *(round(100 * one) for one in spread)]), 0
    training, task, rest = spread
    for _ in range(REPETITIONS // 1000):
        tasks = task * rng.standard_normal((TASKS, 1000), np.float32)
        own = training * rng.standard_normal((seeds, 1000), np.float32)
        low, high = curve_interval(
            [one + tasks + rest * rng.standard_normal((TASKS, 1000), np.float32) for one in own]
        )
        inside += int(((low <= 0) & (high >= 0)).sum())
    return inside / REPETITIONS


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("seeds", [5, 20])
def test_of_five_seeds_and_more_they_cover_what_they_say(seeds, spread):
    assert 0.93 <= coverage(seeds, spread) <= 0.97


# What `intervals` and the documentation say of fewer.
@pytest.mark.parametrize(("seeds", "least"), [(2, 0.88), (3, 0.925)])
@pytest.mark.parametrize("spread", SPREADS)
def test_of_two_and_three_seeds_they_cover_what_is_written(seeds, least, spread):
    assert least <= coverage(seeds, spread) <= 0.975


def test_with_one_seed_the_tasks_are_covered_and_not_the_trainings():
    assert 0.94 <= coverage(1, (0.0, 1.0, 1.0)) <= 0.96
    assert coverage(1, (1.0, 1.0, 1.0)) < 0.5


def many(seeds: int, spread: tuple[float, float, float], count: int, rng) -> np.ndarray:
    training, task, rest = spread
    shapes = (count, seeds, 1), (count, 1, TASKS), (count, seeds, TASKS)
    parts = zip((training, task, rest), shapes, strict=True)
    return sum(one * rng.standard_normal(shape) for one, shape in parts)


@pytest.mark.parametrize("spread", [(0.0, 1.0, 1.0), (0.3, 0.3, 1.0), (1.0, 0.1, 1.0)])
@pytest.mark.parametrize("seeds", [5, 20])
def test_one_more_training_ends_where_it_is_said(seeds, spread):
    """More often than 95 times in 100 where trainings differ less than they are measured."""
    rng, inside = np.random.default_rng(seeds), 0
    for values in many(seeds, spread, 600, rng):
        found, ends = one_more(values), spread[0] * rng.standard_normal()
        inside += found.low <= ends <= found.high
    assert inside / 600 >= 0.93
    if spread[0] == 1.0:
        assert inside / 600 <= 0.97


@pytest.mark.parametrize("seeds", [(5, 5), (5, 10)])
def test_the_difference_of_two_ways_of_training_on_the_same_tasks(seeds):
    rng, inside = np.random.default_rng(1), 0
    for _ in range(800):
        tasks = rng.standard_normal(TASKS)
        a, b = (many(n, (0.1, 0.3, 1.0), 1, rng)[0] + tasks for n in seeds)
        found = difference_over(a, b)
        inside += found.low <= 0 <= found.high
    assert 0.93 <= inside / 800 <= 0.97


def test_one_number_for_each_training_with_an_error_that_all_share():
    rng = np.random.default_rng(2)
    draws = rng.normal(0, 1.0, (2000, 5)) + rng.normal(0, 0.5, (2000, 1))
    found = [mean_of(one, np.full(5, 0.5)) for one in draws]
    assert 0.93 <= np.mean([one.low <= 0 <= one.high for one in found]) <= 0.97


def test_the_two_errors_are_those_that_were_put_in():
    values = many(20, (0.3, 1.0, 1.0), 60, np.random.default_rng(3))
    found = [mean_over(one) for one in values]
    assert np.mean([one.training_error for one in found]) == pytest.approx(0.3 / np.sqrt(20), rel=0.08)
    expected = np.sqrt((1.0 + 1.0 / 20) / TASKS)
    assert np.mean([one.task_error for one in found]) == pytest.approx(expected, rel=0.05)


def test_trainings_that_do_not_differ_have_no_error_below_zero():
    values = many(5, (0.0, 1.0, 1.0), 100, np.random.default_rng(4))
    errors = np.array([mean_over(one).training_error for one in values])
    assert (errors >= 0).all()
    assert 0.3 < np.mean(errors == 0) < 0.9
