"""Measures of policies in the two-step task: each is described once, and combined over training seeds."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from prefrontal.analysis.choices.fits import Fit
from prefrontal.analysis.choices.rescorla_wagner import rank_correlation
from prefrontal.analysis.choices.two_step import (
    KINDS,
    PREDICTORS,
    HistoryWeights,
    Stay,
    Trials,
    history_weights,
    stay_probabilities,
)
from prefrontal.analysis.choices.two_step_models import (
    MODELS,
    PARAMETERS,
    TwoStepLaw,
    fit,
    fit_all,
    in_blocks,
    planning_weight,
)
from prefrontal.analysis.choices.two_step_recovery import Recovery, simulate
from prefrontal.analysis.measures import Measure, medians
from prefrontal.analysis.regret import Curve
from prefrontal.analysis.statistics.intervals import (
    Estimate,
    mean_of,
    proportion_interval,
    resampled_interval,
)
from prefrontal.analysis.tables import Table, table

REGRESSED = 5_000  # lifetimes in a regression
FITTED = 20  # blocks of ten lifetimes of one policy, for the cognitive models


class Described(NamedTuple):
    """The choices of one policy: an agent trained with one seed, or a reference."""

    stay: Stay
    weights: HistoryWeights  # of the regression on the history of trials
    fits: dict[str, Fit]  # every cognitive model, in blocks of ten lifetimes

    @property
    def bic(self) -> dict[str, float]:
        """The BIC of each model, summed over blocks."""
        return {model: float(one.bic.sum()) for model, one in self.fits.items()}

    @property
    def parameters(self) -> Float[np.ndarray, "5"]:
        """The hybrid's parameters as medians over blocks, in the order of `PARAMETERS`."""
        return np.median(self.fits["hybrid"].parameters, axis=0)

    @property
    def planning(self) -> Estimate:
        """w, the hybrid's model-based part of β: the median over blocks; its error assumes normal numbers."""
        each = planning_weight(self.fits["hybrid"].parameters)
        return Estimate(float(np.median(each)), 1.2533 * float(np.std(each)) / np.sqrt(len(each)))


def describe(lived: Trials, law: TwoStepLaw) -> Described:
    """Stay probabilities, the regression on the history of trials, and all models, fitted in blocks."""
    return Described(
        stay_probabilities(lived),
        history_weights(lived.take(slice(0, REGRESSED))),
        fit_all(in_blocks(lived, most=FITTED), law),
    )


def stay_over_seeds(stays: Sequence[Stay]) -> Curve:
    """Stay probabilities of each seed, their mean, and its 95 % interval over trainings and lifetimes."""
    by_seed, errors = (np.stack([getattr(one, what) for one in stays]) for what in ("probability", "errors"))
    found = [mean_of(*columns) for columns in zip(by_seed.T, errors.T, strict=True)]
    low, high = (np.array([getattr(one, end) for one in found]) for end in ("low", "high"))
    return Curve(by_seed, by_seed.mean(axis=0), low, high)


class Multiples(NamedTuple):
    """Each seed's effect of reward, also divided by its interaction, and the same ratio of a planner."""

    effects: list[Estimate]
    ratios: list[Estimate]  # NaN where the interaction is within noise of 0
    planner: float


def stay_multiples(stays: Sequence[Stay], planner: Stay) -> Multiples:
    """The main effect of reward on staying."""
    effects, ratios = [one.effect("reward") for one in stays], [one.reward_ratio for one in stays]
    return Multiples(effects, ratios, planner.reward_ratio.value)


def weight_multiples(weights: Sequence[HistoryWeights], planner: HistoryWeights) -> Multiples:
    """The weight of reward in the regression, summed over lags."""
    effects, ratios = [one.totals["reward"] for one in weights], [one.reward_ratio for one in weights]
    return Multiples(effects, ratios, planner.reward_ratio.value)


def model_based_share(weights: HistoryWeights) -> Estimate:
    """The interaction's share p / (p + f) of the regression's weights; p and f are assumed independent."""
    planned, free = weights.totals["interaction"], weights.totals["reward"]
    total = max(planned.value, 0.0) + max(free.value, 0.0)
    error = float(np.hypot(free.value * planned.error, planned.value * free.error) / max(total, 1e-9) ** 2)
    return Estimate(weights.model_based_share, error)


def bic_gain(made: Described, models: Sequence[str], others: Iterable[str]) -> Estimate:
    """The lowest BIC of the other models less the lowest of `models`; above 0, these are preferred.

    The standard error is over blocks, for the two models with the lowest BIC.
    """
    best, other = (min(names, key=made.bic.__getitem__) for names in (models, sorted(others)))
    gains = made.fits[other].bic - made.fits[best].bic
    return Estimate(float(gains.sum()), float(np.sqrt(len(gains)) * gains.std()))


def least_recovered(recovery: Recovery) -> tuple[str, Measure]:
    """The hybrid's worst recovered parameter, and its rank correlation."""
    worst = int(np.argmin(recovery.correlation))
    interval = resampled_interval(rank_correlation, recovery.simulated[:, worst], recovery.fitted[:, worst])
    name = "rank correlation of simulated and fitted values"
    return PARAMETERS[worst], Measure(name, recovery.correlation[[worst]], interval)


def least_found(preferred: Float[np.ndarray, "models models"], blocks: int) -> tuple[str, Measure]:
    """The model with the smallest proportion of recovered blocks, and this proportion."""
    share = np.diag(preferred)
    rarest = int(np.argmin(share))
    interval = proportion_interval(round(share[rarest] * blocks), blocks)
    return list(MODELS)[rarest], Measure("proportion of simulated blocks", share[[rarest]], interval)


def missed_weight(made: Sequence[Described], law: TwoStepLaw) -> Measure:
    """The error of w near the policies: hybrids simulated with the fitted parameters, fitted again."""
    true = np.concatenate([one.fits["hybrid"].parameters for one in made])
    again = fit(simulate("hybrid", true, law, np.random.default_rng(0)), "hybrid", law)
    misses = np.abs(planning_weight(again.parameters) - planning_weight(true))
    return medians("median error of w over blocks", misses.reshape(len(made), -1))


def choice_tables(made: Sequence[tuple[tuple[Any, ...], Described]]) -> dict[str, Table]:
    """Tables of stay probabilities, the regression's sums and the fits, with a row for each policy.

    **Arguments:** `made`, for each policy its version, name and seed (None for a reference), and its choices.
    """

    def of(caption: str, columns: Sequence[str], row: Callable[[Described], Iterable[Any]]) -> Table:
        rows = [(*who, *row(one)) for who, one in made]
        return table(caption, ("version", "policy", "seed", *columns), rows)

    ratio = ("reward over interaction", "standard error")
    return {
        "stay": of(
            "Stay probabilities, and the main effect of reward as a multiple of the interaction.",
            (*KINDS, *ratio),
            lambda one: (*one.stay.probability, *one.stay.reward_ratio),
        ),
        "regression": of(
            "Log-odds of repeating a choice, summed over five lags, and the reward's as a multiple of the "
            "interaction's.",
            (*PREDICTORS, *ratio),
            lambda one: (*(one.weights.totals[name].value for name in PREDICTORS), *one.weights.reward_ratio),
        ),
        "parameters": of(
            "The hybrid model fitted in blocks of ten lifetimes: the median of each parameter over blocks, "
            "and of w = β_MB / (β_MB + β_MF).",
            (*PARAMETERS, "w"),
            lambda one: (*one.parameters, one.planning.value),
        ),
        "bic": of(
            "BIC of each cognitive model, summed over blocks; the lowest is preferred.",
            tuple(MODELS),
            lambda one: one.bic.values(),
        ),
    }
