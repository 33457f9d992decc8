"""What the findings of mazes say of journeys that were made up."""

import numpy as np
import pytest
from made_up_evidence import made_up_evidence
from test_navigation import records_of

from prefrontal.experiments.wang2016.maze.analysis import findings, lived, rises
from prefrontal.experiments.wang2016.maze.figure import _arrivals_figure

HORIZON, WINDOW = 60, 20


def journeys(first: int, later: int, value=None):
    """Two lifetimes in each of two tasks, in which every later journey takes as long."""
    lengths = [[first, *[later] * HORIZON] for _ in range(4)]
    return records_of(lengths, HORIZON, goals=[1, 1, 2, 2], value=value)


def control(first: int, later: int, random: tuple[int, int]):
    evidence = made_up_evidence(
        {"no-memory-new": [journeys(first, later)] * 2, "random": [journeys(*random)] * 2}
    )
    (found,) = findings(evidence)
    return found


def test_without_memory_later_journeys_are_compared_with_the_random_walks():
    """Where these take twice as long as the first by chance, it is a drop if they take no longer."""
    assert control(5, 10, random=(5, 10)).verdict == "holds"
    dropped = control(5, 5, random=(5, 10))
    assert dropped.value == pytest.approx(0.5)
    assert dropped.verdict == "fails"
    assert (dropped.reference.name, dropped.reference.value) == ("random", 1.0)
    assert control(5, 5, random=(5, 5)).verdict == "holds"


def climbing(first: int, later: int):
    value = np.tile(np.arange(HORIZON, dtype=np.float32), (4, 1))
    return journeys(first, later, value=value)


def of_values(*seeds):
    evidence = made_up_evidence({"lstm": list(seeds), "random": list(seeds)})
    return {one.id: one for one in findings(evidence) if one.id.startswith("value-")}


def test_the_value_rises_on_every_seed():
    found = of_values(climbing(7, 8), climbing(8, 7))
    assert found.keys() == {"value-first-lstm", "value-later-lstm"}
    assert all(one.holds and one.value == pytest.approx(5.0) for one in found.values())


def test_that_the_value_is_unknown_on_a_seed_is_said():
    """Later journeys of one seed are too short to be seen to rise on their way."""
    later = of_values(climbing(7, 8), climbing(8, 3))["value-later-lstm"]
    assert later.verdict == "undecided"
    assert (later.value, later.seeds, later.measure) == (0.5, 2, "proportion of training seeds")
    assert "1 of 2 seeds have fewer than two lifetimes with such an arrival" in later.claim


def test_journeys_are_counted_once():
    evidence = made_up_evidence({"lstm": [climbing(7, 8)] * 2})
    assert lived(evidence, "lstm") is lived(evidence, "lstm")
    assert rises(evidence, "lstm", True) is rises(evidence, "lstm", True)
    assert len(rises(evidence, "lstm", False)[0]) == 4


def test_the_caption_of_arrivals_says_which_lifetimes_count():
    one = [journeys(5, 10)]
    evidence = made_up_evidence({"new": one, "shortest-path": one, "random": one})
    assert "those lifetimes count whose first search left time" in _arrivals_figure(evidence).caption
