"""The recipes of CONTRIBUTING.md, run as they stand there."""

import dataclasses
import re
import sys
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal import experiments
from prefrontal.agents import AgentSettings
from prefrontal.disk.serialisation import from_json, to_json
from prefrontal.experiments import pipeline
from prefrontal.learners import Learner
from prefrontal.memory import MEMORIES, LSTMSettings
from prefrontal.references.exact import exact, exact_value
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import IndependentArms

TEXT = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text()


@pytest.fixture(scope="module")
def recipes():
    names: dict = {"__name__": "recipes"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MEMORIES, "_makers", dict(MEMORIES._makers))  # what is added is taken out again
        for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
            exec(compile(block, "CONTRIBUTING.md", "exec"), names)
        yield names


def lives(agent, world):
    return eqx.filter_jit(rollout)(agent, world, lifetime_keys("test", 0, jnp.arange(500)))


def test_the_task_and_the_reference(recipes):
    """Arms in turn earn the mean of all arms, within four standard errors."""
    world = recipes["GaussianArms"](horizon=10)
    tasks, lived = lives(recipes["RoundRobinSettings"]().build(world), world)
    np.testing.assert_array_equal(lived.action[:, 0], [0, 1] * 5)
    surprise = np.asarray(lived.reward - lived.expected_reward)
    assert abs(surprise.mean()) < 4 / np.sqrt(surprise.size)
    assert abs(surprise.std() - 1) < 4 / np.sqrt(2 * surprise.size)
    np.testing.assert_allclose(lived.expected_reward.sum(0), 5 * tasks.means.sum(0), rtol=1e-4, atol=1e-5)
    assert world.outside() != world


def test_exact_values_that_the_recipe_registers(recipes):
    """Those of arms in turn and of arms at random, against lifetimes."""
    world = recipes["GaussianArms"](horizon=10)
    agent = recipes["RoundRobinSettings"]().build(world)
    value = exact_value(agent, world)
    assert value is not None
    assert exact_value(agent, dataclasses.replace(world, arms=3)) == (
        0.0,
        None,
        None,
    )  # its oracle is not known
    assert exact("random", world) == (0.0, value.regret, pytest.approx(value.regret_by_time))
    _, lived = lives(agent, world)
    regret = np.asarray(lived.oracle_reward - lived.expected_reward).sum(0)
    assert abs(regret.mean() - value.regret) < 4 * regret.std() / np.sqrt(regret.size)


def test_the_memory_and_the_learner(recipes):
    """An agent with the recipe's memory climbs on bandits whose first arm is often the better."""
    agent = AgentSettings(memory="leaky:units=4")
    assert agent.memory == recipes["LeakySettings"](units=4)
    learner = recipes["HillClimb"](IndependentArms(horizon=4), agent, lifetimes_per_update=64)
    assert from_json(Learner, to_json(learner)) == learner
    state, step = learner.init(0), jax.jit(learner.step)
    for update in range(5):
        before, (state, metrics) = state, step(state)
        assert metrics["best_return"] >= before.score
        assert state.update == update + 1
    _, lived = lives(learner.agent(state), learner.distribution)
    prediction, again = learner.agent(state).recall(lived), learner.agent(state).replay(lived)
    np.testing.assert_allclose(prediction.law.logits, again.law.logits, rtol=1e-4, atol=1e-5)
    given = learner.init(0, learner.agent(state))
    assert eqx.tree_equal(given.weights, state.weights)


@pytest.fixture
def easy_arms(tmp_path, monkeypatch):
    """The recipe's experiment, in a folder of its own beside ours."""
    folder = tmp_path / "experiments" / "mine" / "easy_arms"
    folder.mkdir(parents=True)
    for name, text in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", TEXT, re.DOTALL):
        (folder / name).write_text(text)
    (folder / "README.md").write_text("# easy-arms")
    jax.config.update("jax_disable_most_optimizations", True)  # nearly all the time is the compiler's
    monkeypatch.setattr(experiments, "_FOLDER", folder.parents[1])
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(folder.parents[1])])
    yield "easy-arms"
    jax.config.update("jax_disable_most_optimizations", False)
    for module in [name for name in sys.modules if name.startswith("prefrontal.experiments.mine")]:
        del sys.modules[module]


def test_the_experiment(easy_arms, tmp_path):
    """Found by its folder, and carried out in little."""
    assert experiments.names() == [easy_arms]
    whole = experiments.experiment(easy_arms)
    (agent,) = whole.presets["quick"].conditions
    small = AgentSettings(memory=LSTMSettings(4))
    learner = dataclasses.replace(
        agent.learner, architecture=small, lifetimes=16, microbatch=4, microbatches=2
    )
    agent = dataclasses.replace(agent, learner=learner)
    little = dataclasses.replace(whole.presets["quick"], conditions=(agent,), lifetimes=20, seeds=2)
    little = dataclasses.replace(whole, presets={"quick": little})
    found = pipeline.run(little, "quick", tmp_path / "out", announce=lambda _: None)
    assert [finding.id for finding in found] == ["regret"]
    assert {path.name for path in (tmp_path / "out" / "figures").iterdir()} == {
        "regret.png",
        "policies.png",
        "lifetime.gif",
    }
    assert len(whole.presets["laptop"].conditions) == 4


def test_every_file_that_is_named_exists():
    root = Path(__file__).parent.parent
    named = set(re.findall(r"`((?:tests|docs|src|benchmarks)/[\w/.-]+)`", TEXT))
    assert len(named) > 5
    new = {
        "src/prefrontal/tasks/gaussian.py",
        "src/prefrontal/experiments/mine/easy_arms/",
        "src/prefrontal/experiments/PAPER/",
        "docs/results/EXPERIMENT/",
    }  # the reader's
    assert [path for path in named - new if not (root / path).exists()] == []
