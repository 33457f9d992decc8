"""One mean over micro-batches and devices: the same on one device and on two, in one piece and in four."""

import dataclasses
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from one_update import compiled, gradient, learner_of, quick_jit, state_of

from prefrontal.learners.parallel import mean_over_batches
from prefrontal.streams import lifetime_keys

BATCH, INPUTS = 16, 3
KEYS = lifetime_keys("train", 0, jnp.arange(BATCH))
WEIGHTS = {"w": jnp.array([0.5, -1.0, 2.0]), "b": jnp.array(0.25)}


def examples(keys):
    return jax.vmap(lambda key: jax.random.normal(key, (INPUTS,)))(keys)


def loss(weights, keys):
    """Not linear in the weights, with a metric of each kind beside it."""
    x = examples(keys)
    errors = jnp.tanh(x @ weights["w"] + weights["b"]) - 0.3
    return jnp.mean(errors**2), {"mean": x.mean(0), "error": errors.mean()}


@pytest.mark.parametrize(
    ("jit", "devices", "microbatch"),
    [(quick_jit, 1, 16), (quick_jit, 1, 4), (quick_jit, 2, 8), (quick_jit, 2, 4), (lambda f: f, 2, 4)],
)
def test_mean_and_gradient_are_those_of_the_whole_batch(jit, devices, microbatch):
    """Each device has a copy of the weights: the gradient is not summed over devices, nor averaged twice."""

    def mean(weights, keys):
        gradient_of = jax.grad(loss, has_aux=True)
        return mean_over_batches(lambda keys: gradient_of(weights, keys), keys, microbatch, devices)

    expected = jax.grad(loss, has_aux=True)(WEIGHTS, KEYS)
    for ours, theirs in zip(
        jax.tree.leaves(jit(mean)(WEIGHTS, KEYS)),
        jax.tree.leaves(expected),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("devices", "microbatch"), [(1, 4), (2, 8), (2, 1)])
def test_every_lifetime_is_lived_once_in_a_micro_batch_of_the_size_asked_for(devices, microbatch):
    """The mean of the lifetimes' one-hot codes: each is one of sixteen."""

    def codes(keys):
        assert keys.shape == (microbatch,)
        same = jax.random.key_data(keys)[:, None] == jax.random.key_data(KEYS)[None]
        return jnp.mean(jnp.all(same, -1).astype(jnp.float32), 0)

    mean = quick_jit(lambda keys: mean_over_batches(codes, keys, microbatch, devices))(KEYS)
    np.testing.assert_allclose(mean, 1 / BATCH, rtol=1e-6)


def test_the_devices_are_both_at_work():
    """Each goes through its own half."""
    seen = []

    def note(keys):
        jax.debug.callback(lambda data: seen.append(np.asarray(data)), jax.random.key_data(keys))
        return examples(keys).mean()

    jax.block_until_ready(quick_jit(lambda keys: mean_over_batches(note, keys, 8, 2))(KEYS))
    jax.effects_barrier()
    assert sorted(part.shape for part in seen) == [(8, 2), (8, 2)]
    assert len(np.unique(np.concatenate(seen), axis=0)) == BATCH


@pytest.mark.parametrize(("microbatch", "devices"), [(5, 1), (32, 1), (16, 2), (3, 2)])
def test_a_batch_that_cannot_be_dealt_out_is_refused(microbatch, devices):
    expected = f"a batch of 16 lifetimes cannot be divided among {devices} device"
    with pytest.raises(ValueError, match=expected) as raised:
        mean_over_batches(examples, KEYS, microbatch, devices)
    assert re.search(f"multiple of {microbatch * devices}$", str(raised.value))


@pytest.mark.parametrize("devices", [0, 3])
def test_devices_that_are_not_there_are_refused(devices):
    with pytest.raises(
        ValueError, match=re.escape(f"devices is {devices!r}; it must be a whole number, from 1 to 2")
    ):
        learner_of(devices=devices)


def test_microbatches_that_cannot_be_dealt_out_are_refused():
    with pytest.raises(
        ValueError, match="microbatches is 3; it must be a multiple of the number of devices, 2"
    ):
        learner_of(devices=2, microbatches=3)


def cut(devices: int, microbatches: int, **changes):
    return learner_of("none", devices, microbatch=8 // microbatches, microbatches=microbatches, **changes)


@pytest.mark.parametrize(("devices", "microbatches"), [(1, 4), (2, 2)])
def test_a_learners_update_is_the_same_however_it_is_cut(devices, microbatches):
    """The gradient too, not the weights alone: Adam's and RMSProp's steps hardly change with its scale."""
    whole, parts = cut(1, 1), cut(devices, microbatches)
    state = state_of(whole, 1)
    (ours, metrics), (theirs, expected) = compiled(parts)(state), compiled(whole)(state)
    pairs = [(gradient(parts, state), gradient(whole, state)), (metrics, expected)]
    for one, other in zip(
        jax.tree.leaves([p[0] for p in pairs]), jax.tree.leaves([p[1] for p in pairs]), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-6)
    for one, other in zip(jax.tree.leaves(ours.weights), jax.tree.leaves(theirs.weights), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_the_number_of_devices_is_no_part_of_the_settings_of_an_update():
    one, two = cut(1, 2), cut(2, 2)
    assert dataclasses.replace(one, devices=2) == two
    assert one.lifetimes_per_update == two.lifetimes_per_update
    assert one.updates == two.updates
