"""Action masks: what is not allowed has the probability 0, in acting, in replay and in records."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from gymnasium import spaces
from masked_tasks import PAYS, Doors, DoorsWorld
from one_update import quick_jit

from prefrontal import evaluation
from prefrontal.actions import actions_of
from prefrontal.agents import Adapting, Agent, AgentSettings, Greedy, PerceptSettings
from prefrontal.disk.runs import load_agent
from prefrontal.evaluation import evaluate
from prefrontal.learners import A2C, PPO, Imitation
from prefrontal.policies import POLICIES
from prefrontal.references import reference
from prefrontal.references.exact.base import exact, exact_value
from prefrontal.rollout import live as living
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import IndependentArms
from prefrontal.tasks.bandits.bernoulli import BernoulliBandit
from prefrontal.training import train
from prefrontal.types import Lifetimes

every_world = pytest.mark.parametrize("factored", [False, True], ids=["choice", "several"])


# Lifetimes.


class Watched(Agent):
    """Keeps, as residuals, log π of the action as it was acted on."""

    agent: Agent

    def initial_memory(self):
        return self.agent.initial_memory()

    def noise(self, key):
        return self.agent.noise(key)

    def act(self, memory, percept, noise):
        after, action, residuals = self.agent.act(memory, percept, noise)
        output = self.agent.memory.step(memory, self.agent.encoder(percept))[1]
        law = self.agent.policy.law(output, percept.allowed)
        return after, action, (residuals, law.log_probability(action))


def agent_of(tasks, memory: str = "gru:units=4", percept=PerceptSettings()):
    """With large weights, so that whatever is wrong moves the law visibly."""
    built = AgentSettings(percept, memory).build(tasks.environment, tasks.horizon, key=jax.random.key(1))
    return jax.tree.map(lambda leaf: 3 * leaf, built)


@functools.cache
def lives_of(factored: bool):
    tasks = Doors(factored=factored)
    agent, keys = agent_of(tasks), lifetime_keys("train", 0, jnp.arange(40))
    drawn, lives = quick_jit(lambda agent: rollout(agent, tasks, keys, states=True))(Watched(agent))
    return agent, drawn, lives


def over_steps(tasks, drawn, states):
    """The masks of the states of whole lifetimes, (T, choices, batch)."""
    masks = jax.vmap(tasks.environment.allowed, in_axes=-1, out_axes=-1)
    return np.asarray(jax.vmap(masks, in_axes=(None, 0))(drawn, states))


@every_world
def test_a_percept_has_the_mask_of_its_own_state(factored):
    """At the start of a lifetime, at every later start of an episode, and at every step between."""
    _, drawn, lives = lives_of(factored)
    masks = over_steps(Doors(factored=factored), drawn, lives.state)
    np.testing.assert_array_equal(lives.percept.allowed, masks)
    starts = np.asarray(lives.percept.episode_start)
    assert (starts & np.asarray(lives.alive))[1:].sum() > 40
    stays = np.all(masks[1:, :3] == masks[:-1, :3], axis=1)
    assert not np.any(stays & ~starts[1:])


@every_world
def test_what_is_forbidden_is_never_done(factored):
    """By an agent that no training has told anything."""
    agent, _, lives = lives_of(factored)
    barred = jax.vmap(agent.policy.actions.barred)(lives.action, lives.percept.allowed)
    assert not np.any(barred)
    assert len(np.unique(np.asarray(lives.action).reshape(12, -1, 40)[:, 0])) == 3


@every_world
def test_replay_equals_rollout(factored):
    agent, _, lives = lives_of(factored)
    residuals, acted_on = lives.residuals
    lives = lives._replace(residuals=residuals)

    @quick_jit
    def again(agent, lives):
        return [one(lives).log_probability(lives.action) for one in (agent.replay, agent.recall)]

    assert np.ptp(acted_on) > 0.5
    assert len(np.unique(np.asarray(lives.alive).sum(0))) > 4
    for found in again(agent, lives):
        np.testing.assert_allclose(found, acted_on, rtol=1e-4, atol=5e-5)


def loss(weights, lived, _):
    return -jnp.mean(weights.replay(lived).log_probability(lived.action) * (lived.reward - 0.3))


BARE = PerceptSettings(previous_action=False, previous_reward="off")


def test_an_agent_that_adapts_replays_the_masks_too(monkeypatch):
    """With the episodes of a segment lived side by side, which changes nothing, and one after the other."""
    tasks = Doors(early=0.0, horizon=18)
    start = agent_of(tasks, "none:units=4", BARE)
    agent, keys = Adapting(start, 5.0, loss, every=6), lifetime_keys("train", 0, jnp.arange(6))

    def lives():
        return quick_jit(lambda agent: rollout(agent, tasks, keys, states=True))(agent)

    @quick_jit
    def again(agent, lives):
        """The law by `replay`, and log π of the first lifetime's actions by it and segment by segment."""
        memory, apart = agent.initial_memory(), []
        for place in (0, 6, 12):
            part = jax.tree.map(lambda leaf, place=place: leaf[place : place + 6, ..., 0], lives)
            apart.append(memory.weights.replay(part).log_probability(part.action))
            memory = agent.revise(memory, part)
        said = agent.replay(lives)
        return (
            said.law.logits,
            said.log_probability(lives.action)[:, 0],
            jnp.concatenate(apart),
            memory.weights,
        )

    drawn, ours = lives()
    monkeypatch.setattr(living, "can_be_apart", lambda *_: False)
    for name, one, other in zip(Lifetimes._fields, ours, lives()[1], strict=True):
        for mine, theirs in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-4, err_msg=name)
    np.testing.assert_array_equal(ours.percept.allowed, over_steps(tasks, drawn, ours.state))
    logits, whole, apart, weights = again(agent, ours)
    np.testing.assert_array_equal(logits > -1e8, ours.percept.allowed)
    np.testing.assert_allclose(whole, apart, atol=1e-4)
    assert np.abs(weights.policy.bias - start.policy.bias).max() > 0.05


# Evaluation.


def test_records_have_the_masked_law():
    """Greedy acts by it too, and Greedy's actions are allowed."""
    tasks = Doors(factored=True)
    records = evaluate(Greedy(agent_of(tasks)), tasks, lifetimes=40, keep=("law", "state"))
    logits, closed = records.law["logits"], records.state["closed"]
    forbidden = np.arange(3) == closed[..., None]
    assert np.all((logits[..., :3] < -1e8) == forbidden)
    np.testing.assert_array_equal(records.action[..., 0], logits[..., :3].argmax(axis=-1))
    np.testing.assert_array_equal(records.action[..., 1], logits[..., 3:].argmax(axis=-1))
    second = np.stack([closed == 0, np.zeros_like(closed, bool)], axis=-1)
    assert np.all((logits[..., 3:] < -1e8) == second)


def test_the_random_reference_draws_among_what_is_allowed():
    tasks = Doors(horizon=6)
    records = evaluate(reference("random", tasks), tasks, lifetimes=1_000, keep=("state",))
    steps = (records.action - 2 - records.state["closed"])[records.alive] % 3
    assert set(steps) == {1, 2}
    assert abs(np.mean(steps == 1) - 0.5) < 4 * 0.5 / np.sqrt(len(steps))


class Stubborn(Agent):
    """Always does the same."""

    action: jax.Array

    def initial_memory(self):
        return ()

    def act(self, memory, percept, noise):
        return memory, self.action, None


def test_who_does_what_is_forbidden_is_named():
    said = r"the action of Stubborn is 3 at step \d of lifetime \d+; allowed there are \[2, 4\]"
    with pytest.raises(ValueError, match=said):
        evaluate(Stubborn(jnp.array(3)), Doors(horizon=3), lifetimes=20)


def test_what_is_forbidden_is_named_by_choice():
    """In the lifetimes of an agent that did nothing wrong, but for one step."""
    agent, _, lives = lives_of(factored=True)
    masks = np.asarray(lives.percept.allowed)
    action = np.array(lives.action)
    time, number = np.argwhere(np.asarray(lives.alive) & (masks[:, 1] == 0))[5]
    action[time, :, number] = [1, 1]
    said = rf"is \[1 1\] at step {time} of lifetime {100 + number}; allowed there are \[\[0, 2\], \[0, 1\]\]"
    environment = Doors(factored=True).environment
    evaluation._check_actions(agent, environment, lives, 100)
    with pytest.raises(ValueError, match=said):
        evaluation._check_actions(agent, environment, lives._replace(action=jnp.array(action)), 100)


def test_a_state_in_which_nothing_is_allowed_is_named():
    agent, _, lives = lives_of(factored=False)
    masks = lives.percept._replace(allowed=lives.percept.allowed.at[1, :, 2].set(False))
    said = r"DoorsWorld.allowed allows nothing at step 1 of lifetime 2; of every"
    with pytest.raises(ValueError, match=said):
        evaluation._check_actions(agent, Doors().environment, lives._replace(percept=masks), 0)


def test_a_step_by_hand_is_checked():
    tasks = Doors()
    world, task, key = tasks.environment, tasks.sample(jax.random.key(0)), jax.random.key(1)
    state, _ = world.reset(key, task)
    state = state._replace(closed=jnp.array(1))
    world.step(key, task, state, jnp.array(2))
    with pytest.raises(ValueError, match=r"the action is 3; allowed in this state are \[2, 4\]"):
        world.step(key, task, state, jnp.array(3))
    with pytest.raises(ValueError, match="allowed allows nothing in this state"):
        world.step(key, task._replace(shut=jnp.array(True)), state._replace(steps=1), jnp.array(2))
    jax.jit(world.step)(key, task, state, jnp.array(3))  # compiled, no value is known


@dataclasses.dataclass(frozen=True)
class Wrong(DoorsWorld):
    mask: str = ""
    box: bool = False

    @property
    def action_space(self):
        return spaces.Box(-1.0, 1.0, ()) if self.box else super().action_space

    def door(self, action):
        return jnp.array(0)

    def allowed(self, task, state):
        return {"ints": jnp.ones(3, jnp.int32), "short": np.ones(2, bool), "list": [True, False, True]}[
            self.mask
        ]


@dataclasses.dataclass(frozen=True)
class WrongDoors(Doors):
    mask: str = ""
    box: bool = False

    @property
    def environment(self):
        return Wrong(mask=self.mask, box=self.box)


@pytest.mark.parametrize(
    ("mask", "box", "said"),
    [
        (
            "ints",
            False,
            r"int32 of shape \(3,\); .*Discrete\(3, start=2\), so it must return bools of shape \(3,\)",
        ),
        ("short", False, r"bool of shape \(2,\); action_space is"),
        ("list", True, r"a list .*, but action_space is Box.*: real numbers cannot be masked"),
    ],
)
def test_a_mask_of_the_wrong_form_is_named(mask, box, said):
    tasks = WrongDoors(mask=mask, box=box)
    agent = AgentSettings(memory="none:units=2").build(tasks.environment, 3, key=jax.random.key(0))
    with pytest.raises(ValueError, match=rf"^Wrong.allowed returned {said}"):
        jax.eval_shape(lambda keys: rollout(agent, tasks, keys), lifetime_keys("train", 0, jnp.arange(2)))


def test_a_list_of_bools_is_a_mask():
    tasks = WrongDoors(mask="list")
    agent = AgentSettings(memory="none:units=2").build(tasks.environment, 3, key=jax.random.key(0))
    keys = lifetime_keys("train", 0, jnp.arange(2))
    _, lives = jax.eval_shape(lambda keys: rollout(agent, tasks, keys), keys)
    assert lives.percept.allowed.shape == (12, 3, 2)


def test_a_head_that_knows_no_masks_acts_without_them_and_is_named_with_them():
    head = POLICIES.make("auto").build(actions_of(Doors().environment.action_space), 2, key=jax.random.key(0))

    class Plain(type(head)):
        def law(self, output):
            return super().law(output)

        def choose(self, output, noise):
            return super().choose(output, noise)

    agent = dataclasses.replace(
        agent_of(Doors(), "none:units=2"), policy=Plain(head.weights, head.bias, head.actions)
    )
    keys = lifetime_keys("train", 0, jnp.arange(2))
    with pytest.raises(ValueError, match=r"Plain.choose\(.*\) cannot be called with 3 arguments"):
        jax.eval_shape(lambda keys: rollout(agent, Doors(), keys), keys)
    _, lives = jax.eval_shape(lambda keys: rollout(agent, Unmasked(), keys), keys)
    assert lives.percept.allowed is None


class UnmaskedWorld(DoorsWorld):
    def allowed(self, task, state):
        return None


class Unmasked(Doors):
    @property
    def environment(self):
        return UnmaskedWorld()


# Training.

BLIND = AgentSettings(PerceptSettings(False, False, "off", False), "none:units=2")


def test_a2c_learns_the_order_of_the_doors_and_is_saved_as_ever(tmp_path):
    """The best is known: the best door, or where it is closed the second. A mask has no weights."""
    tasks = Doors(horizon=4)
    learner = A2C(tasks, BLIND, lifetimes=8_000, microbatch=50, microbatches=1, learning_rate=0.1)
    agent = train(learner, 0, tmp_path)
    records = evaluate(Greedy(agent), tasks, lifetimes=500, keep=("state",))
    np.testing.assert_allclose(records.expected_reward, records.oracle_reward)
    best = np.where(records.state["closed"] == 0, PAYS[1], PAYS[0])
    np.testing.assert_allclose(records.expected_reward[records.alive], best[records.alive])
    loaded = load_agent(tmp_path, like=learner.agent(learner.init(0)))
    unmasked = A2C(Unmasked(4), BLIND).init(0).weights
    jax.tree.map(np.testing.assert_array_equal, loaded, agent)
    assert jax.tree.structure(unmasked) == jax.tree.structure(agent)


def test_ppos_ratios_are_1_until_the_weights_change():
    """Also in tasks where sometimes nothing is allowed: nothing becomes NaN."""
    tasks = Doors(horizon=5, factored=True, shut=0.3)
    architecture = AgentSettings(memory="none:units=4")
    learner = PPO(
        tasks, architecture, microbatch=8, microbatches=1, minibatches=1, epochs=1, clip=0.0, entropy_cost=0.1
    )
    state, metrics = quick_jit(lambda: learner.learn(learner.init(0), tasks))()
    assert metrics["clipped"] == 0.0
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves((state.weights, metrics)))


def test_a_teacher_that_ignores_masks_teaches_where_it_may():
    tasks = Doors(horizon=4, early=0.0, hazard=0.0)
    learner = Imitation(tasks, BLIND, microbatch=30, microbatches=1, teacher="greedy")
    metrics = quick_jit(lambda: learner.learn(learner.init(0), tasks)[1])()
    assert 0.1 < metrics["untaught"] < 0.6
    assert metrics["imitation_loss"] < 10


class HalfClosed(BernoulliBandit):
    def allowed(self, task, state):
        return jnp.array([True, False])


class HalfClosedArms(IndependentArms):
    @property
    def environment(self):
        return HalfClosed(2)


def test_values_that_are_known_without_a_mask_are_not_taken_for_those_with_it():
    open_, closed = IndependentArms(horizon=5), HalfClosedArms(horizon=5)
    for name in ("random", "bayes-optimal", "thompson"):
        assert exact(name, open_) is not None
        assert exact(name, closed) is None
        assert exact_value(reference(name, open_), closed) is None
