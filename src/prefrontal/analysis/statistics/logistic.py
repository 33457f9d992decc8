"""Logistic regression on choices that depend on each other within a lifetime."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer, Real
from scipy import special

from prefrontal.analysis.statistics.newton import End, Loss, minimise


class Rows(NamedTuple):
    """Of each problem the rows of a design, how often each came, and how often it was chosen then."""

    design: Float[np.ndarray, "problems n k"]
    came: Float[np.ndarray, "problems n"]
    chosen: Real[np.ndarray, "problems n"]

    def take(self, problems: Integer[np.ndarray, "some"]) -> "Rows":
        return Rows(*(array[problems] for array in self))


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
    end = fit_rows(_alike(design.reshape(-1, design.shape[-1]), chosen.ravel()), penalty)
    if not end.converged.all():
        raise ValueError("the logistic regression has not converged in 100 steps; give a larger ridge")
    weights, hessian = end.parameters[0], end.loss.hessian[0]
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
        return Rows(design[None], np.ones((1, len(design))), chosen[None])
    came = np.bincount(of).astype(np.float64)
    return Rows(design[first][None], came[None], np.bincount(of, chosen)[None])


def fit_rows(rows: Rows, penalty: Float[np.ndarray, "k"], gain: float = 1e-9) -> End:
    """Logistic regressions side by side. `penalty` / 2 times the squared weights is added to each loss.

    They go on until a step would lower no loss by as much as `gain` / 2.
    """
    count, _, size = rows.design.shape
    loss_of = lambda problems, weights: _loss(rows.take(problems), penalty, weights)  # noqa: E731
    return minimise(loss_of, np.zeros((count, size)), gain=gain, together=True)


def _loss(rows: Rows, penalty: Float[np.ndarray, "k"], weights: Float[np.ndarray, "problems k"]) -> Loss:
    odds = np.einsum("bnk,bk->bn", rows.design, weights)
    chance = special.expit(odds)
    lost = rows.came * np.logaddexp(0.0, odds) - rows.chosen * odds
    value = lost.sum(axis=1) + (penalty * weights**2).sum(axis=1) / 2
    gradient = np.einsum("bnk,bn->bk", rows.design, rows.came * chance - rows.chosen) + penalty * weights
    spread = rows.design * (rows.came * chance * (1 - chance))[:, :, None]
    return Loss(value, gradient, spread.transpose(0, 2, 1) @ rows.design + np.diag(penalty))
