"""The two episodes of a maze as its experiment counts them."""

import numpy as np
import pytest

from prefrontal.analysis.findings import PaperClaim
from prefrontal.evaluation import evaluate
from prefrontal.experiments.duan2016.rl2_maze.analysis import _answer, _of_both, shorter, twice
from prefrontal.references import reference
from prefrontal.tasks import NewMazeEpisodes

PAPER = PaperClaim("none", statement="nothing")
TASKS = NewMazeEpisodes(horizon=60, size=5, opened=1)


@pytest.fixture(scope="module", params=["shortest-path", "random"])
def records(request):
    return evaluate(reference(request.param, TASKS), TASKS, lifetimes=600, policy=request.param)


def test_steps_are_counted_from_one_arrival_to_the_next(records):
    made = twice(records)
    for life in range(100):
        ends = np.flatnonzero(records.episode_over[life]) + 1
        assert made.arrived[life].tolist() == [len(ends) > 0, len(ends) > 1]
        lived = int(records.alive[life].sum())
        first = int(ends[0]) if len(ends) else lived
        assert made.steps[life].tolist() == [first, lived - first]  # cut off, it has what was left


def test_who_remembers_nothing_takes_as_long_again(records):
    """Where both episodes arrive they are alike: as well if some never do."""
    made = twice(records)
    assert made.both.mean() > 0.5
    assert abs(made.kept.value - 1.0) < 4 * made.kept.error
    apart = made.steps[made.both, 1] != made.steps[made.both, 0]
    assert abs(shorter(made)[made.both][apart].mean() - 0.5) < 2 / np.sqrt(apart.sum())
    if records.policy == "shortest-path":
        assert made.arrived.all()
        assert abs(made.detour.value - 1.0) < 4 * made.detour.error


def test_nothing_is_decided_where_no_lifetime_arrives_twice(records):
    made = twice(records)
    none = made._replace(arrived=np.zeros_like(made.arrived))
    assert _of_both("ratio", "kept", [made, none]) is None
    found = _answer("id", "It drops", None, ("no memory", 1.0), PAPER, seeds=2, at_most=0.75)
    assert (found.verdict, found.seeds) == ("undecided", 2)
    assert found.claim == "It drops (fewer than two lifetimes of a seed arrive twice)"
