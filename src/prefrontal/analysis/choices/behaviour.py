"""What one would measure of an animal's choices, measured of an agent's.

Arrays are lifetimes by trials, `(N, T)`: the action at each trial and the reward it brought. Lifetimes are
independent and trials within one are not, so every error and interval here is over lifetimes.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer, Real
from scipy import special

from prefrontal.analysis.choices.checking import check_choices
from prefrontal.analysis.statistics.intervals import LEVEL
from prefrontal.analysis.statistics.logistic import fit_logistic
from prefrontal.checks import check_integer


class Proportion(NamedTuple):
    """How often something was done of the times it could be, and its interval over lifetimes."""

    value: float
    low: float
    high: float
    chances: int  # how many times it could be


class StayAndShift(NamedTuple):
    """Of repeating the last choice after a reward, and of changing it after none."""

    win_stay: Proportion
    lose_shift: Proportion


class HistoryRegression(NamedTuple):
    """Log-odds of choosing arm 1 over arm 0, by what happened `lag` trials before; index 0 is lag 1."""

    intercept: float
    reward: Float[np.ndarray, "lags"]  # of a reward from arm 1; the same, negative, for one from arm 0
    choice: Float[np.ndarray, "lags"]  # of having chosen arm 1; the same, negative, for arm 0
    intercept_error: float
    reward_error: Float[np.ndarray, "lags"]  # standard errors, robust to dependence within a lifetime
    choice_error: Float[np.ndarray, "lags"]


class Matching(NamedTuple):
    """Of each lifetime, and the generalised matching law fitted to all of them.

    ln(c₁ / c₀) = sensitivity · ln(r₁ / r₀) + bias, with c and r an arm's choices and rewards. Matching is 1.
    """

    choice_fraction: Float[np.ndarray, "N"]  # of arm 1
    reward_fraction: Float[np.ndarray, "N"]  # NaN in a lifetime without a reward
    sensitivity: float
    sensitivity_error: float
    bias: float


def choice_by_trial(action: Integer[np.ndarray, "N T"], arms: int) -> Float[np.ndarray, "arms T"]:
    """The proportion of lifetimes that choose each arm at each trial."""
    check_integer("arms", arms, int(action.max()) + 1)
    return np.stack([(action == arm).mean(axis=0) for arm in range(arms)])


def win_stay_lose_shift(
    action: Integer[np.ndarray, "N T"],
    reward: Real[np.ndarray, "N T"],
    win: float = 0.5,
    level: float = LEVEL,
) -> StayAndShift:
    """How often a choice is repeated after a win and changed after a loss. A win is a reward above `win`."""
    check_choices(action, reward, arms=max(2, int(np.max(action)) + 1) if np.size(action) else 2)
    won = reward[:, :-1] > win
    stayed = action[:, 1:] == action[:, :-1]
    return StayAndShift(proportion(stayed, won, level), proportion(~stayed, ~won, level))


def proportion(
    happened: Bool[np.ndarray, "N T"], counted: Bool[np.ndarray, "N T"], level: float = LEVEL
) -> Proportion:
    """The proportion of the counted trials in which it happened.

    The interval is the normal one of a ratio of two sums over lifetimes, xᵢ of yᵢ trials in lifetime i
    (Cochran 1977, "Sampling techniques", chapter 6): its standard error is √N s(xᵢ - p yᵢ) / Σ yᵢ.
    """
    yes, chances = (happened & counted).sum(axis=1), counted.sum(axis=1)
    if not chances.sum() or len(chances) < 2:
        raise ValueError(f"counted has {chances.sum()} trials in {len(chances)} lifetimes; it needs 1 in 2")
    value = float(yes.sum() / chances.sum())
    error = np.sqrt(len(yes)) * (yes - value * chances).std(ddof=1) / chances.sum()
    half = float(special.ndtri((1 + level) / 2) * error)
    return Proportion(value, max(value - half, 0.0), min(value + half, 1.0), int(chances.sum()))


def history_regression(
    action: Integer[np.ndarray, "N T"], reward: Real[np.ndarray, "N T"], lags: int = 5, ridge: float = 1e-3
) -> HistoryRegression:
    """Logistic regression of choice on the last `lags` trials' rewards and choices (Lau & Glimcher 2005).

    The regressors of trial t and lag j are x = ±r, the reward j trials before, and c = ±1, the choice, each
    positive for arm 1 and negative for arm 0. Trials with less than `lags` before them are left out.

    **Arguments:** `ridge`, as in `fit_logistic`.
    """
    check_choices(action, reward)
    check_integer("lags", lags, 1, action.shape[1] - 1)
    sign = 2.0 * action - 1.0
    design = _design(sign, sign * reward, lags)
    fit = fit_logistic(design, action[:, lags:], ridge)
    weights, errors = fit.weights, fit.errors
    rewards, choices = slice(1, 1 + lags), slice(1 + lags, None)
    return HistoryRegression(
        float(weights[0]),
        weights[rewards],
        weights[choices],
        float(errors[0]),
        errors[rewards],
        errors[choices],
    )


def matching(action: Integer[np.ndarray, "N T"], reward: Real[np.ndarray, "N T"]) -> Matching:
    """Do choices follow income? The generalised matching law (Baum 1974), by least squares over lifetimes.

    Half a choice and half a reward are added to each arm's counts, so that no logarithm is infinite; this
    draws the sensitivity of short lifetimes towards 0 a little.
    """
    check_choices(action, reward, least=0.0, most=np.finfo(np.float64).max)
    second = (action == 1).astype(np.float64)
    choices = np.stack([(1 - second).sum(axis=1), second.sum(axis=1)])
    rewards = np.stack([((1 - second) * reward).sum(axis=1), (second * reward).sum(axis=1)])
    odds = np.log(choices[1] + 0.5) - np.log(choices[0] + 0.5)
    income = np.log(rewards[1] + 0.5) - np.log(rewards[0] + 0.5)
    if np.ptp(income) == 0:
        raise ValueError(
            "reward has one ratio between the arms in all lifetimes; matching needs it to differ"
        )
    slope, slope_error, intercept = _line(income, odds)
    total = rewards.sum(axis=0)
    fraction = np.divide(rewards[1], total, out=np.full(len(total), np.nan), where=total > 0)
    return Matching(choices[1] / action.shape[1], fraction, slope, slope_error, intercept)


def _line(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"]) -> tuple[float, float, float]:
    """Least squares of y on x: slope, its standard error, intercept."""
    about_x, about_y = x - x.mean(), y - y.mean()
    slope = float(about_x @ about_y / (about_x @ about_x))
    residual = about_y - slope * about_x
    error = np.sqrt(residual @ residual / (len(x) - 2) / (about_x @ about_x))
    return slope, float(error), float(y.mean() - slope * x.mean())


def _design(sign: np.ndarray, signed_reward: np.ndarray, lags: int) -> Float[np.ndarray, "N t k"]:
    """One, the signed rewards at lags 1.., the signed choices at lags 1.., for each trial from `lags` on."""
    horizon = sign.shape[1]
    back = [slice(lags - lag, horizon - lag) for lag in range(1, lags + 1)]
    columns = [signed_reward[:, at] for at in back] + [sign[:, at] for at in back]
    return np.stack([np.ones_like(columns[0]), *columns], axis=-1)
