"""The recipes of CONTRIBUTING.md, run as they stand there."""

import re
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import prefrontal.memory
from prefrontal.agents import AgentSettings
from prefrontal.rollout import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import IndependentArms

TEXT = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text()


@pytest.fixture(scope="module")
def recipes() -> dict:
    names: dict = {"__name__": "recipes"}
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(block, "CONTRIBUTING.md", "exec"), names)
    return names


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


def test_the_memory_and_the_learner(recipes, monkeypatch):
    """An agent with the recipe's memory climbs on bandits whose first arm is often the better."""
    monkeypatch.setitem(prefrontal.memory.MEMORIES, "leaky", recipes["Leaky"])
    agent = AgentSettings(memory="leaky", units=4)
    learner = recipes["HillClimb"](IndependentArms(horizon=4), agent, lifetimes_per_update=64)
    state, step = learner.init(0), jax.jit(learner.step)
    for update in range(5):
        before, (state, metrics) = state, step(state)
        assert metrics["best_return"] >= before.score
        assert state.update == update + 1
    _, lived = lives(learner.agent(state), learner.distribution)
    prediction = learner.agent(state).recall(lived.percept, lived.trace)
    again = learner.agent(state).replay(lived.percept)
    np.testing.assert_allclose(prediction.logits, again.logits, rtol=1e-4, atol=1e-5)


def test_every_file_that_is_named_exists():
    root = Path(__file__).parent.parent
    named = set(re.findall(r"`((?:tests|docs|src|benchmarks)/[\w/.-]+)`", TEXT))
    assert len(named) > 5
    new = {"src/prefrontal/tasks/gaussian.py", "docs/results/EXPERIMENT/"}  # the reader's
    assert [path for path in named - new if not (root / path).exists()] == []
