"""What is measured of ways to a goal, on journeys that were made up with known answers."""

import dataclasses

import numpy as np
import pytest

from prefrontal.analysis.navigation import (
    arrivals_over_seeds,
    arrived_within,
    journey_cells,
    journeys,
    measured,
    measured_beside,
    shortest_ways,
    value_around_arrivals,
    value_rises,
    ways,
    window,
)
from prefrontal.disk.records import Records


def records_of(lengths: list[list[int]], horizon: int, goals=None, value=None) -> Records:
    """Lifetimes of journeys of these lengths; what does not fit is cut off by the end."""
    n = len(lengths)
    over = np.zeros((n, horizon), bool)
    for life, of_one in enumerate(lengths):
        ends = np.cumsum(of_one) - 1
        over[life, ends[ends < horizon]] = True
    walls = np.ones((n, 3, 6), bool)
    walls[:, 1, 1:5] = False  # a corridor of four cells
    goals = np.ones(n, int) if goals is None else np.array(goals)
    steps = np.full((n, 1, 3, 6), 2**20)
    steps[:, 0, 1, 1:5] = np.abs(np.arange(1, 5)[None] - goals[:, None])
    task = {"walls": walls, "goal": np.stack([np.ones(n, int), goals], axis=1), "steps": steps}
    never = np.zeros((n, horizon), bool)
    return Records(
        "made up",
        "maze",
        "test",
        0,
        horizon,
        np.zeros((n, horizon), np.int32),
        over.astype(np.float32),
        None,
        None,
        ~never,
        over,
        never,
        task,
        value=value,
    )


def test_journeys_are_cut_at_arrivals_and_the_last_is_none():
    found = journeys(records_of([[3, 2, 9], [5, 5], [20]], horizon=10))
    assert found.life.tolist() == [0, 0, 0, 1, 1, 2]
    assert found.number.tolist() == [0, 1, 2, 0, 1, 0]
    assert found.begin.tolist() == [0, 3, 5, 0, 5, 0]
    assert found.length.tolist() == [3, 2, 5, 5, 5, 10]
    assert found.arrived.tolist() == [True, True, False, True, True, False]


def test_what_begins_too_late_does_not_count_and_what_takes_too_long_counts_as_the_window():
    counted = journeys(records_of([[3, 2, 9], [5, 5], [20]], horizon=10)).counted(6)
    assert counted.life.tolist() == [0, 0, 1, 2]
    assert counted.begin.tolist() == [0, 3, 0, 0]
    assert counted.length.tolist() == [3, 2, 5, 6]
    assert counted.arrived.tolist() == [True, True, True, False]


def test_the_shortest_way_is_averaged_over_starts():
    """In a corridor of cells 1 to 4: to cell 1 they are 1, 2 and 3 steps; to cell 2, 1, 1 and 2."""
    found = shortest_ways(records_of([[1], [1]], horizon=4, goals=[1, 2]))
    np.testing.assert_allclose(found, [2.0, 4 / 3])


def test_first_and_later_steps_of_made_up_journeys():
    """Two goals, weighted by their lifetimes: 2 and 1."""
    records = records_of([[10, 2, 4, 90], [6, 3, 90], [7, 5, 5, 90]], horizon=100, goals=[1, 1, 2])
    found = ways(records, window=50)
    np.testing.assert_allclose(found.lifetimes, [2, 1])
    np.testing.assert_allclose(found.first, [8.0, 7.0])
    # Cut off journeys that begin in time count as 50.
    np.testing.assert_allclose(found.later, [(2 + 4 + 50 + 3 + 50) / 5, (5 + 5 + 50) / 3])
    np.testing.assert_allclose(found.shortest, [2.0, 4 / 3])
    assert found.detour == pytest.approx((2 * 21.8 + 20) / (2 * 2 + 4 / 3))
    assert found.kept == pytest.approx((2 * 21.8 + 20) / (2 * 8 + 7))


def test_no_drop_is_found_where_journeys_are_alike_and_tasks_are_not():
    """Goals of unlike ease, nothing learnt: simply averaged, later journeys look much shorter."""
    rng = np.random.default_rng(0)
    goals = np.repeat([1, 2], 2000)
    lengths = [list(rng.geometric(0.2 if goal == 1 else 0.01, 60)) for goal in goals]
    records = records_of(lengths, horizon=200, goals=goals)
    found = ways(records, window=60)
    assert found.kept == pytest.approx(1.0, abs=0.03)
    truth = [(1 - (1 - p) ** 60) / p for p in (0.2, 0.01)]
    np.testing.assert_allclose(found.later, truth, rtol=0.05)
    counted = journeys(records).counted(60)
    naive = counted.length[counted.number > 0].mean() / counted.length[counted.number == 0].mean()
    assert naive < 0.6


def test_a_planted_drop_is_found_with_its_error():
    rng = np.random.default_rng(1)
    goals = rng.integers(1, 4, 600)
    lengths = [[*rng.geometric(1 / 20, 1), *rng.geometric(1 / 5, 60)] for _ in goals]
    found = ways(records_of(lengths, horizon=300, goals=goals), window=100)
    truth = 5 / (20 * (1 - (1 - 1 / 20) ** 100))
    assert found.kept == pytest.approx(truth, rel=0.1)
    assert 0 < found.error("kept") < 0.1


def test_too_large_a_window_is_an_error():
    with pytest.raises(ValueError, match="no lifetime has a second journey that begins 10 steps before"):
        ways(records_of([[3, 2]], horizon=10), window=10)
    with pytest.raises(ValueError, match="window is 11"):
        journeys(records_of([[3]], horizon=10)).counted(11)


def test_the_share_that_arrived():
    records = records_of([[3, 2, 90], [1, 90]], horizon=20)
    np.testing.assert_allclose(arrived_within(records, 4, later=False), [0, 0.5, 0.5, 1, 1])
    np.testing.assert_allclose(arrived_within(records, 4, later=True), [0, 0, 1 / 3, 1 / 3, 1 / 3])


def test_arrivals_of_several_trainings_and_their_mean():
    """Within a third of a lifetime of 12 steps."""
    soon, late = records_of([[1, 1, 90]], horizon=12), records_of([[3, 3, 90]], horizon=12)
    found = arrivals_over_seeds([soon, late], later=False)
    np.testing.assert_allclose(found.by_seed, [[0, 1, 1, 1, 1], [0, 0, 0, 1, 1]])
    np.testing.assert_allclose(found.mean, [0, 0.5, 0.5, 1, 1])
    assert window(soon) == 4


def test_the_cells_of_journeys_end_at_the_goal_where_they_arrive():
    records = records_of([[2, 90]], horizon=5)
    position = np.array([[[1, 3], [1, 2], [1, 4], [1, 3], [1, 2]]])
    cells, steps = journey_cells(dataclasses.replace(records, state={"position": position}), 0, most=3)
    assert steps == [2, 3]
    assert cells[0].tolist() == [[1, 3], [1, 2], [1, 1]]
    assert cells[1].tolist() == [[1, 4], [1, 3], [1, 2]]
    assert len(journey_cells(dataclasses.replace(records, state={"position": position}), 0, most=1)[0]) == 1


def test_ways_are_measured_by_seed_and_alone_over_tasks():
    made = [ways(records_of([[n, 5, 90], [n, 7, 90]], 60, goals=[1, 2]), 20) for n in (10, 12)]
    both, one = measured("first", "first_steps", made), measured("later", "later_steps", made[:1])
    assert both.by_seed.tolist() == [10.0, 12.0]
    assert one.high - one.value == pytest.approx(1.96 * made[0].error("later_steps"), rel=1e-3)
    beside = measured_beside("times", "first_steps", made, made[0])
    assert beside.by_seed.tolist() == [1.0, 1.2]


def test_the_share_that_arrived_has_no_drop_where_journeys_are_alike_and_tasks_are_not():
    """Easy goals are travelled to more often. Their journeys count no more for it."""
    rng = np.random.default_rng(0)
    goals = np.array([1, 2] * 400)
    lengths = [rng.geometric(1 / 3 if goal == 1 else 1 / 30, 120).tolist() for goal in goals]
    records = records_of(lengths, horizon=120, goals=goals)
    first, later = (arrived_within(records, 40, which) for which in (False, True))
    np.testing.assert_allclose(first, later, atol=0.05)
    found = ways(records, 40)
    assert (1 - first[:-1]).sum() == pytest.approx(found.first_steps)
    assert (1 - later[:-1]).sum() == pytest.approx(found.later_steps)


def test_the_value_around_arrivals_is_aligned_to_them():
    """The value is the number of the step: aligned, the mean of the arrivals' steps, plus the offset."""
    horizon = 40
    value = np.tile(np.arange(horizon, dtype=np.float32), (2, 1))
    records = records_of([[5, 4, 6, 90], [8, 4, 3, 90]], horizon, value=value)
    first = value_around_arrivals(records, later=False, before=6, after=2)
    assert first.steps.tolist() == [-6, -5, -4, -3, -2, -1, 0, 1, 2]
    # Arrivals at steps 4 and 7; only the second journey is 6 or 7 steps long.
    np.testing.assert_allclose(first.mean, [1, 2, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5])
    later = value_around_arrivals(records, later=True, before=3, after=0)
    # Arrivals at 8 and 14, and at 11 and 14, the last after three steps: it has no third step before.
    np.testing.assert_allclose(later.mean, [(8 + 14) / 2 / 2 - 1.5 + 11 / 2 - 1.5, 9.75, 10.75, 11.75])


def test_rises_of_value():
    horizon = 40
    value = np.tile(np.arange(horizon, dtype=np.float32) ** 2, (1, 1))
    records = records_of([[5, 3, 6, 90]], horizon, value=value)
    np.testing.assert_allclose(value_rises(records, later=True, back=4), [13**2 - 9**2])
    np.testing.assert_allclose(value_rises(records, later=False, back=4), [4**2 - 0])


def test_a_lifetime_of_many_arrivals_counts_once_among_rises():
    horizon = 60
    value = np.tile(np.arange(horizon, dtype=np.float32) ** 2, (2, 1))
    records = records_of([[2, 6, 6, 6, 90], [2, 6, 90]], horizon, value=value)
    each = [end**2 - (end - 4) ** 2 for end in (7, 13, 19)]
    np.testing.assert_allclose(value_rises(records, later=True, back=4), [np.mean(each), each[0]])


def test_values_must_be_recorded():
    with pytest.raises(ValueError, match="hold no value"):
        value_around_arrivals(records_of([[3]], horizon=10), later=False)
