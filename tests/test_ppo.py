"""PPO against an update written out minibatch by minibatch, against A2C, and where it must learn."""

import dataclasses
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from gymnasium import spaces
from one_update import (
    AGENT,
    WORLD,
    compiled,
    gradient,
    keys_of,
    learner_of,
    live_through,
    memory_of,
    quick_jit,
    state_of,
)
from toy_runs import assert_same_run, interrupted
from toy_tasks import Corridor, CorridorWorld

from prefrontal.agents import AgentSettings
from prefrontal.evaluation import evaluate
from prefrontal.learners.ppo import PPO
from prefrontal.learners.schedules import Linear
from prefrontal.memory import MEMORIES
from prefrontal.streams import update_key
from prefrontal.tasks import distribution
from prefrontal.training import compiled as program_of
from prefrontal.training import train

UPDATE, UPDATES = 1, 2
LEARNER = PPO(
    WORLD,
    AGENT,
    lifetimes=32,
    microbatch=4,
    microbatches=4,
    discount=Linear(0.6, 0.9),
    trace_decay=0.7,
    value_cost=0.3,
    entropy_cost=Linear(0.5, 0.1),
    learning_rate=Linear(4e-2, 0.0),
    max_gradient_norm=0.05,
    epochs=3,
    minibatches=2,
    clip=Linear(0.2, 0.05),
)
# One pass over everything at once, as A2C does; and the same in two halves, on one device and on two.
ONCE = {"epochs": 1, "minibatches": 1, "normalise_advantages": False, "max_gradient_norm": 1e9}


def ppo_of(memory: str = "none", **changes) -> PPO:
    return dataclasses.replace(
        LEARNER, architecture=dataclasses.replace(AGENT, memory=memory_of(memory, 4)), **changes
    )


@dataclasses.dataclass(frozen=True)
class Levers(CorridorWorld):
    """The corridor, walked by the first of two levers, which are numbers."""

    @property
    def action_space(self):
        return spaces.Box(-1.0, 1.0, (2,), np.float32)

    def transition(self, noise, task, state, action):
        return super().transition(noise, task, state, (action[0] > 0).astype(jnp.int32))

    def expected_reward(self, task, state, action):
        return jnp.where((action if action.ndim == 0 else action[0] > 0) == task.good, 0.8, 0.2)


class LeverCorridor(Corridor):
    @property
    def environment(self):
        return Levers()


def flat(tree) -> np.ndarray:
    return np.concatenate([np.asarray(leaf, np.float64).ravel() for leaf in jax.tree.leaves(tree)])


# The first minibatch.


def step_in_earnest(learner: PPO, state):
    """By a program as fast as a training's."""
    jax.config.update("jax_disable_most_optimizations", False)
    try:
        return jax.jit(learner.step)(state)
    finally:
        jax.config.update("jax_disable_most_optimizations", True)


@pytest.mark.parametrize(
    "tasks", [WORLD, LeverCorridor(WORLD.horizon, WORLD.most_hazard)], ids=["choice", "box"]
)
@pytest.mark.parametrize("memory", MEMORIES)
def test_every_ratio_of_the_first_minibatch_is_exactly_one(memory, tasks):
    """With no room at all for a ratio, one that differs in the last bit is counted as clipped.

    That of an LSTM is made as fast as a training's, for then operations are moved about.
    """
    learner = ppo_of(memory, tasks=tasks, epochs=1, minibatches=1, clip=0.0)
    state = state_of(learner, UPDATE)
    _, metrics = step_in_earnest(learner, state) if memory == "lstm" else compiled(learner)(state)
    assert metrics["clipped"] == 0.0
    assert metrics["minibatches"] == 1.0
    lengths = live_through(state.weights, keys_of(learner, state)).alive.sum(0) if tasks is WORLD else [2, 8]
    assert min(lengths) < max(lengths) == WORLD.horizon


def test_ratios_after_the_first_minibatch_are_not():
    learner = ppo_of("none", epochs=1, minibatches=2, clip=0.0)
    _, metrics = compiled(learner)(state_of(learner, UPDATE))
    assert metrics["clipped"] == 0.5  # none of the first half, all of the second


@pytest.mark.parametrize("memory", ["lstm", "none"])
def test_one_pass_over_everything_at_once_is_a_step_of_a2c(memory):
    """The gradient, the weights that it leads to, and the value's part of it, with the same advantages."""
    ours = ppo_of(memory, **ONCE)
    theirs = learner_of(memory, microbatch=4, microbatches=4, learning_rate=ours.learning_rate)
    state = state_of(theirs, UPDATE)
    np.testing.assert_allclose(
        flat(gradient(ours, state)), flat(gradient(theirs, state)), rtol=2e-4, atol=2e-6
    )
    (one, ours_said), (other, theirs_said) = compiled(ours)(state), compiled(theirs)(state)
    np.testing.assert_allclose(flat(one.weights), flat(other.weights), rtol=1e-3, atol=1e-3)
    for name in ("value_loss", "entropy", "return", "regret", "gradient_norm"):
        np.testing.assert_allclose(ours_said[name], theirs_said[name], rtol=1e-4, err_msg=name)


# The whole update, written out.


def line(schedule, update: int = UPDATE) -> float:
    return schedule.start + (schedule.end - schedule.start) * update / UPDATES


def advantages(lives, values: np.ndarray, discount: float, trace_decay: float) -> np.ndarray:
    """Σₖ (γλ)ᵏ δₜ₊ₖ up to the end of each lifetime, and no further."""
    found = np.zeros_like(values)
    for k, length in enumerate(np.asarray(lives.alive).sum(0)):
        following = np.append(values[1:length, k], 0.0)
        errors = np.asarray(lives.reward)[:length, k] + discount * following - values[:length, k]
        for t in range(length):
            found[t, k] = sum((discount * trace_decay) ** (s - t) * errors[s] for s in range(t, length))
    return found


@quick_jit
def heads(agent, lives):
    said = agent.replay(lives)
    return jax.nn.log_softmax(said.law.logits, axis=1), said.value


def taken(log_policy, action):
    return jnp.take_along_axis(log_policy, action[:, None], 1)[:, 0]


@quick_jit
def slope(agent, lives, before, value_before, advantage, target, clip, entropy_cost, value_clip):
    def loss(agent):
        said = agent.replay(lives)
        log_policy, value = jax.nn.log_softmax(said.law.logits, axis=1), said.value
        ratio = jnp.exp(taken(log_policy, lives.action) - before)
        step = jnp.minimum(ratio * advantage, jnp.clip(ratio, 1 - clip, 1 + clip) * advantage)
        near = value_before + jnp.clip(value - value_before, -value_clip, value_clip)
        errors = jnp.maximum((target - value) ** 2, (target - near) ** 2)
        entropy = -jnp.sum(jnp.exp(log_policy) * log_policy, axis=1)
        return -jnp.mean(jnp.where(lives.alive, step - 0.3 * errors / 2 + entropy_cost * entropy, 0.0))

    return jax.grad(loss)(agent)


class Adam:
    """Kingma & Ba 2015, algorithm 1, of a gradient whose norm is cut."""

    first = second = steps = 0

    def direction(self, g, most):
        g = g * min(1.0, most / np.linalg.norm(g))
        self.steps += 1
        self.first = 0.9 * self.first + 0.1 * g
        self.second = 0.999 * self.second + 0.001 * g**2
        return self.first / (1 - 0.9**self.steps) / (np.sqrt(self.second / (1 - 0.999**self.steps)) + 1e-8)


def by_hand(learner: PPO, state) -> tuple[np.ndarray, list[float]]:
    """The weights after an update, and how far each minibatch found the law from where it was."""
    lives = live_through(state.weights, keys_of(learner, state))
    log_policy, values = heads(state.weights, lives)
    before, values = taken(log_policy, lives.action), np.asarray(values, np.float64)
    advantage = advantages(lives, values, line(learner.discount), learner.trace_decay)
    target, agent, adam, far = advantage + values, state.weights, Adam(), []
    for turn in range(learner.minibatches, (learner.epochs + 1) * learner.minibatches):
        parts, apart, total = columns_of(learner, state, turn), [], 0.0
        for chosen in parts:
            part = jax.tree.map(lambda leaf, chosen=chosen: leaf[..., chosen], lives)
            alive, now = np.asarray(part.alive), heads(agent, part)[0]
            kl = jnp.sum(jnp.exp(log_policy[..., chosen]) * (log_policy[..., chosen] - now), axis=1)
            apart.append(np.asarray(kl)[alive].mean())
            one = advantage[:, chosen]
            one = (one - one[alive].mean()) / one[alive].std()
            given = (before[:, chosen], values[:, chosen], np.where(alive, one, 0.0), target[:, chosen])
            given = [np.asarray(x, np.float32) for x in given]
            costs = np.float32(line(learner.clip)), np.float32(line(learner.entropy_cost))
            total = total + flat(slope(agent, part, *given, *costs, learner.value_clip or np.inf)) / len(
                parts
            )
        far.append(float(np.mean(apart)))
        if learner.divergence_limit is not None and far[-1] > learner.divergence_limit:
            break
        step = line(learner.learning_rate) * adam.direction(total, learner.max_gradient_norm)
        agent = moved(agent, step)
    return flat(agent), far


def columns_of(learner: PPO, state, turn: int) -> list[np.ndarray]:
    """The lifetimes of a minibatch, micro-batch by micro-batch."""
    lanes = learner.microbatches // learner.minibatches
    shuffles = jax.random.split(update_key(int(state.seed), state.update), lanes)
    places = np.asarray(learner._places(shuffles, jnp.int32(turn)))
    return [places[lane] + lane * learner.minibatches * learner.microbatch for lane in range(lanes)]


def moved(agent, step: np.ndarray):
    leaves, structure = jax.tree.flatten(agent)
    cuts = np.split(step, np.cumsum([leaf.size for leaf in leaves])[:-1])
    pairs = zip(leaves, cuts, strict=True)
    return jax.tree.unflatten(
        structure, [leaf - cut.reshape(leaf.shape).astype(np.float32) for leaf, cut in pairs]
    )


def check_update(learner: PPO, state) -> dict[str, float]:
    after, metrics = compiled(learner)(state)
    weights, far = by_hand(learner, state)
    moved_by = np.abs(weights - flat(state.weights)).max()
    np.testing.assert_allclose(flat(after.weights), weights, atol=0.02 * moved_by)
    np.testing.assert_allclose(metrics["divergence"], np.mean(far), rtol=0.02)
    return metrics


@pytest.mark.parametrize(("memory", "changes"), [("lstm", {}), ("none", {"value_clip": 0.05})])
def test_an_update_is_the_one_written_out(memory, changes):
    learner = ppo_of(memory, **changes)
    assert learner.updates == UPDATES
    assert check_update(learner, state_of(learner, UPDATE))["minibatches"] == 6


def test_the_rest_of_an_update_is_left_undone_once_the_law_is_far_from_where_it_was():
    learner = ppo_of()
    state = state_of(learner, UPDATE)
    far = by_hand(learner, state)[1]
    limit = 1.01 * max(far[:3])
    stops = next(number for number, one in enumerate(far) if one > limit)
    metrics = check_update(dataclasses.replace(learner, divergence_limit=limit), state)
    assert metrics["minibatches"] == stops < 6


def test_every_epoch_goes_through_every_lifetime_once_in_an_order_of_its_own():
    learner = ppo_of()
    state = state_of(learner, UPDATE)
    epochs = [
        np.concatenate([np.concatenate(columns_of(learner, state, 2 * epoch + half)) for half in range(2)])
        for epoch in range(4)
    ]
    for order in epochs:
        assert sorted(order) == list(range(16))
    np.testing.assert_array_equal(epochs[0], epochs[1])  # what is noted down first is learnt from first
    assert len({tuple(order) for order in epochs}) == 3


def test_two_devices_do_what_one_does():
    one, two = ppo_of(), ppo_of(devices=2)
    assert one.on(2) == two
    assert ppo_of(microbatches=2).on(2).devices == 1
    state = state_of(one, UPDATE)
    (ours, said), (theirs, expected) = compiled(two)(state), compiled(one)(state)
    for name in expected:
        np.testing.assert_allclose(said[name], expected[name], rtol=1e-3, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(flat(ours.weights), flat(theirs.weights), atol=1e-3)


def test_it_is_stopped_and_goes_on_to_the_same_bits(tmp_path):
    learner = ppo_of(lifetimes=80)
    train(learner, 0, tmp_path / "whole")
    interrupted(learner, tmp_path / "stopped", update=2)
    train(learner, 0, tmp_path / "stopped", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")


def test_it_learns_which_of_two_arms_pays():
    """Regret after 10,000 lifetimes of 20 pulls: about 1.1 on seeds 100 to 102, and 8 at chance."""
    tasks = distribution("bandit-dependent-easy:horizon=20")
    learner = PPO(
        tasks, AgentSettings(memory="lstm:units=8"), lifetimes=10_000, microbatches=4, learning_rate=1e-2
    )
    chunk = program_of(learner)(learner.init(0), learner.updates)
    regret = evaluate(learner.agent(chunk.state), tasks, lifetimes=1000).regret[:, -1]
    assert regret.mean() < 2.0


# Errors.


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("epochs", 0, "it must be a whole number, at least 1"),
        ("epochs", 2000, "it must be a whole number, from 1 to 1000"),
        ("minibatches", 0, "it must be a whole number, at least 1"),
        ("clip", -0.1, "it must be a number from 0 to 1e+06"),
        ("value_clip", 0, "it must be a number at least 1e-06"),
        ("divergence_limit", -1.0, "it must be a number at least 1e-06"),
        ("discount", 1.01, "it must be a number from 0 to 1"),
    ],
)
def test_a_setting_out_of_range_is_named_with_its_value_and_the_rule(field, value, rule, unchecked):
    with pytest.raises(ValueError, match=re.escape(f"{field} is {value!r}; {rule}")):
        unchecked(PPO.__init__)(object.__new__(PPO), WORLD, **{field: value})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"microbatches": 3}, "microbatches is 3; it must be a multiple of minibatches, 2"),
        (
            {"microbatches": 6, "devices": 2},
            "must be a multiple of minibatches times the number of devices, 4",
        ),
    ],
)
def test_minibatches_that_cannot_be_dealt_out_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        ppo_of(**changes)


def test_updates_follow_each_other_in_a_program_of_the_callers_own():
    # The second call is compiled anew: its state has come out of a program, and says where it lies.
    step, state = jax.jit(LEARNER.step), LEARNER.init(0)
    for _ in range(2):
        state, _ = step(state)
    assert int(state.update) == 2
