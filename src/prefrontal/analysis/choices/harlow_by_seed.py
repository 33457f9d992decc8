"""Behaviour of each training in Harlow's task: steps to a choice, second choices, rewards, gaze."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer

from prefrontal.analysis.choices.harlow import Choices, accuracy, choices, completed, steps_of_trials
from prefrontal.analysis.statistics.intervals import Estimate
from prefrontal.disk.records import Records

LOOKING = 1  # the phase of a trial in which the images are shown


class StepsOfTrials(NamedTuple):
    """Steps from one choice to the next, in the trials that every seed reaches in some lifetime."""

    trials: Integer[np.ndarray, "reached"]  # from 0
    by_seed: Float[np.ndarray, "seeds reached"]
    mean: Float[np.ndarray, "reached"]


def steps_over_seeds(lived: Sequence[Choices]) -> StepsOfTrials:
    """The steps of each training seed, and their mean."""
    took = np.stack([steps_of_trials(one) for one in lived])
    reached = np.flatnonzero(np.isfinite(took).all(axis=0))
    return StepsOfTrials(reached, took[:, reached], took[:, reached].mean(axis=0))


def paid_by_images(lived: Choices) -> Float[np.ndarray, "N"]:
    """The total reward from images in each lifetime: 1 for the right image and -1 for the other."""
    return 2.0 * lived.right.sum(axis=1) - completed(lived)


def often_reached(lived: Sequence[Choices], often: float) -> int:
    """The number of first trials that every seed reaches in a share `often` of its lifetimes or more."""
    reached = np.min([one.made.mean(axis=0) for one in lived], axis=0)
    return int(np.logical_and.accumulate(reached >= often).sum())


class AfterFirst(NamedTuple):
    """The second choice, by whether the first one was right, for each training seed."""

    differences: list[Estimate]  # of the proportions right, after a right first choice less after a wrong one
    after_wrong: list[Estimate]  # the proportions right


def lacking_first(lived: Sequence[Choices]) -> int:
    """The number of seeds without any right first choice, or without any wrong one."""
    return sum(not all(one.any() for one in _by_first(seed)) for seed in lived)


def after_first(lived: Sequence[Choices]) -> AfterFirst:
    """How often the second choice is right after a right first choice, and after a wrong one.

    **Raises:** ValueError if a seed lacks one of the two.
    """
    pairs = [[accuracy(one, slice(1, 2), among) for among in _by_first(one)] for one in lived]
    differences = [Estimate(a.value - b.value, float(np.hypot(a.error, b.error))) for a, b in pairs]
    return AfterFirst(differences, [wrong for _, wrong in pairs])


def _by_first(lived: Choices) -> tuple[Bool[np.ndarray, "N"], Bool[np.ndarray, "N"]]:
    """The lifetimes whose first choice is right, and those whose first choice is wrong."""
    made, right = lived.made[:, 0], lived.right[:, 0]
    return made & right, made & ~right


def gaze_to_choice(records: Records, trial: int, trials: int = 10) -> list[Float[np.ndarray, "_"]]:
    """The gaze (degrees) at each step from the images of one trial to its choice, where there is one.

    Mirrored if necessary, so that the rewarded image is on the right.
    """
    state, lived = records.state, choices(records, trials)
    found = []
    for life in np.flatnonzero(lived.made[:, trial]):
        here = (state["trial"][life] == trial) & (state["phase"][life] == LOOKING) & records.alive[life]
        sign = np.where(state["rewarded_right"][life], 1.0, -1.0)
        found.append((sign * state["gaze"][life])[here])
    return found
