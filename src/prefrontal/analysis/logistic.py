"""Logistic regression on choices that depend on each other within a lifetime."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Real
from scipy import special


class LogisticFit(NamedTuple):
    """Weights, and their covariance by the sandwich H⁻¹ G H⁻¹: robust to dependence within a lifetime.

    H is the loss's Hessian, G the sum over lifetimes of the squared score of each.
    """

    weights: Float[np.ndarray, "k"]
    covariance: Float[np.ndarray, "k k"]

    @property
    def errors(self) -> Float[np.ndarray, "k"]:
        return np.sqrt(np.diag(self.covariance))


def fit_logistic(
    design: Float[np.ndarray, "N t k"],
    chosen: Real[np.ndarray, "N t"] | Bool[np.ndarray, "N t"],
    ridge: float,
) -> LogisticFit:
    """Weights of P(chosen) = σ(design · weights), lifetimes first; the first predictor is the intercept.

    **Arguments:** `ridge`, ridge / 2 times the sum of the squared slopes is added to the loss, summed
    over trials. It keeps the slopes of an agent whose choices are certain finite: these are then large,
    and only their signs mean anything.
    """
    chosen = chosen.astype(np.float64)
    penalty = np.full(design.shape[-1], ridge)
    penalty[0] = 0.0
    weights, hessian = _newton(design.reshape(-1, design.shape[-1]), chosen.ravel(), penalty)
    scores = np.einsum("ntk,nt->nk", design, chosen - special.expit(design @ weights))
    inverse = np.linalg.pinv(hessian)
    return LogisticFit(weights, inverse @ (scores.T @ scores) @ inverse)


def _newton(
    design: Float[np.ndarray, "n k"], chosen: Float[np.ndarray, "n"], penalty: Float[np.ndarray, "k"]
) -> tuple[Float[np.ndarray, "k"], Float[np.ndarray, "k k"]]:
    """Newton's method with halved steps: the weights and the Hessian there."""
    weights = np.zeros(design.shape[1])
    loss = _loss(design, chosen, penalty, weights)
    for _ in range(100):
        chance = special.expit(design @ weights)
        gradient = design.T @ (chance - chosen) + penalty * weights
        hessian = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.lstsq(hessian, gradient, rcond=None)[0]
        if gradient @ step < 1e-9:
            return weights, hessian
        weights, loss = _descend(design, chosen, penalty, weights, step, loss)
    raise ValueError("the logistic regression has not converged in 100 steps; give a larger ridge")


def _descend(design, chosen, penalty, weights, step, loss) -> tuple[np.ndarray, float]:
    """Take the step, or the largest of its halves that does not raise the loss."""
    for halvings in range(50):
        proposal = weights - step / 2**halvings
        found = _loss(design, chosen, penalty, proposal)
        if found <= loss:
            return proposal, found
    return weights, loss


def _loss(design, chosen, penalty, weights) -> float:
    odds = design @ weights
    return float((np.logaddexp(0.0, odds) - chosen * odds).sum() + (penalty * weights**2).sum() / 2)
