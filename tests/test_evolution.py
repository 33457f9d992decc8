"""Evolution strategies: their equations, and the learner."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from jax.flatten_util import ravel_pytree
from toy_runs import assert_same_run, interrupted

from prefrontal.agents import AgentSettings, Greedy, PerceptSettings
from prefrontal.disk.runs import load_agent
from prefrontal.errors import UserError
from prefrontal.evaluation import evaluate
from prefrontal.learners.equations.evolution import antithetic_gradient, centred_ranks
from prefrontal.learners.evolution import Evolution
from prefrontal.memory import NoMemorySettings
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys, update_key
from prefrontal.training import train

REFLEX = AgentSettings(
    PerceptSettings(previous_action=False, previous_reward="off", time=False), NoMemorySettings(4)
)
SMALL = Evolution("navigation:length=4,episodes=1", REFLEX, lifetimes=32, microbatch=4, microbatches=2)


def test_ranks_are_centred_and_equal_returns_share_one():
    returns = np.array([3.0, -1.0, 7.0, 3.0, 100.0], np.float32)
    expected = (scipy.stats.rankdata(returns) - 1) / 4 - 0.5
    np.testing.assert_allclose(centred_ranks(jnp.asarray(returns)), expected, atol=1e-6)
    np.testing.assert_array_equal(centred_ranks(jnp.zeros(4)), 0)


def test_the_gradient_of_a_slope_is_the_slope():
    """Of a linear function pairs know it exactly along their noise; on average over noise it is the slope."""
    slope, spread = jnp.array([1.0, -2.0, 0.5]), jnp.float32(0.3)
    noise = jax.random.normal(jax.random.key(0), (20_000, 3))
    fitness = jnp.stack([(spread * noise) @ slope + 5.0, -(spread * noise) @ slope + 5.0])
    np.testing.assert_allclose(antithetic_gradient(fitness, noise, spread), slope, atol=0.05)
    one = antithetic_gradient(fitness[:, :1], noise[:1], spread)
    np.testing.assert_allclose(one, (slope @ noise[0]) * noise[0], rtol=1e-4)


@pytest.mark.parametrize("lives", [1, 2])
def test_an_update_is_the_step_of_the_definition(lives):
    """Member by member, lifetime by lifetime, in the same tasks for both of a pair."""
    learner = dataclasses.replace(SMALL, lives=lives, optimiser="sgd", learning_rate=0.5, weight_decay=0.1)
    state = learner.init(3)
    after, metrics = jax.jit(learner.step)(state)
    weights, whole = ravel_pytree(state.weights)
    noise = jax.random.normal(update_key(state.seed, state.update), (learner.pairs, len(weights)))
    keys = lifetime_keys("train", 3, jnp.arange(8, dtype=jnp.uint32))[: learner.pairs * lives]
    members = []
    for sign in (1.0, -1.0):
        for pair, eps in enumerate(noise):
            agent = Greedy(whole(weights + sign * 0.1 * eps))
            lived = rollout(agent, learner.distribution, keys[pair * lives : (pair + 1) * lives])[1]
            members.append(float(lived.reward.sum() / lives))
    ranks = (scipy.stats.rankdata(members) - 1) / (len(members) - 1) - 0.5
    plus, minus = np.split(ranks, 2)
    gradient = (plus - minus) @ np.asarray(noise) / (2 * learner.pairs * 0.1)
    expected = weights + 0.5 * (gradient - 0.1 * weights)
    np.testing.assert_allclose(ravel_pytree(after.weights)[0], expected, atol=2e-4)
    np.testing.assert_allclose(metrics["fittest"], max(members), rtol=1e-5)


def test_it_trains_is_killed_resumed_and_evaluated(tmp_path):
    trained = train(SMALL, 0, tmp_path / "whole")
    interrupted(SMALL, tmp_path / "killed", 2)
    train(SMALL, 0, tmp_path / "killed", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "killed")
    loaded = load_agent(tmp_path / "whole")
    assert isinstance(loaded, Greedy)
    mine, theirs = (evaluate(one, SMALL.tasks, lifetimes=3) for one in (trained, loaded))
    np.testing.assert_array_equal(mine.action, theirs.action)


def test_two_devices_do_the_same():
    state = SMALL.init(0)
    one, two = (jax.jit(learner.step)(state)[0] for learner in (SMALL, SMALL.on(2)))
    assert SMALL.on(2).devices == 2
    np.testing.assert_allclose(ravel_pytree(one.weights)[0], ravel_pytree(two.weights)[0], atol=1e-5)


def test_it_learns_to_run():
    """Along flat ground: 300 points are for the whole course, and untrained agents get hardly anywhere."""
    flat = "course:once=true,horizon=160,length=160,roughness=0,gap=0,stump=0,stairs=0,ceiling=0"
    learner = Evolution(flat, REFLEX, lifetimes=640, microbatch=16, microbatches=2, learning_rate=0.1)
    trained = learner.init(0)
    step = jax.jit(learner.step)
    for _ in range(learner.updates):
        trained = step(trained)[0]
    before, after = (
        evaluate(learner.agent(state), flat, lifetimes=4).total_return.mean()
        for state in (learner.init(0), trained)
    )
    assert before < 100
    assert after > 295


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"spread": 0.0}, "spread is 0.0"),
        ({"lives": 3}, "must be a multiple of 6, the lifetimes of a pair"),
        ({"microbatch": 1, "microbatches": 1}, "must be a multiple of 2, the members of a pair"),
        ({"weight_decay": -1.0}, "weight_decay is -1.0"),
    ],
)
def test_settings_have_limits(wrong, said):
    with pytest.raises((UserError, ValueError), match=said):
        dataclasses.replace(SMALL, **wrong)
