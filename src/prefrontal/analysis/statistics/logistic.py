"""Logistic regression on choices that depend on each other within a lifetime."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer, Real
from scipy import special

from prefrontal.analysis.statistics.newton import End, Loss, minimise
from prefrontal.checks import check_between, check_truth

FEWEST = 10  # lifetimes: of fewer, robust errors are much too small
FLAT = 1e-6  # what is left of a loss's bend where the choices do not determine a weight


class Rows(NamedTuple):
    """For each problem, the rows of a design, how often each occurred, and how often it was chosen then."""

    design: Float[np.ndarray, "problems n k"]
    came: Float[np.ndarray, "problems n"]
    chosen: Real[np.ndarray, "problems n"]

    def take(self, problems: Integer[np.ndarray, "some"]) -> "Rows":
        return Rows(*(array[problems] for array in self))


class LogisticFit(NamedTuple):
    """Weights, and their covariance.

    If `robust`, the covariance is the sandwich H⁻¹ G H⁻¹, with H the loss's Hessian and G the sum of the
    lifetimes' squared scores: trials of a lifetime may depend on each other beyond what the predictors
    explain. Otherwise it is H⁻¹.

    The sandwich for few lifetimes is too small; for one lifetime it is 0, because the score is 0 at the best
    weights. For 21 weights of choices simulated in 2, 5, 10, 22 and 44 lifetimes, ±1.96 errors contained the
    true weight 58, 83, 90, 93 and 94 times in 100; with H⁻¹, 94 to 95 times. The errors of single weights do
    not need more lifetimes than weights.
    """

    weights: Float[np.ndarray, "k"]
    covariance: Float[np.ndarray, "k k"]
    robust: bool

    @property
    def errors(self) -> Float[np.ndarray, "k"]:
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))  # rounding may leave one below 0


def fit_logistic(
    design: Float[np.ndarray, "N t k"],
    chosen: Real[np.ndarray, "N t"] | Bool[np.ndarray, "N t"],
    ridge: float,
    came: Bool[np.ndarray, "N t"] | None = None,
    robust: bool = True,
) -> LogisticFit:
    """Weights of P(chosen) = σ(design · weights), lifetimes first; the first predictor is the intercept.

    **Arguments:** `chosen`, 0 or 1; `came`, False if there was no choice (None: there always was). `ridge`:
    ridge / 2 times the sum of the squared slopes is added to the loss, which is summed over trials. It keeps
    slopes finite for an agent whose choices are certain: the slopes are then large, and only their signs have
    meaning. `robust`: whether the covariance is the sandwich; if False, it is the inverse Hessian, for trials
    that are independent given their predictors.

    **Raises:** ValueError for other codes; if `robust` and there are fewer than 10 lifetimes; and if the
    choices do not determine a weight, with a ridge of 0.
    """
    design, chosen = np.asarray(design), np.asarray(chosen)
    came = np.ones(chosen.shape, bool) if came is None else np.asarray(came, bool)
    check_between("ridge", ridge, 0.0)
    check_truth("robust", robust)
    _check(design, chosen, came)
    lifetimes = int(came.any(axis=1).sum())
    if robust and lifetimes < FEWEST:
        raise ValueError(
            f"lifetimes with choices: {lifetimes}; robust errors are over lifetimes and need at "
            f"least {FEWEST}. Give one subject's blocks or sessions as lifetimes, or "
            "robust=False for errors over trials"
        )
    chosen, size = np.where(came, chosen, 0).astype(np.float64), design.shape[-1]
    penalty = np.full(size, ridge)
    penalty[0] = 0.0
    rows = _alike(design.reshape(-1, size), came.ravel().astype(np.float64), chosen.ravel())
    end = fit_rows(rows, penalty)
    weights, hessian = end.parameters[0], end.loss.hessian[0]
    if ridge == 0:
        _check_determined(rows, hessian)
    if not end.converged.all():
        raise ValueError("the logistic regression has not converged in 100 steps; give a larger ridge")
    inverse = np.linalg.pinv(hessian)
    if not robust:
        return LogisticFit(weights, inverse, robust)
    scores = np.einsum("ntk,nt->nk", design, chosen - came * special.expit(design @ weights))
    return LogisticFit(weights, inverse @ (scores.T @ scores) @ inverse, robust)


def _check(design: np.ndarray, chosen: np.ndarray, came: np.ndarray) -> None:
    if design.ndim != 3 or not design.shape[:2] == chosen.shape == came.shape:
        raise ValueError(
            f"design, chosen and came have the shapes {design.shape}, {chosen.shape} and {came.shape}; they "
            "must be (lifetimes, trials, predictors) and twice (lifetimes, trials)"
        )
    for name, array in (("design", design), ("chosen", chosen)):
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{name} has the type {array.dtype}; it must hold numbers")
    if not np.isfinite(design).all():
        raise ValueError("design is not finite; it must be, also where no choice came")
    if not (((chosen == 0) | (chosen == 1)) | ~came).all():
        raise ValueError("chosen has other values than 0 and 1; it must be 1 where the choice was made")
    if not came.any():
        raise ValueError("no choice came; at least one must")


def _check_determined(rows: Rows, hessian: Float[np.ndarray, "k k"]) -> None:
    """Raise a ValueError if the loss is almost flat along some weights, by its curvature at weights of 0."""
    begun = np.sqrt((rows.came[0] @ rows.design[0] ** 2) / 4)
    if not begun.all() or np.linalg.eigvalsh(hessian / begun / begun[:, None])[0] < FLAT:
        raise ValueError(
            "the choices leave a weight open: predictors determine them exactly, or are multiples of each "
            "other; give a ridge above 0"
        )


def _alike(
    design: Float[np.ndarray, "N k"], came: Float[np.ndarray, "N"], chosen: Float[np.ndarray, "N"]
) -> Rows:
    """Identical rows, combined. There are few different histories of a few trials, and the loss is over all.

    Rows are distinguished by their product with a random vector, and then compared.
    """
    mark = design @ np.random.default_rng(0).normal(size=design.shape[1])
    _, first, of = np.unique(mark, return_index=True, return_inverse=True)
    if not np.array_equal(design[first][of], design):  # two that differ have one product
        return Rows(design[None], came[None], chosen[None])
    return Rows(design[first][None], np.bincount(of, came)[None], np.bincount(of, chosen)[None])


def fit_rows(rows: Rows, penalty: Float[np.ndarray, "k"], gain: float = 1e-9) -> End:
    """Logistic regressions side by side. `penalty` / 2 times the squared weights is added to each loss.

    The fits continue until a step would lower no loss by `gain` / 2 or more.

    **Raises:** ValueError if a row was chosen fewer than 0 times, or more often than it occurred.
    """
    if not ((rows.chosen >= 0) & (rows.chosen <= rows.came)).all():
        raise ValueError("chosen must lie between 0 and came in every row")
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
