"""Natural slips at the public functions: each is answered by the sentence that mends it."""

import json
import pathlib
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
    ("pf.train(TASKS)", "learner is IndependentArms, .*; it must be a Learner, as in train"),
    ("pf.train(pf.A2C(TASKS))", "seed is None; it must be a whole number, from 0"),
    ('pf.train(TASKS, 0, "runs/x")', "learner is IndependentArms, .*; it must be a Learner, as in train"),
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
    ('pf.A2C("bandit-independant")', "tasks is 'bandit-independant': .* Did you mean 'bandit-independent'"),
    ('pf.A2C("bandit-independent:arms=1")', "arms is 1; it must be a whole number, at least 2"),
    ('pf.A2C(TASKS, lifetimes="many")', "lifetimes is 'many'; it must be a whole number"),
    ("pf.A2C(TASKS, microbatch=2**19, microbatches=4)", "microbatches is 4; .* from 1 to 2"),
    ("PerceptSettings(time_scale=-1)", "time_scale is -1; it must be a number from"),
    ("AgentSettings(percept=PerceptSettings)", r"percept is .*; it must be PerceptSettings\(\.\.\.\)"),
    ("AgentSettings(memory=LSTMSettings)", r"memory is the class LSTMSettings; .* LSTMSettings\(\)"),
    ("AgentSettings(memory=3)", "memory is 3; it must be a MemorySettings, or the name of one: lstm"),
    ("IndependentArms(horizon=12.5)", "horizon is 12.5; it must be a whole number, at least 1"),
    ("IndependentArms(horizon=None)", "horizon is None; it must be a whole number, at least 1"),
    ("IndependentArms(horizon=2**40)", "horizon is 1099511627776; it must be a whole number, from 1 to 2147"),
    ('pf.train(pf.A2C, 0, "runs/x")', r"learner is the class A2C; it must be a Learner, as in train\(A2C"),
    (
        'pf.train("bandit-independent", 0, "runs/x")',
        "learner is str, 'bandit-independent'; it must be",
    ),
    ('pf.train(pf.A2C(TASKS), "0", "runs/x")', "seed is '0'; it must be a whole number, from 0"),
    ("pf.train(pf.A2C(TASKS), 0, None)", "folder is None; it must be a path, as text or a Path"),
    ("pf.train(pf.A2C(TASKS), 0, 7)", "folder is 7; it must be a path, as text or a Path"),
    ('pf.train(pf.A2C(TASKS), 0, "no\\0where")', "folder is .*; it must be a path"),
    ('pf.train(pf.A2C(TASKS), 0, "runs/x", resume="yes")', "resume is 'yes'; it must be True or False"),
    ('pf.train(pf.A2C(TASKS), 0, "runs/x", progress=True)', "progress is bool, True; it must be a Callable"),
    ('pf.train(pf.A2C(TASKS), 0, "runs/x", config=["a"])', "config is list.*; it must be a Mapping"),
    ('pf.train(pf.A2C(TASKS), 0, "runs/x", chunk_seconds=None)', "chunk_seconds is None; it must be a numb"),
    ("pf.evaluate(AgentSettings(), TASKS)", "agent is AgentSettings.*; it must be an Agent"),
    ("pf.evaluate(type(agent()), TASKS)", "agent is the class RecurrentAgent; it must be an Agent"),
    ("pf.evaluate(agent(), IndependentArms)", r"the class IndependentArms; .* instance of it"),
    ('pf.evaluate(agent(), TASKS, lifetimes="5")', "lifetimes is '5'; it must be a whole number"),
    ("pf.evaluate(agent(), TASKS, seed=1.5)", "seed is 1.5; it must be a whole number"),
    ('pf.evaluate(agent(), TASKS, keep="units")', r"keep is 'units'; it must be a tuple of names"),
    ("pf.evaluate(agent(), TASKS, keep=3)", r"keep is 3; it must be a tuple of names"),
    ('pf.evaluate(agent(), TASKS, keep=("unit",))', "keep has 'unit'; it may have units"),
    ("pf.evaluate(agent(), TASKS, policy=3)", "policy is 3; it must be a text"),
    ("pf.reference(TASKS, 'ucb1')", "name is IndependentArms.*; it must be a text"),
    ('pf.reference("ucb1", TASKS, constant="big")', "constant is 'big'; it must be a number at least 0"),
    ('pf.reference("ucb2", TASKS)', "no reference is called 'ucb2'. Did you mean 'ucb1'"),
    ("pf.exact(TASKS, 'ucb1')", "name is IndependentArms.*; it must be a text"),
    ('pf.exact("bayes-optimal", IndependentArms(horizon=5000))', "horizon is 5000; .* for at most 200 pulls"),
    ('pf.exact("ucb1", IndependentArms(horizon=5000))', "all counts of two arms and is for at most 1000 st"),
    ('pf.exact("bayes-optimal", "bandit-dependent-easy:horizon=5000")', "is for at most 1000 steps"),
    ('pf.exact("win-stay-lose-shift", IndependentArms(horizon=5000))', "is for at most 1000 steps"),
    ('pf.exact("gittins", IndependentArms(horizon=5000))', "horizon is 5000; .* for at most 2000 pulls"),
    ("pf.draw_regret({1: None})", "the name of a policy in records is 1; it must be a text"),
    ("pf.draw_returns({None: None})", "the name of a policy in records is None; it must be a text"),
    ('pf.Records.load("no/such/file")', "no/such/file is not there; it must be a file of records"),
    ('pf.load_agent("x", like=3)', "like is int, 3; it must be an Agent, such as learner.agent"),
    ('pf.load_agent("x", like=AgentSettings())', "like is AgentSettings, .*; it must be an Agent, such as"),
    ("pf.load_agent(None)", "folder is None; it must be a path"),
    ('pf.load_agent("no/such/folder")', "holds no run: there is no config.json in it"),
    ("pf.load_agent(agent())", "folder is RecurrentAgent.*; it must be a path"),
    ("pf.Records.load(None)", "path is None; it must be a path"),
    ('pf.Records.load("")', "path is ''; it must be a path"),
    ("pf.distribution(3)", "tasks is 3; it must be a TaskDistribution"),
    ('pf.distribution("bandit-independent:arms=[[[")', "arms is .*; it must be of type int"),
    ('pf.distribution("bandit-independent", arm=3)', "Did you mean 'arms'"),
    (
        'Adapting(pf.reference("random", TASKS), 0.1, sum, 4)',
        "start is RandomChoice.*; it must be a Predicting",
    ),
    (
        'Adapting(agent(), "0.1", sum, 4)',
        "rate is '0.1'; it must be a number, or a tree of numbers like start",
    ),
    ('pf.Records.load(".")', "is a folder; it must be a file"),
    ("pf.train(pf.A2C(TASKS), 0, sys.executable)", "is a file; it must be a folder, or nothing yet"),
    (
        "AgentSettings().build(TASKS, 4, key=KEY)",
        "environment is IndependentArms.*; it must be an Environment",
    ),
    ('AgentSettings().build(TASKS.environment, "4", key=KEY)', "horizon is '4'; it must be a whole number"),
    ("AgentSettings().build(TASKS.environment, 4, key=0)", "key is 0; it must be a random key, such as jax"),
    ("TASKS.environment.step(0, TASKS.sample(KEY), (), 0)", "key is 0; it must be a random key, such as jax"),
    ("pf.A2C(TASKS).init(0, 3)", "agent is int, 3; it must be a PredictingAgent"),
    ("pf.A2C('two-step-2018').init(0, agent())", "this agent cannot act in 'TwoStep': its observations are"),
    ("stay_probabilities(np.zeros((3, 4)))", "lived is ndarray.*; it must be a Trials: Trials"),
    ("TwoStepLaw(common=70)", "common is 70; it must be a number from 0 to 1"),
    ("pf.evaluate(Silent(), TASKS)", "Silent.act returned None; it must return three things"),
    ("Adapting(agent(), np.nan, sum, 4)", "rate is nan; it must be a number from"),
    ("Adapting(agent(), True, sum, 4)", "rate is True; it must be a number"),
    ("Adapting(agent(), np.zeros(3), sum, 4)", "it must be a number, or a tree of numbers like start"),
    (
        "Adapting(agent(), 0.1, 0.5, 4)",
        "loss is float, 0.5; it must be a Callable: a function of the weights",
    ),
    ("Adapting(agent(), 0.1, sum, 0)", "every is 0; it must be a whole number, at least 1"),
    ("Adapting(agent(), 0.1, sum, 2.5)", "every is 2.5; it must be a whole number, at least 1"),
    ('Adapting(agent(), 0.1, sum, 4, "no")', "first_order is 'no'; it must be True or False"),
    (
        'Condition("a", "A", pf.A2C(TASKS), keep=("unit",))',
        "keep is 'unit'; it must be one of units, value, law",
    ),
    ('Condition("a", "A", pf.A2C(TASKS), keep="units")', "keep is 'units'; it must be a tuple, each one of"),
    ('Condition("a", "A", pf.A2C(TASKS), keep=("units", 3))', "keep is 3; it must be one of units"),
    (
        'Condition("a", "A", pf.A2C(TASKS), evaluate_on=("bandit-restles",))',
        "evaluate_on has 'bandit-restles': .* Did you mean 'bandit-restless'",
    ),
]

# A user's interpreter, in which types are not checked as they are in these tests.
PROGRAM = """
import json, sys
import gymnasium, jax, numpy as np, prefrontal as pf
from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.agents.adapting import Adapting
from prefrontal.analysis.choices.two_step import stay_probabilities
from prefrontal.analysis.choices.two_step_models import TwoStepLaw
from prefrontal.experiments.base import Condition
from prefrontal.learners.schedules import Linear
from prefrontal.memory import LSTMSettings
from prefrontal.tasks import IndependentArms
TASKS = IndependentArms(horizon=4)
KEY = jax.random.key(0)
class Silent(pf.Agent):
    def initial_memory(self):
        return ()
    def act(self, memory, percept, noise):
        return None
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


def test_every_path_may_be_a_text_or_a_path(tmp_path):
    learner = pf.A2C(TASKS, AgentSettings(memory="none:units=2"), lifetimes=2, microbatch=1, microbatches=2)
    records = pf.evaluate(pf.reference("random", TASKS), TASKS, lifetimes=2, seed=1)
    for kind in (str, pathlib.Path):
        folder, file = kind(tmp_path / kind.__name__), kind(tmp_path / f"{kind.__name__}.safetensors")
        pf.train(learner, 0, folder)
        pf.load_agent(folder)
        records.save(file)
        assert pf.Records.load(file).seed == 1
