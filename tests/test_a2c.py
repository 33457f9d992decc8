"""A2C against slow definitions: its gradient, schedules, optimisers, the lifetimes it lives, its errors."""

import dataclasses
import re
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from one_update import (
    WORLD,
    compiled,
    followed,
    gradient,
    keys_of,
    learner_of,
    live_through,
    quick_jit,
    state_of,
)

from prefrontal.learners import a2c
from prefrontal.learners.a2c import A2C
from prefrontal.learners.schedules import Linear, Schedule, at
from prefrontal.memory import MEMORIES
from prefrontal.streams import lifetime_keys
from prefrontal.types import Lifetimes

UPDATE, UPDATES = 3, 4  # an update in the midst of the schedules, and how many there are


def flat(tree) -> np.ndarray:
    return np.concatenate([np.asarray(leaf, np.float64).ravel() for leaf in jax.tree.leaves(tree)])


def close(ours, theirs, rtol=2e-4, atol=2e-6) -> None:
    for one, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol)


# The gradient, one lifetime and one step at a time.


def line(schedule: Schedule, update: int) -> float:
    assert isinstance(schedule, Linear)
    return schedule.start + (schedule.end - schedule.start) * update / UPDATES


def lambda_return(rewards, values, t: int, gamma: float, trace_decay: float) -> float:
    """The mixture of n-step returns from step t of a lifetime of `len(rewards)` steps, and no more."""
    most = len(rewards) - t

    def n_step(n: int) -> float:
        lived = sum(gamma**k * rewards[t + k] for k in range(n))
        return lived + (gamma**n * values[t + n] if n < most else 0.0)

    mixed = sum((1 - trace_decay) * trace_decay ** (n - 1) * n_step(n) for n in range(1, most))
    return mixed + trace_decay ** (most - 1) * n_step(most)


class Lived(NamedTuple):
    """One lifetime, up to its end, and what the agent's heads said at each step as it acted."""

    life: Lifetimes
    length: int
    log_probability: np.ndarray  # of the action taken
    value: np.ndarray
    entropy: np.ndarray


@quick_jit
def act_once(agent, memory, percept, action):
    memory, output, _ = agent.memory.step(memory, agent.encoder(percept))
    log_policy = jax.nn.log_softmax(agent.policy.numbers(output))
    entropy = -jnp.sum(jnp.exp(log_policy) * log_policy)
    return memory, (log_policy[action], agent.value(output)[0], entropy)


def lived(learner: A2C, state) -> list[Lived]:
    """The lifetimes of the next update, lived through again one by one and step by step."""
    lives = live_through(state.weights, keys_of(learner, state))
    return [one_life(state.weights, jax.tree.map(lambda leaf, k=k: leaf[..., k], lives)) for k in range(8)]


def one_life(agent, life: Lifetimes) -> Lived:
    length, memory, said = int(life.alive.sum()), agent.initial_memory(), []
    for t in range(length):
        percept = jax.tree.map(lambda leaf, t=t: leaf[t], life.percept)
        memory, heads = act_once(agent, memory, percept, life.action[t])
        said.append(heads)
    return Lived(life, length, *np.array(said).T)


def returns_of(learner: A2C, state, one: Lived) -> np.ndarray:
    oracle = np.asarray(one.life.oracle_reward) if learner.signal == "regret" else 0.0
    rewards = (
        np.asarray(one.life.reward if learner.signal == "sampled" else one.life.expected_reward) - oracle
    )
    gamma = line(learner.discount, int(state.update))
    return np.array(
        [
            lambda_return(rewards[: one.length], one.value, t, gamma, learner.trace_decay)
            for t in range(one.length)
        ]
    )


@quick_jit
def gradient_of_one_life(agent, life: Lifetimes, advantage, target, value_cost, entropy_cost, lived):
    """Of the objective in A2C's docstring, by `replay`. `lived` is 1 for steps up to the end."""

    def objective(agent):
        heads, total = agent.replay(life), 0.0
        for t in range(WORLD.horizon):
            log_policy = jax.nn.log_softmax(heads.law.logits[t])
            at_step = advantage[t] * log_policy[life.action[t]]
            at_step -= value_cost * (target[t] - heads.value[t]) ** 2 / 2
            at_step -= entropy_cost * jnp.sum(jnp.exp(log_policy) * log_policy)
            total += lived[t] * at_step
        return total

    return jax.grad(objective)(agent)


def slow_gradient(learner: A2C, state):
    """Minus the objective's gradient, summed over lifetimes one by one, for each step of the horizon."""
    lives = lived(learner, state)
    returns = [returns_of(learner, state, one) for one in lives]
    advantages = [r - one.value for r, one in zip(returns, lives, strict=True)]
    if learner.normalise_advantages:
        every = np.concatenate(advantages)
        advantages = [(a - every.mean()) / every.std() for a in advantages]
    costs = learner.value_cost, line(learner.entropy_cost, int(state.update))
    total = jax.tree.map(jnp.zeros_like, state.weights)
    for one, advantage, target in zip(lives, advantages, returns, strict=True):
        padded = [np.resize(x, WORLD.horizon).astype(np.float32) for x in (advantage, target)]
        mask = np.arange(WORLD.horizon) < one.length
        total = jax.tree.map(
            jnp.add, total, gradient_of_one_life(state.weights, one.life, *padded, *costs, mask)
        )
    return jax.tree.map(lambda leaf: -leaf / (len(lives) * WORLD.horizon), total)


OTHERWISE = {"signal": "regret", "normalise_advantages": True}
every_memory = pytest.mark.parametrize("memory", MEMORIES)


def test_the_lifetimes_of_these_tests_end_at_different_times():
    learner = learner_of()
    lengths = [one.length for one in lived(learner, state_of(learner, UPDATE))]
    assert min(lengths) < 4
    assert max(lengths) == WORLD.horizon
    assert len(set(lengths)) > 3


@pytest.mark.parametrize(("memory", "changes"), [*((memory, {}) for memory in MEMORIES), ("none", OTHERWISE)])
def test_the_gradient_is_that_of_the_objective_written_out(memory, changes):
    """In a world where lifetimes end at different times, with λ, γ and costs in the midst of their ranges."""
    learner = learner_of(memory, **changes)
    state = state_of(learner, UPDATE)
    assert learner.updates == UPDATES
    close(gradient(learner, state), slow_gradient(learner, state))


@every_memory
def test_what_the_loss_is_taken_from_is_what_was_acted_on(memory):
    """The log-probability, value and entropy of each step as the agent itself had them when it acted."""
    learner = learner_of(memory)
    state = state_of(learner, UPDATE)
    _, metrics = compiled(learner)(state)
    lives = lived(learner, state)
    advantages = [returns_of(learner, state, one) - one.value for one in lives]
    sums = {
        "policy_loss": -sum(a @ one.log_probability for a, one in zip(advantages, lives, strict=True)),
        "value_loss": sum(a @ a for a in advantages) / 2,
        "entropy": sum(one.entropy.sum() for one in lives),
    }
    for name, total in sums.items():
        np.testing.assert_allclose(metrics[name], total / (8 * WORLD.horizon), rtol=1e-4, err_msg=name)


def test_metrics_of_what_was_lived():
    learner = learner_of()
    state = state_of(learner, 1)
    _, metrics = compiled(learner)(state)
    lives = live_through(state.weights, keys_of(learner, state))
    np.testing.assert_allclose(metrics["return"], lives.reward.sum(0).mean(), rtol=1e-6)
    regret = (lives.oracle_reward - lives.expected_reward).sum(0).mean()
    np.testing.assert_allclose(metrics["regret"], regret, rtol=1e-5)
    norm = np.linalg.norm(flat(gradient(learner, state)))
    np.testing.assert_allclose(metrics["gradient_norm"], norm, rtol=1e-5)


# Schedules, clipping, optimisers.


@pytest.mark.parametrize(("update", "entropy_cost"), [(0, 0.5), (1, 0.4), (UPDATES - 1, 0.2)])
def test_entropy_costs_less_and_less(update, entropy_cost):
    """From 0.5 at the first of four updates towards 0.1, which would be reached one update after the last."""
    learner = learner_of()
    _, metrics = compiled(learner)(state_of(learner, update))
    expected = metrics["policy_loss"] + 0.3 * metrics["value_loss"] - entropy_cost * metrics["entropy"]
    np.testing.assert_allclose(metrics["loss"], expected, rtol=1e-5)


def test_a_schedule_starts_with_the_first_update_and_is_at_its_end_when_all_are_done():
    np.testing.assert_allclose(at(Linear(0.3, 0.7), jnp.array(0 / UPDATES)), 0.3, rtol=1e-6)
    np.testing.assert_allclose(at(Linear(0.3, 0.7), jnp.array(UPDATES / UPDATES)), 0.7, rtol=1e-6)


@pytest.mark.parametrize(("begin", "finish"), [(-0.1, 1.0), (0.0, 1.1), (0.5, 0.5), (0.6, 0.4)])
def test_a_schedule_between_points_out_of_order_is_refused(begin, finish):
    with pytest.raises(
        ValueError, match=f"begin is {begin} and finish {finish}; they must be 0 <= begin < finish <= 1"
    ):
        Linear(1.0, 0.0, begin, finish)


class Adam:
    """Kingma & Ba 2015, algorithm 1."""

    def __init__(self):
        self.first = self.second = self.steps = 0

    def direction(self, g):
        self.steps += 1
        self.first = 0.9 * self.first + 0.1 * g
        self.second = 0.999 * self.second + 0.001 * g**2
        unbiased = self.first / (1 - 0.9**self.steps), self.second / (1 - 0.999**self.steps)
        return unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)


class RMSProp:
    """Tieleman & Hinton 2012; as Mnih et al. 2016, equations 8 and 9, with ε within the root."""

    def __init__(self):
        self.second = 0

    def direction(self, g):
        self.second = 0.99 * self.second + 0.01 * g**2
        return g / np.sqrt(self.second + 1e-5)


MOST = 0.02  # the norm that gradients are clipped to


def test_clipping_is_of_the_norm_of_the_whole_gradient():
    """Its length is cut and its direction kept. The metric is the norm before."""
    learner = learner_of("none", max_gradient_norm=MOST)
    state = state_of(learner)
    whole = gradient(learner, state)
    norm = np.linalg.norm(flat(whole))
    assert norm > 2 * MOST
    clipped, metrics = compiled(learner)(state)
    close(followed(clipped), jax.tree.map(lambda leaf: leaf * MOST / norm, whole))
    np.testing.assert_allclose(metrics["gradient_norm"], norm, rtol=1e-5)


@pytest.mark.parametrize(("name", "by_hand"), [("adam", Adam), ("rmsprop", RMSProp)])
def test_optimisers_by_hand(name, by_hand):
    """Three updates, with a learning rate that falls and a gradient that is clipped before it is scaled."""
    learner, optimiser = learner_of("none", optimiser=name, max_gradient_norm=MOST), by_hand()
    state = state_of(learner)
    for update in range(3):
        g, before = flat(gradient(learner, state)), flat(state.weights)
        assert np.linalg.norm(g) > MOST
        state, _ = compiled(learner)(state)
        rate = 2e-2 * (1 - update / UPDATES)
        expected = before - rate * optimiser.direction(g * MOST / np.linalg.norm(g))
        # Where the gradient is all but nought, Adam makes much of rounding.
        firm = np.abs(g) > 1e-5
        assert firm.mean() > 0.8
        np.testing.assert_allclose(flat(state.weights)[firm], expected[firm], atol=2e-5)
    assert state.update == 3


# The lifetimes that are lived.


def lived_by(monkeypatch, learner: A2C, seed: int) -> np.ndarray:
    """The random keys of every update of a training, `(updates, lifetimes, 2)`; no lifetime is lived."""
    seen, state = [], learner.init(seed)
    zeros = jax.tree.map(jnp.zeros_like, state.weights)

    def spy(_function, keys, *_sizes):
        seen.append(np.asarray(jax.random.key_data(keys)))
        return zeros, {}

    monkeypatch.setattr(a2c, "mean_over_batches", spy)
    for _ in range(learner.updates):
        state, _ = learner.step(state)
    return np.stack(seen)


def test_every_update_lives_the_next_lifetimes_of_the_train_stream(monkeypatch):
    learner = learner_of("none", optimiser="rmsprop")
    lived = {seed: lived_by(monkeypatch, learner, seed) for seed in (0, 1, 7)}
    batch = learner.lifetimes_per_update
    for seed, keys in lived.items():
        stream = jax.random.key_data(lifetime_keys("train", seed, jnp.arange(learner.updates * batch)))
        np.testing.assert_array_equal(keys.reshape(-1, 2), stream)
    others = [
        jax.random.key_data(lifetime_keys(split, seed, jnp.arange(200)))
        for split in ("test", "outside")
        for seed in lived
    ]
    every = np.concatenate([*(keys.reshape(-1, 2) for keys in lived.values()), *others])
    assert len(np.unique(every, axis=0)) == len(every)


def test_an_update_depends_on_its_state_alone():
    learner = learner_of("none")
    one, other = (compiled(learner)(state_of(learner, 2)) for _ in range(2))
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(a, b)
    elsewhere, _ = compiled(learner)(state_of(learner, 1))
    assert not np.array_equal(flat(elsewhere.weights), flat(one[0].weights))


def test_weights_are_drawn_from_the_seed():
    learner = learner_of()
    one, same, other = (flat(learner.init(seed).weights) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert learner.init(4).update == 0
    assert learner.agent(learner.init(4)) is not None


@pytest.mark.parametrize(("lifetimes", "updates"), [(1, 1), (6, 1), (7, 2), (12, 2), (13, 3)])
def test_lifetimes_are_rounded_up_to_whole_updates(lifetimes, updates):
    learner = learner_of(lifetimes=lifetimes, microbatch=3, microbatches=2)
    assert learner.lifetimes_per_update == 6
    assert learner.updates == updates
    assert learner.horizon == WORLD.horizon


# Errors.

ABOVE = "it must be a number at least 0"
MISTAKES = [
    ("lifetimes", 0, "it must be a whole number, from 1 to"),
    ("lifetimes", 1.5, "it must be a whole number, from 1 to"),
    ("lifetimes", 2**32, "it must be a whole number, from 1 to"),
    ("microbatch", 0, "it must be a whole number, at least 1"),
    ("microbatches", -2, "it must be a whole number, at least 1"),
    ("microbatches", True, "it must be a whole number, at least 1"),
    ("signal", "reward", "it must be one of sampled, expected, regret"),
    ("discount", 1.01, "it must be a number from 0 to 1"),
    ("discount", -0.1, "it must be a number from 0 to 1"),
    ("discount", Linear(0.5, 1.2), "it must be a number from 0 to 1"),
    ("trace_decay", 1.5, "it must be a number from 0 to 1"),
    ("trace_decay", "0.9", "it must be a number from 0 to 1"),
    ("value_cost", -0.05, ABOVE),
    ("value_cost", float("nan"), ABOVE),
    ("entropy_cost", -1.0, "it must be a number from 0 to 1e+06"),
    ("entropy_cost", Linear(1.0, -0.5), "it must be a number from 0 to 1e+06"),
    ("optimiser", "adagrad", "it must be one of adam, rmsprop, sgd"),
    ("learning_rate", -1e-3, "it must be a number from 0 to 1000"),
    ("learning_rate", Linear(1e12, 0.0), "it must be a number from 0 to 1000"),
    ("max_gradient_norm", 0, "it must be a number at least 1e-09"),
]


@pytest.mark.parametrize(("field", "value", "rule"), MISTAKES)
def test_a_setting_out_of_range_is_named_with_its_value_and_the_rule(field, value, rule, unchecked):
    out = (
        value
        if not isinstance(value, Linear)
        else next(v for v in (value.end, value.start) if not 0 <= v <= 1)
    )
    with pytest.raises(ValueError, match=re.escape(f"{field} is {out!r}; {rule}")):
        unchecked(A2C.__init__)(object.__new__(A2C), WORLD, **{field: value})


def test_every_setting_that_has_a_range_is_among_the_mistakes():
    fields = {field.name for field in dataclasses.fields(A2C)}
    assert fields == {field for field, _, _ in MISTAKES} | {
        "normalise_advantages",
        "tasks",
        "architecture",
        "devices",  # among those of `test_parallel`
        "value_scale",  # and this and the next among those of `test_value_scale`
        "entropy_scale",
        "critic_told",
        "curriculum",  # among those of `test_curriculum`
    }


@pytest.mark.parametrize("seed", [-1, 2**29])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed is {seed}; it must be a whole number, from 0 to {2**29 - 1}"):
        learner_of().init(seed)
