"""Schedules at points that are known, what of them is kept in files, and what is said of their mistakes."""

import dataclasses
import json
import re

import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.disk.serialisation import from_json, to_json
from prefrontal.learners import A2C, PPO
from prefrontal.learners.schedules import (
    SCHEDULES,
    Cosine,
    Exponential,
    Linear,
    Piecewise,
    Schedule,
    ToHorizon,
    at,
    values_of,
)

TASKS = "bandit-independent:horizon=50"
EACH = [
    Linear(0.9, 0.5, 0.25),
    Cosine(0.9, 0.5, finish=0.5),
    Exponential(0.9, 0.5),
    Piecewise(((0.0, 0.5), (1.0, 0.9))),
    ToHorizon(0.8, 2.0),
]


@dataclasses.dataclass(frozen=True)
class Waves(Schedule):
    """One of a user's own."""

    count: int = 3
    height: float = 0.5

    def __call__(self, progress):
        return self.height * (1 + jnp.sin(2 * jnp.pi * self.count * progress)) / 2


@dataclasses.dataclass(frozen=True)
class Pairs(Schedule):
    def __call__(self, progress):
        return jnp.stack([progress, progress])


def test_a_line_between_two_points_of_training():
    line = Linear(1.0, 0.2, begin=0.25, finish=0.75)
    progress = [0.0, 0.25, 0.375, 0.5, 0.75, 1.0]
    expected = [1.0, 1.0, 0.8, 0.6, 0.2, 0.2]
    np.testing.assert_allclose([at(line, jnp.array(p)) for p in progress], expected, rtol=1e-6)
    assert values_of(line) == (1.0, 0.2)


def test_a_constant_is_a_schedule():
    assert at(0.05, jnp.array(0.7)) == jnp.float32(0.05)
    assert values_of(0.05) == (0.05,)


@pytest.mark.parametrize(
    ("schedule", "progress", "expected"),
    [
        (Cosine(3.0, 1.0), [0.0, 1 / 3, 0.5, 1.0], [3.0, 2.5, 2.0, 1.0]),
        (Cosine(3.0, 1.0, 0.5), [0.25, 0.75], [3.0, 2.0]),
        (Exponential(1.0, 1e-4), [0.0, 0.25, 0.5, 1.0], [1.0, 0.1, 1e-2, 1e-4]),
        (
            Piecewise(((0.2, 1.0), (0.4, 3.0), (1.0, 0.0))),
            [0.0, 0.3, 0.4, 0.7, 1.0],
            [1.0, 2.0, 3.0, 1.5, 0.0],
        ),
        (Piecewise(((0.5, 7.0),)), [0.0, 1.0], [7.0, 7.0]),
        (ToHorizon(None, 2.0).over(50), [0.0, 1.0], [0.96, 0.96]),
        (ToHorizon(0.8).over(500), [0.0, 0.5, 1.0], [0.8, 0.98, 0.998]),
        (ToHorizon(0.8, horizon=20).over(500), [1.0], [0.95]),
    ],
)
def test_values_that_are_known(schedule, progress, expected):
    found = [at(schedule, jnp.array(one, jnp.float32)) for one in progress]
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-7)


def test_values_are_sampled_and_the_ends_are_among_them():
    values = values_of(ToHorizon(0.5), horizon=10)
    assert len(values) == 101
    np.testing.assert_allclose([values[0], values[-1]], [0.5, 0.9], rtol=1e-6)
    assert max(values_of(Waves())) == pytest.approx(0.5, abs=1e-3)


# Files.


def through_json(kind, value):
    return from_json(kind, json.loads(json.dumps(to_json(value))))


@pytest.mark.parametrize("schedule", [*EACH, Waves(2)])
def test_a_schedule_comes_back_from_a_file(schedule):
    learner = PPO(TASKS, discount=schedule, learning_rate=Cosine(1e-3, 0.0))
    assert through_json(PPO, learner) == learner
    assert through_json(Schedule, schedule) == schedule


def test_a_line_is_written_as_it_always_was_and_others_say_what_they_are():
    assert to_json(Linear(0.8, 1.0)) == {"start": 0.8, "end": 1.0, "begin": 0.0, "finish": 1.0}
    assert to_json(Cosine(0.8, 1.0))["is"] == "cosine"
    assert to_json(Waves())["is"] == "Waves"
    line = {"start": 0.8, "end": 1.0}
    assert from_json(Schedule, line) == from_json(Schedule, {"is": "linear", **line}) == Linear(0.8, 1.0)


def test_a_schedule_by_name():
    assert SCHEDULES.make("cosine:start=1,end=0.5") == Cosine(1.0, 0.5)
    assert SCHEDULES.make("to-horizon:c=2") == ToHorizon(c=2.0)
    assert SCHEDULES.make("piecewise", points=((0.0, 1.0),)) == Piecewise(((0.0, 1.0),))
    assert A2C(TASKS, discount="exponential:start=0.5,end=0.9").discount == Exponential(0.5, 0.9)
    with pytest.raises(ValueError, match="'cosine' lacks end; give it after a colon: cosine:end="):
        SCHEDULES.make("cosine:start=1")


# Mistakes.


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"discount": Piecewise(((0.0, 0.5), (0.5, 1.5), (1.0, 0.5)))}, r"discount is 1\.0\d+; it must be"),
        ({"discount": ToHorizon(c=51.0)}, r"discount is -0\.0\d+; it must be a number from 0 to 1"),
        ({"learning_rate": Waves(height=-1e-3)}, r"learning_rate is -0\.\d+; it must be a number from 0"),
        ({"entropy_cost": ToHorizon()}, r"entropy_cost is ToHorizon\(.*needs a horizon to have a value"),
        ({"entropy_cost": Pairs()}, r"entropy_cost is Pairs\(\): Pairs gives an array of shape \(2,\); it"),
        ({"discount": "exponental:start=1"}, r"no schedule is called 'exponental'\. Did you mean"),
    ],
)
def test_what_leaves_its_range_is_named(fields, message):
    with pytest.raises(ValueError, match=message):
        A2C(TASKS, **fields)


def test_a_value_that_rounding_puts_beside_its_bound_is_not_refused():
    assert A2C(TASKS, discount=Cosine(1.0, 0.8)).discount == Cosine(1.0, 0.8)
    assert A2C(TASKS, discount=Exponential(1.0, 0.7)).discount == Exponential(1.0, 0.7)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Exponential(0.0, 1.0), "start is 0.0; it must be a number from 1e-12 to"),
        (
            lambda: Cosine(1.0, 0.0, 0.5, 0.5),
            "begin is 0.5 and finish 0.5; they must be 0 <= begin < finish <= 1",
        ),
        (lambda: Piecewise(()), "points are at []; there must be at least one, in rising order, from 0 to 1"),
        (lambda: Piecewise(((0.5, 1.0), (0.5, 2.0))), "points are at [0.5, 0.5]; there must be"),
        (lambda: Piecewise(((0.0, 1.0), (1.5, 2.0))), "points are at [0.0, 1.5]; there must be"),
        (lambda: ToHorizon(1.0), "start is 1.0; it must be a number from 0 to 0.999999"),
    ],
)
def test_schedules_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()
