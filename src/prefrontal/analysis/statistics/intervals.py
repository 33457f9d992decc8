"""Intervals by bootstrap. What is replicated is the training, so its seed is the unit that is resampled.

The percentile bootstrap is too narrow for few seeds: for the mean of 5 normal numbers its 95 % interval holds
the truth 82 times in 100. It is widened here to the expanded percentile interval of Hesterberg 2015, "What
teachers should know about the bootstrap": the levels 2.5 % and 97.5 % are replaced by

    Φ(±t √(n / (n - 1))),    t the 97.5 % quantile of Student's distribution with n - 1 degrees of freedom,

which is Student's interval where the bootstrap distribution is normal. Measured on normal numbers it
holds the truth 92 times in 100 with 5 seeds and 95 with 10; on exponential ones 88 and 91.

No bootstrap reaches beyond the smallest and the largest seed. So it holds the median of all trainings
with a probability of at most 1 - 2^(1-n): 50 % with 2 seeds, 75 % with 3, 94 % with 5. With 2 or 3 seeds
the interval is the seeds' range: that is all that they can say.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Real
from scipy import special

from prefrontal.checks import check_between, check_integer

LEVEL = 0.95
RESAMPLES = 10_000
Statistic = Callable[..., Any]


class Estimate(NamedTuple):
    """A number and its standard error over lifetimes."""

    value: float
    error: float

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        half = float(special.ndtri((1 + level) / 2)) * self.error
        return self.value - half, self.value + half


def standard_error(values: Real[np.ndarray, "n"]) -> float:
    """Standard error of the mean over at least 2 lifetimes: s / √n, with s² the unbiased variance."""
    if len(values) < 2:
        raise ValueError(f"values holds {len(values)} lifetime; a standard error needs at least 2")
    return float(np.std(values, ddof=1, dtype=np.float64) / np.sqrt(len(values)))


def lifetime_interval(values: Real[np.ndarray, "n"], level: float = LEVEL) -> tuple[float, float]:
    """Student's interval for the mean over lifetimes of one policy: how well it was measured, and no more."""
    mean = float(np.mean(values, dtype=np.float64))
    half = float(special.stdtrit(len(values) - 1, (1 + level) / 2)) * standard_error(values)
    return mean - half, mean + half


def seed_interval(
    values: Real[np.ndarray, "seeds"],
    lifetime_error: float | None = None,
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """Bootstrap interval for the mean over trainings, from one number for each training seed.

    With one seed nothing is replicated. Then the interval is the normal one of `lifetime_error`, the standard
    error over that agent's lifetimes: it says how well this one agent was measured, not how another training
    would end. One seed without `lifetime_error` is an error.

    **Arguments:** `resamples`, how many resamplings; `seed`, of the resampling, so that the interval is
    the same each time.
    """
    if len(values) == 1 and lifetime_error is not None:
        half = float(special.ndtri((1 + level) / 2)) * lifetime_error
        return float(values[0]) - half, float(values[0]) + half
    low, high = curve_interval(values[:, None], level=level, resamples=resamples, seed=seed)
    return float(low[0]), float(high[0])


def curve_interval(
    values: Real[np.ndarray, "seeds points"],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[Float[np.ndarray, "points"], Float[np.ndarray, "points"]]:
    """The same for a curve, at each of its points: low and high. Seeds are resampled curve by curve."""
    _check_seeds(len(values))
    return _expanded(_resampled_means(values, resamples, np.random.default_rng(seed)), len(values), level)


def two_sample_interval(
    a: Real[np.ndarray, "seeds_a"],
    b: Real[np.ndarray, "seeds_b"],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """Bootstrap interval for mean(a) - mean(b), two sets of trainings whose seeds are not paired.

    It is expanded as for the smaller of the two sets.
    """
    _check_seeds(min(len(a), len(b)))
    rng = np.random.default_rng(seed)
    means = [_resampled_means(values[:, None], resamples, rng) for values in (a, b)]
    low, high = _expanded(means[0] - means[1], min(len(a), len(b)), level)
    return float(low[0]), float(high[0])


def hierarchical_interval(
    values: Real[np.ndarray, "seeds lifetimes"],
    *,
    common_tasks: bool,
    level: float = LEVEL,
    resamples: int = 2_000,
    seed: int = 0,
) -> tuple[float, float]:
    """Bootstrap interval for the mean over trainings and tasks: seeds are resampled, then their lifetimes.

    Use it where lifetimes are so few that their noise counts beside that between seeds.

    **Arguments:** `common_tasks`, lifetime j of every seed was lived in the same task j (as `evaluate` does
    with one evaluation seed): then the same lifetimes are drawn for all seeds, since their luck is shared.
    """
    seeds, lifetimes = values.shape
    _check_seeds(seeds)
    rng = np.random.default_rng(seed)
    means = np.empty(resamples)
    for index in range(resamples):
        chosen = rng.integers(seeds, size=(seeds, 1))
        shape = (1, lifetimes) if common_tasks else (seeds, lifetimes)
        means[index] = values[chosen, rng.integers(lifetimes, size=shape)].mean(dtype=np.float64)
    low, high = _expanded(means[:, None], seeds, level)
    return float(low[0]), float(high[0])


def proportion_interval(successes: int, trials: int, level: float = LEVEL) -> tuple[float, float]:
    """The exact interval of a proportion (Clopper and Pearson 1934): 0.48 to 1 of 5 in 5.

    No bootstrap: of trainings that all succeeded it would say that none can fail.
    """
    check_integer("trials", trials, 1)
    check_integer("successes", successes, 0, trials)
    tail, failures = (1 - level) / 2, trials - successes
    low = float(special.betaincinv(successes, failures + 1, tail)) if successes else 0.0
    high = float(special.betaincinv(successes + 1, failures, 1 - tail)) if failures else 1.0
    return low, high


def resampled_interval(
    statistic: Statistic,
    *samples: Real[np.ndarray, "n"],
    level: float = LEVEL,
    resamples: int = 2_000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval for any statistic of `n` units, each a place in all `samples`.

    `statistic(*samples)` gives a number; resamplings where it gives NaN (a correlation with a constant) are
    left out.
    """
    n = len(samples[0])
    check_integer("the number of units", n, 2)
    rng = np.random.default_rng(seed)
    rows = (rng.integers(n, size=n) for _ in range(resamples))
    found = np.array([statistic(*(sample[row] for sample in samples)) for row in rows])
    if np.isnan(found).all():
        raise ValueError("statistic is NaN in every resampling; it must be defined for these samples")
    low, high = np.nanquantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _resampled_means(
    values: Real[np.ndarray, "seeds points"], resamples: int, rng: np.random.Generator
) -> Float[np.ndarray, "resamples points"]:
    """Means of `resamples` samples with replacement; a sample is how often it holds each seed."""
    seeds = len(values)
    weights = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=resamples) / seeds
    return weights @ values.astype(np.float64)


def _check_seeds(seeds: int) -> None:
    if seeds < 2:
        raise ValueError(f"values holds {seeds} seed; an interval over seeds needs at least 2")


def _expanded(
    resampled: Float[np.ndarray, "resamples points"], n: int, level: float
) -> tuple[Float[np.ndarray, "points"], Float[np.ndarray, "points"]]:
    """The expanded percentile interval: see the head of this file."""
    check_between("level", level, 0.01, 0.9999)
    reach = float(special.stdtrit(n - 1, (1 + level) / 2)) * np.sqrt(n / (n - 1))
    tail = float(special.ndtr(-reach))
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=0)
    return low, high
