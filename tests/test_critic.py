"""A critic that is told the task: the agent is what it was, and only its advantages are others."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from one_update import WORLD, followed, keys_of, learner_of, quick_jit, with_adam
from test_adapting import Bowls, Point
from test_ppo import ppo_of
from toy_runs import assert_same_run, interrupted

from prefrontal.agents import AgentSettings
from prefrontal.disk.runs import load_agent
from prefrontal.disk.serialisation import to_json
from prefrontal.evaluation import evaluate
from prefrontal.learners import A2C, PPO
from prefrontal.learners.critic import Told, parameters_of
from prefrontal.learners.equations.losses import policy_loss, value_loss
from prefrontal.rollout.live import draw, rollout
from prefrontal.tasks import distribution
from prefrontal.training import train

LEARNER = learner_of(critic_told=True)
STATE = LEARNER.init(0)
SHORT = {"lifetimes": 48, "microbatch": 8, "value_scale": "popart", "critic_told": True}


@pytest.fixture(scope="module")
def lives():
    """Lifetimes of the next update, with their tasks' parameters."""
    return quick_jit(lambda told, keys: LEARNER._lifetimes(told, WORLD, keys))(
        STATE.weights, keys_of(LEARNER, STATE)
    )


def test_the_agent_is_the_one_that_no_critic_goes_with(lives):
    """Its first weights, what it does in lifetimes, and what it says of them."""
    alone = learner_of().init(0).weights
    assert eqx.tree_equal(LEARNER.agent(STATE), alone)
    assert jax.tree.structure(LEARNER.agent(STATE)) == jax.tree.structure(alone)
    lived = quick_jit(lambda keys: rollout(alone, WORLD, keys)[1])(keys_of(LEARNER, STATE))
    np.testing.assert_array_equal(lives.action, lived.action)
    said, told = alone.replay(lived), STATE.weights.replay(lives)
    np.testing.assert_array_equal(told.law.logits, said.law.logits)
    np.testing.assert_array_equal(told.value, said.value)


@pytest.mark.parametrize("says", ["replay", "recall"])
def test_the_critics_value_goes_by_the_task_and_nothing_else_does(lives, says):
    others = lives._replace(parameters=jnp.roll(lives.parameters, 1, axis=-1))
    here, there = (getattr(STATE.weights, says)(one) for one in (lives, others))
    np.testing.assert_array_equal(here.law.logits, there.law.logits)
    np.testing.assert_array_equal(here.value, there.value)
    assert (np.abs(here.told - there.told).max(axis=0) > 1e-2).all()
    np.testing.assert_array_equal(here.baseline, here.told)


def test_parameters_are_all_numbers_of_a_task_and_are_told_in_units_of_their_spread():
    tasks = distribution("tabular-mdp:states=3,actions=2,length=4")
    drawn, _ = draw(tasks, jax.random.split(jax.random.key(0), 5))
    parameters = parameters_of(drawn)
    assert parameters.shape == (3 * 2 + 3 * 2 * 3 + 4, 5)
    np.testing.assert_array_equal(parameters[:6], drawn.rewards.reshape(6, 5))
    critic = STATE.weights.critic
    np.testing.assert_allclose(critic.mean, [3.0, 4.5, 0.25, 0.5], atol=0.2)  # of the corridor's four
    np.testing.assert_allclose(critic.size, [0.82, 1.12, 0.144, 0.5], atol=0.1)


def test_an_update_follows_the_critics_advantages_and_its_errors_leave_the_agent_alone(lives):
    """The agent's gradient is that of A2C with these advantages; the critic's is of its own errors."""
    adam = with_adam(LEARNER)
    after, metrics = quick_jit(adam.step)(adam.init(0))
    found = [
        followed(dataclasses.replace(after, optimiser=one))
        for one in after.optimiser  # of the agent, and of the critic
    ]
    told = STATE.weights.replay(lives).told
    advantage = LEARNER._advantages(lives, told, jnp.float32(0.0))

    def loss(weights: Told):
        said = weights.replay(lives)
        entropy = jnp.mean(jnp.where(lives.alive, said.entropy(), 0.0))
        errors = [value_loss(one, advantage + told, lives.alive) for one in (said.value, said.told)]
        return policy_loss(said, lives, advantage) + 0.3 * sum(errors) - 0.5 * entropy

    expected = quick_jit(jax.grad(loss))(STATE.weights)
    for one, other in zip(found, (expected.agent, expected.critic), strict=True):
        for leaf, wanted in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
            np.testing.assert_allclose(leaf, wanted, rtol=2e-3, atol=1e-5)
    of_errors = jax.grad(lambda weights: value_loss(weights.replay(lives).told, told + 1.0, lives.alive))
    gradient = quick_jit(of_errors)(STATE.weights)
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(gradient.agent))
    assert np.all(gradient.critic.of_task.weights)
    np.testing.assert_array_equal(after.weights.critic.mean, STATE.weights.critic.mean)
    assert metrics["told_value_loss"] > 0


@pytest.mark.parametrize("kind", [A2C, PPO])
def test_a_training_is_stopped_and_goes_on_and_its_agent_is_as_any_other(kind, tmp_path):
    settings = AgentSettings(memory="gru:units=4")
    learner = kind("bandit-independent:horizon=6", settings, **SHORT)
    learner = dataclasses.replace(learner, microbatches=4) if kind is PPO else learner
    agent = train(learner, 0, tmp_path / "whole")
    interrupted(learner, tmp_path / "stopped", update=2 if kind is A2C else 1)
    train(learner, 0, tmp_path / "stopped", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")
    alone = dataclasses.replace(learner, critic_told=False)
    like = alone.agent(alone.init(0))
    for loaded in (load_agent(tmp_path / "whole"), load_agent(tmp_path / "whole", like=like)):
        assert eqx.tree_equal(loaded, agent)
    kept = evaluate(agent, learner.tasks, lifetimes=4, keep=("value", "logits"))
    assert np.isfinite(kept.value).all()
    learner.init(0, agent)  # and another training begins with it


def test_who_knows_the_task_knows_more_of_its_value():
    learner = A2C(
        "bandit-independent:horizon=10",
        AgentSettings(memory="gru:units=8"),
        lifetimes=6000,
        microbatch=100,
        microbatches=1,
        discount=1.0,
        learning_rate=0.01,
        critic_told=True,
    )
    step = jax.jit(lambda state: jax.lax.scan(lambda s, _: learner.step(s), state, length=60))
    _, metrics = step(learner.init(0))
    losses = [float(metrics[name][-20:].mean()) for name in ("value_loss", "told_value_loss")]
    assert losses[1] < 0.8 * losses[0]


def test_an_agent_that_no_critic_can_read_is_refused():
    key = jax.random.key(0)
    with pytest.raises(ValueError, match="critic_told is True, but Point does not say what its value reads"):
        Told.of(Point(jnp.array(0.5)), Bowls(), 0, key)


def test_it_is_in_files_only_where_it_is_asked_for():
    assert "critic_told" not in to_json(A2C("bandit-independent"))
    assert to_json(ppo_of(critic_told=True).architecture) == to_json(ppo_of().architecture)
    assert to_json(PPO("bandit-independent", critic_told=True))["critic_told"] is True
