"""The inner step and the meta-gradient are exact, in a world whose trajectories can all be listed.

Two states, two actions, episodes of two steps. Action a leads to state a with probability .8. A policy has a
weight for each state: π(1 | s) = σ(θₛ).
"""

import dataclasses
import itertools
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from gymnasium import spaces

from prefrontal.agents import Adapting, AgentSettings, PerceptSettings, PredictingAgent, Prediction
from prefrontal.learners import MAML
from prefrontal.learners.equations.inner import InnerObjective
from prefrontal.learners.inner import Outset
from prefrontal.memory import NoMemorySettings
from prefrontal.policies.categorical import CategoricalLaw
from prefrontal.rollout import live as living
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import Environment, TaskDistribution, distribution
from prefrontal.types import Lifetimes, Percept

STEPS, FOLLOWS = 2, 0.8
REWARDS = jnp.array([[0.3, 1.0], [2.0, -0.5]])  # by state and action
THETA = jnp.array([0.4, -0.7])


class Nothing(NamedTuple):
    none: jax.Array


@dataclasses.dataclass(frozen=True)
class TwoStates(Environment):
    observation_space = spaces.Box(0.0, 1.0, (1,), np.float32)
    action_space = spaces.Discrete(2)
    episode_length = STEPS

    def reset(self, key, task):
        raise NotImplementedError

    def transition(self, noise, task, state, action):
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class TwoStatesTasks(TaskDistribution):
    horizon: int = 2 * STEPS
    environment = TwoStates()

    def sample(self, key):
        return Nothing(jnp.zeros(()))


class Tabular(PredictingAgent):
    theta: jax.Array

    def initial_memory(self):
        return ()

    def act(self, memory, percept, noise):
        raise NotImplementedError

    def replay(self, lifetimes):
        if lifetimes.alive.ndim > 1:
            return jax.vmap(self.replay, in_axes=-1, out_axes=-1)(lifetimes)
        prefers = self.theta[lifetimes.percept.observation[:, 0].astype(jnp.int32)]
        law = CategoricalLaw(jnp.stack([jnp.zeros_like(prefers), prefers], axis=1), 0)
        return Prediction(law, jnp.zeros_like(prefers))

    def units(self, residuals):
        raise NotImplementedError


# All trajectories that begin in state 0: the states and the actions of both steps, (8, 2).
STATES, ACTIONS = (
    jnp.array(leaf, jnp.int32)
    for leaf in zip(
        *(((0, then), actions) for then in (0, 1) for actions in itertools.product((0, 1), repeat=STEPS)),
        strict=True,
    )
)


def chances(theta):
    """The probability of each trajectory."""
    acts = jax.nn.sigmoid(theta)[STATES]
    acts = jnp.where(ACTIONS == 1, acts, 1.0 - acts).prod(axis=1)
    return acts * jnp.where(STATES[:, 1] == ACTIONS[:, 0], FOLLOWS, 1.0 - FOLLOWS)


def value(theta):
    """The exact mean return of an episode."""
    return chances(theta) @ REWARDS[STATES, ACTIONS].sum(axis=1)


def lived(states, actions) -> Lifetimes:
    """A lifetime of these steps."""
    count = len(states)
    true, steps = jnp.ones(count, bool), jnp.arange(count, dtype=jnp.int32)
    percept = Percept(states[:, None].astype(jnp.float32), actions, jnp.zeros(count), steps, true)
    earned, goes_on = REWARDS[states, actions], jnp.ones(count)
    return Lifetimes(percept, actions, earned, None, None, goes_on, true, true, true, None)


def inner_loss(form):
    objective = InnerObjective(STEPS, 1.0, baseline="none", normalise=False, form=form)
    return lambda theta, states, actions: objective(Tabular(theta), lived(states, actions))


def mean_of(derivative, form):
    """The mean over trajectories of a derivative of the inner loss, at THETA."""
    each = jax.jit(jax.vmap(derivative(inner_loss(form)), in_axes=(None, 0, 0)))(THETA, STATES, ACTIONS)
    return jnp.tensordot(chances(THETA), each, 1)


def test_the_mean_inner_gradient_is_that_of_the_return():
    exact = jax.jit(jax.grad(value))(THETA)
    for form in ("ratio", "dice", "likelihood"):
        np.testing.assert_allclose(-STEPS * mean_of(jax.grad, form), exact, rtol=1e-5)
    numeric = [(value(THETA + step) - value(THETA - step)) / 2e-2 for step in 1e-2 * np.eye(2, dtype="f")]
    np.testing.assert_allclose(exact, numeric, rtol=1e-2)


def test_the_mean_second_derivative_is_that_of_the_return_in_one_form_only():
    """`ratio` has the part of each step for itself, and `likelihood` less than that."""
    exact = jax.jit(jax.hessian(value))(THETA)
    dice, ratio, likelihood = (
        -STEPS * mean_of(jax.hessian, form) for form in ("dice", "ratio", "likelihood")
    )
    np.testing.assert_allclose(dice, exact, rtol=1e-4, atol=1e-5)
    for biased in (ratio, likelihood):
        assert np.abs(biased - exact).max() > 0.1 * np.abs(exact).max()
    assert np.abs(likelihood - ratio).max() > 0.1 * np.abs(exact).max()


RATE = 0.8


def after(theta):
    """The weights after an inner step on each trajectory: (8, 2)."""
    slope = jax.grad(inner_loss("likelihood"))
    return theta[None] - RATE * jax.vmap(slope, in_axes=(None, 0, 0))(theta, STATES, ACTIONS)


def meta_value(theta):
    """The exact return after an inner step on one sampled trajectory."""
    return chances(theta) @ jax.vmap(value)(after(theta))


def test_with_credit_for_exploration_the_meta_gradient_is_exact():
    """In the mean over the trajectories before the step and after it. Without credit it is another."""
    learner = MAML(
        TwoStatesTasks(),
        trajectories=1,
        inner_rate=RATE,
        discount=1.0,
        baseline="none",
        normalise_advantages=False,
        exploration_credit=1.0,
        inner_form="likelihood",
    )
    first, then = (one.reshape(-1) for one in jnp.meshgrid(jnp.arange(8), jnp.arange(8), indexing="ij"))
    weights = chances(THETA)[first] * jax.vmap(chances)(after(THETA))[first, then]

    def loss(theta, first, then, learner):
        both = (jnp.concatenate([part[first], part[then]]) for part in (STATES, ACTIONS))
        one = jax.tree.map(lambda leaf: leaf[..., None], lived(*both))
        return learner._loss(Outset(Tabular(theta)), one, learner._aims(one), None, jnp.inf)[0]

    def mean(learner):
        slope = jax.grad(lambda *given: loss(*given, learner))
        each = jax.jit(jax.vmap(slope, in_axes=(None, 0, 0)))(THETA, first, then)
        return -STEPS * jnp.tensordot(weights, each, 1)

    exact = jax.jit(jax.grad(meta_value))(THETA)
    np.testing.assert_allclose(mean(learner), exact, rtol=1e-3, atol=1e-4)
    without = mean(dataclasses.replace(learner, exploration_credit=0.0))
    assert np.abs(without - exact).max() > 0.1 * np.abs(exact).max()


PLAIN = AgentSettings(
    PerceptSettings(previous_action=False, previous_reward="off"), NoMemorySettings(6, layers=2)
)
MDP, GRID = "tabular-mdp:states=3,actions=2,length=4,episodes=6", "gridworld:episodes=6,length=4,size=3"


def adapting(tasks=MDP, trajectories=3, **changes) -> Adapting:
    learner = MAML(tasks, PLAIN, trajectories=trajectories, inner_rate=0.5, microbatch=4)
    agent = learner.agent(learner.init(0))
    return dataclasses.replace(agent, **changes) if changes else agent


def lives(agent, tasks=MDP, count=5):
    keys = lifetime_keys("train", 3, jnp.arange(count))
    return jax.jit(lambda agent: rollout(agent, distribution(tasks), keys, states=True)[1])(agent)


@pytest.mark.parametrize("changes", [{}, {"rule": "adam"}, {"shown": 4}])
def test_replay_equals_rollout(changes):
    """The law at every step is the one that the actions were drawn from, whatever the revisions."""
    agent = adapting(**changes)
    lifetimes = lives(agent)

    @jax.jit
    def both(agent, lifetimes):
        """log π of a lifetime's actions by `replay`, and segment by segment; the weights after all."""
        one = jax.tree.map(lambda leaf: leaf[..., 1], lifetimes)
        memory, apart = agent.initial_memory(), []
        for start in (0, 12):
            part = jax.tree.map(lambda leaf, start=start: leaf[start : start + 12], one)
            apart.append(memory.weights.replay(part).log_probability(part.action))
            memory = agent.revise(memory, part)
        said = agent.replay(lifetimes).log_probability(lifetimes.action)[:, 1]
        after = jax.tree.map(lambda leaf: leaf[..., 1], agent.adapted(lifetimes))
        return (said, after), (jnp.concatenate(apart), memory.weights)

    ours, theirs = both(agent, lifetimes)
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, atol=1e-4), ours, theirs)
    assert np.abs(ours[1].policy.weights - agent.start.policy.weights).max() > 1e-3


@pytest.mark.parametrize("tasks", [GRID, MDP])
def test_side_by_side_is_one_after_the_other(tasks, monkeypatch):
    """Every column of the lifetimes is the same, also with random transitions and random rewards."""
    agent = adapting(tasks)
    ours = lives(agent, tasks)
    monkeypatch.setattr(living, "can_be_apart", lambda *_: False)
    theirs = lives(agent, tasks)
    for name, one, other in zip(Lifetimes._fields, ours, theirs, strict=True):
        for mine, again in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
            np.testing.assert_allclose(mine, again, atol=1e-4, err_msg=name)


def test_what_carries_on_is_not_lived_side_by_side(monkeypatch):
    def never(*_):
        raise AssertionError("side by side")

    monkeypatch.setattr(living, "live_apart", never)
    given = {"previous_action": PerceptSettings(previous_reward="off"), "previous_reward": PerceptSettings()}
    for percept in given.values():
        architecture = AgentSettings(percept, NoMemorySettings(3))
        learner = MAML(GRID, architecture, trajectories=2, microbatch=2)
        lives(learner.agent(learner.init(0)), GRID, 2)


def test_the_rate_falls_by_its_factors():
    agent = adapting(factors=(1.0, 0.5, 0.0))
    memory, rates = agent.initial_memory(), []
    one = jax.tree.map(lambda leaf: leaf[:12, ..., 0], lives(agent))
    for _ in range(4):
        new = agent.revise(memory, one)
        slope = jax.grad(agent.loss)(memory.weights, one, None).policy.weights
        moved = memory.weights.policy.weights - new.weights.policy.weights
        rates.append(float(jnp.vdot(moved, slope) / jnp.vdot(slope, slope)))
        memory = new
    np.testing.assert_allclose(rates, [0.5, 0.25, 0.0, 0.0], rtol=1e-3, atol=1e-6)


def test_adam_inside_is_optax():
    agent = adapting(rule="adam", factors=(1.0,))
    lifetimes = jax.tree.map(lambda leaf: leaf[..., 0], lives(agent))
    rule, weights = optax.adam(0.5), agent.start
    state = rule.init(weights)
    for start in (0, 12):
        part = jax.tree.map(lambda leaf, start=start: leaf[start : start + 12], lifetimes)
        change, state = rule.update(jax.grad(agent.loss)(weights, part, None), state)
        weights = optax.apply_updates(weights, change)
    adapted = agent.adapted(lifetimes)
    same = lambda one, other: np.testing.assert_allclose(one, other, atol=2e-4)  # noqa: E731
    jax.tree.map(same, adapted, weights)


def test_steps_that_only_show_are_not_learnt_from():
    agent = adapting(shown=4)
    one = jax.tree.map(lambda leaf: leaf[:12, ..., 0], lives(agent))
    other = one._replace(reward=one.reward.at[8:].add(7.0))
    mine, again = (agent.revise(agent.initial_memory(), given).weights for given in (one, other))
    jax.tree.map(np.testing.assert_array_equal, mine, again)
    seen = lives(agent)
    modes = jax.vmap(lambda law: law.mode())(agent.replay(seen).law)
    np.testing.assert_array_equal(seen.action[8:12], modes[8:12])


def test_the_meta_gradient_agrees_with_finite_differences():
    """Of the loss as a function of the start, the lifetimes and what was said of them before held fixed."""
    learner = MAML(MDP, PLAIN, trajectories=2, inner_rate=0.5, microbatch=6)
    start = learner.init(1).weights
    leaves, structure = jax.tree.flatten(start)
    keys = jax.random.split(jax.random.key(0), len(leaves))
    towards = [jax.random.normal(one, leaf.shape) for one, leaf in zip(keys, leaves, strict=True)]
    step = jax.tree.unflatten(structure, towards)

    @jax.jit
    def slopes(start, step):
        keys = lifetime_keys("train", 1, jnp.arange(6))
        lifetimes = rollout(learner.adapting(start), learner.distribution, keys)[1]
        aims, before = learner._aims(lifetimes), learner._said(start, lifetimes)
        at = lambda weights, before: learner._loss(weights, lifetimes, aims, before, jnp.inf)[0]  # noqa: E731
        by = lambda size: at(jax.tree.map(lambda one, other: one + size * other, start, step), before)  # noqa: E731
        numeric = (by(1e-2) - by(-1e-2)) / 2e-2
        return numeric, jax.grad(at)(start, before), jax.grad(at)(start, None)

    numeric, slope, unclipped = slopes(start, step)
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, atol=1e-6), slope, unclipped)
    np.testing.assert_allclose(numeric, optax.tree.vdot(slope, step), rtol=2e-2)


def test_a_law_of_the_wrong_kind_has_no_spread_to_hold():
    """A Gaussian's spread stays as it is inside, unless it is to adapt; a categorical policy has none."""
    tasks = "bandit-continuous:horizon=4"
    for adapts in (False, True):
        learner = MAML(tasks, PLAIN, trajectories=2, inner_rate=0.5, microbatch=2, adapt_spread=adapts)
        agent = learner.agent(learner.init(0))
        lifetimes = lives(agent, tasks, 2)
        changed = agent.adapted(lifetimes).policy.log_spread[..., 0] - agent.start.policy.log_spread
        assert bool(jnp.any(changed != 0)) is adapts
    assert not eqx.tree_equal(agent.start, learner.agent(learner.init(1)).start)
