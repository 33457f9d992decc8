"""Memories: the LSTM against a textbook and against autodiff, and every memory against its own promises."""

import dataclasses
import functools
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from one_update import memory_of, quick_jit

from prefrontal.affine import Affine
from prefrontal.memory import (
    LSTM,
    MEMORIES,
    LSTMSettings,
    Memory,
    NoMemory,
    Parts,
    StackedLSTMSettings,
)

STEPS, FEATURES, UNITS = 7, 3, 5
BATCHES = [(), (4,), (2, 3)]


@pytest.fixture
def double():
    """Float64, so that a derivative is right to ten digits or wrong."""
    with jax.enable_x64(True):
        yield


def inputs_of(batch: tuple[int, ...]):
    return jax.random.normal(jax.random.key(1), (STEPS, FEATURES, *batch))


def a_memory(name: str, key: int = 0) -> Memory:
    """One of each kind for FEATURES inputs, with UNITS units in its last layer."""
    parts = Parts(observation=1, previous_action=1, previous_reward=1)
    return memory_of(name, UNITS).build(parts, STEPS, key=jax.random.key(key))


def stepping(model, inputs):
    """The outputs and the traces of a plain loop over `step`, stacked."""

    def step(state, x):
        state, output, residuals = model.step(state, x)
        return state, (output, residuals)

    return jax.lax.scan(step, model.initial(inputs.shape[2:]), inputs)[1]


def textbook_lstm(weights, bias, inputs):
    """Hochreiter & Schmidhuber 1997 with forget gates, gate by gate and example by example, in numpy."""
    sigmoid = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    hidden, cell, outputs = np.zeros(UNITS), np.zeros(UNITS), []
    w_in, w_forget, w_new, w_out = np.split(np.asarray(weights), 4)
    b_in, b_forget, b_new, b_out = np.split(np.asarray(bias), 4)
    for x in np.asarray(inputs):
        seen = np.concatenate([x, hidden])
        cell = sigmoid(w_forget @ seen + b_forget) * cell + sigmoid(w_in @ seen + b_in) * np.tanh(
            w_new @ seen + b_new
        )
        hidden = sigmoid(w_out @ seen + b_out) * np.tanh(cell)
        outputs.append(hidden)
    return np.stack(outputs)


def an_lstm() -> LSTM:
    """With a bias of random numbers: zeros would hide a bias that is left out."""
    model = LSTM(FEATURES, UNITS, key=jax.random.key(0))
    bias = jax.random.normal(jax.random.key(2), (4 * UNITS,))
    weights = 2 * model.weights.astype(bias.dtype)  # in double precision, where that is asked for
    return eqx.tree_at(lambda m: (m.weights, m.bias), model, (weights, bias))


@pytest.mark.usefixtures("double")
class TestLSTM:
    def test_it_is_the_textbook_lstm(self):
        model, inputs = an_lstm(), inputs_of((4,))
        outputs, _ = stepping(model, inputs)
        for k in range(4):
            expected = textbook_lstm(model.weights, model.bias, inputs[..., k])
            np.testing.assert_allclose(outputs[..., k], expected, rtol=1e-12)

    @pytest.mark.parametrize("batch", BATCHES)
    @pytest.mark.parametrize("way", ["unroll", "recall"])
    def test_the_backward_pass_by_hand_is_that_of_autodiff(self, batch, way):
        """With respect to weights, bias and inputs, for outputs that matter differently at every step."""
        model, inputs = an_lstm(), inputs_of(batch)
        matters = jax.random.normal(jax.random.key(3), (STEPS, UNITS, *batch))
        _, residuals = stepping(model, inputs)

        def plain(model, inputs):
            return jnp.sum(matters * jnp.sin(stepping(model, inputs)[0]))

        def by_hand(model, inputs):
            outputs = model.unroll(inputs) if way == "unroll" else model.recall(inputs, residuals)
            return jnp.sum(matters * jnp.sin(outputs))

        value, expected = jax.value_and_grad(plain, argnums=(0, 1))(model, inputs)
        got_value, got = jax.value_and_grad(by_hand, argnums=(0, 1))(model, inputs)
        np.testing.assert_allclose(got_value, value, rtol=1e-12)
        for ours, theirs in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
            assert np.abs(theirs).min() > 0
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-13)

    def test_a_second_derivative_is_that_of_autodiff(self):
        """Of weights, bias and inputs, with the residuals of a rollout and without."""
        model, inputs = an_lstm(), inputs_of((2,))
        _, residuals = stepping(model, inputs)

        def curved(outputs_of):
            loss = lambda *given: jnp.sum(jnp.sin(outputs_of(*given)))  # noqa: E731
            slopes = lambda *given: jax.tree.leaves(jax.grad(loss, (0, 1))(*given))  # noqa: E731
            return jax.grad(lambda *given: sum(jnp.sum(jnp.sin(one)) for one in slopes(*given)), (0, 1))

        plain = curved(lambda model, inputs: stepping(model, inputs)[0])
        by_hand = curved(lambda model, inputs: model.unroll(inputs))
        recalled = curved(lambda model, inputs: model.recall(inputs, residuals))
        expected = jax.jit(plain)(model, inputs)
        for ours in (by_hand, recalled):
            for one, other in zip(
                jax.tree.leaves(jax.jit(ours)(model, inputs)), jax.tree.leaves(expected), strict=True
            ):
                np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_the_forget_gate_begins_open_and_no_other():
    bias = LSTM(FEATURES, UNITS, key=jax.random.key(0)).bias
    np.testing.assert_array_equal(
        bias.reshape(4, UNITS), np.array([[0.0], [1.0], [0.0], [0.0]]).repeat(UNITS, 1)
    )


@pytest.mark.parametrize(("inputs", "units"), [(4, 48), (60, 200)])
def test_initial_weights_have_variance_one_from_inputs_and_one_over_units_from_units(inputs, units):
    weights = np.asarray(LSTM(inputs, units, key=jax.random.key(0)).weights)
    assert weights.shape == (4 * units, inputs + units)
    for part, variance in ((weights[:, :inputs], 1.0), (weights[:, inputs:], 1 / units)):
        standardised = part / np.sqrt(variance)
        assert abs(standardised.mean()) < 4 / np.sqrt(part.size)
        assert abs(standardised.std() - 1) < 4 / np.sqrt(2 * part.size)


def test_an_lstm_may_begin_with_more_that_is_kept_and_more_that_comes_together():
    usual = LSTM(FEATURES, 64, key=jax.random.key(0))
    settings = LSTMSettings(64, forget_bias=3.0, recurrent_gain=1.5)
    other = settings.build(Parts(observation=FEATURES), STEPS, key=jax.random.key(0))
    np.testing.assert_array_equal(other.bias, jnp.repeat(jnp.array([0.0, 3.0, 0.0, 0.0]), 64))
    np.testing.assert_array_equal(other.weights[:, :FEATURES], usual.weights[:, :FEATURES])
    np.testing.assert_allclose(other.weights[:, FEATURES:], 1.5 * usual.weights[:, FEATURES:], rtol=1e-6)


@pytest.mark.parametrize("settings", [LSTMSettings(4), StackedLSTMSettings((3, 4))])
def test_a_start_is_that_of_every_layer(settings):
    parts = Parts(observation=1, previous_reward=1)
    usual, other = (
        dataclasses.replace(settings, **start).build(parts, STEPS, key=jax.random.key(0))
        for start in ({}, {"forget_bias": 2.5, "recurrent_gain": 1.5})
    )
    layers = (lambda made: [made.first, made.second]) if hasattr(usual, "first") else (lambda made: [made])
    for before, layer in zip(layers(usual), layers(other), strict=True):
        assert (layer.bias[layer.size : 2 * layer.size] == 2.5).all()
        np.testing.assert_allclose(
            layer.weights[:, -layer.size :], 1.5 * before.weights[:, -layer.size :], rtol=1e-6
        )


@pytest.mark.parametrize("settings", [LSTMSettings, StackedLSTMSettings])
@pytest.mark.parametrize(
    ("start", "text"),
    [
        ({"forget_bias": 21.0}, "forget_bias is 21.0; it must be a number from -20 to 20"),
        ({"recurrent_gain": -0.5}, "recurrent_gain is -0.5; it must be a number from 0 to 10"),
    ],
)
def test_a_start_out_of_range_is_refused(settings, start, text):
    with pytest.raises(ValueError, match=text):
        settings(**start)


def test_a_start_is_refused_by_a_memory_without_an_lstm():
    with pytest.raises(ValueError, match=r"no field of 'none' is called 'forget_bias'\. Known: units\."):
        MEMORIES.make("none", forget_bias=1.0)


def test_hidden_units_are_what_is_recorded():
    model, inputs = an_lstm(), inputs_of((4,))
    outputs, residuals = stepping(model, inputs)
    np.testing.assert_array_equal(model.units(residuals), outputs)


class Way(NamedTuple):
    """What one way through a lifetime gives: the outputs, and the gradient of a loss in them."""

    outputs: jax.Array
    gradient: Memory


@functools.cache
def ways(name: str, batch: tuple[int, ...] = (2, 3)) -> dict[str, Way]:
    """Stepping, `unroll` and `recall`, through the same inputs: one program for all that is asked of them."""

    @quick_jit
    def through(model, inputs):
        matters = jax.random.normal(jax.random.key(3), (STEPS, model.size, *batch))
        residuals = stepping(model, inputs)[1]

        def whole(way):
            loss = lambda model: (jnp.sum(matters * jnp.sin(way(model))), way(model))  # noqa: E731
            gradient, outputs = jax.grad(loss, has_aux=True)(model)
            return Way(outputs, gradient)

        return {
            "stepping": whole(lambda model: stepping(model, inputs)[0]),
            "unroll": whole(lambda model: model.unroll(inputs)),
            "recall": whole(lambda model: model.recall(inputs, residuals)),
        }

    return through(a_memory(name), inputs_of(batch))


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.parametrize("batch", [(), (2, 3)])
def test_recall_is_unroll_is_stepping(name, batch):
    """The outputs, and the gradient of each weight."""
    stepped, *others = ways(name, batch).values()
    assert stepped.outputs.shape == (STEPS, a_memory(name).size, *batch)
    for other in others:
        np.testing.assert_allclose(other.outputs, stepped.outputs, rtol=1e-5, atol=1e-5)
        pairs = zip(jax.tree.leaves(other.gradient), jax.tree.leaves(stepped.gradient), strict=True)
        for ours, theirs in pairs:
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4 * max(1, np.abs(theirs).max()))
    assert any(np.abs(leaf).max() > 0.1 for leaf in jax.tree.leaves(stepped.gradient))


@pytest.mark.parametrize("name", MEMORIES)
def test_every_lifetime_starts_from_the_same_memory_and_they_do_not_mix(name):
    """One of a batch is as it is alone."""
    model = a_memory(name)
    jax.tree.map(np.testing.assert_array_equal, model.initial((2,)), model.initial((2,)))
    together, unroll = ways(name)["unroll"].outputs, quick_jit(lambda model, inputs: model.unroll(inputs))
    for row, column in np.ndindex(2, 3):
        alone = unroll(model, inputs_of((2, 3))[..., row, column])
        np.testing.assert_allclose(together[..., row, column], alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", MEMORIES)
def test_one_key_one_set_of_weights(name):
    one, same, other = (a_memory(name, k) for k in (0, 0, 1))
    assert eqx.tree_equal(one, same)
    assert not eqx.tree_equal(one, other)


def influence_of_the_first_input(model) -> jax.Array:
    return jax.jacobian(lambda first: model.unroll(inputs_of(()).at[0].set(first))[-1])(inputs_of(())[0])


def test_the_lstm_remembers_its_first_input_and_the_control_does_not():
    assert np.all(influence_of_the_first_input(LSTM(FEATURES, UNITS, key=jax.random.key(0))) != 0)
    assert np.all(influence_of_the_first_input(NoMemory(FEATURES, UNITS, key=jax.random.key(0))) == 0)


@pytest.mark.parametrize("batch", BATCHES)
def test_an_affine_layer(batch):
    layer = eqx.tree_at(lambda m: m.bias, Affine(3, 2, key=jax.random.key(0)), jnp.array([1.0, -2.0]))
    x = jax.random.normal(jax.random.key(1), (3, *batch))
    expected = np.einsum("of,f...->o...", layer.weights, x) + np.array([1.0, -2.0]).reshape(
        2, *(1,) * len(batch)
    )
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-6)
