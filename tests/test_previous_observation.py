"""An agent that is given the observation of the step before as well, and keeps it itself."""

import dataclasses
from functools import partial

import jax
import numpy as np
import pytest
from drawn_tasks import keys_of

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.encoders import MLPSettings
from prefrontal.errors import UserError
from prefrontal.memory import AttentionSettings, GRUSettings, StackedLSTMSettings
from prefrontal.rollout.live import rollout
from prefrontal.tasks import distribution

TASKS = distribution("tabular-mdp:states=3,actions=2,length=4,episodes=3")
BOTH = PerceptSettings(previous_observation=True)
KEY, SMALL = jax.random.key(0), GRUSettings(4)


def build(memory=SMALL, percept=BOTH, encoder=AgentSettings().encoder):
    return AgentSettings(percept, memory, encoder).build(TASKS.environment, TASKS.horizon, key=KEY)


def test_it_stands_last_and_is_that_of_the_step_before():
    agent = build()
    lives = rollout(agent, TASKS, keys_of("train", 5))[1]
    features = np.asarray(agent.encoder.over_time(lives.percept))
    seen = np.asarray(lives.percept.observation)
    assert features.shape[1] == agent.encoder.size == build(percept=PerceptSettings()).encoder.size + 3
    np.testing.assert_array_equal(features[1:, -3:], seen[:-1])
    np.testing.assert_array_equal(features[0, -3:], 0)


@pytest.mark.parametrize(
    "given",
    [
        {"memory": SMALL},
        {"memory": AttentionSettings(4, heads=2)},
        {"memory": StackedLSTMSettings((4, 4))},
        {"memory": SMALL, "encoder": MLPSettings((5,))},
    ],
    ids=["gru", "attention", "stacked-lstm", "mlp"],
)
def test_what_was_acted_on_is_what_is_replayed(given):
    """`recall` starts from what acting computed, `replay` from the percepts alone."""
    agent = build(**given)
    lives = rollout(agent, TASKS, keys_of("train", 5))[1]
    acted, again = agent.recall(lives), agent.replay(lives)
    np.testing.assert_allclose(acted.value, again.value, atol=1e-5)
    jax.tree.map(partial(np.testing.assert_allclose, atol=1e-5), acted.law, again.law)
    without = lives._replace(percept=lives.percept._replace(observation=lives.percept.observation * 0))
    assert not np.allclose(agent.replay(without).value, again.value, atol=1e-4)


def test_it_is_refused_where_nothing_is_observed():
    none = dataclasses.replace(BOTH, observation=False)
    with pytest.raises(UserError, match="no observation: observation is False"):
        build(percept=none)
    with pytest.raises(UserError, match="no observation: BernoulliBandit shows none"):
        AgentSettings(BOTH).build(distribution("bandit-independent").environment, 10, key=KEY)
