"""What each distribution of bandits draws, against the law it declares."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from drawn_tasks import draw, keys_of

from prefrontal.tasks import DependentArms, IndependentArms, InformativeArm, Restless, distribution
from prefrontal.tasks.bandits.bernoulli import choose
from prefrontal.tasks.bandits.restless import RestlessBandit, RestlessNoise, RestlessTask, reflect

N = 4000


def tasks_of(world):
    return jax.tree.map(np.asarray, draw(world, keys_of("train", N)))


def test_independent_arms_are_uniform_and_independent():
    probabilities = tasks_of(IndependentArms(arms=3)).probabilities
    assert probabilities.shape == (3, N)
    for arm in probabilities:
        assert scipy.stats.kstest(arm, "uniform").pvalue > 1e-4
    correlation = np.corrcoef(probabilities)[np.triu_indices(3, 1)]
    assert np.abs(correlation).max() < 4 / np.sqrt(N)


def test_independent_arms_of_another_prior():
    probabilities = tasks_of(IndependentArms(a=2.0, b=5.0)).probabilities
    assert scipy.stats.kstest(probabilities[0], scipy.stats.beta(2, 5).cdf).pvalue > 1e-4


@pytest.mark.parametrize(("name", "better"), [("easy", 0.9), ("medium", 0.75), ("hard", 0.6)])
def test_dependent_arms_are_the_papers(name, better):
    first, second = tasks_of(distribution(f"bandit-dependent-{name}")).probabilities
    np.testing.assert_allclose(first + second, 1.0, rtol=1e-6)
    np.testing.assert_allclose(np.maximum(first, second), better, rtol=1e-6)
    assert abs(np.mean(first > second) - 0.5) < 4 * 0.5 / np.sqrt(N)


def test_dependent_uniform_arms():
    first, second = tasks_of(DependentArms()).probabilities
    np.testing.assert_allclose(first + second, 1.0, rtol=1e-6)
    assert scipy.stats.kstest(first, "uniform").pvalue > 1e-4


def test_the_informative_arm_pays_a_tenth_of_the_number_of_the_target():
    """The paper's arms count from 1: a target a₄ is told by a reward of 0.4."""
    world = InformativeArm()
    task = tasks_of(world)
    assert np.bincount(task.target, minlength=11).tolist()[10:] == [0]
    assert scipy.stats.chisquare(np.bincount(task.target)).pvalue > 1e-4
    environment = world.environment
    for target in range(10):
        one = type(task)(jnp.array(target), jnp.array(target))
        pays = [environment.expected_reward(one, (), jnp.array(arm)) for arm in range(11)]
        expected = [1.0] * 10 + [(target + 1) / 10]
        expected[target] = 5.0
        np.testing.assert_allclose(pays, expected, rtol=1e-6)


def test_outside_its_distribution_the_informative_arm_counts_from_the_other_end():
    task = tasks_of(InformativeArm().outside())
    np.testing.assert_array_equal(task.code, 9 - task.target)
    np.testing.assert_array_equal(tasks_of(InformativeArm()).code, tasks_of(InformativeArm()).target)


def test_restless_tasks_are_uniform_over_starts_and_volatilities():
    world = Restless()
    task = tasks_of(world)
    assert scipy.stats.chisquare(np.bincount(task.start, minlength=101)).pvalue > 1e-4
    volatilities, counts = np.unique(task.volatility, return_counts=True)
    np.testing.assert_allclose(volatilities, world.volatilities, rtol=1e-6)
    assert scipy.stats.chisquare(counts).pvalue > 1e-4


def one_step_law(place: int, volatility: float, n: int) -> np.ndarray:
    """P(next = j | place), exactly: the normal's mass around each whole number, folded at 0 and at n."""
    law = np.zeros(n + 1)
    for change in range(-6 * n, 6 * n + 1):
        edges = (np.array([change - 0.5, change + 0.5])) / (n * volatility)
        j = (place + change) % (2 * n)
        law[j if j <= n else 2 * n - j] += np.diff(scipy.stats.norm.cdf(edges))[0]
    return law


@pytest.mark.parametrize("place", [0, 3, 10, 19, 20])
@pytest.mark.parametrize("volatility", [0.05, 0.2, 0.9])
def test_the_restless_walk_has_its_declared_law(place, volatility):
    n, draws = 20, 20_000
    environment = RestlessBandit(n)
    task = RestlessTask(jnp.array(place), jnp.array(volatility))
    noise = jax.vmap(environment.noise)(jax.random.split(jax.random.key(place), draws))
    walk = jax.vmap(lambda z: environment.transition(z, task, task.start, jnp.array(0)).state)(noise)
    law = one_step_law(place, volatility, n)
    assert law.sum() == pytest.approx(1.0)
    counts, likely = np.bincount(walk, minlength=n + 1), law * draws > 5
    assert counts[law == 0].sum() == 0
    observed, expected = np.append(counts[likely], counts[~likely].sum()), law[likely] * draws
    expected = np.append(expected, draws - expected.sum() + 1e-9)
    statistic = np.sum((observed - expected)[expected > 1] ** 2 / expected[expected > 1])
    assert scipy.stats.chi2.sf(statistic, (expected > 1).sum() - 1) > 1e-4


def test_reflection_folds_at_both_ends():
    folded = reflect(jnp.array([-1, -3, 0, 2, 5, 6, 8, 10, 11, 15, -10]), 5)
    assert folded.tolist() == [1, 3, 0, 2, 5, 4, 2, 0, 1, 5, 0]


def test_the_walk_does_not_depend_on_the_action():
    environment = RestlessBandit()
    task, noise = RestlessTask(jnp.array(50), jnp.array(0.2)), RestlessNoise(jnp.array(0.5), jnp.array(1.3))
    one, other = (environment.transition(noise, task, task.start, jnp.array(a)).state for a in (0, 1))
    assert one == other == 76


def test_choosing_an_arm():
    values = jnp.array([0.2, 0.5, 0.9])
    assert [float(choose(values, jnp.array(k))) for k in range(3)] == [float(v) for v in values]
