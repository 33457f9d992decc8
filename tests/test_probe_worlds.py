"""A2C in worlds whose outcome is known: what it must learn, what it cannot, and what a state is worth."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float
from one_update import memory_of, quick_jit
from probe_worlds import FewBandits, Leave, Recall, Rounds

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.learners.a2c import A2C
from prefrontal.learners.schedules import Linear
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import Lifetimes

BATCH, TESTED = 32, 400


def percept_of(**changes) -> PerceptSettings:
    return PerceptSettings(**{"previous_action": False, "time_scale": 4.0, **changes})


@functools.cache
def trained(
    world: TaskDistribution, memory: str, percept: PerceptSettings, updates: int = 300, **changes
) -> tuple[Float[Array, "T batch"], Lifetimes]:
    """Held-out lifetimes of an agent that was trained in `world`, and the value that it gives each step."""
    learner = A2C(
        world,
        AgentSettings(percept, memory_of(memory, 12)),
        lifetimes=updates * BATCH,
        microbatch=BATCH,
        microbatches=1,
        value_cost=0.5,
        learning_rate=Linear(2e-2, 0.0),
        **{"discount": 1.0, **changes},
    )

    @quick_jit
    def whole(state):
        update = lambda state, _: (learner.step(state)[0], None)  # noqa: E731
        state, _ = jax.lax.scan(update, state, length=learner.updates)
        keys = lifetime_keys("test", state.seed, jnp.arange(TESTED))
        lives = rollout(state.weights, world, keys)[1]
        return state.weights.recall(lives).value, lives._replace(residuals=None)

    return whole(learner.init(0))


def mean_return(lives: Lifetimes) -> float:
    return float(lives.reward.sum(0).mean())


def settled(value: Float[Array, "T batch"], lives: Lifetimes) -> np.ndarray:
    """The value of each step, about which the lifetimes that have come so far agree."""
    said, alive = np.asarray(value), np.asarray(lives.alive)
    assert said.std(1, where=alive).max() < 0.1
    return said.mean(1, where=alive)


def test_what_was_shown_at_the_start_is_recalled_at_the_end():
    _, lives = trained(Recall("observation"), "lstm", percept_of())
    assert mean_return(lives) > 0.97


def test_what_was_paid_at_the_start_is_recalled_at_the_end():
    """The last step's, 1, and the bit's own, 1/2: only the previous reward tells it."""
    _, lives = trained(Recall("reward"), "lstm", percept_of())
    assert np.asarray(lives.reward[-1]).mean() > 0.97


@pytest.mark.parametrize(
    ("told_by", "memory", "percept"),
    [("observation", "none", percept_of()), ("reward", "lstm", percept_of(previous_reward="off"))],
)
def test_without_memory_or_without_the_reward_there_is_nothing_to_recall(told_by, memory, percept):
    """Half of the last steps are paid. (With the previous action, an agent could tell itself the bit.)"""
    _, lives = trained(Recall(told_by), memory, percept)
    assert abs(float(lives.reward[-1].mean()) - 0.5) < 4 * 0.5 / np.sqrt(TESTED)


def test_where_the_task_never_changes_no_memory_is_needed():
    _, lives = trained(FewBandits(((0.2, 0.8),)), "none", percept_of(), updates=100)
    assert float((lives.action == 1).mean()) > 0.95


def test_the_worth_of_a_step_reaches_over_the_ends_of_episodes():
    """The world goes on: had returns stopped with the episode, the first value would be 0.9 and not 2.2."""
    world, discount = Rounds(), 0.9
    value, lives = trained(world, "lstm", percept_of(), discount=discount, trace_decay=0.5, entropy_cost=0.0)
    assert bool((lives.episode_over.sum(0) + lives.truncated.sum(0) == 3).all())
    assert 0 < float(lives.truncated.sum(0).max()) == 3 - float(lives.truncated.sum(0).min())
    np.testing.assert_allclose(settled(value, lives), world.value(discount), atol=0.1)
    assert world.value(discount)[0] == pytest.approx(0.9 + 0.9**3 + 0.9**5)


def test_who_thinks_of_the_whole_lifetime_stays_to_its_end():
    value, lives = trained(Leave(), "lstm", percept_of())
    assert mean_return(lives) > 2.15
    np.testing.assert_allclose(settled(value, lives), [2.2, 1.8, 1.4, 1.0], atol=0.1)


def test_nothing_is_worth_anything_after_the_end_of_a_lifetime():
    """Who thinks little of tomorrow leaves at once: for 1, and for no tomorrow's worth besides."""
    value, lives = trained(Leave(staying=0.2), "lstm", percept_of(), discount=0.5, trace_decay=0.5)
    assert float(lives.alive[1].mean()) < 0.05
    np.testing.assert_allclose(value[0], 1.0, atol=0.05)
