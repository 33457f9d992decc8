"""Agents that revise themselves: segments in the rollout, replay, and the meta-gradient in closed form.

The world pays -(a - c)² / 2 for the number a; its target c is hidden and the same in a whole lifetime. An
agent that acts on its one weight θ, and follows the gradient of its mean loss in a segment, has after n steps

    θₙ - c = (1 - rate)ⁿ (θ - c),      d/dθ of (θₙ - c)² / 2 = (1 - rate)²ⁿ (θ - c).

First order, the last is (1 - rate)ⁿ (θ - c).
"""

import dataclasses
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from gymnasium import spaces

from prefrontal.agents import Adapting, Agent, AgentSettings, PredictingAgent, Prediction
from prefrontal.evaluation import evaluate
from prefrontal.policies import GaussianLaw
from prefrontal.rollout.live import live, rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import Environment, TaskDistribution, distribution
from prefrontal.types import Step

RATE, SEGMENT, THETA = 0.3, 4, 0.8


class Target(NamedTuple):
    c: jax.Array


@dataclasses.dataclass(frozen=True)
class Bowl(Environment):
    """The target is observed, so that an inner loss can be written down without estimating it."""

    length: int | None = None
    restarts = False
    observation_space = spaces.Box(-np.inf, np.inf, (1,), np.float32)
    action_space = spaces.Box(-np.inf, np.inf, (), np.float32)

    @property
    def episode_length(self):
        return self.length

    def reset(self, key, task):
        return (), task.c[None]

    def transition(self, noise, task, state, action):
        never = jnp.zeros((), bool)
        return Step(state, task.c[None], -((action - task.c) ** 2) / 2, never, never, never)


@dataclasses.dataclass(frozen=True)
class Bowls(TaskDistribution):
    horizon: int = 3 * SEGMENT
    length: int | None = None

    @property
    def environment(self):
        return Bowl(self.length)

    def sample(self, key):
        return Target(jax.random.normal(key))


class Point(PredictingAgent):
    """Acts on its weight. Its law is so narrow that it has no say in anything here."""

    theta: jax.Array

    def initial_memory(self):
        return ()

    def act(self, memory, percept, noise):
        return memory, self.theta, self.theta

    def replay(self, lifetimes):
        mean = jnp.broadcast_to(self.theta, lifetimes.reward.shape)[:, None]
        return Prediction(GaussianLaw(mean, jnp.zeros_like(mean), ()), mean[:, 0])

    def units(self, residuals):
        return residuals[:, None]


def adapting(first_order: bool = False, every: int = SEGMENT, loss=None) -> Adapting:
    own = loss or (lambda agent, lived, _: jnp.mean((agent.theta - lived.percept.observation[:, 0]) ** 2) / 2)
    return Adapting(Point(jnp.array(THETA)), RATE, own, every, first_order)


def lives(agent, horizon: int = 3 * SEGMENT, count: int = 5):
    keys = lifetime_keys("train", 0, jnp.arange(count))
    return rollout(agent, Bowls(horizon), keys)


@pytest.mark.parametrize("horizon", [3 * SEGMENT, 3 * SEGMENT - 1, SEGMENT + 1, SEGMENT, 2])
def test_the_weight_goes_as_the_closed_form_says(horizon):
    tasks, lived = lives(adapting(), horizon)
    revisions = np.arange(horizon) // SEGMENT
    distance = (1 - RATE) ** revisions[:, None] * (THETA - np.asarray(tasks.c))
    np.testing.assert_allclose(lived.action - tasks.c[None], distance, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("horizon", [3 * SEGMENT, 3 * SEGMENT - 1, SEGMENT])
def test_replay_goes_through_the_revisions_again(horizon):
    agent = adapting()
    _, lived = lives(agent, horizon)
    np.testing.assert_allclose(agent.replay(lived).value, lived.action, rtol=1e-5)
    one = jax.tree.map(lambda leaf: leaf[..., 2], lived)
    np.testing.assert_allclose(agent.replay(one).value, lived.action[:, 2], rtol=1e-5)


@pytest.mark.parametrize("first_order", [False, True])
def test_the_meta_gradient_is_the_closed_forms(first_order):
    """Of the last segment's loss, after two revisions; finite differences agree with the exact one."""
    tasks, lived = lives(adapting())
    once = (1 - RATE) ** 2

    def loss(theta):
        agent = eqx.tree_at(lambda agent: agent.start.theta, adapting(first_order), theta)
        return jnp.mean((agent.replay(lived).value[-1] - tasks.c) ** 2) / 2

    apart = THETA - float(tasks.c.mean())
    slope = jax.grad(loss)(jnp.array(THETA))
    np.testing.assert_allclose(slope, (once if first_order else once**2) * apart, rtol=1e-4)
    if not first_order:
        numeric = (loss(jnp.array(THETA + 1e-2)) - loss(jnp.array(THETA - 1e-2))) / 2e-2
        np.testing.assert_allclose(slope, numeric, rtol=1e-3)


def test_a_rate_for_each_weight():
    agent = dataclasses.replace(adapting(), rate=Point(jnp.array(1.0)))
    tasks, lived = lives(agent)
    np.testing.assert_allclose(lived.action[SEGMENT:], np.tile(tasks.c, (2 * SEGMENT, 1)), atol=1e-6)


def test_it_is_evaluated_like_any_agent():
    """What it is paid is from segment to segment better, in every task, and its units can be recorded."""
    records = evaluate(adapting(), Bowls(), lifetimes=20, keep=("units", "value"))
    np.testing.assert_allclose(records.units[..., 0], records.action, rtol=1e-6)
    np.testing.assert_allclose(records.value, records.action, rtol=1e-5)
    assert np.all(np.diff(records.reward.reshape(20, 3, SEGMENT).sum(2), axis=1) > 0)


class Tally(Agent):
    """Counts steps and revisions, and what it is told of its segments."""

    @property
    def segment(self):
        return 4

    def initial_memory(self):
        return jnp.zeros((), jnp.int32), jnp.zeros((), jnp.int32), jnp.zeros(())

    def act(self, memory, percept, noise):
        steps, revisions, told = memory
        return (steps + 1, revisions, told), steps % 2, (steps, revisions, told)

    def revise(self, memory, lived):
        steps, revisions, _ = memory
        assert lived.reward.shape == (4,)
        return steps, revisions + 1, 100.0 * lived.percept.time[0] + jnp.sum(lived.continues)


def test_what_a_revision_is_told():
    """Whole segments, in order, in which the world does not end; none after the last step."""
    tasks = distribution("bandit-independent:horizon=10")
    keys = lifetime_keys("train", 0, jnp.arange(3))
    drawn, lived = rollout(Tally(), tasks, keys)
    steps, revisions, told = (np.asarray(leaf)[:, 0] for leaf in lived.residuals)
    np.testing.assert_array_equal(steps, np.arange(10))
    np.testing.assert_array_equal(revisions, np.arange(10) // 4)
    np.testing.assert_allclose(told, np.repeat([0.0, 4.0, 404.0], [4, 4, 2]))
    np.testing.assert_array_equal(lived.continues[-1], 0)
    np.testing.assert_array_equal(lived.continues[:-1], 1)
    assert lived.reward.shape == (10, 3)
    assert drawn.probabilities.shape == (2, 3)


def test_revising_changes_neither_the_tasks_nor_the_luck():
    """An agent that revises nothing lives what it lives without segments, to the last bit."""
    tasks = distribution("bandit-independent:horizon=12")
    agent = AgentSettings(memory="none:units=4").build(tasks.environment, 12, key=jax.random.key(0))
    still = Adapting(agent, 0.0, lambda weights, *_: jnp.sum(weights.value.bias), 4)
    keys = lifetime_keys("train", 0, jnp.arange(6))
    (_, one), (_, other) = rollout(agent, tasks, keys), rollout(still, tasks, keys)
    np.testing.assert_array_equal(one.action, other.action)
    np.testing.assert_array_equal(one.reward, other.reward)


def test_a_segment_is_a_whole_number_of_episodes():
    with pytest.raises(ValueError, match="after every 4 steps; it must be a whole number of episodes"):
        rollout(adapting(), Bowls(length=3), lifetime_keys("train", 0, jnp.arange(1)))


def test_an_agent_that_is_made_for_less_is_refused():
    class Short(Tally):
        @property
        def longest(self):
            return 9

    tasks = distribution("bandit-independent:horizon=10")
    drawn = tasks.sample(jax.random.key(0))
    with pytest.raises(ValueError, match="built for lifetimes of at most 9 steps, and here they have 10"):
        live(
            Short(),
            tasks.environment,
            10,
            jax.tree.map(lambda x: x[..., None], drawn),
            jax.random.split(jax.random.key(0), 1),
        )


@pytest.mark.parametrize("rate", [1, np.float32(0.1), jnp.array(0.1), Point(jnp.array(0.1))])
def test_a_rate_is_a_number_or_a_tree_of_them(rate):
    Adapting(Point(jnp.array(THETA)), rate, lambda agent, *_: agent.theta, 4)
