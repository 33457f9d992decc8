"""The equations of policy-gradient losses, against scipy and against themselves at points that are known.

Chances are those that a prediction gives of a softmax policy at every step.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats
from jax.test_util import check_grads
from one_update import percepts_alone

from prefrontal.agents import Prediction
from prefrontal.learners.equations.losses import mean_lived, normalised, policy_loss, value_loss
from prefrontal.policies import CategoricalLaw

STEPS, ACTIONS, BATCH = 5, 4, 3


def prediction_of(logits) -> Prediction:
    return Prediction(CategoricalLaw(logits), jnp.zeros((logits.shape[0], *logits.shape[2:])))


def log_probability(logits, action):
    return prediction_of(logits).log_probability(action)


def entropy(logits):
    return prediction_of(logits).entropy()


@pytest.fixture
def logits():
    return 2 * jax.random.normal(jax.random.key(0), (STEPS, ACTIONS, BATCH))


@pytest.fixture
def action():
    return jax.random.randint(jax.random.key(1), (STEPS, BATCH), 0, ACTIONS)


def test_log_probability_is_the_log_softmax_at_the_action(logits, action):
    expected = scipy.special.log_softmax(np.asarray(logits), axis=1)
    for t, k in np.ndindex(STEPS, BATCH):
        got = log_probability(logits, action)[t, k]
        np.testing.assert_allclose(got, expected[t, action[t, k], k], rtol=1e-5)


def test_probabilities_of_all_actions_sum_to_one(logits):
    each = [jnp.exp(log_probability(logits, jnp.full((STEPS, BATCH), a))) for a in range(ACTIONS)]
    np.testing.assert_allclose(sum(each), 1.0, rtol=1e-5)


def test_the_score_is_the_action_less_the_policy(logits, action):
    """∂ log π(a) / ∂ logits = onehot(a) - π: the one gradient on which a policy gradient rests."""
    score = jax.grad(lambda x: log_probability(x, action).sum())(logits)
    chosen = np.moveaxis(np.eye(ACTIONS)[np.asarray(action)], -1, 1)
    np.testing.assert_allclose(score, chosen - scipy.special.softmax(np.asarray(logits), axis=1), atol=1e-6)


def test_a_lifetime_without_a_batch_axis(logits, action):
    np.testing.assert_allclose(
        log_probability(logits[..., 0], action[..., 0]), log_probability(logits, action)[:, 0], rtol=1e-6
    )
    np.testing.assert_allclose(entropy(logits[..., 0]), entropy(logits)[:, 0], rtol=1e-6)


def test_entropy(logits):
    policy = scipy.special.softmax(np.asarray(logits, np.float64), axis=1)
    np.testing.assert_allclose(entropy(logits), scipy.stats.entropy(policy, axis=1), rtol=1e-5)
    np.testing.assert_allclose(entropy(jnp.zeros((STEPS, ACTIONS))), np.log(ACTIONS), rtol=1e-6)


def test_entropy_of_a_policy_that_is_all_but_certain_is_zero_and_has_a_gradient():
    certain = jnp.array([[1e3, -1e3, 0.0, 0.0]])
    assert entropy(certain) == 0.0
    assert np.all(np.isfinite(jax.grad(lambda x: entropy(x).sum())(certain)))


def test_gradients(logits, action):
    check_grads(jax.jit(lambda x: log_probability(x, action)), (logits,), order=1, rtol=1e-2, atol=1e-2)
    check_grads(jax.jit(entropy), (logits,), order=1, rtol=1e-2, atol=1e-2)


# What is summed over the steps that were lived.

LENGTHS = (5, 2, 3)  # of the lifetimes of a batch
ALIVE = np.arange(STEPS)[:, None] < np.array(LENGTHS)


def drawn(key: int):
    return jax.random.normal(jax.random.key(key), (STEPS, BATCH))


def lives_of(action):
    return percepts_alone(None)._replace(action=action, alive=jnp.array(ALIVE))


def written_out(term) -> float:
    """The sum of `term(t, k)` over the steps lived, for each step of the horizon and each lifetime."""
    return sum(term(t, k) for k in range(BATCH) for t in range(LENGTHS[k])) / (STEPS * BATCH)


def test_a_mean_over_what_was_lived_counts_padding_as_nothing():
    values = drawn(2)
    found = mean_lived(jnp.where(ALIVE, values, jnp.nan), jnp.array(ALIVE))
    np.testing.assert_allclose(found, written_out(lambda t, k: values[t, k]), rtol=1e-5)


def test_the_policy_loss_written_out(logits, action):
    advantage, chances = drawn(2), scipy.special.log_softmax(np.asarray(logits), axis=1)
    expected = -written_out(lambda t, k: advantage[t, k] * chances[t, action[t, k], k])
    found = policy_loss(prediction_of(logits), lives_of(action), advantage)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_value_loss_written_out(action):
    target, value = drawn(2), drawn(3)
    expected = written_out(lambda t, k: (target[t, k] - value[t, k]) ** 2 / 2)
    np.testing.assert_allclose(value_loss(value, target, lives_of(action).alive), expected, rtol=1e-5)


def test_what_is_normalised_has_no_mean_and_unit_variance_over_what_was_lived():
    values = 3 * drawn(2) + 5
    lived = np.asarray(normalised(values, jnp.array(ALIVE)))[ALIVE]
    before = np.asarray(values)[ALIVE]
    np.testing.assert_allclose(lived, (before - before.mean()) / before.std(), rtol=1e-4, atol=1e-5)


def test_what_is_all_the_same_or_never_lived_is_normalised_to_finite_numbers():
    same = normalised(jnp.full((STEPS, BATCH), 7.0), jnp.array(ALIVE))
    np.testing.assert_array_equal(np.asarray(same)[ALIVE], 0.0)
    assert np.isfinite(normalised(drawn(2), jnp.zeros((STEPS, BATCH), bool))).all()
