"""Analysis of the recorded units of a memory: linear decoding, encoding, and principal components.

Units are `(N, T, H)`: lifetimes, steps, units. `units[:, t]` is after percept `t` and before reward `t`.
Folds consist of whole lifetimes: the steps of one lifetime are alike, so a fold that shared a lifetime with
the rest would count similarity as information.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real

from prefrontal.checks import check_integer


class Components(NamedTuple):
    """Principal components of unit activity, largest first."""

    explained: Float[np.ndarray, "k"]  # the proportion of the variance over lifetimes and steps
    directions: Float[np.ndarray, "k H"]  # of length 1; the largest entry of each is positive
    projected: Float[np.ndarray, "N T k"]


def decoding(
    units: Real[np.ndarray, "N T H"], variable: Real[np.ndarray, "N T"], folds: int = 5, ridge: float = 1e-3
) -> float:
    """R² of a variable (a posterior mean, the last reward) from all units, in held-out lifetimes."""
    return float(cross_validated_r2(units, variable[:, :, None], folds, ridge)[0])


def encoding(
    units: Real[np.ndarray, "N T H"],
    variables: Real[np.ndarray, "N T V"],
    folds: int = 5,
    ridge: float = 1e-3,
) -> Float[np.ndarray, "H"]:
    """R² of each unit predicted from variables, in held-out lifetimes; NaN for a unit that never changes."""
    return cross_validated_r2(variables, units, folds, ridge)


def cross_validated_r2(
    predictors: Real[np.ndarray, "N T P"],
    targets: Real[np.ndarray, "N T Q"],
    folds: int = 5,
    ridge: float = 1e-3,
) -> Float[np.ndarray, "Q"]:
    """1 - Σ(y - ŷ)² / Σ(y - ȳ)², with each ŷ and ȳ (the mean) from the folds that do not contain y.

    It is about 0 if the predictors carry no information, negative if they mislead, and NaN for a constant
    target.

    **Arguments:** `folds`, lifetime i is in fold i modulo `folds`; `ridge`, of standardised predictors, per
    sample: the penalty on slopes b is ridge · |b|², beside the mean squared error.
    """
    check_integer("folds", folds, 2, len(predictors))
    predictors, targets = predictors.astype(np.float64), targets.astype(np.float64)
    residual, total = np.zeros(targets.shape[-1]), np.zeros(targets.shape[-1])
    fold_of = np.arange(len(predictors)) % folds
    for fold in range(folds):
        inside, outside = fold_of == fold, fold_of != fold
        known, truth = _rows(targets[outside]), _rows(targets[inside])
        predicted = _ridge_prediction(_rows(predictors[outside]), known, _rows(predictors[inside]), ridge)
        residual += ((truth - predicted) ** 2).sum(axis=0)
        total += ((truth - known.mean(axis=0)) ** 2).sum(axis=0)
    changes = np.ptp(_rows(targets), axis=0) > 0
    return 1 - np.divide(residual, total, out=np.full(len(total), np.nan), where=changes)


def principal_components(units: Real[np.ndarray, "N T H"], k: int) -> Components:
    """The first `k` principal components of the units, centred on their mean over lifetimes and steps."""
    check_integer("k", k, 1, units.shape[-1])
    centred = _rows(units.astype(np.float64))
    centred = centred - centred.mean(axis=0)
    variances, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    if variances[-1] <= 0:
        raise ValueError("units never change; principal components need some variance")
    directions = vectors[:, ::-1][:, :k].T
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1, keepdims=True), axis=1)
    directions = directions * np.sign(largest)
    explained = np.maximum(variances[::-1][:k], 0.0) / variances.sum()
    return Components(explained, directions, (centred @ directions.T).reshape(*units.shape[:2], k))


def _rows(array: Float[np.ndarray, "N T d"]) -> Float[np.ndarray, "NT d"]:
    return array.reshape(-1, array.shape[-1])


def _ridge_prediction(
    predictors: Float[np.ndarray, "n P"],
    targets: Float[np.ndarray, "n Q"],
    new: Float[np.ndarray, "m P"],
    ridge: float,
) -> Float[np.ndarray, "m Q"]:
    """Targets of `new` by ridge regression with an intercept. A predictor that never changes is not used."""
    mean, spread = predictors.mean(axis=0), predictors.std(axis=0)
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 1e-12)
    x, centre = (predictors - mean) * scale, targets.mean(axis=0)
    gram = x.T @ x / len(x) + ridge * np.eye(x.shape[1])
    slopes = np.linalg.solve(gram, x.T @ (targets - centre) / len(x))
    return centre + ((new - mean) * scale) @ slopes
