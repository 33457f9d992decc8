"""How a report writes settings, commands, numbers and durations."""

import pytest

from prefrontal.report.numbers import duration, interval, number
from prefrontal.report.page import command
from prefrontal.report.settings import shared_and_differing


def test_settings_are_told_apart_from_what_all_share():
    percept = {"time": True, "reward": "scalar"}
    architecture = {"percept": percept, "memory": {"is": "lstm", "units": 48}}
    learner = {"is": "a2c", "architecture": architecture, "lifetimes": 1_000_000}
    one = {"name": "lstm", "learner": learner}
    timeless = architecture | {"percept": percept | {"time": False}}
    two = {"name": "x", "learner": learner | {"architecture": timeless}}
    shared, differing = shared_and_differing([one, two])
    assert shared == {
        "learner.is": "a2c",
        "learner.architecture.percept.reward": "scalar",
        "learner.architecture.memory.is": "lstm",
        "learner.architecture.memory.units": "48",
        "learner.lifetimes": "1,000,000",
    }
    assert [(row.name, row.values) for row in differing] == [
        ("learner.architecture.percept.time", ["yes", "no"])
    ]


def test_the_command_is_the_one_that_makes_these_numbers_again():
    config = {"experiment": "bandit-restless", "preset": "quick", "seeds": [7, 8]}
    made = "prefrontal run bandit-restless --preset quick --seeds 2 --first-seed 7"
    assert command(config | {"split": "validation"}) == made
    assert command(config | {"split": "test"}) == f"{made} --split test"
    assert command(config | {"split": "validation", "devices": 2}) == f"{made} --devices 2"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.74825, "1.748"),
        (16.6667, "16.67"),
        (249.84, "249.8"),
        (10_000, "10,000"),
        (0.0, "0"),
        (-0.131, "-0.131"),
        (1.2e-5, "1.2e-05"),
        (3, "3"),
        (0.625, "0.625"),
        (12345.6, "12,346"),
    ],
)
def test_numbers_are_written_with_about_four_digits(value, said):
    assert number(value) == said


def test_measurements_in_a_column_keep_their_decimals():
    assert [number(value, whole=False) for value in (18.0, 3.0, 4.45)] == ["18.00", "3.000", "4.450"]
    assert interval((0.0, 2.0)) == "0.000 to 2.000"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (41, "41 s"), (720, "12 min"), (11_100, "3 h 05 min"), (7190, "2 h 00 min")],
)
def test_durations(seconds, said):
    assert duration(seconds) == said
