"""Is a policy for the two-step task model-based or model-free? Two analyses of its choices.

*Stay probabilities* (Daw et al. 2011): how often the choice of a trial is made again, by whether it was
rewarded and whether its transition was common. Learning by reward alone gives a main effect of reward;
planning, an interaction, for a reward after a rare transition speaks for the other action.

*Regression on the history of trials* (Miller, Botvinick & Brody 2016; Akam, Costa & Dayan 2015): a model-free
learner may have stay probabilities like a planner's, where a state stays good for long, since trials before
the last are left out. So choices are regressed on several trials before, each with a weight of its own.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer

from prefrontal.analysis.choices.checking import check_choices, check_codes
from prefrontal.analysis.statistics.intervals import Estimate
from prefrontal.analysis.statistics.logistic import fit_logistic
from prefrontal.checks import check_integer
from prefrontal.disk.records import Records

KINDS = ("rewarded, common", "rewarded, rare", "unrewarded, common", "unrewarded, rare")
EFFECTS = {
    "reward": np.array([1.0, 1.0, -1.0, -1.0]) / 2,
    "transition": np.array([1.0, -1.0, 1.0, -1.0]) / 2,
    "interaction": np.array([1.0, -1.0, -1.0, 1.0]) / 2,
}
PREDICTORS: tuple[str, ...] = ("choice", "reward", "transition", "interaction")


class Trials(NamedTuple):
    """Lifetimes of the two-step task, trial by trial."""

    action: Integer[np.ndarray, "N K"]  # at the first step
    state: Integer[np.ndarray, "N K"]  # at the second: 0 for S₂, 1 for S₃
    common: Bool[np.ndarray, "N K"]  # the transition was of the common kind
    reward: Float[np.ndarray, "N K"]

    def take(self, rows) -> "Trials":
        """Some of the lifetimes."""
        return Trials(*(array[rows] for array in self))


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
        """The main effect of reward as a multiple of the interaction; near 0 of a planner.

        The error is by the delta method. Both are NaN where the interaction is within noise of 0.
        """
        effects = np.array([EFFECTS["reward"], EFFECTS["interaction"]])
        return _ratio(effects @ self.probability, effects @ self.covariance @ effects.T)


class HistoryWeights(NamedTuple):
    """Log-odds of repeating a choice by what came of it, in rows by `PREDICTORS`; column 0 is lag 1.

    With c = ±1 the choice of a trial before, ρ = ±1 for rewarded or not and τ = ±1 for common or rare, the
    predictors are c, cρ, cτ and cρτ. Reward is the model-free weight, interaction the model-based one.
    """

    weights: Float[np.ndarray, "4 lags"]
    errors: Float[np.ndarray, "4 lags"]
    totals: dict[str, Estimate]  # sums over lags
    # The reward's sum as a multiple of the interaction's; near 0 of a planner. NaN where that is noise.
    reward_ratio: Estimate

    @property
    def model_based_share(self) -> float:
        """The interaction's part of the interaction's and the reward's weights, summed over lags; 0 to 1.

        1 of a learner that goes by the model alone, 0 of one that goes by reward alone.
        """
        planned, free = (max(self.totals[name].value, 0.0) for name in ("interaction", "reward"))
        return planned / (planned + free) if planned + free > 0 else 0.5


def trials(records: Records) -> Trials:
    """Lifetimes of two steps to a trial. The state is told by whether it paid as the good one does."""
    count = records.horizon // 2
    if records.expected_reward is None or "good" not in records.task:
        raise ValueError(f"{records.distribution!r} is no two-step task: it has no good state")
    action = records.action[:, 0 : 2 * count : 2]
    expected = records.expected_reward[:, 1 : 2 * count : 2]
    good = records.task["good"][:, :count].astype(action.dtype)
    state = np.where(expected > (expected.max() + expected.min()) / 2, good, 1 - good)
    common = (state == action) == (records.task["common"][:, None] >= 0.5)
    return Trials(action, state, common, records.reward[:, 1 : 2 * count : 2].astype(np.float64))


def check_trials(lived: Trials) -> None:
    """A ValueError unless actions, states, transitions and rewards are all there, and coded 0 and 1."""
    check_choices(lived.action, lived.reward, least=0.0, most=1.0)
    check_codes("state", lived.state, lived.action)
    check_codes("common", lived.common, lived.action)


def stay_probabilities(lived: Trials) -> Stay:
    """The four proportions, each a ratio of two sums over lifetimes (Cochran 1977, chapter 6)."""
    check_trials(lived)
    stayed = lived.action[:, 1:] == lived.action[:, :-1]
    rewarded, common = lived.reward[:, :-1] > 0.5, lived.common[:, :-1]
    counted = np.stack([rewarded & common, rewarded & ~common, ~rewarded & common, ~rewarded & ~common])
    chances = counted.sum(axis=(1, 2))
    if chances.min() == 0 or len(stayed) < 2:
        kind = KINDS[int(np.argmin(chances))]
        raise ValueError(
            f"of trials {kind!r} there are {chances.min()} in {len(stayed)} lifetimes; 1 in 2 needed"
        )
    probability = (counted & stayed).sum(axis=(1, 2)) / chances
    residual = ((counted & stayed) - probability[:, None, None] * counted).sum(axis=2) / chances[:, None]
    return Stay(probability, len(stayed) * np.cov(residual))


def history_weights(lived: Trials, lags: int = 5, ridge: float = 1e-3) -> HistoryWeights:
    """Logistic regression of choice on the last `lags` trials; errors are robust within lifetimes.

    **Arguments:** `ridge`, as in `fit_logistic`.
    """
    check_trials(lived)
    horizon = lived.action.shape[1]
    check_integer("lags", lags, 1, horizon - 1)
    choice, rewarded, common = (
        2.0 * array - 1.0 for array in (lived.action, lived.reward > 0.5, lived.common)
    )
    predictors = (choice, choice * rewarded, choice * common, choice * rewarded * common)
    back = [slice(lags - lag, horizon - lag) for lag in range(1, lags + 1)]
    columns = [predictor[:, at] for predictor in predictors for at in back]
    design = np.stack([np.ones_like(columns[0]), *columns], axis=-1)
    fit = fit_logistic(design, lived.action[:, lags:], ridge)
    sums = np.kron(np.eye(len(PREDICTORS)), np.ones(lags))  # over the lags of each predictor
    total = sums @ fit.weights[1:]
    covariance = sums @ fit.covariance[1:, 1:] @ sums.T
    errors = _errors(covariance)
    totals = {name: Estimate(float(total[at]), float(errors[at])) for at, name in enumerate(PREDICTORS)}
    both = [PREDICTORS.index("reward"), PREDICTORS.index("interaction")]
    ratio = _ratio(total[both], covariance[np.ix_(both, both)])
    shape = (len(PREDICTORS), lags)
    return HistoryWeights(fit.weights[1:].reshape(shape), fit.errors[1:].reshape(shape), totals, ratio)


def _ratio(pair: Float[np.ndarray, "2"], covariance: Float[np.ndarray, "2 2"]) -> Estimate:
    """The first number over the second, and the ratio's standard error to first order.

    NaN where the interval of the second holds 0: nothing can be given as a multiple of it.
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

    A variance is below 0 by rounding only.
    """
    sums = np.eye(len(covariance)) if sums is None else sums
    return np.sqrt(np.maximum(np.diag(sums @ covariance @ sums.T), 0.0))
