"""What is lived is what is learnt from: replay equals rollout, and each state resets when it should."""

import dataclasses
import functools
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from one_update import memory_of, quick_jit
from toy_tasks import Corridor

from prefrontal.agents import Agent, AgentSettings, PerceptSettings, RecurrentAgent
from prefrontal.memory import MEMORIES
from prefrontal.rollout.live import live, rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import BanditTask, IndependentArms, distribution
from prefrontal.tasks.base import sample_tasks

WORLD, BATCH = Corridor(), 16
PERCEPT = PerceptSettings(previous_reward="one-hot", episode_start=True, time_scale=10.0)
every_memory = pytest.mark.parametrize("memory", MEMORIES)


class Seen(NamedTuple):
    """What the watcher of an agent writes down at each step of the rollout itself."""

    residuals: Any
    log_probability: jax.Array  # of the action taken, as acted on
    memory: Any  # before the step


class Watched(Agent):
    agent: RecurrentAgent

    def initial_memory(self):
        return self.agent.initial_memory()

    def noise(self, key):
        return self.agent.noise(key)

    def act(self, memory, percept, noise):
        following, action, residuals = self.agent.act(memory, percept, noise)
        _, output, _ = self.agent.memory.step(memory, self.agent.encoder(percept))
        chance = self.agent.policy.law(output).log_probability(action)
        return following, action, Seen(residuals, chance, memory)


def agent_of(
    memory: str, world=WORLD, percept: PerceptSettings = PERCEPT, encoder: str = "auto"
) -> RecurrentAgent:
    """With large weights, so that a percept or a state that is wrong moves the policy visibly."""
    settings = AgentSettings(percept, memory_of(memory, 8), encoder)
    agent = settings.build(world.environment, world.horizon, key=jax.random.key(0))
    return jax.tree.map(lambda leaf: 2 * leaf if eqx.is_inexact_array(leaf) else leaf, agent)


def keys_of(count: int):
    return lifetime_keys("train", 0, jnp.arange(count))


def lives_of(memory: str = "lstm", world=WORLD, count: int = BATCH, encoder: str = "auto"):
    agent = agent_of(memory, world, encoder=encoder)
    live_through = quick_jit(lambda watched, keys: rollout(watched, world, keys))
    return agent, *live_through(Watched(agent), keys_of(count))


lives_with = functools.cache(lives_of)


@pytest.fixture(scope="module")
def lived():
    return lives_of()


def test_the_toy_world_tries_every_end(lived):
    """Otherwise the tests below would test little."""
    _, _, lives = lived
    lengths = np.asarray(lives.alive).sum(0)
    assert len(np.unique(lengths)) > 4
    assert lengths.min() < 10
    assert lengths.max() == WORLD.horizon
    assert (np.asarray(lives.episode_over).sum(0) >= 2).any()
    assert (np.asarray(lives.truncated).sum(0) >= 2).any()
    assert len({tuple(np.flatnonzero(starts)) for starts in np.asarray(lives.percept.episode_start).T}) > 8


@quick_jit
def said_again(agent, lives):
    """The log-probability of the actions taken, as `replay` and as `recall` have it."""
    lived = lives._replace(residuals=lives.residuals.residuals)
    predictions = agent.replay(lives._replace(residuals=None)), agent.recall(lived)
    return [prediction.log_probability(lives.action) for prediction in predictions]


@every_memory
@pytest.mark.parametrize(("world", "encoder"), [(WORLD, "auto"), (Corridor(numbers=True), "mlp")])
def test_replay_equals_rollout(memory, world, encoder):
    """The log-probability that a learner recomputes is the one acted on, at every step of every lifetime.

    Of choices and of numbers, seen as they are and through layers that learn.
    """
    agent, _, lives = lives_with(memory, world, encoder=encoder)
    acted_on = lives.residuals.log_probability
    assert len(np.unique(np.asarray(lives.alive).sum(0))) > 4  # they end at different times
    assert np.ptp(acted_on) > 0.5
    for again in said_again(agent, lives):
        np.testing.assert_allclose(again, acted_on, rtol=1e-4, atol=5e-5)


@pytest.mark.parametrize(
    ("name", "memory"),
    [
        ("two-step-2018", "lstm"),
        ("maze", "stacked-lstm"),
        ("maze-view-new", "stacked-lstm"),
        ("harlow-paper", "lstm"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*in place of emoji")
def test_replay_equals_rollout_in_the_papers_tasks(name, memory):
    """Two steps to a trial, walls, pictures that are whole numbers: whatever an agent is given."""
    world = dataclasses.replace(distribution(name), horizon=6)
    agent = agent_of(memory, world, PerceptSettings())
    _, lives = quick_jit(lambda watched, keys: rollout(watched, world, keys))(Watched(agent), keys_of(3))
    for said in said_again(agent, lives):
        np.testing.assert_allclose(said, lives.residuals.log_probability, rtol=1e-4, atol=1e-4)


@every_memory
def test_the_gradient_of_recall_is_that_of_replay(memory):
    agent, _, lives = lives_with(memory, WORLD, encoder="auto")
    matters = jnp.where(lives.alive, jax.random.normal(jax.random.key(4), lives.alive.shape), 0.0)

    def gradient(predict):
        def loss(agent):
            prediction = predict(agent)
            return jnp.sum(matters * (prediction.log_probability(lives.action) + prediction.value))

        return jax.tree.leaves(quick_jit(jax.grad(loss))(agent))

    recalled = gradient(lambda agent: agent.recall(lives._replace(residuals=lives.residuals.residuals)))
    for ours, theirs in zip(recalled, gradient(lambda agent: agent.replay(lives)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4 * max(1, np.abs(theirs).max()))


def test_memory_is_reset_at_the_start_of_a_lifetime_and_at_no_other_time(lived):
    """Each step's memory is what the step before left, over the ends of episodes too."""
    agent, _, lives = lived
    memory, fresh = lives.residuals.memory, np.asarray(lives.percept.episode_start)
    for leaf in memory:
        assert np.all(np.asarray(leaf[0]) == 0)
    follow = jax.vmap(lambda state, percept: agent.memory.step(state, agent.encoder(percept))[0])
    before, percept = jax.tree.map(lambda leaf: leaf[:-1], (memory, lives.percept))
    for left, found in zip(follow(before, percept), memory, strict=True):
        np.testing.assert_allclose(left, found[1:], rtol=1e-5, atol=1e-6)
    inner_starts = fresh[1:] & np.asarray(lives.alive)[1:]
    assert inner_starts.sum() > BATCH
    assert np.all(np.abs(np.moveaxis(np.asarray(memory.hidden[1:]), 1, -1)[inner_starts]).max(-1) > 0)


def test_an_episode_starts_where_the_last_was_over_or_truncated(lived):
    _, _, lives = lived
    starts = np.asarray(lives.percept.episode_start)
    assert starts[0].all()
    ended = np.asarray(lives.episode_over | lives.truncated)[:-1]
    alive = np.asarray(lives.alive)[1:]
    np.testing.assert_array_equal(starts[1:][alive], ended[alive])


def test_an_episode_starts_at_a_start_and_goes_on_by_the_actions(lived):
    _, tasks, lives = lived
    place, steps = (
        np.round(np.asarray(lives.percept.observation) * np.array([[4], [6]])).astype(int).swapaxes(0, 1)
    )
    starts, alive, action = (np.asarray(x) for x in (lives.percept.episode_start, lives.alive, lives.action))
    assert np.all(steps[starts] == 0)
    assert set(place[starts]) == {0, 1}
    goes_on = ~starts[1:] & alive[1:]
    np.testing.assert_array_equal(place[1:][goes_on], (place + action)[:-1][goes_on])
    np.testing.assert_array_equal(steps[1:][goes_on], steps[:-1][goes_on] + 1)
    over = (place + action >= np.asarray(tasks.exit)) & alive
    np.testing.assert_array_equal(lives.episode_over, over)
    np.testing.assert_array_equal(lives.truncated, (steps + 1 >= np.asarray(tasks.patience)) & ~over & alive)


def test_new_starts_are_drawn_anew(lived):
    """Not the first start again and again: within lifetimes both places occur."""
    _, _, lives = lived
    place = np.round(np.asarray(lives.percept.observation[:, 0]) * 4)
    starts = np.asarray(lives.percept.episode_start & lives.alive)
    both = [len(set(place[starts[:, k], k])) == 2 for k in range(BATCH) if starts[:, k].sum() >= 4]
    assert np.mean(both) > 0.5


def test_the_previous_action_and_reward_are_carried_over_the_ends_of_episodes(lived):
    _, _, lives = lived
    percept, alive = lives.percept, np.asarray(lives.alive)[1:]
    np.testing.assert_array_equal(percept.previous_action[0], 0)
    np.testing.assert_array_equal(percept.previous_reward[0], 0.0)
    np.testing.assert_array_equal(percept.previous_action[1:], lives.action[:-1])
    np.testing.assert_array_equal(
        np.asarray(percept.previous_reward[1:])[alive], np.asarray(lives.reward[:-1])[alive]
    )
    assert np.asarray(percept.previous_reward)[1:][np.asarray(percept.episode_start)[1:] & alive].max() == 1


def test_time_counts_the_steps_of_the_lifetime_from_nought(lived):
    _, _, lives = lived
    expected = np.repeat(np.arange(WORLD.horizon)[:, None], BATCH, 1)
    np.testing.assert_array_equal(lives.percept.time, expected)


def test_the_reward_that_is_fed_is_the_one_sampled_and_not_the_one_expected(lived):
    _, _, lives = lived
    alive = np.asarray(lives.alive)
    assert set(np.unique(lives.percept.previous_reward)) == {0.0, 1.0}
    expected = np.asarray(lives.expected_reward)[alive]
    assert set(np.unique(expected.round(6))) == {np.float32(0.2), np.float32(0.8)}
    spread = np.asarray(lives.reward)[alive] - expected
    assert abs(spread.mean()) < 4 * 0.4 / np.sqrt(alive.sum())
    assert spread.std() > 0.3


def test_what_comes_after_the_end_of_a_lifetime_is_padding(lived):
    _, _, lives = lived
    alive = np.asarray(lives.alive)
    assert alive[0].all()
    assert not (alive[1:] & ~alive[:-1]).any()
    for values in (lives.reward, lives.expected_reward, lives.oracle_reward, lives.continues):
        assert np.all(np.asarray(values)[~alive] == 0)
    assert not np.asarray(lives.episode_over | lives.truncated)[~alive].any()


def test_the_world_ends_with_the_lifetime_and_not_with_an_episode(lived):
    """`continues` is 0 at the last step lived, by death or horizon, and 1 before, ends of episodes too."""
    _, _, lives = lived
    alive = np.asarray(lives.alive)
    last = alive & ~np.vstack([alive[1:], np.zeros((1, BATCH), bool)])
    np.testing.assert_array_equal(last.sum(0), 1)
    np.testing.assert_array_equal(lives.continues, (alive & ~last).astype(float))
    inner = np.asarray(lives.episode_over | lives.truncated) & ~last
    assert inner.sum() > BATCH
    assert np.all(np.asarray(lives.continues)[inner] == 1)


def same_lives(one, other) -> None:
    """Actions and flags exactly; numbers to the rounding of matrix products of another width."""
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_a_lifetime_depends_on_its_own_key_alone():
    agent = agent_of("lstm")
    go = eqx.filter_jit(rollout)
    together = go(agent, WORLD, keys_of(5))
    backwards = go(agent, WORLD, keys_of(5)[::-1])
    for k in range(5):
        mine = jax.tree.map(lambda leaf, k=k: leaf[..., k : k + 1], together)
        same_lives(mine, go(agent, WORLD, keys_of(5)[k : k + 1]))
        same_lives(mine, jax.tree.map(lambda leaf, k=k: leaf[..., 4 - k : 5 - k], backwards))


def test_lifetimes_of_a_batch_differ(lived):
    _, _, lives = lived
    assert len(np.unique(np.asarray(lives.residuals.log_probability).T, axis=0)) == BATCH


def test_same_keys_same_lifetimes():
    one, other = lives_of(), lives_of()
    assert eqx.tree_equal(one[1:], other[1:])


def test_tasks_that_the_caller_gives():
    """`live` takes one task for all, and the lifetimes differ by their luck alone."""
    tasks = jax.tree.map(lambda leaf: jnp.repeat(leaf[..., :1], 6, -1), sample_tasks(WORLD, keys_of(1)))
    lives = eqx.filter_jit(live)(agent_of("lstm"), WORLD.environment, 10, tasks, keys_of(6))
    assert lives.reward.shape == (10, 6)
    assert len(np.unique(np.asarray(lives.reward).T, axis=0)) > 1


def test_the_noise_of_actions_and_of_rewards_is_independent():
    """Over 4,000 lifetimes no reward knows which arm was pulled first, nor what the other steps paid."""
    world = IndependentArms(horizon=3)
    agent = agent_of("none", world)
    tasks = BanditTask(jnp.full((2, 4000), 0.5))
    lives = eqx.filter_jit(live)(agent, world.environment, 3, tasks, keys_of(4000))
    columns = np.concatenate([np.asarray(lives.reward), np.asarray(lives.action[:1], np.float32)])
    correlation = np.corrcoef(columns)[np.triu_indices(4, 1)]
    assert np.abs(correlation).max() < 4 / np.sqrt(4000)


def test_regret_of_a_bandit_can_be_had_exactly():
    world = IndependentArms(horizon=20)
    _, tasks, lives = lives_of("lstm", world)
    probabilities, action = np.asarray(tasks.probabilities), np.asarray(lives.action)
    np.testing.assert_allclose(lives.expected_reward, np.take_along_axis(probabilities, action, 0), rtol=1e-6)
    np.testing.assert_allclose(lives.oracle_reward, np.repeat(probabilities.max(0)[None], 20, 0), rtol=1e-6)
    assert np.asarray(lives.alive).all()
    np.testing.assert_array_equal(lives.continues[-1], 0)
    np.testing.assert_array_equal(lives.continues[:-1], 1)
