"""Advantages against their definitions, and nothing leaking across the end of the world."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from prefrontal.learners.equations.returns import generalised_advantages

STEPS, GAMMA, LAMBDA = 9, 0.83, 0.62


class Life:
    """One lifetime of random numbers; the world ends with step `end`, if it does."""

    def __init__(self, end: int | None, seed: int = 0, batch: tuple[int, ...] = ()):
        draw = np.random.default_rng(seed)
        self.rewards = draw.normal(size=(STEPS, *batch)).astype(np.float32)
        self.values = draw.normal(size=(STEPS, *batch)).astype(np.float32)
        self.final_value = draw.normal(size=batch).astype(np.float32)
        self.discount = np.full((STEPS, *batch), GAMMA, np.float32)
        if end is not None:
            self.discount[end] = 0.0

    @property
    def arguments(self):
        return tuple(jnp.asarray(x) for x in (self.rewards, self.discount, self.values, self.final_value))


def double_sum(life: Life, trace_decay: float) -> np.ndarray:
    """Aₜ = Σₖ≥ₜ (Πⱼ₌ₜ..ₖ₋₁ dⱼ λ) δₖ, written out."""
    following = np.append(life.values[1:], life.final_value)
    errors = life.rewards + life.discount * following - life.values
    return np.array(
        [
            sum(np.prod(life.discount[t:k] * trace_decay) * errors[k] for k in range(t, STEPS))
            for t in range(STEPS)
        ]
    )


def mixture_of_n_step_returns(life: Life, trace_decay: float) -> np.ndarray:
    """(1 - λ) Σₙ λⁿ⁻¹ (n-step return - Vₜ), the last n taking all the weight that is left (equation 16)."""
    following = np.append(life.values[1:], life.final_value)

    def n_step(t: int, n: int) -> float:
        lived = sum(np.prod(life.discount[t:k]) * life.rewards[k] for k in range(t, t + n))
        return lived + np.prod(life.discount[t : t + n]) * following[t + n - 1] - life.values[t]

    def mixture(t: int) -> float:
        most = STEPS - t
        parts = [(1 - trace_decay) * trace_decay ** (n - 1) * n_step(t, n) for n in range(1, most)]
        return sum(parts) + trace_decay ** (most - 1) * n_step(t, most)

    return np.array([mixture(t) for t in range(STEPS)])


@pytest.mark.parametrize("end", [None, 0, 4, STEPS - 1])
@pytest.mark.parametrize("definition", [double_sum, mixture_of_n_step_returns])
@pytest.mark.parametrize("trace_decay", [LAMBDA, 0.0, 1.0])
def test_advantages_meet_their_definition(end, definition, trace_decay):
    life = Life(end)
    advantages = generalised_advantages(*life.arguments, trace_decay)
    np.testing.assert_allclose(advantages, definition(life, trace_decay), rtol=1e-5, atol=1e-6)


def test_lambda_of_one_is_the_discounted_return_less_the_value():
    life = Life(end=STEPS - 1)
    returns = [sum(GAMMA ** (k - t) * life.rewards[k] for k in range(t, STEPS)) for t in range(STEPS)]
    np.testing.assert_allclose(
        generalised_advantages(*life.arguments, 1.0), np.array(returns) - life.values, rtol=1e-5, atol=1e-6
    )


def test_a_discount_of_its_own_at_every_step():
    life = Life(None, seed=3)
    life.discount = np.random.default_rng(4).uniform(size=STEPS).astype(np.float32)
    np.testing.assert_allclose(
        generalised_advantages(*life.arguments, LAMBDA), double_sum(life, LAMBDA), rtol=1e-5, atol=1e-6
    )


def test_nothing_leaks_across_the_end_of_the_world():
    """What comes after the end moves no advantage before it by so much as a bit; what comes before does."""
    end = 4
    rewards, discount, values, final = Life(end).arguments
    by_reward, by_value, by_final = jax.jacobian(
        lambda r, v, f: generalised_advantages(r, discount, v, f, LAMBDA), argnums=(0, 1, 2)
    )(rewards, values, final)
    before, after = slice(None, end + 1), slice(end + 1, None)
    assert np.all(np.asarray(by_reward)[before, after] == 0)
    assert np.all(np.asarray(by_value)[before, after] == 0)
    assert np.all(np.asarray(by_final)[before] == 0)
    assert np.all(np.asarray(by_final)[after] != 0)
    expected = [
        [(GAMMA * LAMBDA) ** (k - t) if k >= t else 0.0 for k in range(end + 1)] for t in range(end + 1)
    ]
    np.testing.assert_allclose(by_reward[before, before], expected, rtol=1e-5)


@pytest.mark.parametrize("end", [None, 4])
def test_gradients(end):
    rewards, discount, values, final = Life(end).arguments

    def advantages(rewards, values, final, trace_decay):
        return generalised_advantages(rewards, discount, values, final, trace_decay)

    check_grads(
        jax.jit(advantages), (rewards, values, final, jnp.array(LAMBDA)), order=1, rtol=5e-3, atol=5e-3
    )


def test_a_batch_is_each_lifetime_by_itself():
    life = Life(None, seed=1, batch=(3,))
    life.discount[2, 0] = life.discount[6, 1] = 0.0
    together = generalised_advantages(*life.arguments, LAMBDA)
    for k in range(3):
        alone = generalised_advantages(*(x[..., k] for x in life.arguments), LAMBDA)
        np.testing.assert_allclose(together[:, k], alone, rtol=1e-6)
