"""DIAYN's equations by their definitions, its two learners, and their exact resumption."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toy_runs import assert_same_run, interrupted

from prefrontal.agents import Discriminator, Skilled
from prefrontal.disk.runs import load_agent
from prefrontal.evaluation import evaluate
from prefrontal.learners import DIAYN, SoftDIAYN
from prefrontal.learners.equations.skills import discriminator_loss, skill_reward
from prefrontal.learners.equations.soft import actor_loss, critic_loss, soft_target, temperature_loss
from prefrontal.learners.replay import Replay, Transitions, transitions_of
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.training import train

TASKS = "skills-box:skills=3,length=6,horizon=6"
SMALL = DIAYN(
    TASKS,
    lifetimes=64,
    microbatch=4,
    microbatches=2,
    minibatches=2,
    epochs=1,
    widths=(8,),
    discriminator_steps=2,
)
SOFT = SoftDIAYN(
    TASKS, lifetimes=32, microbatch=4, widths=(8,), critic_widths=(8,), capacity=40, batch=8, gradient_steps=3
)
BOTH = pytest.mark.parametrize("learner", [SMALL, SOFT], ids=["ppo", "sac"])


def log_q(steps=5, skills=4, batch=3):
    return jax.nn.log_softmax(jax.random.normal(jax.random.key(0), (steps, skills, batch)), axis=1)


def told(skill, like):
    one = jax.nn.one_hot(skill, like.shape[1])
    return jnp.broadcast_to(one[None, :, None], like.shape)


def test_the_reward_is_the_log_odds_of_the_next_state_against_chance():
    said, last = log_q(), jnp.zeros((5, 3), bool).at[2].set(True).at[4].set(True)
    found = skill_reward(said, told(1, said), last)
    for step, of in ((0, 1), (1, 2), (2, 2), (3, 4), (4, 4)):
        np.testing.assert_allclose(found[step], said[of, 1] - np.log(1 / 4), rtol=1e-6)


def test_over_all_skills_the_rewards_are_a_law():
    """Σ_z p(z) exp(r_z) = Σ_z q(z|s) = 1; a reward without p(z), or with its sign changed, is none."""
    said, none = log_q(), jnp.zeros((5, 3), bool)
    rewards = jnp.stack([skill_reward(said, told(skill, said), none) for skill in range(4)])
    np.testing.assert_allclose(jnp.mean(jnp.exp(rewards), axis=0), 1.0, rtol=1e-5)
    assert not np.allclose(jnp.mean(jnp.exp(rewards - 2 * np.log(4)), axis=0), 1.0)


def test_a_discriminator_that_knows_nothing_pays_nothing_and_one_that_knows_pays_log_n():
    none = jnp.zeros((5, 3), bool)
    blind = jnp.full((5, 4, 3), -np.log(4))
    np.testing.assert_allclose(skill_reward(blind, told(2, blind), none), 0.0, atol=1e-6)
    sure = jnp.log(jnp.clip(told(2, blind), 1e-30, 1.0))
    np.testing.assert_allclose(skill_reward(sure, told(2, blind), none), np.log(4), rtol=1e-6)


def test_the_discriminators_loss_is_the_cross_entropy_of_lived_steps():
    said, alive = log_q(), jnp.ones((5, 3), bool).at[3:].set(False)
    by_hand = -float(said[:3, 1].sum()) / 15
    np.testing.assert_allclose(discriminator_loss(said, told(1, said), alive), by_hand, rtol=1e-6)


def test_the_soft_target_by_hand():
    following, said = jnp.array([[1.0, 5.0], [3.0, 2.0]]), jnp.array([-0.5, 0.5])
    found = soft_target(jnp.array([1.0, 2.0]), 0.9, following, said, jnp.float32(0.2))
    np.testing.assert_allclose(found, [1 + 0.9 * (1 + 0.1), 2 + 0.9 * (2 - 0.1)], rtol=1e-6)


def test_losses_by_hand_count_only_real_transitions():
    values, weight = jnp.array([[1.0, 9.0, 2.0], [2.0, 9.0, 0.0]]), jnp.array([1.0, 0.0, 1.0])
    target, said = jnp.array([0.0, 0.0, 1.0]), jnp.array([-1.0, 7.0, 1.0])
    np.testing.assert_allclose(critic_loss(values, target, weight), (1 + 1 + 4 + 1) / 4, rtol=1e-6)
    np.testing.assert_allclose(
        actor_loss(values, said, jnp.float32(0.5), weight), (-1.5 + 0.5) / 2, rtol=1e-6
    )
    slope = jax.grad(temperature_loss)(jnp.float32(0.0), said, -2.0, weight)
    np.testing.assert_allclose(
        slope, 2.0, rtol=1e-6
    )  # log π is 0 on average: the entropy is above -2, so α falls


def test_the_buffer_is_a_ring():
    def some(first, count):
        values = jnp.arange(first, first + count, dtype=jnp.float32)[None]
        return Transitions(values, values, values + 0.5, jnp.ones(count))

    replay = Replay.empty(5, 1, 1).added(some(0, 3))
    assert set(np.asarray(replay.drawn(jax.random.key(0), 200).observation[0])) == {0.0, 1.0, 2.0}
    replay = replay.added(some(3, 4))
    drawn = replay.drawn(jax.random.key(1), 200)
    assert set(np.asarray(drawn.observation[0])) == {2.0, 3.0, 4.0, 5.0, 6.0}
    np.testing.assert_array_equal(drawn.following, drawn.observation + 0.5)


def test_transitions_lead_from_each_observation_to_the_next_of_the_same_episode():
    learner = dataclasses.replace(SOFT, tasks="skills-box:skills=3,length=3,horizon=6")
    agent = learner.agent(learner.init(0))
    keys = lifetime_keys("train", 0, jnp.arange(4, dtype=jnp.uint32))
    _, lived = rollout(agent, learner.distribution, keys)
    found = transitions_of(lived)
    real = np.asarray(found.real).reshape(5, 4)
    np.testing.assert_array_equal(real[:, 0], [1, 1, 0, 1, 1])
    step = np.asarray(found.following - found.observation)[:2].reshape(2, 5, 4)
    action = np.asarray(found.action).reshape(2, 5, 4)
    np.testing.assert_allclose(step[:, real[:, 0] > 0], action[:, real[:, 0] > 0], atol=1e-6)


@BOTH
def test_it_is_killed_and_resumed_to_the_bit_and_loaded(learner, tmp_path):
    trained = train(learner, 0, tmp_path / "whole")
    interrupted(learner, tmp_path / "killed", 3)
    train(learner, 0, tmp_path / "killed", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "killed")
    loaded = load_agent(tmp_path / "whole")
    one, other = (evaluate(agent, TASKS, lifetimes=6, keep=("units",)) for agent in (trained, loaded))
    np.testing.assert_array_equal(one.units, other.units)
    np.testing.assert_allclose(np.exp(one.units).sum(axis=-1), 1.0, rtol=1e-5)


def test_soft_actor_critic_learns_to_be_told_apart():
    """A discriminator at chance says -log 3 = -1.1 on average; three skills are told apart far better."""
    learner = dataclasses.replace(
        SOFT,
        tasks="skills-box:skills=3,length=12,horizon=12",
        lifetimes=640,
        microbatch=16,
        capacity=4000,
        batch=64,
        gradient_steps=40,
        widths=(32,),
        critic_widths=(32,),
    )
    state = jax.jit(lambda state: jax.lax.fori_loop(0, 40, lambda _, now: learner.step(now)[0], state))(
        learner.init(0)
    )
    found = evaluate(learner.agent(state), learner.distribution, lifetimes=60, keep=("units",))
    skill = found.task["skill"].argmax(-1)
    assert found.units[np.arange(60), -1, skill].mean() > -0.3


def test_the_reward_moves_the_policy_and_the_policys_gradient_leaves_the_discriminator():
    """With a discriminator that does not learn, the policy does; the other way round too."""
    for still, part in (("discriminator_rate", "discriminator"), ("learning_rate", "agent")):
        learner = dataclasses.replace(SMALL, **{still: 0.0})
        begun = learner.init(0)
        after = learner.agent(jax.jit(learner.step)(begun)[0])
        same = {
            name: all(
                np.array_equal(a, b)
                for a, b in zip(
                    jax.tree.leaves(getattr(after, name)),
                    jax.tree.leaves(getattr(begun.weights, name)),
                    strict=True,
                )
            )
            for name in ("agent", "discriminator")
        }
        assert same == {name: name == part for name in same}


def test_the_agent_acts_as_the_one_inside():
    learner = SMALL
    whole = learner.agent(learner.init(0))
    assert isinstance(whole, Skilled)
    one, other = (evaluate(agent, TASKS, lifetimes=5) for agent in (whole, whole.agent))
    np.testing.assert_array_equal(one.action, other.action)


def test_the_discriminator_sees_its_features_only():
    discriminator = Discriminator((1,), (4,), 3, key=jax.random.key(0))
    seen = jnp.array([1.0, 2.0, 3.0])
    said = discriminator(seen)
    np.testing.assert_allclose(jnp.exp(said).sum(), 1.0, rtol=1e-6)
    np.testing.assert_array_equal(discriminator(seen.at[0].set(9.0).at[2].set(9.0)), said)
    assert not np.array_equal(discriminator(seen.at[1].set(9.0)), said)


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        (DIAYN, {"tasks": "navigation"}, "navigation.*no skill is told"),
        (DIAYN, {"features": (2,)}, "features is 2"),
        (DIAYN, {"features": ()}, "features is"),
        (DIAYN, {"signal": "regret"}, "signal is 'regret'"),
        (DIAYN, {"critic_told": True}, "critic_told is True"),
        (SoftDIAYN, {"temperature": 0.0, "learnt_temperature": True}, "temperature is 0"),
        (SoftDIAYN, {"capacity": 7}, "capacity is 7"),
        (SoftDIAYN, {"polyak": 0.0}, "polyak is 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(kind, fields, said):
    with pytest.raises(ValueError, match=said):
        kind(**({"tasks": TASKS} | fields))


def test_soft_actor_critic_refuses_an_agent_that_it_cannot_learn():
    other = dataclasses.replace(
        SOFT, architecture=dataclasses.replace(SOFT.architecture, memory="lstm:units=4")
    )
    with pytest.raises(ValueError, match="memory='none'"):
        other.init(0)
    other = dataclasses.replace(SOFT, architecture=dataclasses.replace(SOFT.architecture, policy="gaussian"))
    with pytest.raises(ValueError, match="policy='squashed'"):
        other.init(0)
