"""The clipped losses of PPO against numpy, one step at a time, and their gradients against differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from prefrontal.learners.equations.surrogate import clipped_surrogate, clipped_value_loss, ratios

STEPS, LENGTHS = 6, (6, 2, 4)
ALIVE = jnp.arange(STEPS)[:, None] < jnp.array(LENGTHS)[None]


def drawn(key: int):
    """What is not a number after the end, which must count for nothing."""
    values = jax.random.normal(jax.random.key(key), (STEPS, len(LENGTHS)))
    return jnp.where(ALIVE, values, jnp.nan)


NOW, BEFORE, ADVANTAGE, TARGET = map(drawn, range(4))


def written_out(term) -> float:
    places = [(t, k) for k, length in enumerate(LENGTHS) for t in range(length)]
    return sum(term(t, k) for t, k in places) / (STEPS * len(LENGTHS))


@pytest.mark.parametrize("clip", [0.0, 0.2, 1e6])
def test_the_surrogate_written_out(clip):
    def term(t, k):
        ratio = np.exp(float(NOW[t, k]) - float(BEFORE[t, k]))
        inside = min(max(ratio, 1 - clip), 1 + clip)
        return min(ratio * float(ADVANTAGE[t, k]), inside * float(ADVANTAGE[t, k]))

    found = clipped_surrogate(ratios(NOW, BEFORE, ALIVE), ADVANTAGE, ALIVE, clip)
    np.testing.assert_allclose(found, -written_out(term), rtol=1e-5)


@pytest.mark.parametrize("clip", [1e-3, 0.5, np.inf])
def test_the_value_loss_written_out(clip):
    def term(t, k):
        value, before, target = (float(one[t, k]) for one in (NOW, BEFORE, TARGET))
        near = before + min(max(value - before, -clip), clip)
        return max((target - value) ** 2, (target - near) ** 2) / 2

    found = clipped_value_loss(NOW, BEFORE, TARGET, ALIVE, clip)
    np.testing.assert_allclose(found, written_out(term), rtol=1e-5)


def test_what_has_gone_far_enough_has_no_gradient_and_what_went_the_wrong_way_has():
    ratio = jnp.array([1.5, 1.5, 0.5, 0.5])
    advantage = jnp.array([1.0, -1.0, 1.0, -1.0])
    alive = jnp.ones(4, bool)
    slope = jax.grad(lambda ratio: clipped_surrogate(ratio, advantage, alive, 0.2))(ratio)
    np.testing.assert_allclose(slope, [0.0, 0.25, -0.25, 0.0])


def test_gradients_are_numbers_and_those_of_differences():
    zeros, before, target = (jnp.where(ALIVE, one, 0.0) for one in (NOW, BEFORE, TARGET))

    def loss(now, value):
        surrogate = clipped_surrogate(ratios(now, before, ALIVE), ADVANTAGE, ALIVE, 0.3)
        return surrogate + clipped_value_loss(value, before, target, ALIVE, 0.3)

    check_grads(jax.jit(loss), (zeros, zeros), order=1, modes=["rev"], rtol=2e-2, atol=2e-2, eps=1e-3)
    far = jax.grad(lambda now: loss(now, zeros))(jnp.where(ALIVE, 1e4, -1e4))
    assert np.isfinite(far).all()
    np.testing.assert_array_equal(np.asarray(far)[~np.asarray(ALIVE)], 0.0)
