"""Logistic regression on choices that depend on each other within a lifetime."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Real
from scipy import special


class Rows(NamedTuple):
    """Different rows of a design, how often each came, and how often it was chosen then."""

    design: Float[np.ndarray, "n k"]
    came: Float[np.ndarray, "n"]
    chosen: Float[np.ndarray, "n"]


class LogisticFit(NamedTuple):
    """Weights, and their covariance by the sandwich H⁻¹ G H⁻¹: robust to dependence within a lifetime.

    H is the loss's Hessian, G the sum over lifetimes of the squared score of each.
    """

    weights: Float[np.ndarray, "k"]
    covariance: Float[np.ndarray, "k k"]

    @property
    def errors(self) -> Float[np.ndarray, "k"]:
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))  # rounding may leave one below 0


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
    weights, hessian = _newton(_alike(design.reshape(-1, design.shape[-1]), chosen.ravel()), penalty)
    scores = np.einsum("ntk,nt->nk", design, chosen - special.expit(design @ weights))
    inverse = np.linalg.pinv(hessian)
    return LogisticFit(weights, inverse @ (scores.T @ scores) @ inverse)


def _alike(design: Float[np.ndarray, "N k"], chosen: Float[np.ndarray, "N"]) -> Rows:
    """Rows that are the same, put together. Histories of a few trials are few, and the loss is over all.

    Rows are told apart by their product with a random vector, and then compared.
    """
    mark = design @ np.random.default_rng(0).normal(size=design.shape[1])
    _, first, of = np.unique(mark, return_index=True, return_inverse=True)
    if not np.array_equal(design[first][of], design):  # two that differ have one product
        return Rows(design, np.ones(len(design)), chosen)
    return Rows(design[first], np.bincount(of).astype(np.float64), np.bincount(of, chosen))


def _newton(
    rows: Rows, penalty: Float[np.ndarray, "k"]
) -> tuple[Float[np.ndarray, "k"], Float[np.ndarray, "k k"]]:
    """Newton's method with halved steps: the weights and the Hessian there."""
    weights = np.zeros(rows.design.shape[1])
    loss = _loss(rows, penalty, weights)
    for _ in range(100):
        chance = special.expit(rows.design @ weights)
        gradient = rows.design.T @ (rows.came * chance - rows.chosen) + penalty * weights
        spread = rows.came * chance * (1 - chance)
        hessian = (rows.design * spread[:, None]).T @ rows.design + np.diag(penalty)
        step = np.linalg.lstsq(hessian, gradient, rcond=None)[0]
        if gradient @ step < 1e-9:
            return weights, hessian
        weights, loss = _descend(rows, penalty, weights, step, loss)
    raise ValueError("the logistic regression has not converged in 100 steps; give a larger ridge")


def _descend(rows, penalty, weights, step, loss) -> tuple[np.ndarray, float]:
    """Take the step, or the largest of its halves that does not raise the loss."""
    for halvings in range(50):
        proposal = weights - step / 2**halvings
        found = _loss(rows, penalty, proposal)
        if found <= loss:
            return proposal, found
    return weights, loss


def _loss(rows, penalty, weights) -> float:
    odds = rows.design @ weights
    lost = rows.came * np.logaddexp(0.0, odds) - rows.chosen * odds
    return float(lost.sum() + (penalty * weights**2).sum() / 2)
