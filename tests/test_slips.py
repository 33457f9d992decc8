"""Natural slips at the public functions: each is answered by the sentence that mends it."""

import json
import re
import subprocess
import sys

import gymnasium
import jax
import numpy as np
import pytest

import prefrontal as pf
from prefrontal.agents import AgentSettings
from prefrontal.checks import check_between, check_integer
from prefrontal.encoders import ENCODERS
from prefrontal.tasks import IndependentArms

TASKS = IndependentArms(horizon=4)


SLIPS = [
    ('pf.A2C(gymnasium.make("CartPole-v1"))', "tasks is a gymnasium.Env"),
    ("pf.A2C(IndependentArms)", r"the class IndependentArms; it must be .*: an instance of it"),
    ("pf.A2C(TASKS.environment)", "tasks is an Environment, BernoulliBandit; it must be"),
    ("pf.A2C(None)", "tasks is None; it must be a TaskDistribution"),
    ("pf.A2C(TASKS, pf.A2C(TASKS))", r"architecture is A2C.*it must be AgentSettings\(\.\.\.\)"),
    ('pf.train(TASKS, 0, "runs/x")', "learner is IndependentArms; it must be a Learner, as in train"),
    ("pf.evaluate(TASKS, agent())", r"agent is IndependentArms.*it comes first: evaluate\(agent, tasks\)"),
    ('pf.evaluate("runs/x", TASKS)', r"agent is str, 'runs/x'; .* load one with load_agent"),
    ("pf.evaluate(agent(), 3)", "tasks is 3; it must be a TaskDistribution"),
    ('pf.reference("thompson", gymnasium.make("CartPole-v1"))', "tasks is a gymnasium.Env"),
    ('pf.exact("thompson", 1.5)', "tasks is 1.5; it must be a TaskDistribution"),
    ('pf.distribution("bandit-independent:horizon=0")', "horizon is 0; it must be a whole number"),
    ('pf.distribution("bandit-independent", horizon=12.5)', "horizon is 12.5; it must be a whole"),
    ('PerceptSettings(observation="off")', "observation is 'off'; it must be True or False"),
    ('PerceptSettings(time="100")', "time is '100'; it must be True or False"),
    ("PerceptSettings(previous_action=-1)", "previous_action is -1; it must be True or False"),
    ("PerceptSettings(time_scale=np.inf)", "time_scale is inf; it must be a number"),
    ('AgentSettings(memory="lstm", percept=PerceptSettings(previous_reward=3))', "it must be one of"),
    ('Linear(1, 0, "0", 1)', "begin is '0'; it must be a finite number"),
    ("Linear(np.nan, 0)", "start is nan; it must be a finite number"),
    ("pf.A2C(TASKS, learning_rate=1e12)", "learning_rate is 1000000000000.0; it must be a number"),
    ("pf.A2C(TASKS, normalise_advantages=1)", "normalise_advantages is 1; it must be True or False"),
    ('pf.A2C(TASKS, signal=["sampled"])', "signal is .* it must be one of"),
]

# A user's interpreter, in which types are not checked as they are in these tests.
PROGRAM = """
import json, sys
import gymnasium, jax, numpy as np, prefrontal as pf
from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.learners.schedules import Linear
from prefrontal.tasks import IndependentArms
TASKS = IndependentArms(horizon=4)
agent = lambda: AgentSettings(memory="none:units=2").build(TASKS.environment, 4, key=jax.random.key(0))
answers = []
for slip in json.load(sys.stdin):
    try:
        answers.append(f"accepted: {eval(slip)!r}")
    except Exception as error:
        answers.append(f"{isinstance(error, ValueError)} {error}")
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers():
    asked = json.dumps([slip for slip, _ in SLIPS])
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return dict(zip((slip for slip, _ in SLIPS), json.loads(finished.stdout), strict=True))


@pytest.mark.parametrize(("slip", "said"), SLIPS)
def test_a_slip_is_answered_by_what_mends_it(answers, slip, said):
    assert re.search(f"^True .*{said}", answers[slip]), answers[slip]


def test_tasks_may_be_named_everywhere():
    thompson = pf.reference("thompson", "bandit-independent:horizon=5")
    records = pf.evaluate(thompson, "bandit-independent:horizon=5", lifetimes=3)
    assert (records.horizon, records.distribution) == (5, "bandit-independent:horizon=5")
    assert pf.exact("bayes-optimal", "bandit-independent:horizon=5").regret == pytest.approx(4 / 9)
    assert pf.A2C("bandit-independent").distribution == IndependentArms()


def test_numbers_of_numpy_are_numbers():
    for value in (np.int64(3), np.uint8(3), 3):
        check_integer("n", value, 1)
    for value in (np.float32(0.5), np.float64(0.5), np.int32(1), 0.5):
        check_between("x", value, 0, 1)
    for value in (True, np.bool_(True), 3.0, "3", None, np.array([3])):
        with pytest.raises(ValueError, match=r"n is .*; it must be a whole number"):
            check_integer("n", value, 1)
    for value in (True, float("nan"), np.inf, "0.5", None):
        with pytest.raises(ValueError, match=r"x is .*; it must be a number"):
            check_between("x", value, 0, 1)


def test_a_seed_of_numpy_trains_as_that_of_python(tmp_path, unchecked):
    learner = pf.A2C(TASKS, AgentSettings(memory="none:units=2"), lifetimes=4, microbatch=2, microbatches=1)
    one = unchecked(pf.train)(learner, np.int64(3), tmp_path / "one")
    other = pf.train(learner, 3, tmp_path / "other")
    for mine, theirs in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_an_observation_that_is_one_of_several_is_coded_one_hot():
    encoder = ENCODERS.make("auto").build(gymnasium.spaces.Discrete(4, start=1), key=jax.random.key(0))
    np.testing.assert_array_equal(encoder(jax.numpy.array([1, 4])).T, [[1, 0, 0, 0], [0, 0, 0, 1]])
    assert encoder.size == 4
