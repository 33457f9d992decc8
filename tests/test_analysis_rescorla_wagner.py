"""Rescorla-Wagner fits: the likelihood against its definition, and simulated learners found again."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from prefrontal.analysis.choices import rescorla_wagner
from prefrontal.analysis.choices.rescorla_wagner import (
    blocks_of_one_volatility,
    compare_shared_alpha,
    fit,
    fit_models,
    learning_rate_against_volatility,
    log_likelihood,
    preferred,
    proportion_preferred,
    rank_correlation,
)

BLOCKS, LIFETIMES, PULLS = 40, 10, 100


def slow_log_likelihood(action, reward, alpha, beta, epsilon) -> float:
    """One block, pull by pull, as the equations are written."""
    total = 0.0
    for choices, outcomes in zip(action, reward, strict=True):
        value = [0.5, 0.5]
        for chosen, outcome in zip(choices, outcomes, strict=True):
            weights = [math.exp(beta * worth) for worth in value]
            total += math.log(epsilon / 2 + (1 - epsilon) * weights[chosen] / sum(weights))
            value[chosen] += alpha * (outcome - value[chosen])
    return total


def simulate(alpha, beta, epsilon, seed: int, volatility: float = 0.1):
    """Learners with these parameters, one for each block, on arms p and 1 - p that wander."""
    rng = np.random.default_rng(seed)
    alpha, beta, epsilon = (np.asarray(one, dtype=float)[:, None] for one in (alpha, beta, epsilon))
    shape = (len(alpha), LIFETIMES)
    p, values = rng.random(shape), np.full((2, *shape), 0.5)
    action, reward = np.empty((*shape, PULLS), int), np.empty((*shape, PULLS))
    for t in range(PULLS):
        second = epsilon / 2 + (1 - epsilon) / (1 + np.exp(-beta * (values[1] - values[0])))
        chosen = (rng.random(shape) < second).astype(int)
        outcome = (rng.random(shape) < np.where(chosen == 0, p, 1 - p)).astype(float)
        for arm in (0, 1):
            values[arm] += np.where(chosen == arm, alpha * (outcome - values[arm]), 0.0)
        action[..., t], reward[..., t] = chosen, outcome
        p = 1 - np.abs(1 - np.abs(p + volatility * rng.normal(size=shape)))
    return action, reward


def constant(value: float, blocks: int = BLOCKS) -> np.ndarray:
    return np.full(blocks, value)


@pytest.fixture(scope="module")
def learners():
    """Parameters drawn over a wide range, and what the learners did."""
    rng = np.random.default_rng(0)
    parameters = (rng.uniform(0.05, 0.85, BLOCKS), rng.uniform(1.5, 7, BLOCKS), constant(0.0))
    return np.stack(parameters, axis=1), *simulate(*parameters, seed=1)


def test_likelihood_is_its_definition():
    rng = np.random.default_rng(2)
    action, reward = rng.integers(0, 2, (4, 3, 25)), rng.random((4, 3, 25))
    parameters = np.array([[0.3, 4.0, 0.1], [0.9, 0.0, 0.0], [0.0, 20.0, 0.5], [1.0, 8.0, 1.0]])
    expected = [slow_log_likelihood(*block) for block in zip(action, reward, *parameters.T, strict=True)]
    np.testing.assert_allclose(log_likelihood(action, reward, parameters), expected, rtol=1e-12)


def test_two_pulls_by_hand():
    """The first pull is a coin toss. It was rewarded: value 1/2 + α/2; then P(stay) = σ(β α / 2)."""
    found = log_likelihood(np.array([[[1, 1]]]), np.array([[[1.0, 0.0]]]), np.array([[0.6, 5.0, 0.0]]))
    assert found[0] == pytest.approx(math.log(0.5) - math.log(1 + math.exp(-1.5)), rel=1e-12)


def test_values_start_afresh_in_each_lifetime():
    action, reward = np.array([[[0, 0, 1], [1, 0, 0]]]), np.array([[[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]])
    parameters = np.array([[0.4, 6.0, 0.05]])
    apart = [log_likelihood(action[:, [n]], reward[:, [n]], parameters)[0] for n in (0, 1)]
    assert log_likelihood(action, reward, parameters)[0] == pytest.approx(sum(apart), rel=1e-12)


def test_derivatives_are_those_of_the_likelihood():
    rng = np.random.default_rng(3)
    action, reward = rng.integers(0, 2, (1, 4, 30)), rng.integers(0, 2, (1, 4, 30)).astype(float)
    blocks = rescorla_wagner._prepare(action, reward)
    point = np.array([0.35, 3.0, 0.15])

    def loss(at):
        return rescorla_wagner._loss(blocks, at[None])

    found = loss(point)
    assert found.value[0] == pytest.approx(-log_likelihood(action, reward, point[None])[0], rel=1e-12)
    for place, step in enumerate(np.eye(3) * 1e-6):
        up, down = loss(point + step), loss(point - step)
        assert found.gradient[0, place] == pytest.approx((up.value[0] - down.value[0]) / 2e-6, rel=1e-5)
        np.testing.assert_allclose(
            found.hessian[0, place], (up.gradient[0] - down.gradient[0]) / 2e-6, rtol=1e-5, atol=1e-5
        )


@pytest.mark.parametrize("model", ["b", "ab", "be", "abe"])
def test_fit_is_the_maximum(learners, model):
    """No other method, started anywhere, finds a better point for a block."""
    _, action, reward = learners
    few = slice(0, 3)
    found = fit(action[few], reward[few], model)
    assert found.converged.all()
    free = list(rescorla_wagner.MODELS[model])
    rng = np.random.default_rng(4)
    for block in range(3):

        def loss(x, block=block):
            point = np.array([0.5, 1.0, 0.0])
            point[free] = x
            return -log_likelihood(action[[block]], reward[[block]], point[None])[0]

        bounds = [(0.0, high) for high in rescorla_wagner.HIGHEST[free]]
        starts = rng.uniform(0.05, 0.6, (4, len(free))) * np.array([1.0, 20.0, 1.0])[free]
        best = min(optimize.minimize(loss, start, bounds=bounds, method="L-BFGS-B").fun for start in starts)
        assert -found.log_likelihood[block] <= best + 1e-5


def test_what_is_not_fitted_is_as_in_the_paper(learners):
    _, action, reward = learners
    fits = fit_models(action[:4], reward[:4])
    assert (fits["b"].parameters[:, [0, 2]] == [0.5, 0.0]).all()
    assert (fits["be"].parameters[:, 0] == 0.5).all()
    assert (fits["ab"].parameters[:, 2] == 0.0).all()
    for model, found in fits.items():
        expected = len(model) * math.log(LIFETIMES * PULLS) - 2 * found.log_likelihood
        np.testing.assert_allclose(found.bic, expected, rtol=1e-12)
        likelihood = log_likelihood(action[:4], reward[:4], found.parameters)
        np.testing.assert_allclose(found.log_likelihood, likelihood, rtol=1e-12)


def test_a_larger_model_is_never_less_likely(learners):
    _, action, reward = learners
    best = {model: found.log_likelihood for model, found in fit_models(action, reward).items()}
    for small, large in (("b", "ab"), ("b", "be"), ("ab", "abe"), ("be", "abe")):
        assert (best[large] >= best[small] - 1e-9).all()


def test_parameters_are_recovered(learners):
    parameters, action, reward = learners
    found = fit(action, reward, "ab")
    assert found.converged.all()
    for place, least, bias in ((0, 0.97, 0.015), (1, 0.9, 0.25)):
        assert np.corrcoef(found.parameters[:, place], parameters[:, place])[0, 1] > least
        assert abs(np.mean(found.parameters[:, place] - parameters[:, place])) < bias


def test_lapses_are_recovered():
    rng = np.random.default_rng(5)
    epsilon = rng.uniform(0, 0.4, BLOCKS)
    found = fit(*simulate(constant(0.4), constant(8.0), epsilon, seed=6), "be")
    assert np.corrcoef(found.parameters[:, 2], epsilon)[0, 1] > 0.85


GENERATING = {
    "b": (0.5, 4.0, 0.0),
    "ab": (0.15, 6.0, 0.0),
    "be": (0.5, 15.0, 0.25),
    "abe": (0.15, 25.0, 0.25),
}


@pytest.mark.parametrize("model", list(GENERATING))
def test_bic_picks_the_model_that_generated_the_choices(model):
    fits = fit_models(*simulate(*(constant(value) for value in GENERATING[model]), seed=7))
    assert preferred(fits) == model
    proportions = proportion_preferred(fits)
    assert proportions[model] > 0.7
    assert sum(proportions.values()) == pytest.approx(1.0)


def test_a_learning_rate_for_each_block_is_preferred_where_they_differ_and_only_there():
    same = compare_shared_alpha(*simulate(constant(0.3), constant(5.0), constant(0.0), seed=8))
    assert not same.prefers_per_block
    assert same.alpha == pytest.approx(0.3, abs=0.03)
    rates = np.linspace(0.05, 0.9, BLOCKS)
    assert compare_shared_alpha(*simulate(rates, constant(5.0), constant(0.0), seed=9)).prefers_per_block


def test_bic_of_the_comparison_is_its_definition():
    action, reward = simulate(constant(0.3, 5), constant(5.0, 5), constant(0.0, 5), seed=10)
    found = compare_shared_alpha(action, reward)
    own = fit(action, reward, "ab").log_likelihood.sum()
    assert found.per_block_bic == pytest.approx(10 * math.log(5 * 1000) - 2 * own, rel=1e-12)

    def at_best_betas(alpha):
        def loss(beta, block):
            return -log_likelihood(action[[block]], reward[[block]], np.array([[alpha, beta, 0.0]]))[0]

        bests = [
            optimize.minimize_scalar(loss, bounds=(0, 50), args=(n,), method="bounded") for n in range(5)
        ]
        return sum(best.fun for best in bests)

    shared = min(at_best_betas(alpha) for alpha in found.alpha + np.array([-0.01, 0.0, 0.01]))
    assert found.shared_bic == pytest.approx(6 * math.log(5 * 1000) + 2 * shared, abs=1e-3)


def test_rank_correlation_is_spearmans():
    rng = np.random.default_rng(11)
    x, y = rng.integers(0, 4, 50), rng.normal(size=50)
    assert rank_correlation(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, rel=1e-12)
    assert rank_correlation(np.arange(9), np.arange(9) ** 3) == pytest.approx(1.0)
    assert np.isnan(rank_correlation(np.ones(4), np.arange(4)))


def test_learning_rate_against_volatility():
    rng = np.random.default_rng(12)
    volatility = np.repeat([0.02, 0.05, 0.1, 0.2], 25)
    rises, (low, high) = learning_rate_against_volatility(volatility + rng.normal(0, 0.05, 100), volatility)
    assert 0 < low < rises < high < 1
    level, (low, high) = learning_rate_against_volatility(rng.random(100), volatility)
    assert low < 0 < high
    assert low < level < high
    with pytest.raises(ValueError, match="alpha or volatility is the same in all blocks"):
        learning_rate_against_volatility(rng.random(10), np.ones(10))


def test_blocks_hold_lifetimes_of_one_volatility_each_once():
    volatility = np.random.default_rng(13).choice([0.02, 0.1, 0.3], 200).astype(np.float32)
    blocks, levels = blocks_of_one_volatility(volatility)
    assert (volatility[blocks] == levels[:, None].astype(np.float32)).all()
    assert len(np.unique(blocks)) == blocks.size
    assert len(blocks) == sum((volatility == level).sum() // 10 for level in np.unique(volatility))
    assert (np.unique(levels, return_counts=True)[1] <= 20).all()


def test_no_more_blocks_than_asked_for():
    blocks, levels = blocks_of_one_volatility(np.repeat([1.0, 2.0], 35), size=5, most=3)
    assert (blocks.shape, levels.tolist()) == ((6, 5), [1, 1, 1, 2, 2, 2])


def test_volatilities_that_all_differ_make_no_blocks():
    with pytest.raises(ValueError, match="no volatility has 10 lifetimes"):
        blocks_of_one_volatility(np.arange(50.0))


def test_a_third_arm_is_refused():
    with pytest.raises(ValueError, match="action is 2 at \\(0, 0, 1\\); it must be a choice from 0 to 1"):
        fit(np.array([[[0, 2]]]), np.zeros((1, 1, 2)), "b")


@pytest.mark.parametrize("model", ["ab", "abe"])
def test_one_that_never_errs_is_fitted_at_the_edge_of_the_box(model):
    """Without noise β grows without bound: the fit stays in the box and says that it is flat there."""
    action, reward = simulate(constant(1.0, 4), constant(500.0, 4), constant(0.0, 4), seed=14)
    found = fit(action, reward, model)
    assert found.converged.all()
    assert np.isfinite(found.bic).all()
    assert (found.alpha > 0.9).all()
    assert (found.parameters[:, 1] > 20).all()
