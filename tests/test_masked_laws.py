"""The laws of policy heads with an action mask: against the softmax of what is allowed, and samples."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from gymnasium import spaces

from prefrontal.actions import actions_of
from prefrontal.policies import POLICIES
from prefrontal.policies.base import masked

SPACES = {
    "choice": spaces.Discrete(4, start=3),
    "several": spaces.MultiDiscrete([2, 3], start=[0, 5]),
}
MASKS = {
    "choice": [[0, 1, 0, 1], [1, 0, 0, 0], [1, 1, 1, 0]],
    "several": [[1, 1, 0, 0, 1], [0, 1, 1, 0, 1], [1, 0, 1, 1, 1]],
}
every_space = pytest.mark.parametrize("space", SPACES)


def said(space, mask, key: int = 1):
    """A head with large weights, an output of the memory, and the law with a mask."""
    head = POLICIES.make("auto").build(actions_of(SPACES[space]), 5, key=jax.random.key(0))
    head = jax.tree.map(lambda leaf: 3 * leaf + 0.1, head)
    output = jax.random.normal(jax.random.key(key), (5,))
    return head, output, head.law(output, mask)


def everything(space) -> jax.Array:
    """All actions, whether allowed or not."""
    if space == "choice":
        return jnp.arange(3, 7)
    return jnp.array([[one, other] for one in range(2) for other in range(5, 8)])


def chances(law, space) -> np.ndarray:
    """log π of every action, in 64 bits."""
    return np.asarray(jax.vmap(law.log_probability)(everything(space)), np.float64)


def open_ones(space, mask) -> np.ndarray:
    return ~np.asarray(jax.vmap(lambda one: actions_of(SPACES[space]).barred(one, mask))(everything(space)))


@every_space
@pytest.mark.parametrize("number", range(3))
def test_the_law_is_the_softmax_of_what_is_allowed(space, number):
    mask = jnp.array(MASKS[space][number], bool)
    may, (head, output, law) = open_ones(space, mask), said(space, mask)
    free, found = head.law(output), chances(law, space)
    assert 0 < may.sum() < len(may)
    expected = np.exp(chances(free, space)[may])
    expected /= expected.sum()
    np.testing.assert_allclose(np.exp(found[may]), expected, rtol=1e-4)
    assert np.all((found[~may] < -0.9e9) & np.isfinite(found[~may]))
    assert law.entropy() == pytest.approx(-np.sum(expected * np.log(expected)), abs=1e-5)
    assert found[may].max() == pytest.approx(float(law.log_probability(law.mode())))
    other = said(space, mask, key=2)[2]
    apart = np.sum(expected * (np.log(expected) - chances(other, space)[may]))
    assert law.divergence(other) == pytest.approx(apart, abs=1e-4)
    assert np.isfinite(law.divergence(free))
    assert np.isfinite(free.divergence(law))


@every_space
def test_draws_follow_the_masked_law(space):
    """Within four standard errors of 20,000 draws; and those of the random policy are uniform."""
    mask = jnp.array(MASKS[space][2], bool)
    may, (head, output, law) = open_ones(space, mask), said(space, mask)

    @jax.vmap
    def draw(key):
        return head.choose(output, head.noise(key), mask), head.actions.drawn_among(key, mask)

    chosen, random = jax.jit(draw)(jax.random.split(jax.random.key(3), 20_000))
    for drawn, expected in ((chosen, np.exp(chances(law, space))), (random, may / may.sum())):
        same = np.asarray(drawn)[:, None] == np.asarray(everything(space))[None]
        shares = same.reshape(*same.shape[:2], -1).all(axis=-1).mean(axis=0)
        assert np.all(shares[~may] == 0)
        assert np.all(np.abs(shares - expected) <= 4 * np.sqrt(expected * (1 - expected) / 20_000) + 1e-7)
        assert shares.sum() == pytest.approx(1.0)


@every_space
def test_gradients_are_finite_and_leave_what_is_forbidden_alone(space):
    """Also where nothing is allowed, which is an error of the tasks, but must not spoil the weights."""
    head, output, _ = said(space, None)
    action = everything(space)[1]

    def of_all(head, mask):
        law, other = head.law(output, mask), head.law(output / 2, mask)
        return law.log_probability(action) + law.entropy() + law.divergence(other) + other.divergence(law)

    slope = jax.jit(jax.value_and_grad(of_all))
    for mask in (*MASKS[space], [0] * len(MASKS[space][0])):
        value, slopes = slope(head, jnp.array(mask, bool))
        assert np.isfinite(value)
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(slopes))
        assert np.all(np.asarray(slopes.bias)[np.array(mask) == 0] == 0)


@every_space
def test_a_mask_that_allows_all_changes_no_bit(space):
    head, output, law = said(space, jnp.ones(len(MASKS[space][0]), bool))
    np.testing.assert_array_equal(law.logits, head.law(output).logits)


def test_a_mask_that_does_not_fit_is_refused(unchecked):
    with pytest.raises(ValueError, match=r"`allowed` has the shape \(3,\); it must have one entry"):
        unchecked(masked)(jnp.zeros(4), jnp.ones(3, bool))
    numbers = POLICIES.make("auto").build(actions_of(spaces.Box(-1.0, 1.0, ())), 5, key=jax.random.key(0))
    with pytest.raises(ValueError, match="real numbers cannot be masked"):
        numbers.law(jnp.zeros(5), jnp.ones(1, bool))
