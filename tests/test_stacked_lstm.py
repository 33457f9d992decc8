"""The stacked LSTM: who is fed what, its units, its settings. The rest is in the tests of all memories."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from one_update import quick_jit

from prefrontal.agents import AgentSettings
from prefrontal.evaluation import evaluate
from prefrontal.memory import LSTM, MEMORIES, LSTMSettings, NoMemorySettings, Parts, StackedLSTMSettings
from prefrontal.tasks import TwoStep

KEY = jax.random.key(0)
PARTS = Parts(observation=2, previous_action=3, previous_reward=1, time=1, episode_start=1)
PLACES = {
    "observation": [0, 1],
    "previous_action": [2, 3, 4],
    "previous_reward": [5],
    "time": [6],
    "episode_start": [7],
}
STEPS = 5


def a_memory(parts: Parts = PARTS):
    return StackedLSTMSettings((4, 6)).build(parts, STEPS, key=KEY)


def inputs_of(*batch: int):
    return jax.random.normal(jax.random.key(1), (STEPS, 8, *batch))


def stepping(model, inputs):
    def step(state, x):
        state, output, residuals = model.step(state, x)
        return state, (output, residuals)

    return jax.lax.scan(step, model.initial(inputs.shape[2:]), inputs)[1]


def test_it_is_one_lstm_upon_another():
    """The first sees all but the action, the second the first, the observation and the action."""
    model, inputs = a_memory(), inputs_of(3)
    to_first = np.asarray(inputs)[:, [0, 1, 5, 6, 7]]
    between, _ = stepping(model.first, to_first)
    to_second = np.concatenate([between, np.asarray(inputs)[:, [0, 1, 2, 3, 4]]], 1)
    expected, _ = stepping(model.second, to_second)
    np.testing.assert_allclose(stepping(model, inputs)[0], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("part", PLACES)
def test_the_action_alone_is_kept_from_the_first_layer(part):
    """And nothing is kept from the second: reward and time come to it by way of the first."""
    model, inputs = a_memory(), inputs_of()
    changed = inputs.at[1, jnp.array(PLACES[part])].add(1.0)
    differs = np.any(model.units(stepping(model, inputs)[1]) != model.units(stepping(model, changed)[1]), 0)
    assert np.all(differs[4:])
    assert np.all(differs[:4] == (part != "previous_action"))


@pytest.mark.parametrize("batch", [(), (3,)])
@pytest.mark.parametrize("way", ["unroll", "recall"])
def test_the_gradient_is_that_of_autodiff(way, batch):
    """By weights of both layers and by inputs, in double precision."""
    with jax.enable_x64(True):
        model, inputs = jax.tree.map(lambda one: one.astype(jnp.float64), a_memory()), inputs_of(*batch)
        matters = jax.random.normal(jax.random.key(2), (STEPS, 6, *batch))
        _, residuals = stepping(model, inputs)

        def by_hand(model, inputs):
            outputs = model.unroll(inputs) if way == "unroll" else model.recall(inputs, residuals)
            return jnp.sum(matters * jnp.sin(outputs))

        def plain(model, inputs):
            return jnp.sum(matters * jnp.sin(stepping(model, inputs)[0]))

        got, expected = (
            quick_jit(jax.grad(loss, argnums=(0, 1)))(model, inputs) for loss in (by_hand, plain)
        )
        for ours, theirs in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
            assert np.abs(theirs).max() > 0
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_parts_that_are_off_leave_what_is_left():
    few = Parts(previous_action=2)
    model = a_memory(few)
    assert model.first.weights.shape == (16, 4)
    assert model.second.weights.shape == (24, 4 + 2 + 6)
    assert np.all(np.isfinite(model.unroll(jnp.ones((3, 2)))))


def test_the_recorded_units_are_those_of_both_layers():
    model, inputs = a_memory(), inputs_of(3)
    outputs, residuals = stepping(model, inputs)
    units = model.units(residuals)
    assert units.shape == (STEPS, 10, 3)
    np.testing.assert_array_equal(units[:, 4:], outputs)
    np.testing.assert_array_equal(units[:, :4], residuals.first.hidden)


def test_records_of_an_agent_hold_both_layers():
    tasks = TwoStep(horizon=4)
    settings = AgentSettings(memory=StackedLSTMSettings((4, 6)))
    agent = settings.build(tasks.environment, tasks.horizon, key=KEY)
    assert agent.policy.weights.shape[1] == 6
    records = evaluate(agent, tasks, lifetimes=3, keep=("units", "value"))
    assert records.units is not None
    assert records.units.shape == (3, 4, 10)


def test_weights_from_the_layer_below_are_as_small_as_recurrent_ones():
    model = LSTM(200 + 30, 50, key=KEY, from_units=200)
    for columns, variance in ((slice(200), 1 / 200), (slice(200, 230), 1.0), (slice(230, None), 1 / 50)):
        part = np.asarray(model.weights)[:, columns] / np.sqrt(variance)
        assert abs(part.std() - 1) < 4 / np.sqrt(2 * part.size)


def test_the_two_layers_do_not_share_a_key():
    model = a_memory()
    assert not np.isin(np.asarray(model.first.weights), np.asarray(model.second.weights)).any()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: StackedLSTMSettings(48),
            "units is 48, but 'stacked-lstm' has two layers: it must be two whole numbers",
        ),
        (
            lambda: StackedLSTMSettings((1, 2, 3)),
            r"units is \(1, 2, 3\), but 'stacked-lstm' has two layers",
        ),
        (lambda: StackedLSTMSettings((4, 0)), "units is 0; it must be a whole number, at least 1"),
        (lambda: LSTMSettings((64, 256)), r"units is \(64, 256\); it must be a whole number"),
        (lambda: NoMemorySettings((64, 256)), r"units is \(64, 256\); it must be a whole number"),
        (lambda: MEMORIES.make("stacked-lstm:units=48"), "units is 48; it must be an array"),
        (lambda: MEMORIES.make("stacked-lstm:units=[1,2,3]"), "units is .*; it must be an array of 2"),
        (lambda: MEMORIES.make("lstm:units=[64,256]"), r"units is \[64, 256\]; it must be of type int"),
        (
            lambda: MEMORIES.make("stacked-lst"),
            r"no memory is called 'stacked-lst'. Did you mean 'stacked-lstm'\?",
        ),
    ],
)
def test_units_that_do_not_fit_the_memory_are_refused(make, text, unchecked, monkeypatch):
    """As a user is told, who has no check of types."""
    for kind in (StackedLSTMSettings, LSTMSettings, NoMemorySettings):
        monkeypatch.setattr(kind, "__init__", unchecked(kind.__init__))
    with pytest.raises(ValueError, match=text):
        make()
