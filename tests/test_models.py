"""The equations of models of choice, against themselves in plain Python, in numpy and in jax."""

import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.models import daw, rescorla_wagner, two_step_filter

BOTH = pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jax"])


@BOTH
def test_rescorla_wagner(xp):
    values = rescorla_wagner.learn(xp.array([0.5, 0.2]), xp.array([0, 1]), 1.0, 0.25)
    np.testing.assert_allclose(values, [0.5, 0.2 + 0.25 * 0.8], rtol=1e-6)


@BOTH
def test_daw(xp):
    """Trial by trial, as the equations are written; and for two λ at once."""
    rng = np.random.default_rng(0)
    alpha, decays = 0.3, (0.0, 0.6)
    actions, states = xp.full((2, 2), 0.5), xp.full((1, 2), 0.5)
    slow, worth = [[0.5, 0.5], [0.5, 0.5]], [0.5, 0.5]
    for a, s, r in rng.integers(0, 2, (20, 3)):
        chosen, visited = xp.arange(2)[None] == a, xp.arange(2)[None] == s
        decay = xp.array(decays)[:, None]
        actions, states = daw.learn(actions, states, chosen, visited, float(r), alpha, decay)
        for q, decay in zip(slow, decays, strict=True):
            q[a] += alpha * (worth[s] - q[a]) + alpha * decay * (r - worth[s])
        worth[s] += alpha * (r - worth[s])
    np.testing.assert_allclose(actions, slow, rtol=1e-5)
    np.testing.assert_allclose(states[0], worth, rtol=1e-5)
    assert daw.planned(0.4, 0.8) == pytest.approx(0.8 * 0.4 + 0.2 * 0.0 - (0.2 * 0.4 + 0.8 * 0.0))


@BOTH
def test_the_filter(xp):
    """By hand: S₃ is good with .6; it was visited and paid, as .9 of good visits and .2 of others do."""
    in_s3, won, belief = xp.array([1, 1, 0, 0]), xp.array([1, 0, 1, 0]), 0.6
    if_s3, if_s2 = (two_step_filter.likelihood(in_s3 == good, won, 0.9, 0.2) for good in (1, 0))
    np.testing.assert_allclose(if_s3, [0.9, 0.1, 0.2, 0.8], rtol=1e-6)
    np.testing.assert_allclose(if_s2, [0.2, 0.8, 0.9, 0.1], rtol=1e-6)
    seen = 0.6 * np.asarray(if_s3) / (0.6 * np.asarray(if_s3) + 0.4 * np.asarray(if_s2))
    found = two_step_filter.believed(belief, if_s3, if_s2, 0.05)
    np.testing.assert_allclose(found, 0.95 * seen + 0.05 * (1 - seen), rtol=1e-6)
    assert two_step_filter.expected_difference(0.6, 0.9, 0.2) == pytest.approx(
        0.6 * 0.9 + 0.4 * 0.2 - (0.6 * 0.2 + 0.4 * 0.9)
    )
