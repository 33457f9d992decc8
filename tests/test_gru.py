"""The GRU against a textbook in numpy, autodiff of plain steps, and finite differences."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from one_update import quick_jit
from test_memory import FEATURES, STEPS, UNITS, inputs_of, stepping

from prefrontal.memory import GRU, GRUSettings, Parts

pytestmark = pytest.mark.usefixtures("double")


@pytest.fixture
def double():
    """Float64, so that a derivative is right to ten digits or wrong."""
    with jax.enable_x64(True):
        yield


def a_gru() -> GRU:
    """With biases of random numbers: zeros would hide one that is left out."""
    leaves, structure = jax.tree.flatten(GRU(FEATURES, UNITS, key=jax.random.key(0)))
    keys = jax.random.split(jax.random.key(2), len(leaves))
    doubled = [leaf + jax.random.normal(key, leaf.shape) for leaf, key in zip(leaves, keys, strict=True)]
    return jax.tree.unflatten(structure, doubled)


def textbook_gru(model: GRU, inputs):
    """Gate by gate, the reset gate behind the product."""
    sigmoid = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    parts = lambda weights: np.split(np.asarray(weights), 3)  # noqa: E731
    (w_r, w_z, w_n), (u_r, u_z, u_n), (b_r, b_z, b_n) = map(
        parts, (model.input_weights, model.recurrent_weights, model.bias)
    )
    hidden, outputs = np.zeros(UNITS), []
    for x in np.asarray(inputs):
        r, z = sigmoid(w_r @ x + u_r @ hidden + b_r), sigmoid(w_z @ x + u_z @ hidden + b_z)
        n = np.tanh(w_n @ x + b_n + r * (u_n @ hidden + np.asarray(model.inner_bias)))
        hidden = z * hidden + (1 - z) * n
        outputs.append(hidden)
    return np.stack(outputs)


def test_it_is_the_textbook_gru():
    model, inputs = a_gru(), inputs_of((4,))
    outputs, residuals = stepping(model, inputs)
    for k in range(4):
        np.testing.assert_allclose(outputs[..., k], textbook_gru(model, inputs[..., k]), rtol=1e-12)
    np.testing.assert_array_equal(model.units(residuals), outputs)


def losses(batch):
    """A loss for outputs that matter differently at every step: of plain steps, of `unroll`, of `recall`."""
    matters = jax.random.normal(jax.random.key(3), (STEPS, UNITS, *batch))
    loss = lambda outputs: jnp.sum(matters * jnp.sin(outputs))  # noqa: E731
    residuals = stepping(a_gru(), inputs_of(batch))[1]
    return (
        lambda model, inputs: loss(stepping(model, inputs)[0]),
        lambda model, inputs: loss(model.unroll(inputs)),
        lambda model, inputs: loss(model.recall(inputs, residuals)),
    )


def all_close(got, expected, **near):
    for ours, theirs in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
        assert np.abs(theirs).min() > 0
        np.testing.assert_allclose(ours, theirs, **near)


@pytest.mark.parametrize("batch", [(), (2, 3)])
def test_the_backward_pass_by_hand_is_that_of_autodiff(batch):
    """With respect to all weights and inputs."""
    given = a_gru(), inputs_of(batch)
    (value, expected), *ours = (quick_jit(jax.value_and_grad(f, (0, 1)))(*given) for f in losses(batch))
    for got_value, got in ours:
        np.testing.assert_allclose(got_value, value, rtol=1e-12)
        all_close(got, expected, rtol=1e-9, atol=1e-13)


def test_it_is_that_of_finite_differences():
    _, unroll, _ = losses(())
    given = a_gru(), inputs_of(())
    along = jax.tree.map(lambda leaf: jax.random.normal(jax.random.key(leaf.size), leaf.shape), given)
    slope = sum(jax.tree.leaves(jax.tree.map(jnp.vdot, quick_jit(jax.grad(unroll, (0, 1)))(*given), along)))
    moved = lambda by: unroll(*jax.tree.map(lambda leaf, way: leaf + by * way, given, along))  # noqa: E731
    np.testing.assert_allclose(slope, (moved(1e-5) - moved(-1e-5)) / 2e-5, rtol=1e-7)


def test_a_second_derivative_is_that_of_autodiff():
    """The gradient of how steep the loss is, as an outer loss would take it after an inner step."""
    given = a_gru(), inputs_of((2,))

    def steepness(loss):
        slopes = lambda *given: jax.tree.leaves(jax.grad(loss, (0, 1))(*given))  # noqa: E731
        return quick_jit(jax.grad(lambda *given: sum(jnp.sum(jnp.sin(s)) for s in slopes(*given)), (0, 1)))

    expected, *ours = (steepness(loss)(*given) for loss in losses((2,)))
    for got in ours:
        all_close(got, expected, rtol=1e-8, atol=1e-12)


def test_what_it_begins_with():
    made = GRUSettings(200, update_bias=2.0, recurrent_gain=1.5).build(
        Parts(observation=40), STEPS, key=jax.random.key(0)
    )
    np.testing.assert_array_equal(made.bias, jnp.repeat(jnp.array([0.0, 2.0, 0.0]), 200))
    np.testing.assert_array_equal(made.inner_bias, jnp.zeros(200))
    for part, deviation in ((made.input_weights, 1.0), (made.recurrent_weights, 1.5 / 200**0.5)):
        assert abs(np.std(part) / deviation - 1) < 4 / np.sqrt(2 * part.size)


def test_a_unit_without_input_keeps_what_the_update_gate_says():
    """With no weights: h ← σ(b) h."""
    model = jax.tree.map(jnp.zeros_like, GRU(FEATURES, UNITS, key=jax.random.key(0)))
    model = eqx.tree_at(lambda m: m.bias, model, jnp.full(3 * UNITS, jnp.log(3.0)).at[-UNITS:].set(0.0))
    after = model.step(jnp.ones(UNITS), jnp.zeros(FEATURES))[0]
    np.testing.assert_allclose(after, 0.75, rtol=1e-12)
