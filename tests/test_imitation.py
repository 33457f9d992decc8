"""Imitation against its definition, and against teachers that can be imitated exactly."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from toy_runs import OFTEN, assert_same_run, interrupted

import prefrontal as pf
from prefrontal.agents import AgentSettings
from prefrontal.evaluation import evaluate
from prefrontal.fingerprint import fingerprint
from prefrontal.learners.imitation import _TEACHER, Imitation, _built
from prefrontal.references import reference
from prefrontal.rollout.follow import follow
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.training import train

TASKS = "bandit-independent:horizon=12"
SMALL = AgentSettings(memory="lstm:units=6")
LEARNER = Imitation(TASKS, SMALL, lifetimes=64, microbatch=8, microbatches=2, teacher="gittins:discount=0.9")


def test_the_gradient_is_that_of_the_teachers_actions_chances():
    """Replayed, where the learner recalls; the value apart."""
    learner = dataclasses.replace(LEARNER, value_cost=0.0, max_gradient_norm=1e9, microbatches=1)
    state, keys = learner.init(0), lifetime_keys("train", 0, jnp.arange(8))
    teacher = reference(learner.teacher, learner.distribution)

    def definition(agent):
        drawn, lived = rollout(state.weights, learner.distribution, keys)
        others = jax.vmap(lambda key: jax.random.fold_in(key, _TEACHER))(keys)
        taught = follow(teacher, lived, drawn, others)
        return -jnp.mean(agent.replay(lived).log_probability(taught))

    loss, gradient = jax.jit(jax.value_and_grad(definition))(state.weights)
    _, metrics = jax.jit(lambda: learner.learn(state, learner.distribution))()
    assert metrics["imitation_loss"] == pytest.approx(float(loss), rel=1e-5)
    assert metrics["gradient_norm"] == pytest.approx(float(optax.tree.norm(gradient)), rel=1e-4)
    assert set(metrics) >= {"value_loss", "return", "regret"}


def test_win_stay_lose_shift_is_learnt_to_the_letter(tmp_path):
    """A teacher without ties but in the first pull: the agent does as it does, and so earns as much."""
    learner = dataclasses.replace(
        LEARNER,
        teacher="win-stay-lose-shift",
        lifetimes=20_000,
        microbatch=16,
        microbatches=1,
        learning_rate=2e-2,
    )
    agent = train(learner, 100, tmp_path / "run")
    records = evaluate(agent, TASKS, lifetimes=500, seed=100)
    shifts = records.action[:, 1:] != records.action[:, :-1]
    lost = records.reward[:, :-1] == 0
    assert np.mean(shifts == lost) > 0.99


def test_kill_and_resume(tmp_path):
    train(LEARNER, 0, tmp_path / "whole", **OFTEN)
    interrupted(LEARNER, tmp_path / "stopped", update=2)
    train(LEARNER, 0, tmp_path / "stopped", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")


def test_what_cannot_teach_is_refused():
    with pytest.raises(ValueError, match="teacher is 'gitins': no reference is called 'gitins'"):
        Imitation(TASKS, teacher="gitins")
    with pytest.raises(ValueError, match="shortest-path is for mazes"):
        Imitation(TASKS, teacher="shortest-path").init(0)


def test_a_second_learner_goes_on_from_its_weights():
    state = LEARNER.init(0)
    learner = pf.A2C(TASKS, SMALL, lifetimes=64)
    started = learner.init(1, agent=LEARNER.agent(state))
    assert all(map(np.array_equal, jax.tree.leaves(started.weights), jax.tree.leaves(state.weights)))


def test_a_teacher_may_be_built_for_the_first_time_while_a_program_is_traced():
    _built.cache_clear()
    assert fingerprint(LEARNER) == fingerprint(LEARNER)
