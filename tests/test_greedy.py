"""The most probable action in place of one that is drawn."""

import jax
import numpy as np
import pytest

from prefrontal.agents import AgentSettings, Greedy
from prefrontal.evaluation import evaluate
from prefrontal.learners import MAML
from prefrontal.tasks import distribution


@pytest.mark.parametrize("memory", ["gru:units=4", "none:units=4"])
def test_every_action_is_the_mode_of_its_law(memory):
    tasks = distribution("bandit-independent:arms=3,horizon=6")
    agent = AgentSettings(memory=memory).build(tasks.environment, 6, key=jax.random.key(1))
    records = evaluate(Greedy(agent), tasks, lifetimes=30, keep=("logits", "units"))
    np.testing.assert_array_equal(records.action, records.logits.argmax(axis=-1))
    drawn = evaluate(agent, tasks, lifetimes=30, keep=("logits",))
    assert np.any(drawn.action != drawn.logits.argmax(axis=-1))


def test_a_gaussians_most_probable_action_is_its_mean():
    tasks = distribution("bandit-continuous:horizon=4")
    agent = AgentSettings(memory="gru:units=4").build(tasks.environment, 4, key=jax.random.key(1))
    records = evaluate(Greedy(agent), tasks, lifetimes=10, keep=("law",))
    np.testing.assert_allclose(records.action, records.law["mean"][..., 0], rtol=1e-5)


def test_who_learns_from_drawn_actions_is_refused():
    learner = MAML("navigation:episodes=4", trajectories=2)
    with pytest.raises(ValueError, match="learns from the actions that it draws"):
        Greedy(learner.agent(learner.init(0)))
