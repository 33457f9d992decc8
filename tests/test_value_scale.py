"""Values in units of their own: the agent says what it said, and the objective is divided by their size."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from one_update import AGENT, WORLD, compiled, keys_of, learner_of, live_through, state_of
from test_ppo import ppo_of
from toy_runs import assert_same_run, interrupted

from prefrontal.actions import actions_of
from prefrontal.agents import Adapting
from prefrontal.disk.serialisation import from_json, to_json
from prefrontal.learners import A2C, PPO
from prefrontal.learners.actor_critic import ActorCriticState
from prefrontal.learners.schedules import at
from prefrontal.learners.value_scale import (
    VALUE_SCALES,
    HorizonScale,
    Moments,
    NoScale,
    PopArt,
    Scale,
    Targets,
    rescaled,
    unscaled,
)
from prefrontal.tasks import distribution
from prefrontal.training import train

UPDATE = 1
OLD, NEW = (Scale(jnp.float32(shift), jnp.float32(size)) for shift, size in ((30.0, 7.0), (45.0, 0.2)))
popart_a2c = learner_of("none", value_scale=PopArt(0.3), entropy_scale="none")


def scaled_state(learner, scale: Scale, seed: int = 0) -> ActorCriticState:
    """The state of `state_of`, with the same values in other units."""
    state = state_of(dataclasses.replace(learner, value_scale=NoScale()), UPDATE, seed)
    weights = rescaled(state.weights, Scale(jnp.float32(0.0), jnp.float32(1.0)), scale)
    return dataclasses.replace(state, weights=weights, scale=scale)


def lives_of(learner, state):
    return live_through(state.weights, keys_of(learner, state))


def test_the_outputs_are_what_they_were_when_the_units_change():
    agent = AGENT.build(WORLD.environment, WORLD.horizon, key=jax.random.key(0))
    lives = live_through(agent, jax.random.split(jax.random.key(1), 8))
    before, after = (unscaled(one, scale) for one, scale in ((agent, OLD), (rescaled(agent, OLD, NEW), NEW)))
    np.testing.assert_allclose(after.replay(lives).value, before.replay(lives).value, rtol=1e-5)
    np.testing.assert_array_equal(after.replay(lives).law.logits, agent.replay(lives).law.logits)
    assert np.std(before.replay(lives).value) > 0.5


def test_running_moments_are_means_of_all_that_was_seen_weighted_by_age():
    popart, moments, zero = PopArt(0.3), PopArt(0.3).begin(jnp.float32(0.9), 8), jnp.float32(0.0)
    seen = np.array([[5.0, 30.0], [-2.0, 8.0], [1.0, 3.0], [1.5, 4.0]])
    for count in range(1, len(seen) + 1):
        moments = popart.after(moments, Targets(*map(jnp.float32, seen[count - 1])), zero, 8)
        ages = 0.7 ** np.arange(count)[::-1]
        mean, square = (ages[:, None] * seen[:count]).sum(0) / ages.sum()
        np.testing.assert_allclose(moments.shift, mean, rtol=1e-5)
        np.testing.assert_allclose(moments.size, np.sqrt(square - mean**2), rtol=1e-5)


@pytest.mark.parametrize("discount", [0.0, 0.9, 1.0])
def test_the_horizons_size_is_the_number_of_steps_that_count(discount):
    size = HorizonScale().begin(jnp.float32(discount), 8).size
    np.testing.assert_allclose(size, sum(discount**k for k in range(8)), rtol=1e-6)


def test_the_objective_is_divided_by_the_size():
    """Every term of it, and the square of the value's errors twice; the advantages are of the same values."""
    plain = learner_of("none")
    _, expected = compiled(plain)(state_of(plain, UPDATE))
    scale = Moments(OLD.shift, OLD.size, OLD.size**2 + OLD.shift**2, jnp.int32(1))
    _, metrics = compiled(popart_a2c)(scaled_state(popart_a2c, scale))
    size = float(OLD.size)
    np.testing.assert_allclose(metrics["policy_loss"], expected["policy_loss"] / size, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(metrics["value_loss"], expected["value_loss"] / size**2, rtol=1e-3)
    np.testing.assert_allclose(metrics["entropy"], expected["entropy"], rtol=1e-5)
    cost = float(at(plain.entropy_cost, jnp.float32(UPDATE / plain.updates))) / size
    whole = metrics["policy_loss"] + 0.3 * metrics["value_loss"] - cost * metrics["entropy"]
    np.testing.assert_allclose(metrics["loss"], whole, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "learner",
    [
        popart_a2c,
        ppo_of(value_scale="popart", normalise_advantages=False),
        learner_of("none", value_scale="horizon"),
    ],
    ids=["a2c", "ppo", "horizon"],
)
def test_an_update_that_learns_nothing_leaves_values_as_they_are(learner):
    """Only the units change: to those of the targets, or of the next discount."""
    still = dataclasses.replace(learner, learning_rate=0.0)
    state = still.init(0)
    after, metrics = compiled(still)(state)
    lives = lives_of(still, state)
    assert abs(after.scale.size - state.scale.size) > 1e-3
    before, now = (still.agent(one).replay(lives) for one in (state, after))
    np.testing.assert_allclose(now.value, before.value, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(now.law.logits, before.law.logits)
    assert metrics["value_size"] == state.scale.size
    if isinstance(still.value_scale, PopArt):
        target = np.asarray(still._advantages(lives, before.value, jnp.float32(0.0)) + before.value)
        lived = target[np.asarray(lives.alive)]
        np.testing.assert_allclose(after.scale.shift, lived.mean(), rtol=2e-3)
        np.testing.assert_allclose(after.scale.size, lived.std(), rtol=2e-3)


def test_values_that_are_scaled_are_not_yet_so_where_a_training_begins_with_given_weights():
    given = popart_a2c.agent(popart_a2c.init(7))
    begun = popart_a2c.agent(popart_a2c.init(0, given))
    for one, other in zip(jax.tree.leaves(begun), jax.tree.leaves(given), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(
        ValueError, match="Adapting has no with_value, which scales its value; use value_scale"
    ):
        Adapting(given, 0.1, lambda *_: jnp.zeros(()), every=4).with_value(OLD.size, OLD.shift)


def test_a_training_with_scaled_values_is_stopped_and_goes_on_to_the_same_bits(tmp_path):
    learner = dataclasses.replace(popart_a2c, lifetimes=48)
    train(learner, 0, tmp_path / "whole")
    interrupted(learner, tmp_path / "stopped", update=3)
    train(learner, 0, tmp_path / "stopped", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")


# The cost of entropy.


@pytest.mark.parametrize("kind", ["actions", "both"])
def test_what_entropy_costs(kind):
    learner = learner_of("none", entropy_scale=kind)
    state = state_of(learner, UPDATE)
    _, metrics = compiled(learner)(state)
    factor = 1 / np.log(2)
    if kind == "both":
        lives, progress = lives_of(learner, state), jnp.float32(UPDATE / learner.updates)
        advantage = learner._advantages(lives, state.weights.replay(lives).value, progress)
        factor *= np.sqrt(np.mean(np.asarray(advantage)[np.asarray(lives.alive)] ** 2))
    cost = factor * at(learner.entropy_cost, jnp.float32(UPDATE / learner.updates))
    expected = metrics["policy_loss"] + 0.3 * metrics["value_loss"] - cost * metrics["entropy"]
    np.testing.assert_allclose(metrics["loss"], expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("tasks", "unit"),
    [("bandit-independent:arms=50", np.log(50)), ("bandit-continuous", 1.0)],
)
def test_entropy_is_measured_by_the_most_that_there_can_be(tasks, unit):
    assert actions_of(distribution(tasks).environment.action_space).entropy_unit == pytest.approx(unit)


# Files.


def test_what_is_left_at_its_default_is_not_in_files():
    written = to_json(A2C("bandit-independent"))
    assert not {"value_scale", "entropy_scale"} & set(written)
    assert A2C("bandit-independent").init(0).scale is None


@pytest.mark.parametrize("kind", [A2C, PPO])
@pytest.mark.parametrize("scale", [*VALUE_SCALES, "popart:rate=0.2"])
def test_scales_by_name_come_back_from_files(kind, scale):
    learner = kind("bandit-independent", value_scale=scale, entropy_scale="both")
    assert learner.value_scale == VALUE_SCALES.make(scale)
    assert from_json(kind, json.loads(json.dumps(to_json(learner)))) == learner


def test_a_rate_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"rate is 0(\.0)?; it must be a number from 1e-06 to 1"):
        A2C("bandit-independent", value_scale="popart:rate=0")
