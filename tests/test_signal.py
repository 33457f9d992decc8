"""What reward a learner learns from: every signal leads the same way, some with less noise than others."""

import dataclasses
import functools
import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from one_update import (
    compiled,
    followed,
    keys_of,
    learner_of,
    live_through,
    percepts_alone,
    quick_jit,
    state_of,
)
from probe_worlds import FewBandits

from prefrontal.agents import AgentSettings, PerceptSettings, RecurrentAgent
from prefrontal.learners.a2c import A2C
from prefrontal.learners.equations.signal import SIGNALS, learning_signal
from prefrontal.memory import LSTMSettings
from prefrontal.types import Lifetimes, Percept

BANDITS, ESTIMATES, BATCH = FewBandits(), 250, 800
AGENT = AgentSettings(PerceptSettings(time_scale=3.0), LSTMSettings(3))
PURE = A2C(
    BANDITS,
    AGENT,
    lifetimes=ESTIMATES * BATCH,
    microbatch=BATCH,
    microbatches=1,
    discount=1.0,
    trace_decay=1.0,
    value_cost=0.0,
    entropy_cost=0.0,
    max_gradient_norm=1e9,
)
every_signal = pytest.mark.parametrize("signal", ["sampled", "expected", "regret"])


def every_lifetime() -> tuple[Percept, jax.Array, jax.Array, jax.Array]:
    """All that can happen: percepts and actions `(T, n)`, returns and the chances of their luck, `(n,)`."""
    steps = range(BANDITS.horizon)
    pairs = list(itertools.product((0, 1), (0, 1)))  # action and reward
    lives = [(task, life) for task in BANDITS.tasks for life in itertools.product(pairs, repeat=len(steps))]
    action = np.array([[life[t][0] for _, life in lives] for t in steps])
    reward = np.array([[life[t][1] for _, life in lives] for t in steps], np.float32)
    pays = np.array([[task[life[t][0]] for task, life in lives] for t in steps])
    luck = np.where(reward == 1, pays, 1 - pays).prod(0) / len(BANDITS.tasks)
    before = lambda values, first: jnp.array(np.vstack([np.full_like(values[:1], first), values[:-1]]))  # noqa: E731
    time = jnp.repeat(jnp.arange(len(steps))[:, None], len(lives), 1)
    shown = jnp.zeros((len(steps), 0, len(lives)))
    percept = Percept(shown, before(action, 0), before(reward, 0), time, time == 0)
    return percept, jnp.array(action), jnp.array(reward.sum(0)), jnp.array(luck)


@jax.jit
def chances(agent: RecurrentAgent) -> jax.Array:
    """Of each of all lifetimes."""
    percept, action, _, luck = every_lifetime()
    return luck * jnp.exp(agent.replay(percepts_alone(percept)).log_probability(action).sum(0))


@functools.cache
def agent_of_a_bandit() -> RecurrentAgent:
    """With a policy that is far from even, and heads' values that are no good baseline."""
    agent = AGENT.build(BANDITS.environment, BANDITS.horizon, key=jax.random.key(3))
    return eqx.tree_at(lambda agent: agent.policy.weights, agent, 2 * agent.policy.weights)


@functools.cache
def exact_gradient() -> np.ndarray:
    """Minus the gradient of a lifetime's expected return, for each of its steps, as A2C's loss has it."""
    expected_return = lambda agent: jnp.sum(chances(agent) * every_lifetime()[2])  # noqa: E731
    gradient = ravel_pytree(jax.grad(expected_return)(agent_of_a_bandit()))[0]
    return -np.asarray(gradient) / BANDITS.horizon


@functools.cache
def estimates(signal: str) -> np.ndarray:
    """The gradients that A2C follows in a training's updates, from the same weights; `(updates, weights)`."""
    learner = dataclasses.replace(PURE, signal=signal)
    start = eqx.tree_at(lambda state: state.weights, learner.init(0), agent_of_a_bandit())

    def gradient(update):
        state = eqx.tree_at(lambda state: state.update, start, update)
        return ravel_pytree(followed(learner.step(state)[0]))[0]

    return np.asarray(quick_jit(lambda: jax.lax.map(gradient, jnp.arange(ESTIMATES, dtype=jnp.uint32)))())


def test_all_that_can_happen_happens_once():
    assert len(every_lifetime()[2]) == len(BANDITS.tasks) * 4**BANDITS.horizon
    np.testing.assert_allclose(chances(agent_of_a_bandit()).sum(), 1.0, rtol=1e-5)


@every_signal
def test_the_gradient_is_that_of_the_expected_return(signal):
    """Within four standard errors for every weight, and to a few in a hundred along the gradient itself."""
    exact, drawn = exact_gradient(), estimates(signal)
    error = drawn.std(0, ddof=1) / np.sqrt(ESTIMATES)
    assert np.all(np.abs(drawn.mean(0) - exact) <= 4 * error + 1e-8)
    along = drawn @ exact / (exact @ exact)
    assert abs(along.mean() - 1) < 4 * along.std() / np.sqrt(ESTIMATES)
    assert along.std() / np.sqrt(ESTIMATES) < 0.03


def test_what_is_known_of_the_task_takes_noise_away():
    """The lifetimes are the same ones, so that the three are compared in pairs."""
    sampled, expected, regret = (
        estimates(signal).var(0).sum() for signal in ("sampled", "expected", "regret")
    )
    assert regret < 0.5 * expected
    assert expected < 0.95 * sampled


# What each signal is.


@functools.cache
def corridor() -> Lifetimes:
    """Lifetimes that end at different times, in a world that knows both expectations."""
    learner = learner_of()
    state = state_of(learner)
    return live_through(state.weights, keys_of(learner, state))


def test_each_signal_is_what_it_says():
    lives = corridor()
    alive = np.asarray(lives.alive)
    assert not alive.all()
    np.testing.assert_array_equal(learning_signal(lives, "sampled"), lives.reward)
    expected, regret = (np.asarray(learning_signal(lives, signal)) for signal in ("expected", "regret"))
    assert set(expected[alive].round(6)) == {np.float32(0.2), np.float32(0.8)}
    np.testing.assert_allclose(regret[alive], expected[alive] - 0.8, atol=1e-6)
    assert np.all(expected[~alive] == 0)
    assert np.all(regret[~alive] == 0)


def test_the_agent_is_fed_the_sampled_reward_whatever_is_learnt_from():
    """What was lived does not depend on the signal: returns of one update, from the same state."""
    returns = []
    for signal in ("sampled", "regret"):
        learner = learner_of("none", signal=signal, normalise_advantages=signal == "regret")
        returns.append(float(compiled(learner)(state_of(learner))[1]["return"]))
    assert returns[0] == returns[1]


def without(lives: Lifetimes, *names: str) -> Lifetimes:
    return lives._replace(**dict.fromkeys(names))


def test_the_signal_is_the_sampled_reward_unless_another_is_asked_for():
    assert A2C("bandit-independent").signal == "sampled"


def test_best_is_a_signal_no_more(unchecked):
    with pytest.raises(ValueError, match=r"signal is 'best'; it must be one of sampled, expected, regret$"):
        unchecked(A2C.__init__)(object.__new__(A2C), "bandit-independent", signal="best")


@pytest.mark.parametrize("signal", ["expected", "regret"])
def test_expectations_that_the_environment_does_not_know_are_refused(signal):
    lives = without(corridor(), "oracle_reward", "expected_reward")
    expected = f"signal is '{signal}', but the environment does not know its expected_reward; use 'sampled'"
    with pytest.raises(ValueError, match=expected):
        learning_signal(lives, signal)


def test_regret_without_an_oracle_is_refused():
    expected = "signal is 'regret', but the environment does not know its oracle_reward; use 'expected'"
    with pytest.raises(ValueError, match=expected):
        learning_signal(without(corridor(), "oracle_reward"), "regret")


def test_these_are_all_the_signals():
    assert SIGNALS == ("sampled", "expected", "regret")
