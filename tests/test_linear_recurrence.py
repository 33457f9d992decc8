"""The linear recurrence against complex numbers in numpy and against autodiff, and its first weights."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from layered_memories import moved, norm
from one_update import quick_jit
from test_memory import FEATURES, STEPS, inputs_of, stepping

from prefrontal.memory import LinearRecurrence, LinearRecurrenceSettings, Parts
from prefrontal.memory.linear_recurrence import Complex, all_at_once, states_of, step_by_step

SETTINGS = LinearRecurrenceSettings(4, layers=2, most_phase=3.0)


def a_model(settings=SETTINGS) -> LinearRecurrence:
    return moved(settings.build(Parts(observation=FEATURES), STEPS, key=jax.random.key(0)), by=0.2)


def textbook(model: LinearRecurrence, inputs):
    """The equations of the module's docstring, one lifetime, in complex numbers."""
    gelu = lambda x: np.asarray(jax.nn.gelu(jnp.asarray(x)))  # noqa: E731

    units, outputs = model.size, []
    states = [np.zeros(units, complex) for _ in model.layers]
    for x in np.asarray(inputs):
        h = model.enter.weights @ x + model.enter.bias
        for k, layer in enumerate(model.layers):
            u = norm(layer.norm, h)
            decay = np.exp(-np.exp(layer.log_decay) + 1j * np.exp(layer.log_phase))
            driving = layer.driving[:units] + 1j * np.asarray(layer.driving[units:])
            # The weights of the imaginary parts are those of -i s.
            reading = layer.reading[:, :units] - 1j * np.asarray(layer.reading[:, units:])
            states[k] = decay * states[k] + np.exp(layer.log_gain) * (driving @ u)
            both = layer.gated.weights @ gelu((reading @ states[k]).real + layer.through * u)
            value, gate = np.split(both + layer.gated.bias, 2)
            h = h + value / (1 + np.exp(-gate))
        outputs.append(norm(model.norm, h))
    return np.stack(outputs)


def test_it_is_the_papers_recurrence():
    with jax.enable_x64(True):
        model, inputs = a_model(), inputs_of((2,))
        outputs, residuals = quick_jit(stepping)(model, inputs)
        for k in range(2):
            np.testing.assert_allclose(outputs[..., k], textbook(model, inputs[..., k]), rtol=1e-10)
    assert model.units(residuals).shape == (STEPS, 2 * 2 * 4, 2)
    np.testing.assert_array_equal(model.units(residuals)[:, 12:], residuals[1].imaginary)


def test_gradients_are_those_of_autodiff_the_second_too():
    """In double precision, by weights and inputs."""
    with jax.enable_x64(True):
        given = a_model(dataclasses.replace(SETTINGS, layers=1)), inputs_of((2,))
        matters = jax.random.normal(jax.random.key(3), (STEPS, 4, 2))
        residuals = stepping(*given)[1]

        def derivatives(outputs):
            loss = lambda *given: jnp.sum(matters * jnp.sin(outputs(*given)))  # noqa: E731
            first = jax.grad(loss, (0, 1))
            steepness = lambda *given: sum(jnp.sum(jnp.sin(s)) for s in jax.tree.leaves(first(*given)))  # noqa: E731
            return quick_jit(lambda *given: (first(*given), jax.grad(steepness, (0, 1))(*given)))(*given)

        expected = derivatives(lambda model, inputs: stepping(model, inputs)[0])
        for way in (
            lambda model, inputs: model.unroll(inputs),
            lambda model, inputs: model.recall(inputs, residuals),
        ):
            for ours, theirs in zip(*map(jax.tree.leaves, (derivatives(way), expected)), strict=True):
                assert np.abs(theirs).max() > 0
                np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_scan_is_a_loop(reverse):
    """And so are both ways to run it."""
    with jax.enable_x64(True):
        decay = Complex(*jax.random.normal(jax.random.key(0), (2, 3, 1)))
        drive = Complex(*jax.random.normal(jax.random.key(1), (2, 9, 3, 2)))
        found = quick_jit(lambda *given: states_of(*given, reverse))(decay, drive)
        if not reverse:
            for way in (step_by_step, all_at_once):
                for ours, theirs in zip(quick_jit(way)(decay, drive), found, strict=True):
                    np.testing.assert_allclose(ours, theirs, rtol=1e-10)
    state, plain = (
        np.zeros((3, 2), complex),
        lambda pair: np.asarray(pair.real) + 1j * np.asarray(pair.imaginary),
    )
    for step in range(9)[:: -1 if reverse else 1]:
        state = plain(decay) * state + plain(drive)[step]
        np.testing.assert_allclose(plain(found)[step], state, rtol=1e-10)


def test_it_begins_in_a_ring_and_gives_a_state_the_variance_of_what_drives_it():
    settings = LinearRecurrenceSettings(2000, layers=1, least_radius=0.8, most_radius=0.95, most_phase=0.5)
    layer = settings.build(Parts(observation=1), STEPS, key=jax.random.key(0)).layers[0]
    radius = np.hypot(*layer.decay)
    assert 0.8 - 1e-6 < radius.min() < 0.81
    assert 0.94 < radius.max() < 0.95 + 1e-6
    # Uniform over the area: half of it lies within this radius.
    middle = np.sqrt((0.8**2 + 0.95**2) / 2)
    assert abs((radius < middle).mean() - 0.5) < 4 * 0.5 / np.sqrt(2000)
    assert 0 < np.exp(layer.log_phase).min() < np.exp(layer.log_phase).max() < 0.5 + 1e-6
    # Σₖ |λ|²ᵏ exp(γ)² = 1.
    np.testing.assert_allclose(np.exp(2 * layer.log_gain) / (1 - radius**2), 1, rtol=1e-3)


def test_no_weights_make_it_unstable():
    model = jax.tree.map(
        lambda leaf: 30 * jax.random.normal(jax.random.key(leaf.size), leaf.shape), a_model()
    )
    for layer in model.layers:
        assert np.hypot(*layer.decay).max() <= 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"least_radius": 0.99, "most_radius": 0.9},
            "least_radius is 0.99; it must be below most_radius, 0.9",
        ),
        ({"most_radius": 1.0}, "most_radius is 1.0; it must be a number from 0.001 to 0.999999"),
        ({"layers": 0}, "layers is 0"),
    ],
)
def test_a_ring_that_is_none_is_refused(fields, said):
    with pytest.raises(ValueError, match=said):
        LinearRecurrenceSettings(**fields)
