"""The logistic regression against its definition: the weights, and errors that hold within lifetimes."""

import numpy as np
import pytest
from scipy import optimize, special

from prefrontal.analysis.statistics.logistic import fit_logistic

RIDGE = 0.3


def choices(signs: bool):
    """Lifetimes whose choices follow known weights; predictors of ±1 come again and again, others do not."""
    rng = np.random.default_rng(0)
    design = rng.normal(size=(60, 25, 4))
    design = np.sign(design) if signs else design
    design[..., 0] = 1.0
    luck = 0.7 * rng.normal(size=(60, 1))  # shared within a lifetime
    odds = design @ np.array([0.2, 1.0, -0.5, 0.0]) + luck
    return design, rng.random(odds.shape) < special.expit(odds)


@pytest.mark.parametrize("signs", [True, False])
def test_the_weights_are_those_of_the_least_loss(signs):
    design, chosen = choices(signs)

    def loss(weights):
        odds = design @ weights
        return np.sum(np.logaddexp(0, odds) - chosen * odds) + RIDGE / 2 * np.sum(weights[1:] ** 2)

    best = optimize.minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-7}).x
    np.testing.assert_allclose(fit_logistic(design, chosen, RIDGE).weights, best, atol=1e-5)


@pytest.mark.parametrize("signs", [True, False])
def test_the_covariance_is_the_sandwich(signs):
    design, chosen = choices(signs)
    found = fit_logistic(design, chosen, RIDGE)
    chance = special.expit(design @ found.weights)
    hessian = np.einsum("ntk,ntl,nt->kl", design, design, chance * (1 - chance)) + RIDGE * np.diag(
        [0, 1, 1, 1]
    )
    scores = ((chosen - chance)[..., None] * design).sum(axis=1)
    inverse = np.linalg.inv(hessian)
    np.testing.assert_allclose(found.covariance, inverse @ scores.T @ scores @ inverse, rtol=1e-6)


def test_that_rows_come_again_makes_no_difference():
    """The same choices with predictors moved by a hair, so that no two rows are the same."""
    design, chosen = choices(signs=True)
    moved = design + 1e-9 * np.random.default_rng(1).normal(size=design.shape)
    moved[..., 0] = 1.0
    once, apart = fit_logistic(design, chosen, RIDGE), fit_logistic(moved, chosen, RIDGE)
    np.testing.assert_allclose(once.weights, apart.weights, atol=1e-6)
    np.testing.assert_allclose(once.errors, apart.errors, atol=1e-6)
