"""Intervals for the results of several trainings on the same tasks.

Value y[s, n] of training s in task n is modelled as y = μ + training_s + task_n + (training x task)_sn, with
independent effects (crossed random effects: Searle, Casella and McCulloch 1992, "Variance components",
chapter 4). With mean squares MS of trainings, tasks and the rest, the mean over S trainings and N tasks has

    variance (MS_trainings + MS_tasks - MS_rest) / (S N),

and at least half of its largest part, because the difference may be near zero by chance. The interval is
Student's, with Satterthwaite's degrees of freedom (Satterthwaite 1946). Two components are kept separate:
that of trainings, max(MS_trainings - MS_rest, 0) / (S N), and that of tasks, MS_tasks / (S N), which is the
variance of the tasks' means / N. The second does not shrink with more trainings.

A 95 % interval contains the true value 94 to 97 times in 100 with 5 trainings or more, even if trainings do
not differ; with 3 trainings 94 to 96 times, and with 2 between 89 and 95 times
(`tests/test_intervals_cover.py`). With one training it is over tasks alone: it shows how precisely this one
agent was measured, not how another training would end.

No interval has width zero. If N tasks all give the same value, up to 3 / N of all tasks may still differ (the
rule of three: Hanley and Lippman-Hand 1983). The interval then extends by 3 / N times `scale`, the amount by
which one task may differ. This is the whole range if the measure has bounds; otherwise it is the value
itself, and at least one unit. A number without tasks is known to the single precision in which it was stored.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Real, Shaped
from scipy import special

from prefrontal.analysis.statistics.reading import numbers, trainings
from prefrontal.checks import check_between, check_integer, check_kind, shown

LEVEL = 0.95
ONE_IN_TWENTY = 3.0  # -ln 0.05: of events that never came in n trials, 3 / n is the largest likely rate
SINGLE = float(np.finfo(np.float32).eps)
Statistic = Callable[..., Any]
Lives = Sequence[Shaped[np.ndarray, "_"]] | Real[np.ndarray, "_ _"]


class Estimate(NamedTuple):
    """A number and its standard error over lifetimes."""

    value: float
    error: float

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        _check_level(level)
        half = float(special.ndtri((1 + level) / 2)) * self.error
        return self.value - half, self.value + half


class Mean(NamedTuple):
    """A mean over trainings and tasks, its interval, and the standard errors behind the interval."""

    value: float
    low: float
    high: float
    training_error: float | None  # None with one training: nothing is known of others
    task_error: float | None  # None where nothing is known of the tasks' error
    by_seed: Float[np.ndarray, "seeds"]


class _Crossed(NamedTuple):
    """Mean squares of values `(seeds, tasks, ...)`, each of the trailing shape."""

    by_seed: Float[np.ndarray, "seeds *rest"]
    by_task: Float[np.ndarray, "tasks *rest"]
    seeds: Float[np.ndarray, "*rest"]  # 0 with one seed, and so is `rest`
    tasks: Float[np.ndarray, "*rest"]
    rest: Float[np.ndarray, "*rest"]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.by_seed), len(self.by_task)


def mean_over(values: Lives, *, level: float = LEVEL, scale: float = 0.0) -> Mean:
    """The mean over trainings and tasks.

    **Arguments:** `values`, an array for each training, over the same tasks, at least 2; `scale`, the amount
    by which one task may differ from another, if it is known: the width of the range.

    **Raises:** ValueError for a single task, if trainings have different numbers of tasks, and for values
    that are masked or not finite.
    """
    check_between("scale", scale, 0.0)
    found = _crossed(values)
    seeds, tasks = found.shape
    half = _half(found, level, scale)
    value, size = float(found.by_seed.mean()), seeds * tasks
    training = float(np.sqrt(np.maximum(found.seeds - found.rest, 0.0) / size)) if seeds > 1 else None
    by_task = float(np.sqrt(found.tasks / size))
    return Mean(value, value - float(half), value + float(half), training, by_task, found.by_seed)


def curve_interval(
    values: Sequence[Shaped[np.ndarray, "_ points"]], *, level: float = LEVEL
) -> tuple[Float[np.ndarray, "points"], Float[np.ndarray, "points"]]:
    """The interval of `mean_over` at each point of curves `(tasks, points)`, one array for each training."""
    found = _crossed(values, axes=2)
    mean, half = found.by_seed.mean(axis=0), _half(found, level, 0.0)
    return mean - half, mean + half


def mean_of(
    values: Real[np.ndarray, "seeds"],
    errors: Real[np.ndarray, "seeds"] | None = None,
    *,
    level: float = LEVEL,
) -> Mean:
    """The mean over trainings of one number for each training, such as a fitted parameter.

    **Arguments:** `errors`, the standard error of each number over its tasks. All trainings met the same
    tasks, so the errors are treated as a single shared error, which does not shrink with more trainings. If
    the errors are partly independent, the interval contains the true value more often than 95 times in 100.

    **Raises:** ValueError for one training without an error, and for numbers that are not finite.
    """
    return _of_numbers(values, errors, False, level)


def one_more_of(
    values: Real[np.ndarray, "seeds"],
    errors: Real[np.ndarray, "seeds"] | None = None,
    *,
    level: float = LEVEL,
) -> Mean:
    """Where the number of one more training would lie: the prediction interval; arguments as in `mean_of`."""
    return _of_numbers(values, errors, True, level)


def one_more(values: Lives, *, level: float = LEVEL, scale: float = 0.0) -> Mean:
    """The prediction interval for the mean of one more training, on as many tasks; see `mean_over`.

    It uses the variance of the seeds' means, which includes measurement error, x (1 + 1/S), plus the part due
    to tasks.

    **Raises:** as `mean_over`, and ValueError for a single training.
    """
    values = trainings("values", values)
    found = _crossed(values)
    seeds, tasks = found.shape
    _check_seeds(seeds)
    whole = mean_over(values, level=level, scale=scale)
    parts = [((1 + 1 / seeds) / tasks * found.seeds, seeds - 1)]
    if found.tasks > found.rest:
        parts += [
            (found.tasks / (seeds * tasks), tasks - 1),
            (-found.rest / (seeds * tasks), (seeds - 1) * (tasks - 1)),
        ]
    half = max(float(_students(parts, level)), whole.high - whole.value)
    return whole._replace(low=whole.value - half, high=whole.value + half)


def difference_of(
    a: Real[np.ndarray, "seeds_a"], b: Real[np.ndarray, "seeds_b"], *, level: float = LEVEL
) -> Mean:
    """mean(a) - mean(b) of two sets of trainings on unlike tasks, a number for each training (Welch 1947)."""
    a, b = numbers("a", a), numbers("b", b)
    _check_seeds(min(len(a), len(b)))
    parts = [(np.asarray(np.var(one, ddof=1) / len(one)), len(one) - 1) for one in (a, b)]
    value = float(a.mean(dtype=np.float64) - b.mean(dtype=np.float64))
    half = max(float(_students(parts, level)), SINGLE * max(1.0, abs(value)))
    error = float(np.sqrt(sum(part for part, _ in parts)))
    return Mean(value, value - half, value + half, error, None, a - b.mean(dtype=np.float64))


def difference_over(a: Lives, b: Lives, *, level: float = LEVEL) -> Mean:
    """mean(a) - mean(b) of two sets of trainings that met the same tasks: their luck cancels.

    **Raises:** ValueError if the two have different numbers of tasks.
    """
    one, other = _crossed(a, "a"), _crossed(b, "b")
    if one.shape[1] != other.shape[1]:
        raise ValueError(
            f"a has {one.shape[1]} tasks and b {other.shape[1]}; both must have met the same ones"
        )
    tasks, apart = one.shape[1], one.by_task - other.by_task
    by_task = np.var(apart, ddof=1) / tasks
    parts: list[tuple[Any, float]] = [(by_task, tasks - 1)]
    training = 0.0
    for found in (one, other):
        if (seeds := found.shape[0]) > 1:
            parts += [
                (found.seeds / (seeds * tasks), seeds - 1),
                (-found.rest / (seeds * tasks), (seeds - 1) * (tasks - 1)),
            ]
            training += max(float(found.seeds - found.rest), 0.0) / (seeds * tasks)
    value = float(apart.mean())
    half = max(float(_students(parts, level)), float(_least(by_task, np.asarray(value), tasks)))
    known = float(np.sqrt(training)) if max(one.shape[0], other.shape[0]) > 1 else None
    by_seed = one.by_seed - other.by_seed.mean()
    return Mean(value, value - half, value + half, known, float(np.sqrt(by_task)), by_seed)


def ratio_over(a: Lives, b: Lives, *, level: float = LEVEL) -> Mean:
    """mean(a) / mean(b), to first order (the delta method); arguments as in `difference_over`.

    **Raises:** ValueError if mean(b) is 0.
    """
    a, b = trainings("a", a), trainings("b", b)
    below = float(np.mean([one.mean(dtype=np.float64) for one in b]))
    if below == 0:
        raise ValueError("the mean of b is 0; nothing is a multiple of it")
    ratio = float(np.mean([one.mean(dtype=np.float64) for one in a])) / below
    apart = difference_over(a, [ratio * one for one in b], level=level)
    half = (apart.high - apart.value) / abs(below)
    training, task = (one and one / abs(below) for one in (apart.training_error, apart.task_error))
    return Mean(ratio, ratio - half, ratio + half, training, task, ratio + apart.by_seed / below)


def standard_error(values: Real[np.ndarray, "n"]) -> float:
    """Standard error of the mean over at least 2 lifetimes: s / √n, with s² the unbiased variance."""
    values = numbers("values", values)
    if len(values) < 2:
        raise ValueError(f"values holds {len(values)} lifetime; a standard error needs at least 2")
    return float(np.std(values, ddof=1, dtype=np.float64) / np.sqrt(len(values)))


def lifetime_interval(values: Real[np.ndarray, "n"], level: float = LEVEL) -> tuple[float, float]:
    """Student's interval for the mean over lifetimes of one policy: how well it was measured, and no more."""
    found = mean_over([numbers("values", values)], level=level)
    return found.low, found.high


def proportion_interval(successes: int, trials: int, level: float = LEVEL) -> tuple[float, float]:
    """The exact interval of a proportion (Clopper and Pearson 1934): 0.48 to 1 of 5 in 5.

    A bootstrap would be wrong: if all trainings succeeded, it would say that none can fail.
    """
    check_integer("trials", trials, 1)
    check_integer("successes", successes, 0, trials)
    _check_level(level)
    tail, failures = (1 - level) / 2, trials - successes
    low = float(special.betaincinv(successes, failures + 1, tail)) if successes else 0.0
    high = float(special.betaincinv(successes + 1, failures, 1 - tail)) if failures else 1.0
    return low, high


def resampled(
    statistic: Statistic, *samples: Real[np.ndarray, "n"], resamples: int = 2_000, seed: int = 0
) -> Float[np.ndarray, "resamples"]:
    """A statistic of `n` units, each a place in all `samples`, in samples drawn with replacement.

    **Raises:** ValueError if `statistic(*samples)` is NaN in all of them, if there are fewer than 2
    units, and if samples have different numbers of them.
    """
    check_kind("statistic", statistic, Callable, ": a function of the samples")
    check_integer("resamples", resamples, 1)
    check_integer("seed", seed, 0)
    samples = tuple(np.asarray(sample) for sample in samples)
    counts = sorted({len(sample) if sample.ndim else 0 for sample in samples})
    if len(counts) != 1:
        raise ValueError(
            f"samples have {counts} units; there must be one sample, or several of the same number of units"
        )
    n = counts[0]
    check_integer("the number of units", n, 2)
    rng = np.random.default_rng(seed)
    rows = (rng.integers(n, size=n) for _ in range(resamples))
    found = np.array([statistic(*(sample[row] for sample in samples)) for row in rows])
    if np.isnan(found).all():
        raise ValueError("statistic is NaN in every resampling; it must be defined for these samples")
    return found


def resampled_interval(
    statistic: Statistic,
    *samples: Real[np.ndarray, "n"],
    level: float = LEVEL,
    resamples: int = 2_000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval for any statistic of the units of one policy, as in `resampled`.

    Resamplings in which it is NaN (such as a correlation with a constant) are left out.
    """
    _check_level(level)
    found = resampled(statistic, *samples, resamples=resamples, seed=seed)
    low, high = np.nanquantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _crossed(values: Any, name: str = "values", axes: int = 1) -> _Crossed:
    """Mean squares, one training after the other: no array of all is made."""
    values = trainings(name, values, axes)
    shapes = {one.shape for one in values}
    if len(shapes) != 1:
        raise ValueError(
            f"trainings have values of shapes {sorted(shapes)}; all must have met the same tasks"
        )
    seeds, tasks = len(values), len(values[0])
    if tasks < 2:
        raise ValueError(
            f"values holds {tasks} lifetime of {seeds} seed{'s'[: seeds > 1]}; an interval needs at least 2"
        )
    by_seed = np.stack([one.mean(axis=0, dtype=np.float64) for one in values])
    by_task = sum((one.astype(np.float64) for one in values), np.zeros(values[0].shape)) / seeds
    mean = by_seed.mean(axis=0)
    rest = sum(
        ((one - own - by_task + mean) ** 2).sum(axis=0) for one, own in zip(values, by_seed, strict=True)
    )
    between = np.asarray(tasks * ((by_seed - mean) ** 2).sum(axis=0) / max(seeds - 1, 1))
    of_tasks = np.asarray(seeds * ((by_task - mean) ** 2).sum(axis=0) / (tasks - 1))
    return _Crossed(by_seed, by_task, between, of_tasks, np.asarray(rest / max((seeds - 1) * (tasks - 1), 1)))


def _half(found: _Crossed, level: float, scale: float) -> Float[np.ndarray, "*rest"]:
    """Half the width of the mean's interval."""
    seeds, tasks = found.shape
    parts: list[tuple[Any, float]] = [(found.tasks / (seeds * tasks), tasks - 1)]
    if seeds > 1:
        parts += [
            (found.seeds / (seeds * tasks), seeds - 1),
            (-found.rest / (seeds * tasks), (seeds - 1) * (tasks - 1)),
        ]
    half = _students(parts, level)
    largest = np.maximum(found.tasks, found.seeds) / (seeds * tasks)
    least = np.maximum(_least(largest, found.by_seed.mean(axis=0), tasks), ONE_IN_TWENTY * scale / tasks)
    return np.asarray(np.maximum(half, least))


def _least(variance, value, tasks: int) -> Float[np.ndarray, "*rest"]:
    """The smallest half width, for values that do not vary: see the docstring of this file."""
    size = np.maximum(np.abs(value), 1.0)
    return np.where(variance <= (SINGLE * size) ** 2, ONE_IN_TWENTY * size / tasks, 0.0)


def _of_numbers(values: Any, errors: Any, another: bool, level: float) -> Mean:
    """One number for each training; of their mean, or of `another` training."""
    values = numbers("values", values)
    seeds = len(values)
    if errors is None or another:
        _check_seeds(seeds)
    if errors is not None:
        errors = numbers("errors", errors)
        if len(errors) != seeds or (errors < 0).any():
            raise ValueError(f"errors is {shown(errors)}; it must hold {seeds} numbers at least 0, as values")
    value, factor = float(values.mean(dtype=np.float64)), 1 / seeds + another
    between = float(np.var(values, ddof=1, dtype=np.float64)) if seeds > 1 else 0.0
    shared = 0.0 if errors is None else float(np.mean(np.square(errors, dtype=np.float64)))
    parts = [(np.asarray(factor * between), max(seeds - 1, 1)), (np.asarray(shared), np.inf)]
    half = max(float(_students(parts, level)), SINGLE * max(1.0, abs(value)))
    training = float(np.sqrt(between / seeds)) if seeds > 1 else None
    task = None if errors is None else float(np.sqrt(shared))
    return Mean(value, value - half, value + half, training, task, values.astype(np.float64))


def _students(parts: Sequence[tuple[Any, float]], level: float) -> Float[np.ndarray, "*rest"]:
    """Half of Student's interval for a sum of variances, given each part and its degrees of freedom.

    The sum counts as at least half of its largest part.
    """
    _check_level(level)
    variance = np.maximum(sum(part for part, _ in parts), 0.5 * np.max([part for part, _ in parts], axis=0))
    spread = sum(np.square(part) / freedom for part, freedom in parts)
    freedom = np.divide(variance**2, spread, out=np.full(np.shape(variance), np.inf), where=spread > 0)
    quantile = special.stdtrit(np.clip(freedom, 1.0, 1e9), (1 + level) / 2)
    return np.asarray(quantile * np.sqrt(variance))


def _check_level(level: object) -> None:
    check_between("level", level, 0.01, 0.9999)


def _check_seeds(seeds: int) -> None:
    if seeds < 2:
        raise ValueError(f"values holds {seeds} seed; an interval over seeds needs at least 2")
