"""Mazes in first person, end to end: an agent trains a little, is stopped, goes on, is judged and shown."""

import dataclasses

import jax
import numpy as np
import pytest
from test_training import assert_same_run, interrupted

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.disk.serialisation import to_json
from prefrontal.evaluation import evaluate
from prefrontal.experiments.wang2016.maze import animation
from prefrontal.learners.a2c import A2C
from prefrontal.memory import StackedLSTMSettings
from prefrontal.tasks import DISTRIBUTIONS
from prefrontal.training import train

SHORT = dataclasses.replace(DISTRIBUTIONS["maze-view"](), horizon=5)
STACKED = AgentSettings(PerceptSettings(time=False), StackedLSTMSettings((4, 6)))
LEARNER = A2C(SHORT, STACKED, lifetimes=4, microbatch=2, microbatches=1, signal="sampled")
CONFIG = {"name": "agent", "distribution": "maze-view", "learner": to_json(LEARNER)}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("view") / "whole"
    return train(LEARNER, 0, folder, config=CONFIG), folder


def test_what_is_stopped_goes_on_to_the_same_bits(trained, tmp_path):
    interrupted(LEARNER, tmp_path / "cut", update=1, config=CONFIG)
    train(LEARNER, 0, tmp_path / "cut", config=CONFIG, resume=True)
    assert_same_run(trained[1], tmp_path / "cut")


def test_the_gradient_reaches_the_convolutions(trained):
    begun = LEARNER.agent(LEARNER.init(0))
    moved = jax.tree.map(lambda one, other: bool((one != other).any()), begun.encoder, trained[0].encoder)
    assert all(jax.tree.leaves(moved))


def test_what_it_sees_is_shown_beside_where_it_is(trained, monkeypatch):
    monkeypatch.setattr(animation, "STEPS", 3)
    keep = ("observation", "state", "value")
    lived = evaluate(trained[0], SHORT, lifetimes=3, keep=keep)
    assert lived.observation is not None
    assert lived.observation.shape == (3, 5, *SHORT.environment.observation_space.shape)
    shown = animation.lifetimes_side_by_side(lived, lived, where="in the fixed layout")
    assert len(shown.frames) == 3
    assert "A lifetime in the fixed layout" in shown.caption
    assert shown.caption.endswith(animation.SEEN)
    above = animation.lifetimes_side_by_side(*[dataclasses.replace(lived, observation=None)] * 2)
    assert shown.frames[0].shape[0] > 1.5 * above.frames[0].shape[0]
    assert not np.array_equal(shown.frames[0], shown.frames[2])
    assert animation.SEEN not in above.caption
