"""Policies on the counts of arms: how they act is how they say that they act."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_references import TWO, percept, roll

from prefrontal.references import reference
from prefrontal.references.bandits.counting import CountingAgent, Counts
from prefrontal.references.bandits.majority import FollowMajority
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import IndependentArms, InformativeArm

SHORT = 6


def all_states(horizon: int) -> np.ndarray:
    """Every (n₁, s₁, n₂, s₂) with fewer than `horizon` pulls, in rows."""
    few = range(horizon)
    every = [(n1, s1, n2, s2) for n1 in few for s1 in range(n1 + 1) for n2 in few for s2 in range(n2 + 1)]
    return np.array([state for state in every if state[0] + state[2] < horizon])


def said_and_done(agent: CountingAgent, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """In every state, the chance of the first arm by the agent's layers, and how often it pulls it."""
    states = all_states(SHORT)

    def chosen(state, key):
        n1, s1, n2, s2 = state
        counts = Counts(jnp.stack([n1, n2]), jnp.stack([s1, s2]).astype(jnp.float32))
        return agent.choose(counts, agent.noise(key))

    keys = jax.random.split(jax.random.key(0), (len(states), draws))
    arms = jax.jit(jax.vmap(jax.vmap(chosen, (None, 0))))(jnp.asarray(states), keys)
    layers = list(agent.layers(SHORT))
    said = np.array([layers[n1 + n2][n1][s1, s2] for n1, s1, n2, s2 in states])
    return said, 1.0 - np.asarray(arms).mean(axis=1)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("bayes-optimal", {}),
        ("gittins", {"discount": 0.9}),
        ("finite-gittins", {}),
        ("thompson", {}),
        ("ucb1", {"constant": 0.5}),
        ("ucb1", {"constant": 0.2, "prior": 1.0}),
        ("epsilon-greedy", {"epsilon": 0.3}),
        ("greedy", {}),
    ],
)
def test_what_a_policy_does_is_what_its_layers_say(name, values):
    draws = 1000
    agent = reference(name, dataclasses.replace(TWO, horizon=SHORT), **values)
    assert isinstance(agent, CountingAgent)
    said, done = said_and_done(agent, draws)
    assert len(said) == 126
    assert np.all(np.abs(done - said) <= 4.5 * np.sqrt(said * (1.0 - said) / draws) + 1e-9)


def test_following_the_evidence():
    agent = FollowMajority(2, 0.0, 1.0)
    layers = list(agent.layers(SHORT))
    np.testing.assert_array_equal(layers[0][0], [[0.5]])
    # One pull of the first arm and two of the second: rows, its successes; columns, the second arm's.
    np.testing.assert_array_equal(layers[3][1], [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    said, done = said_and_done(agent, 1000)
    assert np.all(np.abs(done - said) <= 4.5 * np.sqrt(said * (1.0 - said) / 1000) + 1e-9)


def test_counts_are_of_the_last_action_and_begin_empty():
    agent = reference("greedy", TWO)
    counts, _, _ = agent.act(agent.initial_memory(), percept(-1, 0.0, 0), agent.noise(jax.random.key(0)))
    np.testing.assert_array_equal(counts.pulls, [0, 0])
    for action, reward in [(1, 1.0), (1, 0.0), (0, 1.0)]:
        counts, _, _ = agent.act(counts, percept(action, reward), agent.noise(jax.random.key(0)))
    np.testing.assert_array_equal(counts.pulls, [1, 2])
    np.testing.assert_array_equal(counts.total, [1.0, 1.0])


def test_greedy_scales_rewards_to_their_range():
    bandit = InformativeArm(targets=3, prize=5.0)
    agent = reference("greedy", bandit)
    after_one, _, _ = agent.act(agent.initial_memory(), percept(0, 1.0), agent.noise(jax.random.key(0)))
    np.testing.assert_allclose(after_one.total[0], (1.0 - 1 / 3) / (5.0 - 1 / 3), rtol=1e-6)
    after_prize, action, _ = agent.act(after_one, percept(2, 5.0), agent.noise(jax.random.key(0)))
    np.testing.assert_allclose(after_prize.total[2], 1.0, rtol=1e-6)
    assert action == 2


def test_ucb_tries_every_arm_in_order_then_the_highest_bound():
    bandit = IndependentArms(arms=4, horizon=30)
    _, lifetimes = roll(
        reference("ucb1", bandit, constant=2.0), bandit, lifetime_keys("test", 0, jnp.arange(50))
    )
    action, reward = np.asarray(lifetimes.action), np.asarray(lifetimes.reward)
    np.testing.assert_array_equal(action[:4], np.arange(4)[:, None].repeat(50, axis=1))
    for life in range(50):
        for t in range(4, 30):
            pulls = np.bincount(action[:t, life], minlength=4)
            bound = np.bincount(action[:t, life], reward[:t, life], minlength=4) / pulls + np.sqrt(
                2 * np.log(t) / pulls
            )
            assert bound[action[t, life]] > bound.max() - 1e-5
