"""Two analyses of choices in the two-step task that show whether a policy is model-based or model-free.

*Stay probabilities* (Daw et al. 2011): how often the choice of a trial is repeated, by whether it was
rewarded and whether its transition was common. Learning from reward alone gives a main effect of reward.
Planning gives an interaction, because a reward after a rare transition favours the other action.

*Regression on the history of trials* (Miller, Botvinick & Brody 2016; Akam, Costa & Dayan 2015): if a state
stays good for long, a model-free learner may have stay probabilities like a planner's, because they consider
only the last trial. So choices are regressed on several earlier trials, each with its own weight.

Trials without an answer are marked in `Trials.missed`, or masked. A stay probability leaves out a pair of
trials if one of them was missed. The regression leaves out missed trials; in the history of another trial, a
missed trial is 0 in every predictor.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer

from prefrontal.analysis.choices.checking import (
    ROWS,
    check_lags,
    check_lifetimes,
    read_choices,
    read_codes,
    read_missed,
)
from prefrontal.analysis.statistics.intervals import Estimate
from prefrontal.analysis.statistics.logistic import fit_logistic
from prefrontal.checks import check_kind
from prefrontal.disk.records import Records

KINDS = ("rewarded, common", "rewarded, rare", "unrewarded, common", "unrewarded, rare")
EFFECTS = {
    "reward": np.array([1.0, 1.0, -1.0, -1.0]) / 2,
    "transition": np.array([1.0, -1.0, 1.0, -1.0]) / 2,
    "interaction": np.array([1.0, -1.0, -1.0, 1.0]) / 2,
}
PREDICTORS: tuple[str, ...] = ("choice", "reward", "transition", "interaction")


class Trials(NamedTuple):
    """Lifetimes of the two-step task, trial by trial. The other values of a missed trial are not read."""

    action: Integer[np.ndarray, "N K"]  # at the first step
    state: Integer[np.ndarray, "N K"]  # at the second: 0 for S₂, 1 for S₃
    common: Bool[np.ndarray, "N K"]  # the transition was of the common kind
    reward: Float[np.ndarray, "N K"]  # from 0 to 1
    missed: Bool[np.ndarray, "N K"] | None = None  # no answer was given; None where all were

    def take(self, rows) -> "Trials":
        """Some of the lifetimes."""
        return self.each(lambda array: array[rows])

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> "Trials":
        """All arrays changed in the same way."""
        return Trials(**{name: change(array) for name, array in self._asdict().items() if array is not None})

    @property
    def made(self) -> Bool[np.ndarray, "... K"]:
        """Whether there is a choice: the trial was not missed."""
        return np.ones(self.action.shape, bool) if self.missed is None else np.logical_not(self.missed)


class Stay(NamedTuple):
    """Stay probabilities in the order of `KINDS`."""

    probability: Float[np.ndarray, "4"]
    covariance: Float[np.ndarray, "4 4"]  # over lifetimes

    @property
    def errors(self) -> Float[np.ndarray, "4"]:
        return _errors(self.covariance)

    def effect(self, name: str) -> Estimate:
        """The main effect of reward or of transition, or their interaction."""
        signs = EFFECTS[name]
        return Estimate(float(signs @ self.probability), float(_errors(self.covariance, signs[None])[0]))

    @property
    def reward_ratio(self) -> Estimate:
        """The main effect of reward divided by the interaction; near 0 for a planner.

        The error is by the delta method. Both are NaN if the interaction is within noise of 0.
        """
        effects = np.array([EFFECTS["reward"], EFFECTS["interaction"]])
        return _ratio(effects @ self.probability, effects @ self.covariance @ effects.T)


class HistoryWeights(NamedTuple):
    """Log-odds of repeating a choice by its outcome. Rows are `PREDICTORS`; column 0 is lag 1.

    With c = ±1 the choice of an earlier trial, ρ = ±1 for rewarded or not and τ = ±1 for common or rare, the
    predictors are c, cρ, cτ and cρτ. Reward is the model-free weight, interaction the model-based one.
    """

    weights: Float[np.ndarray, "4 lags"]
    errors: Float[np.ndarray, "4 lags"]
    totals: dict[str, Estimate]  # sums over lags
    # The reward's sum as a multiple of the interaction's; near 0 of a planner. NaN where that is noise.
    reward_ratio: Estimate
    robust: bool  # errors hold where trials of a lifetime depend on each other beyond what the lags say

    @property
    def model_based_share(self) -> float:
        """The interaction's share of the weights of interaction and reward, summed over lags; 0 to 1.

        It is 1 for a learner that uses only the model, and 0 for one that uses only reward.
        """
        planned, free = (max(self.totals[name].value, 0.0) for name in ("interaction", "reward"))
        return planned / (planned + free) if planned + free > 0 else 0.5


def trials(records: Records) -> Trials:
    """The trials of recorded lifetimes, each of two steps. The state is recovered from its expected reward.

    Trials after the end of a lifetime are missed.
    """
    count = records.horizon // 2
    if records.expected_reward is None or "good" not in records.task:
        raise ValueError(f"{records.distribution!r} is not a two-step task: it has no good state")
    action = records.action[:, 0 : 2 * count : 2]
    expected = records.expected_reward[:, 1 : 2 * count : 2]
    good = records.task["good"][:, :count].astype(action.dtype)
    state = np.where(expected > (expected.max() + expected.min()) / 2, good, 1 - good)
    common = (state == action) == (records.task["common"][:, None] >= 0.5)
    reward = records.reward[:, 1 : 2 * count : 2].astype(np.float64)
    return Trials(action, state, common, reward, ~records.alive[:, 1 : 2 * count : 2])


def read_trials(lived: Trials, axes: Sequence[str] = ROWS) -> Trials:
    """The same as plain arrays, including `missed`, with zeros in missed trials.

    **Raises:** ValueError unless they are `Trials` with actions, states and transitions coded 0 and 1 and
    rewards from 0 to 1.
    """
    check_kind("lived", lived, Trials, ": Trials(action, state, common, reward)")
    missed = read_missed(np.shape(lived.action), lived.missed, *lived)
    answers = read_choices(lived.action, lived.reward, missed, axes=axes, least=0.0, most=1.0)
    state, common = (read_codes(name, getattr(lived, name), missed) for name in ("state", "common"))
    return Trials(answers.action, state.astype(np.int64), common, answers.reward, missed)


def stay_probabilities(lived: Trials) -> Stay:
    """The four proportions, each a ratio of two sums over lifetimes (Cochran 1977, chapter 6).

    **Raises:** ValueError for other codes, for a single lifetime, and if a kind of trial never occurs.
    """
    lived = read_trials(lived)
    check_lifetimes(int(lived.made.any(axis=1).sum()), 2, "action")
    stayed = lived.action[:, 1:] == lived.action[:, :-1]
    rewarded, common = lived.reward[:, :-1] > 0.5, lived.common[:, :-1]
    both = lived.made[:, 1:] & lived.made[:, :-1]
    kinds = [rewarded & common, rewarded & ~common, ~rewarded & common, ~rewarded & ~common]
    counted = both & np.stack(kinds)
    chances, lifetimes = counted.sum(axis=(1, 2)), counted.any(axis=2).sum(axis=1)
    if lifetimes.min() < 2:
        kind = int(np.argmin(lifetimes))
        raise ValueError(
            f"there are {chances[kind]} trials {KINDS[kind]!r}, with a choice after them, in "
            f"{lifetimes[kind]} of {len(stayed)} lifetimes; errors over lifetimes need some in at least 2"
        )
    probability = (counted & stayed).sum(axis=(1, 2)) / chances
    residual = ((counted & stayed) - probability[:, None, None] * counted).sum(axis=2) / chances[:, None]
    return Stay(probability, len(stayed) * np.cov(residual))


def history_weights(lived: Trials, lags: int = 5, ridge: float = 1e-3, robust: bool = True) -> HistoryWeights:
    """Logistic regression of choice on the last `lags` trials; errors are robust within lifetimes.

    **Arguments:** `ridge` and `robust`, as in `fit_logistic`. A single lifetime has no robust errors.
    """
    lived = read_trials(lived)
    horizon = lived.action.shape[1]
    check_lags(lags, horizon)
    rewarded, common = (2.0 * array - 1.0 for array in (lived.reward > 0.5, lived.common))
    choice = np.where(lived.made, 2.0 * lived.action - 1.0, 0.0)
    predictors = (choice, choice * rewarded, choice * common, choice * rewarded * common)
    back = [slice(lags - lag, horizon - lag) for lag in range(1, lags + 1)]
    columns = [predictor[:, at] for predictor in predictors for at in back]
    design = np.stack([np.ones_like(columns[0]), *columns], axis=-1)
    fit = fit_logistic(design, lived.action[:, lags:], ridge, lived.made[:, lags:], robust)
    sums = np.kron(np.eye(len(PREDICTORS)), np.ones(lags))  # over the lags of each predictor
    total = sums @ fit.weights[1:]
    covariance = sums @ fit.covariance[1:, 1:] @ sums.T
    errors = _errors(covariance)
    totals = {name: Estimate(float(total[at]), float(errors[at])) for at, name in enumerate(PREDICTORS)}
    both = [PREDICTORS.index("reward"), PREDICTORS.index("interaction")]
    ratio = _ratio(total[both], covariance[np.ix_(both, both)])
    shape = (len(PREDICTORS), lags)
    weights, errors = fit.weights[1:].reshape(shape), fit.errors[1:].reshape(shape)
    return HistoryWeights(weights, errors, totals, ratio, robust)


def _ratio(pair: Float[np.ndarray, "2"], covariance: Float[np.ndarray, "2 2"]) -> Estimate:
    """The first number divided by the second, and the ratio's standard error to first order.

    NaN if the interval of the second contains 0: a ratio to it has no meaning.
    """
    above, below = (float(one) for one in pair)
    low, high = Estimate(below, float(_errors(covariance)[1])).interval()
    if low <= 0 <= high:
        return Estimate(float("nan"), float("nan"))
    slope = np.array([[1.0, -above / below]]) / below
    return Estimate(above / below, float(_errors(covariance, slope)[0]))


def _errors(
    covariance: Float[np.ndarray, "k k"], sums: Float[np.ndarray, "n k"] | None = None
) -> Float[np.ndarray, "n"]:
    """Standard errors of weighted sums (of each number itself, if None).

    A variance can be below 0 only by rounding.
    """
    sums = np.eye(len(covariance)) if sums is None else sums
    return np.sqrt(np.maximum(np.diag(sums @ covariance @ sums.T), 0.0))
