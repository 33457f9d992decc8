"""Choices in Harlow's task, trial by trial (Wang et al. 2016, section 3.2.2, figure 6)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer

from prefrontal.analysis.regret import Curve, curve_over_seeds
from prefrontal.analysis.statistics.intervals import Estimate
from prefrontal.checks import check_integer
from prefrontal.disk.records import Records

CHOSEN = 0.5  # a reward larger than this, or smaller than its negative, is that of a choice
LARGEST = 1.2  # reward of one step: 1 for a choice, 0.2 for the fixation before it
UNKNOWN = (
    0.5  # the largest standard deviation of what lies from 0 to 1: the error where there is one lifetime
)


class Choices(NamedTuple):
    """The choices of lifetimes, trial by trial. A lifetime that ended early did not make the last choices.

    A trial in which a subject gave no answer is one in which no choice was made.
    """

    made: Bool[np.ndarray, "N trials"]
    right: Bool[np.ndarray, "N trials"]  # of the rewarded image; False where none was made
    step: Integer[np.ndarray, "N trials"]  # at which it was made, from 0; -1 where none was


def choices(records: Records, trials: int = 10) -> Choices:
    """The first `trials` choices of each lifetime, recognised by their rewards of 1 and -1."""
    check_integer("trials", trials, 1)
    largest = float(np.abs(records.reward[records.alive]).max(initial=0.0))
    if not largest <= LARGEST + 1e-6:
        raise ValueError(f"rewards go up to {largest}; those of Harlow's task lie between -1 and {LARGEST}")
    chosen = (np.abs(records.reward) > CHOSEN) & records.alive
    number = np.where(chosen, np.cumsum(chosen, axis=1) - 1, trials)
    shape = (records.lifetimes, trials)
    made, right, step = np.zeros(shape, bool), np.zeros(shape, bool), np.full(shape, -1)
    lifetime, at = np.nonzero(number < trials)
    place = lifetime, number[lifetime, at]
    made[place], right[place], step[place] = True, records.reward[lifetime, at] > 0, at
    return Choices(made, right, step)


def proportion_right(lived: Choices, trials: slice, among: Bool[np.ndarray, "N"] | None = None) -> Estimate:
    """The share of choices in `trials` that are right: a ratio of sums over lifetimes (Cochran 1977).

    The error of a single lifetime is not known, so its largest possible value, 1/2, is given. The same is
    true of `accuracy`.

    **Arguments:** `among`, the lifetimes that count (all, if None).
    """
    counted = _counted(lived, among)
    made = lived.made[counted, trials].sum(axis=1)
    right = lived.right[counted, trials].sum(axis=1)
    if made.sum() == 0:
        raise ValueError(f"no choice was made in trials {trials} of {len(made)} lifetimes; one is needed")
    value = right.sum() / made.sum()
    error = np.sqrt(np.sum((right - value * made) ** 2)) / made.sum()
    return Estimate(float(value), float(error) if (made > 0).sum() > 1 else UNKNOWN)


def accuracy(lived: Choices, trials: slice, among: Bool[np.ndarray, "N"] | None = None) -> Estimate:
    """The share of `trials` in which the right choice is made. A trial without a choice counts as wrong.

    It differs from `proportion_right`: an agent that stops choosing after a wrong choice makes few wrong
    choices, but fails.

    **Arguments:** `among`, the lifetimes that count (all, if None).
    """
    counted = _counted(lived, among)
    if not counted.any():
        raise ValueError(f"none of {len(counted)} lifetimes counts; at least one must")
    each = lived.right[counted, trials].mean(axis=1)
    error = each.std() / np.sqrt(len(each)) if len(each) > 1 else UNKNOWN
    return Estimate(float(each.mean()), float(error))


def _counted(lived: Choices, among: Bool[np.ndarray, "N"] | None) -> Bool[np.ndarray, "N"]:
    """The lifetimes that count: `among`, or all of them.

    **Raises:** ValueError if a choice is right that was not made, or if `among` has another length.
    """
    if (lived.right & ~lived.made).any():
        raise ValueError(
            "right is True in trials in which made is False; no choice is right that was not made"
        )
    among = np.ones(len(lived.made), bool) if among is None else among
    if among.shape != lived.made.shape[:1] or among.dtype != bool:
        raise ValueError(f"among must hold {len(lived.made)} truths; it is {among.dtype} of {among.shape}")
    return among


def accuracy_curve(lived: Sequence[Choices]) -> Curve:
    """The accuracy of each trial, one `Choices` for each training seed.

    A lifetime without a choice in a trial counts as wrong, as in `accuracy`.
    """
    curve = curve_over_seeds([one.right.astype(np.float64) for one in lived])
    return curve._replace(low=np.maximum(curve.low, 0.0), high=np.minimum(curve.high, 1.0))


def accuracies(lived: Choices, trials: slice) -> Float[np.ndarray, "N"]:
    """The share of `trials` in which each lifetime makes the right choice, as in `accuracy`."""
    return lived.right[:, trials].mean(axis=1)


def completed(lived: Choices) -> Float[np.ndarray, "N"]:
    """The number of trials in each lifetime."""
    return lived.made.sum(axis=1).astype(np.float64)


def steps_of_trials(lived: Choices) -> Float[np.ndarray, "trials"]:
    """Mean steps over lifetimes from one choice to the next; for the first trial, from the start.

    After a trial without a choice, steps are counted from the last choice before it.
    """
    last = np.maximum.accumulate(np.where(lived.made, lived.step, -1), axis=1)
    before = np.concatenate([np.full_like(last[:, :1], -1), last[:, :-1]], axis=1)
    took = np.where(lived.made, lived.step - before, 0).sum(axis=0)
    counted = lived.made.sum(axis=0)
    return np.divide(took, counted, out=np.full(counted.shape, np.nan), where=counted > 0)
