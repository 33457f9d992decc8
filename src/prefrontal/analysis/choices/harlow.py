"""What is chosen in Harlow's task, trial by trial (Wang et al. 2016, section 3.2.2, figure 6)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer

from prefrontal.analysis.regret import Curve
from prefrontal.analysis.statistics.intervals import Estimate, curve_interval
from prefrontal.disk.records import Records

CHOSEN = 0.5  # a reward larger than this, or smaller than its negative, is that of a choice


class Choices(NamedTuple):
    """The choices of lifetimes, trial by trial; a lifetime that ended early did not make the last ones."""

    made: Bool[np.ndarray, "N trials"]
    right: Bool[np.ndarray, "N trials"]  # of the rewarded image; False where none was made
    step: Integer[np.ndarray, "N trials"]  # at which it was made, from 0; -1 where none was


def choices(records: Records, trials: int = 10) -> Choices:
    """The first `trials` choices of each lifetime, told by their rewards of 1 and -1."""
    chosen = (np.abs(records.reward) > CHOSEN) & records.alive
    number = np.where(chosen, np.cumsum(chosen, axis=1) - 1, trials)
    shape = (records.lifetimes, trials)
    made, right, step = np.zeros(shape, bool), np.zeros(shape, bool), np.full(shape, -1)
    lifetime, at = np.nonzero(number < trials)
    place = lifetime, number[lifetime, at]
    made[place], right[place], step[place] = True, records.reward[lifetime, at] > 0, at
    return Choices(made, right, step)


def proportion_right(lived: Choices, trials: slice, among: Bool[np.ndarray, "N"] | None = None) -> Estimate:
    """How many of the choices made in `trials` are right: a ratio of sums over lifetimes (Cochran 1977).

    **Arguments:** `among`, the lifetimes that count (all, if None).
    """
    counted = _counted(lived, among)
    made = lived.made[counted, trials].sum(axis=1)
    right = lived.right[counted, trials].sum(axis=1)
    if made.sum() == 0:
        raise ValueError(f"no choice was made in trials {trials} of {len(made)} lifetimes; one is needed")
    value = right.sum() / made.sum()
    error = np.sqrt(np.sum((right - value * made) ** 2)) / made.sum()
    return Estimate(float(value), float(error))


def accuracy(lived: Choices, trials: slice, among: Bool[np.ndarray, "N"] | None = None) -> Estimate:
    """In how many of `trials` the right choice is made; a trial that brings no choice counts against it.

    Not the same as `proportion_right`: an agent that chooses no more once it has been wrong makes few wrong
    choices, and fails.

    **Arguments:** `among`, the lifetimes that count (all, if None).
    """
    counted = _counted(lived, among)
    if not counted.any():
        raise ValueError(f"none of {len(counted)} lifetimes counts; at least one must")
    each = lived.right[counted, trials].mean(axis=1)
    return Estimate(float(each.mean()), float(each.std() / np.sqrt(len(each))))


def _counted(lived: Choices, among: Bool[np.ndarray, "N"] | None) -> Bool[np.ndarray, "N"]:
    """The lifetimes that count: all of them, unless it is said which."""
    return np.ones(len(lived.made), bool) if among is None else among


def accuracy_curve(lived: Sequence[Choices]) -> Curve:
    """The accuracy of each trial, one `Choices` for each training seed; with one, an interval over lifetimes.

    A lifetime that makes no choice in a trial counts against it, as in `accuracy`.
    """
    trials = lived[0].made.shape[1]
    each = [[accuracy(one, slice(k, k + 1)) for k in range(trials)] for one in lived]
    by_seed = np.array([[found.value for found in row] for row in each])
    mean = by_seed.mean(axis=0)
    if len(lived) > 1:
        return Curve(by_seed, mean, *curve_interval(by_seed))
    half = 1.96 * np.array([found.error for found in each[0]])
    return Curve(by_seed, mean, mean - half, mean + half)


def completed(lived: Choices) -> Float[np.ndarray, "N"]:
    """How many trials each lifetime had."""
    return lived.made.sum(axis=1).astype(np.float64)


def steps_of_trials(lived: Choices) -> Float[np.ndarray, "trials"]:
    """Steps from one choice to the next, the mean over lifetimes; of the first trial, from the start."""
    before = np.concatenate([np.full_like(lived.step[:, :1], -1), lived.step[:, :-1]], axis=1)
    took = np.where(lived.made, lived.step - before, 0).sum(axis=0)
    counted = lived.made.sum(axis=0)
    return np.divide(took, counted, out=np.full(counted.shape, np.nan), where=counted > 0)
