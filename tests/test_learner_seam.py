"""A second learner of forty lines goes through training, kill, resumption, evaluation and an experiment."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toy_runs import assert_same_run, interrupted

from prefrontal.agents import AgentSettings, RecurrentAgent
from prefrontal.analysis.evidence import Evidence
from prefrontal.disk.runs import load_agent
from prefrontal.evaluation import evaluate
from prefrontal.experiments import pipeline
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.controls import controls
from prefrontal.learners import A2C, Learner, LearnerState
from prefrontal.learners.equations.losses import policy_loss
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys, update_key, weights_key
from prefrontal.tasks import TaskDistribution, distribution
from prefrontal.training import train

TASKS = "bandit-dependent-easy:horizon=8"


class ReinforceState(LearnerState):
    weights: RecurrentAgent
    jitter: jax.Array  # the learner's own luck, at the last update


@dataclasses.dataclass(frozen=True)
class Reinforce(Learner):
    """Follows Σₜ (R - b) ∇ log π(aₜ), R the return, b its mean (Williams 1992), at a rate that trembles."""

    tasks: TaskDistribution | str
    architecture: AgentSettings = AgentSettings(memory="lstm:units=4")
    updates: int = 12
    lifetimes_per_update: int = 32
    rate: float = 0.3

    def init(self, seed, agent=None):
        tasks = self.distribution
        fresh = agent or self.architecture.build(tasks.environment, tasks.horizon, key=weights_key(seed))
        return ReinforceState(jnp.uint32(0), jnp.uint32(seed), fresh, jnp.zeros(()))

    def learn(self, state, tasks):
        count = self.lifetimes_per_update
        numbers = state.update * count + jnp.arange(count, dtype=jnp.uint32)
        _, lifetimes = rollout(state.weights, tasks, lifetime_keys("train", state.seed, numbers))
        returns = lifetimes.reward.sum(0)
        advantage = jnp.broadcast_to((returns - returns.mean())[None], lifetimes.reward.shape)
        loss = lambda agent: policy_loss(agent.recall(lifetimes), lifetimes, advantage)  # noqa: E731
        jitter = jax.random.uniform(update_key(state.seed, state.update), minval=0.9, maxval=1.1)
        step = lambda weight, slope: weight - self.rate * jitter * slope  # noqa: E731
        weights = jax.tree.map(step, state.weights, jax.grad(loss)(state.weights))
        return ReinforceState(state.update + 1, state.seed, weights, jitter), {"return": returns.mean()}

    def agent(self, state):
        return state.weights


def test_it_trains_is_killed_and_resumed_to_the_bit(tmp_path):
    learner = Reinforce(TASKS)
    train(learner, 0, tmp_path / "whole")
    interrupted(learner, tmp_path / "killed", 5)
    train(learner, 0, tmp_path / "killed", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "killed")


def test_its_agent_is_loaded_by_the_runs_own_settings_and_evaluated(tmp_path):
    trained = train(Reinforce(TASKS), 0, tmp_path / "run")
    loaded = load_agent(tmp_path / "run")
    mine, theirs = (evaluate(agent, distribution(TASKS), lifetimes=50) for agent in (trained, loaded))
    np.testing.assert_array_equal(mine.action, theirs.action)


def test_it_learns():
    """More is paid in the end than at chance, by more than four standard errors."""
    learner = dataclasses.replace(Reinforce(TASKS), updates=150, lifetimes_per_update=128)
    state = jax.jit(lambda state: jax.lax.fori_loop(0, 150, lambda _, now: learner.step(now)[0], state))(
        learner.init(0)
    )
    earned = evaluate(learner.agent(state), distribution(TASKS), lifetimes=1000).expected_reward.mean(1)
    assert earned.mean() - 4 * earned.std() / np.sqrt(1000) > 0.5


def test_it_is_a_condition_of_an_experiment_like_any_other(tmp_path, monkeypatch):
    """Beside A2C, with controls; the output folder says which learner each was."""
    ours = Condition("lstm", "REINFORCE", Reinforce(TASKS), keep=("units",))
    a2c = A2C(TASKS, ours.learner.architecture, lifetimes=64, microbatch=16, signal="sampled")
    conditions = (ours, *controls(ours)[:1], Condition("a2c", "A2C", a2c))
    preset = Preset(conditions, (ReferencePolicy("thompson", "thompson"),), (TASKS,), 1, 20, 1)
    experiment = Experiment("seam", "A seam", "Does it hold?", "none", {"quick": preset})
    monkeypatch.setattr(pipeline, "analyse", lambda _: [])
    pipeline.run(experiment, "quick", tmp_path / "out", announce=lambda _: None)
    evidence = Evidence(tmp_path / "out")
    kinds = {name: condition["learner"]["is"] for name, condition in evidence.conditions.items()}
    assert kinds == {"lstm": "Reinforce", "no-memory": "Reinforce", "a2c": "a2c"}
    assert evidence.records("lstm")[0].lifetimes == 20
    assert evidence.kept("lstm").units.shape == (100, 8, 4)


def test_learning_on_tasks_that_the_caller_gives():
    """`step` is `learn` on the learner's own tasks; others make other weights."""
    learner = Reinforce(TASKS)
    state = learner.init(0)
    own, same = learner.step(state)[0], learner.learn(state, distribution(TASKS))[0]
    other = learner.learn(state, distribution("bandit-dependent-hard:horizon=8"))[0]
    for mine, again in zip(jax.tree.leaves(own), jax.tree.leaves(same), strict=True):
        np.testing.assert_array_equal(mine, again)
    assert any(
        not np.array_equal(a, b) for a, b in zip(jax.tree.leaves(own), jax.tree.leaves(other), strict=True)
    )


@pytest.mark.parametrize("learner", [Reinforce(TASKS), A2C(TASKS, AgentSettings(memory="lstm:units=4"))])
def test_a_training_may_begin_with_given_weights(learner):
    given = learner.agent(learner.init(7))
    assert learner.agent(learner.init(0, given)) is given
