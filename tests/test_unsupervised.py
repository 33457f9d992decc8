"""Tasks that a discriminator proposes: what they pay, and that they are what their settings say, anywhere."""

import dataclasses
import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.agents import AgentSettings
from prefrontal.agents.skilled import BestSkill, Skilled
from prefrontal.disk.serialisation import from_json, to_json
from prefrontal.errors import UserError
from prefrontal.experiments.base import Condition
from prefrontal.growth.unsupervised import (
    LearntDiscriminator,
    ProposedTasks,
    RandomDiscriminator,
    learnt,
)
from prefrontal.learners import A2C, DIAYN, MAML
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import BoxWorld, SkillTask, TaskDistribution, distribution
from prefrontal.training import train

SKILLS = "skills-box:length=5,horizon=5,skills=3"
SMALL = DIAYN(SKILLS, lifetimes=32, microbatch=4, microbatches=2, minibatches=2, epochs=1, widths=(8,))
RANDOM = ProposedTasks(skills=SKILLS, by=RandomDiscriminator(4, gain=2.0), episodes=2)
LEARNT = ProposedTasks(skills=SKILLS, by=LearntDiscriminator(4, learner=SMALL), episodes=2)
KEY = jax.random.key(0)


def same(one, other) -> bool:
    return all(map(np.array_equal, jax.tree.leaves(one), jax.tree.leaves(other)))


def weights_of(tasks: ProposedTasks):
    return tasks.environment.by.discriminator(tasks.process)


@pytest.mark.parametrize("tasks", [RANDOM, LEARNT], ids=["random", "learnt"])
def test_a_move_pays_what_the_discriminator_says_of_the_place_that_it_leads_to(tasks):
    world, process = tasks.environment, BoxWorld(5, 3)
    state = process.begun(KEY)._replace(position=jnp.array([0.3, -0.2], jnp.float32))
    for skill in range(3):
        task = SkillTask(jnp.eye(3, dtype=jnp.float32)[skill])
        step = world.step(KEY, task, state, jnp.array([0.1, 0.05], jnp.float32))
        np.testing.assert_allclose(step.observation, [0.4, -0.15], atol=1e-6)
        said = weights_of(tasks)(jnp.array([0.4, -0.15], jnp.float32))
        np.testing.assert_allclose(step.reward, said[skill], rtol=1e-5)
        assert step.reward < 0


def test_two_skills_at_once_pay_half_of_each():
    task = SkillTask(jnp.array([0.5, 0.5, 0.0], jnp.float32))
    state, _ = RANDOM.environment.reset(KEY, task)
    step = RANDOM.environment.step(KEY, task, state, jnp.zeros(2, jnp.float32))
    np.testing.assert_allclose(step.reward, weights_of(RANDOM)(jnp.zeros(2))[:2].mean(), rtol=1e-5)
    drawn = RANDOM.outside().sample(KEY)
    assert sorted(np.asarray(drawn.skill)) == [0.0, 0.5, 0.5]


def test_the_agent_sees_what_the_process_shows_and_no_skill():
    assert RANDOM.environment.observation_space.shape == (2,)
    starts = [RANDOM.environment.reset(KEY, RANDOM.sample(key))[1] for key in jax.random.split(KEY, 5)]
    assert all(np.array_equal(start, np.zeros(2)) for start in starts)


def test_a_random_discriminator_is_its_seed_and_its_gain():
    again = dataclasses.replace(RANDOM, by=RandomDiscriminator(4, gain=2.0))
    assert again == RANDOM
    assert hash(again) == hash(RANDOM)
    assert same(RandomDiscriminator(4, 2.0).build(RANDOM.process), weights_of(RANDOM))
    other = dataclasses.replace(RANDOM, by=RandomDiscriminator(5, gain=2.0))
    assert other != RANDOM
    assert not same(weights_of(other), weights_of(RANDOM))
    twice = RandomDiscriminator(4, 4.0).build(RANDOM.process)
    for one, double in zip(weights_of(RANDOM).layers, twice.layers, strict=True):
        np.testing.assert_allclose(double.weights, 2 * one.weights)


def test_gain_makes_places_differ_more():
    places = jnp.stack(jnp.meshgrid(*[jnp.linspace(-1, 1, 9)] * 2)).reshape(2, -1)
    spread = [
        float(jnp.std(RandomDiscriminator(0, gain).build(RANDOM.process)(places), axis=1).mean())
        for gain in (1.0, 3.0)
    ]
    assert spread[1] > 5 * spread[0]


def test_a_learnt_discriminator_is_that_of_the_same_training(tmp_path):
    """Trained in memory, or with a folder: the same weights. Another seed gives others."""
    trained = train(SMALL, 4, tmp_path / "run")
    assert isinstance(trained, Skilled)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6),
        trained.discriminator,
        weights_of(LEARNT),
    )
    begun = SMALL.agent(SMALL.init(4)).discriminator
    assert not same(begun, weights_of(LEARNT))
    assert not same(learnt(SMALL, 5).discriminator, weights_of(LEARNT))


@pytest.mark.parametrize("seed", [21, 22])
def test_it_can_be_made_while_a_program_is_traced(seed):
    """Nothing of the tracing stays in it: it is as good afterwards."""
    tasks = [dataclasses.replace(one, by=dataclasses.replace(one.by, seed=seed)) for one in (RANDOM, LEARNT)]
    for one in tasks:
        world, task = one.environment, SkillTask(jnp.eye(3, dtype=jnp.float32)[0])
        state = world.process.begun(KEY)
        move = lambda state, world=world, task=task: world.transition((), task, state, jnp.zeros(2)).reward  # noqa: E731
        traced = jax.jit(move)(state)
        np.testing.assert_allclose(traced, move(state), rtol=1e-5)
        assert not any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(weights_of(one)))


@pytest.mark.parametrize("tasks", [RANDOM, LEARNT], ids=["random", "learnt"])
def test_files_keep_them_whole(tasks):
    written = json.loads(json.dumps(to_json(tasks)))
    assert from_json(TaskDistribution, written) == tasks


def test_a_training_of_an_experiment_has_a_discriminator_of_its_own():
    tasks = dataclasses.replace(LEARNT, by=LearntDiscriminator(None, learner=SMALL))
    learner = MAML(tasks, lifetimes=4, microbatch=2, trajectories=1, baseline="linear")
    condition = Condition("maml", "MAML", learner)
    for seed in (3, 7):
        assert condition.learner_of(seed).tasks == dataclasses.replace(
            LEARNT, by=LearntDiscriminator(seed, learner=SMALL)
        )
    fixed = Condition("maml", "MAML", dataclasses.replace(learner, tasks=LEARNT))
    assert fixed.learner_of(3) is fixed.learner
    with pytest.raises(UserError, match=r"seed of LearntDiscriminator is None.*whole number"):
        weights_of(tasks)


def test_a_run_of_them_is_saved_and_resumed(tmp_path):
    """The discriminator is first needed while an update is traced, on a mesh of devices."""
    tasks = dataclasses.replace(LEARNT, by=dataclasses.replace(LEARNT.by, seed=23))
    learner = A2C(tasks, AgentSettings(memory="none:units=4"), lifetimes=2, microbatch=1, microbatches=1)
    trained = train(learner, 0, tmp_path / "run")
    again = train(learner, 0, tmp_path / "run", resume=True)
    assert same(eqx.filter(trained, eqx.is_array), eqx.filter(again, eqx.is_array))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"by": "rendom"}, "discriminator.*rendom.*random"),
        (
            {"by": RandomDiscriminator(gain=1.0), "skills": "navigation", "episodes": 2},
            "navigation.*no skill",
        ),
        ({"horizon": 0}, "horizon is 0"),
    ],
)
def test_tasks_that_cannot_be_are_refused(fields, said):
    with pytest.raises(ValueError, match=said):
        ProposedTasks(**fields)


def test_discriminators_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="gain is -1"):
        RandomDiscriminator(gain=-1.0)
    with pytest.raises(ValueError, match="features is"):
        RandomDiscriminator(features=())
    with pytest.raises(ValueError, match="each of features is 2"):
        RandomDiscriminator(features=(2,)).discriminator(BoxWorld())
    with pytest.raises(ValueError, match="learner is MAML"):
        LearntDiscriminator(learner=MAML("navigation:episodes=40"))
    other = LearntDiscriminator(4, learner=SMALL)
    with pytest.raises(ValueError, match=r"3 skills.*8"):
        other.discriminator(BoxWorld())


def test_an_agent_that_is_told_no_skill_tries_each_and_keeps_the_best():
    """With next to no spread, each skill is a way of its own. After three, it takes the best."""
    skilled = SMALL.agent(SMALL.init(1))
    still = eqx.tree_at(lambda one: one.agent.policy.log_spread, skilled, replace_fn=lambda old: old - 30.0)
    tasks, keys = distribution("box-goals:episodes=8,length=5"), lifetime_keys("train", 0, jnp.arange(30))
    _, lived = jax.jit(lambda: rollout(still.untold(5), tasks, keys))()
    ways = np.asarray(lived.action).reshape(8, 5, 2, 30)
    earned = np.asarray(lived.reward).reshape(8, 5, 30).sum(axis=1)
    best = earned[:3].argmax(axis=0)
    assert set(best) == {0, 1, 2}
    assert all(np.abs(ways[a] - ways[b]).max() > 1e-5 for a, b in ((0, 1), (0, 2), (1, 2)))
    for episode in range(3, 8):
        np.testing.assert_allclose(
            ways[episode], ways[best, :, :, np.arange(30)].transpose(1, 2, 0), atol=1e-8
        )


def test_an_agent_that_tries_skills_is_one_that_knows_some():
    with pytest.raises(ValueError, match=r"agent is .*must be a Skilled"):
        BestSkill(SMALL.agent(SMALL.init(1)).agent, 5)
    with pytest.raises(ValueError, match="every is 0"):
        SMALL.agent(SMALL.init(1)).untold(0)


def test_goals_in_a_box_move_as_in_the_box_where_skills_are_learnt():
    ours, process = distribution("box-goals").environment, BoxWorld()
    task = distribution("box-goals").sample(KEY)
    here, there = ours.reset(KEY, task)[0], process.begun(KEY)
    for number in range(40):
        action = 0.1 * jax.random.normal(jax.random.fold_in(KEY, number // 8), (2,))
        action = jnp.clip(action, -0.1, 0.1)
        here, there = ours.after(task, here, action), process.after(there, action)
        np.testing.assert_allclose(here.position, there.position, atol=1e-6)
    assert np.abs(here.position).max() <= 1.0
