"""The percept's switches, its code, and the policy that acts on it."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from gymnasium import spaces
from one_update import percepts_alone
from toy_tasks import CorridorWorld

from prefrontal.agents import AgentSettings, PerceptEncoder, PerceptSettings
from prefrontal.memory import LSTMSettings
from prefrontal.tasks import BernoulliBandit, InformativeArmBandit
from prefrontal.types import Percept

WORLD, HORIZON = CorridorWorld(), 100
LATER = Percept(jnp.array([0.25, 0.5]), jnp.array(0), jnp.array(1.0), jnp.array(7), jnp.array(False))
FIRST = Percept(jnp.array([0.25, 0.5]), jnp.array(0), jnp.array(0.0), jnp.array(0), jnp.array(True))
CHANGED = {
    "observation": jnp.array([0.75, 0.0]),
    "previous_action": jnp.array(1),
    "previous_reward": jnp.array(0.0),
    "time": jnp.array(8),
    "episode_start": jnp.array(True),
}
ALL_ON = PerceptSettings(episode_start=True)
OFF = {name: "off" if name == "previous_reward" else False for name in CHANGED}


def encoder(world=WORLD, **settings) -> PerceptEncoder:
    return PerceptEncoder.build(PerceptSettings(**settings), world, HORIZON)


def logits(settings: PerceptSettings, percept: Percept) -> np.ndarray:
    agent = AgentSettings(settings, LSTMSettings(4)).build(WORLD, HORIZON, key=jax.random.key(0))
    one_step = jax.tree.map(lambda x: x[None], percept)
    return np.asarray(agent.replay(percepts_alone(one_step)).law.logits)


@pytest.mark.parametrize("part", CHANGED)
def test_a_part_that_is_on_moves_the_agent_and_one_that_is_off_does_not(part):
    changed = LATER._replace(**{part: CHANGED[part]})
    on, off = ALL_ON, dataclasses.replace(ALL_ON, **{part: OFF[part]})
    assert not np.array_equal(logits(on, LATER), logits(on, changed))
    assert np.array_equal(logits(off, LATER), logits(off, changed))


@pytest.mark.parametrize("part", CHANGED)
def test_a_part_that_is_off_takes_its_features_away(part):
    length = {"observation": 2, "previous_action": 2}.get(part, 1)
    whole = PerceptEncoder.build(ALL_ON, WORLD, HORIZON)
    less = PerceptEncoder.build(dataclasses.replace(ALL_ON, **{part: OFF[part]}), WORLD, HORIZON)
    assert whole.size - less.size == length
    assert (whole(LATER).shape, less(LATER).shape) == ((whole.size,), (less.size,))


def test_the_code_of_a_percept():
    np.testing.assert_allclose(encoder(episode_start=True)(LATER), [0.25, 0.5, 1, 0, 1, 0.07, 0], rtol=1e-6)
    np.testing.assert_allclose(encoder(episode_start=True)(FIRST), [0.25, 0.5, 0, 0, 0, 0, 1], rtol=1e-6)


def test_before_the_first_action_is_not_after_the_first_arm():
    given = encoder(observation=False, previous_reward="off", time=False)
    np.testing.assert_array_equal(given(FIRST), [0, 0])
    np.testing.assert_array_equal(given(LATER), [1, 0])
    np.testing.assert_array_equal(given(LATER._replace(previous_action=jnp.array(1))), [0, 1])


def test_a_one_hot_reward_is_all_zeros_before_the_first():
    given = encoder(observation=False, previous_action=False, previous_reward="one-hot", time=False)
    np.testing.assert_array_equal(given(FIRST), [0, 0])
    np.testing.assert_array_equal(given(LATER), [0, 1])
    np.testing.assert_array_equal(given(LATER._replace(previous_reward=jnp.array(0.0))), [1, 0])


def test_a_one_hot_reward_has_a_place_for_every_value():
    world = InformativeArmBandit()
    given = encoder(world, previous_action=False, previous_reward="one-hot", time=False)
    for place, reward in enumerate(world.reward_values):
        code = given(LATER._replace(previous_reward=jnp.float32(reward)))
        np.testing.assert_array_equal(code, np.eye(len(world.reward_values))[place])


@pytest.mark.parametrize("reward", ["scalar", "one-hot"])
@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_a_batch_of_percepts_is_each_by_itself(reward, batch):
    given = encoder(previous_reward=reward, episode_start=True)
    over = lambda leaf: jnp.broadcast_to(leaf.reshape(leaf.shape + (1,) * len(batch)), leaf.shape + batch)  # noqa: E731
    code = given(jax.tree.map(over, LATER))
    assert code.shape == (given.size, *batch)
    np.testing.assert_array_equal(
        code.reshape(given.size, -1), np.repeat(given(LATER)[:, None], np.prod(batch, dtype=int), 1)
    )


@pytest.mark.parametrize(("scale", "expected"), [(100.0, 0.07), (7.0, 1.0), (1.0, 7.0)])
def test_time_is_given_in_units_of_its_scale(scale, expected):
    given = encoder(observation=False, previous_action=False, previous_reward="off", time_scale=scale)
    np.testing.assert_allclose(given(LATER), [expected], rtol=1e-6)


@pytest.mark.parametrize(("horizon", "expected"), [(7, 1.0), (28, 0.25)])
def test_time_is_given_in_units_of_the_horizon_where_no_scale_is_asked_for(horizon, expected):
    alone = PerceptSettings(observation=False, previous_action=False, previous_reward="off")
    given = PerceptEncoder.build(alone, WORLD, horizon)
    np.testing.assert_allclose(given(LATER), [expected], rtol=1e-6)
    agent = AgentSettings(alone).build(WORLD, horizon, key=jax.random.key(0))
    np.testing.assert_allclose(agent.encoder(LATER), [expected], rtol=1e-6)


def test_an_agent_that_is_given_nothing_still_acts():
    nothing = PerceptSettings(observation=False, previous_action=False, previous_reward="off", time=False)
    assert PerceptEncoder.build(nothing, WORLD, HORIZON).size == 0
    assert np.all(np.isfinite(logits(nothing, LATER)))


def test_nothing_to_observe_is_no_feature():
    assert encoder(BernoulliBandit(5)).size == 5 + 1 + 1


def test_a_number_for_an_observation():
    """gymnasium's Discrete is one of several, and is coded one-hot."""

    class Numbered(CorridorWorld):
        observation_space = spaces.Discrete(9)

    given = encoder(Numbered(), previous_action=False, previous_reward="off", time=False)
    np.testing.assert_array_equal(given(LATER._replace(observation=jnp.array(4))), np.eye(9)[4])


def test_actions_are_drawn_from_the_softmax_policy():
    """Frequencies of 20,000 actions within four standard errors, for every action."""
    world, draws = BernoulliBandit(4), 20_000
    agent = AgentSettings(memory=LSTMSettings(6)).build(world, HORIZON, key=jax.random.key(0))
    agent = eqx.tree_at(lambda a: a.policy.bias, agent, jnp.array([1.0, 0.0, -1.0, 0.5]))
    percept = LATER._replace(observation=jnp.zeros(0))
    one_step = percepts_alone(jax.tree.map(lambda x: x[None], percept))
    policy = scipy.special.softmax(agent.replay(one_step).law.logits[0])
    noise = jax.vmap(agent.noise)(jax.random.split(jax.random.key(1), draws))
    act = jax.jit(jax.vmap(lambda z: agent.act(agent.initial_memory(), percept, z)[1]))
    frequency = np.bincount(act(noise), minlength=4) / draws
    assert np.all(np.abs(frequency - policy) < 4 * np.sqrt(policy * (1 - policy) / draws))


def test_initial_weights_come_from_the_key_alone():
    one, same, other = (AgentSettings().build(WORLD, HORIZON, key=jax.random.key(k)) for k in (0, 0, 1))
    assert eqx.tree_equal(one, same)
    assert not eqx.tree_equal(one, other)


def test_policy_value_and_memory_do_not_share_a_key():
    agent = AgentSettings(memory=LSTMSettings(5)).build(WORLD, HORIZON, key=jax.random.key(0))
    rows = [*agent.policy.weights, *agent.value.weights]
    assert all(not np.array_equal(a, b) for i, a in enumerate(rows) for b in rows[:i])


def test_an_unknown_memory_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"no memory is called 'lstn'. Did you mean 'lstm'\?"):
        AgentSettings(memory="lstn")


def test_an_unknown_reward_input_is_refused(unchecked):
    with pytest.raises(ValueError, match="'onehot'; it must be one of scalar, one-hot, off"):
        unchecked(PerceptSettings.__init__)(object.__new__(PerceptSettings), previous_reward="onehot")


def test_a_one_hot_reward_needs_a_list_of_values():
    class Endless(CorridorWorld):
        reward_values = None

    with pytest.raises(ValueError, match="but Endless does not list its reward_values; use 'scalar'"):
        encoder(Endless(), previous_reward="one-hot")
