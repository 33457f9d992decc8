"""The usual measures of an animal's choices, applied to an agent's choices.

Arrays are lifetimes by trials, `(N, T)`: the action of each trial and its reward. Lifetimes are independent
and trials within a lifetime are not, so every error and interval here is over lifetimes. `missed` is True
where the subject gave no answer; masked trials of masked arrays are also missed. A missed trial is not
counted, and gives no information about the trials before and after it.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Real
from scipy import special

from prefrontal.analysis.choices.checking import check_lags, check_lifetimes, read_choices
from prefrontal.analysis.statistics.intervals import LEVEL
from prefrontal.analysis.statistics.logistic import fit_logistic
from prefrontal.checks import check_between, check_integer

MOST_ARMS = 100_000  # to be counted one by one


class Proportion(NamedTuple):
    """How often something was done, out of the times it could be, with its interval over lifetimes."""

    value: float
    low: float
    high: float
    chances: int  # how many times it could be


class StayAndShift(NamedTuple):
    """How often the last choice is repeated after a reward, and how often it is changed after no reward."""

    win_stay: Proportion
    lose_shift: Proportion


class HistoryRegression(NamedTuple):
    """Log-odds of choosing arm 1 over arm 0, by what happened `lag` trials before. Index 0 is lag 1."""

    intercept: float
    reward: Float[np.ndarray, "lags"]  # of a reward from arm 1; the same, negative, for one from arm 0
    choice: Float[np.ndarray, "lags"]  # of having chosen arm 1; the same, negative, for arm 0
    intercept_error: float
    reward_error: Float[np.ndarray, "lags"]  # standard errors
    choice_error: Float[np.ndarray, "lags"]
    robust: bool  # errors hold where trials of a lifetime depend on each other beyond what the lags say


class Matching(NamedTuple):
    """The fractions of each lifetime, and the generalised matching law fitted to all of them.

    ln(c₁ / c₀) = sensitivity · ln(r₁ / r₀) + bias, with c and r an arm's choices and rewards. Matching is 1.
    """

    choice_fraction: Float[np.ndarray, "N"]  # of arm 1, of the choices made
    reward_fraction: Float[np.ndarray, "N"]  # NaN in a lifetime without a reward
    sensitivity: float
    sensitivity_error: float
    bias: float


def choice_by_trial(
    action: Real[np.ndarray, "N T"], arms: int, missed: Bool[np.ndarray, "N T"] | None = None
) -> Float[np.ndarray, "arms T"]:
    """The proportion of lifetimes that choose each arm at each trial, among those that choose then.

    NaN in a trial that all lifetimes missed.
    """
    lived = read_choices(action, missed=missed, arms=None)
    check_integer("arms", arms, int(lived.action.max()) + 1, MOST_ARMS)
    counts = np.stack([((lived.action == arm) & lived.made).sum(axis=0) for arm in range(arms)])
    made = counts.sum(axis=0)
    return np.divide(counts, made, out=np.full(counts.shape, np.nan), where=made > 0)


def win_stay_lose_shift(
    action: Real[np.ndarray, "N T"],
    reward: Real[np.ndarray, "N T"],
    win: float = 0.5,
    level: float = LEVEL,
    missed: Bool[np.ndarray, "N T"] | None = None,
) -> StayAndShift:
    """How often a choice is repeated after a win and changed after a loss; a win is a reward above `win`.

    Only a choice that follows a choice is counted. A missed trial and the trial after it are not counted.
    """
    check_between("win", win, -np.inf)
    _check_given("reward", reward)
    lived = read_choices(action, reward, missed, arms=None)
    won = lived.reward[:, :-1] > win
    stayed = lived.action[:, 1:] == lived.action[:, :-1]
    both = lived.made[:, 1:] & lived.made[:, :-1]
    for kind, found in (("win", both & won), ("loss", both & ~won)):
        if not found.any():
            raise ValueError(
                f"no choice follows a {kind}, a reward {'above' if kind == 'win' else 'of at most'} {win:g}; "
                "there must be at least one of both kinds"
            )
    return StayAndShift(proportion(stayed, both & won, level), proportion(~stayed, both & ~won, level))


def proportion(
    happened: Bool[np.ndarray, "N T"], counted: Bool[np.ndarray, "N T"], level: float = LEVEL
) -> Proportion:
    """The proportion of the counted trials in which something happened.

    The interval is the normal one of a ratio of two sums over lifetimes, xᵢ of yᵢ trials in lifetime i
    (Cochran 1977, "Sampling techniques", chapter 6): its standard error is √N s(xᵢ - p yᵢ) / Σ yᵢ.

    **Raises:** ValueError if nothing is counted, and for a single lifetime.
    """
    check_between("level", level, 0.01, 0.9999)
    happened, counted = np.asarray(happened), np.asarray(counted)
    if happened.shape != counted.shape or {happened.dtype, counted.dtype} != {np.dtype(bool)}:
        raise ValueError(
            f"happened and counted must be truths of one shape; they are {happened.dtype} of "
            f"{happened.shape} and {counted.dtype} of {counted.shape}"
        )
    yes, chances = (happened & counted).sum(axis=1), counted.sum(axis=1)
    if not chances.sum():
        raise ValueError(f"counted has 0 trials in {len(chances)} lifetimes; it needs at least 1")
    check_lifetimes(int((chances > 0).sum()), 2, "counted")
    value = float(yes.sum() / chances.sum())
    error = np.sqrt(len(yes)) * (yes - value * chances).std(ddof=1) / chances.sum()
    half = float(special.ndtri((1 + level) / 2) * error)
    return Proportion(value, max(value - half, 0.0), min(value + half, 1.0), int(chances.sum()))


def history_regression(
    action: Real[np.ndarray, "N T"],
    reward: Real[np.ndarray, "N T"],
    lags: int = 5,
    ridge: float = 1e-3,
    missed: Bool[np.ndarray, "N T"] | None = None,
    robust: bool = True,
) -> HistoryRegression:
    """Logistic regression of choice on the last `lags` trials' rewards and choices (Lau & Glimcher 2005).

    The regressors of trial t and lag j are x = ±r, the reward j trials before, and c = ±1, the choice, each
    positive for arm 1 and negative for arm 0; both are 0 if trial t - j was missed. Missed trials, and trials
    with fewer than `lags` trials before them, are left out.

    **Arguments:** `reward`, any finite numbers; weights are per unit of reward; `ridge` and `robust`, as in
    `fit_logistic`. A single lifetime has no robust errors.

    **Raises:** ValueError for other codes, and if only one arm was chosen, because no intercept is finite
    then.
    """
    _check_given("reward", reward)
    lived = read_choices(action, reward, missed)
    check_lags(lags, lived.action.shape[1])
    chosen, made = lived.action[:, lags:], lived.made[:, lags:]
    if len(np.unique(chosen[made])) < 2:
        raise ValueError(
            f"action does not have both choices after the first {lags} trials; a regression needs both"
        )
    sign = np.where(lived.made, 2.0 * lived.action - 1.0, 0.0)
    fit = fit_logistic(_design(sign, sign * lived.reward, lags), chosen, ridge, made, robust)
    weights, errors = fit.weights, fit.errors
    rewards, choices = slice(1, 1 + lags), slice(1 + lags, None)
    return HistoryRegression(
        float(weights[0]),
        weights[rewards],
        weights[choices],
        float(errors[0]),
        errors[rewards],
        errors[choices],
        robust,
    )


def matching(
    action: Real[np.ndarray, "N T"],
    reward: Real[np.ndarray, "N T"],
    missed: Bool[np.ndarray, "N T"] | None = None,
) -> Matching:
    """The generalised matching law (Baum 1974) of choices and rewards, by least squares over lifetimes.

    Half a choice and half a reward are added to the counts of each arm, so that no logarithm is infinite.
    This biases the sensitivity slightly towards 0 in short lifetimes.

    **Raises:** ValueError for other codes and rewards below 0, for fewer than 3 lifetimes, for a lifetime
    without a choice, and where one arm alone was chosen.
    """
    _check_given("reward", reward)
    lived = read_choices(action, reward, missed, least=0.0)
    check_lifetimes(len(lived.made), 3, "action")
    arms = [(lived.action == arm) & lived.made for arm in (0, 1)]
    choices = np.stack([chosen.sum(axis=1) for chosen in arms]).astype(np.float64)
    rewards = np.stack([(chosen * lived.reward).sum(axis=1) for chosen in arms])
    made = choices.sum(axis=0)
    if not made.all():
        raise ValueError(f"lifetime {int(made.argmin())} has no choice; leave it out")
    if not choices.any(axis=1).all():
        raise ValueError("action has one choice only in all lifetimes; matching needs both")
    odds = np.log(choices[1] + 0.5) - np.log(choices[0] + 0.5)
    income = np.log(rewards[1] + 0.5) - np.log(rewards[0] + 0.5)
    if np.ptp(income) == 0:
        raise ValueError(
            "reward has one ratio between the arms in all lifetimes; matching needs it to differ"
        )
    slope, slope_error, intercept = _line(income, odds)
    total = rewards.sum(axis=0)
    fraction = np.divide(rewards[1], total, out=np.full(len(total), np.nan), where=total > 0)
    return Matching(choices[1] / made, fraction, slope, slope_error, intercept)


def _check_given(name: str, values: object) -> None:
    if values is None:
        raise ValueError(f"{name} is None; it must hold numbers, of action's shape")


def _line(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"]) -> tuple[float, float, float]:
    """Least squares of y on x: slope, its standard error, intercept."""
    about_x, about_y = x - x.mean(), y - y.mean()
    slope = float(about_x @ about_y / (about_x @ about_x))
    residual = about_y - slope * about_x
    error = np.sqrt(residual @ residual / (len(x) - 2) / (about_x @ about_x))
    return slope, float(error), float(y.mean() - slope * x.mean())


def _design(sign: np.ndarray, signed_reward: np.ndarray, lags: int) -> Float[np.ndarray, "N t k"]:
    """Columns for each trial from `lags` on: 1, the signed rewards at lags 1.., the signed choices too."""
    horizon = sign.shape[1]
    back = [slice(lags - lag, horizon - lag) for lag in range(1, lags + 1)]
    columns = [signed_reward[:, at] for at in back] + [sign[:, at] for at in back]
    return np.stack([np.ones_like(columns[0]), *columns], axis=-1)
