"""Is A below B, and how far is a number from another: what claims are decided by."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Real

from prefrontal.analysis.regret import final_regret
from prefrontal.analysis.statistics.intervals import (
    LEVEL,
    hierarchical_interval,
    lifetime_interval,
    seed_interval,
    two_sample_interval,
)
from prefrontal.disk.records import Records


class Difference(NamedTuple):
    """A less B, with its interval."""

    value: float
    low: float
    high: float

    @property
    def below(self) -> bool:
        """A is below B, and the whole interval says so."""
        return self.high < 0

    @property
    def above(self) -> bool:
        """A is above B, and the whole interval says so."""
        return self.low > 0


def gap(
    values: Real[np.ndarray, "seeds"],
    target: float,
    lifetime_error: float | None = None,
    level: float = LEVEL,
) -> Difference:
    """How far the mean over seeds is above an exact number, such as the optimum.

    **Arguments:** `lifetime_error`, the standard error over lifetimes, needed where there is one seed
    only (see `intervals.seed_interval`).
    """
    low, high = seed_interval(values, lifetime_error, level=level)
    return Difference(float(values.mean(dtype=np.float64)) - target, low - target, high - target)


def within(values: Real[np.ndarray, "seeds"], target: float, tolerance: float) -> bool:
    """The mean over seeds is at most `tolerance` away from `target`, on either side."""
    return bool(abs(float(values.mean(dtype=np.float64)) - target) <= tolerance)


def count_below(values: Real[np.ndarray, "seeds"], bound: float) -> int:
    """On how many seeds the number is below `bound`."""
    return int((values < bound).sum())


def paired_difference(
    a: Real[np.ndarray, "seeds N"], b: Real[np.ndarray, "N"], level: float = LEVEL
) -> Difference:
    """Trainings A less one policy B, lifetime i of all having been lived in the same task i.

    The luck of the tasks cancels in the pairs. The interval is over seeds and tasks; with one seed, over
    tasks alone.
    """
    pairs = a.astype(np.float64) - b[None]
    if len(a) > 1:
        low, high = hierarchical_interval(pairs, common_tasks=True, level=level)
    else:
        low, high = lifetime_interval(pairs[0], level)
    return Difference(float(pairs.mean()), low, high)


def unpaired_difference(
    a: Real[np.ndarray, "seeds_a"], b: Real[np.ndarray, "seeds_b"], level: float = LEVEL
) -> Difference:
    """Trainings A less trainings B, such as an agent's and a control's, from one number for each seed."""
    low, high = two_sample_interval(a, b, level=level)
    return Difference(float(a.mean(dtype=np.float64) - b.mean(dtype=np.float64)), low, high)


def regret_difference(a: Sequence[Records], b: Records, level: float = LEVEL) -> Difference:
    """Final expected regret of trainings A (one `Records` for each seed) less B's, in the same tasks."""
    for one in a:
        if not same_tasks(one, b):
            raise ValueError(
                f"{one.policy} and {b.policy} met different tasks; give both the same evaluation seed"
            )
    return paired_difference(np.stack([final_regret(one) for one in a]), final_regret(b), level)


def same_tasks(a: Records, b: Records) -> bool:
    """Lifetime i of both was lived in the same task, for every i."""
    named = ("distribution", "split", "seed", "horizon")
    if any(getattr(a, name) != getattr(b, name) for name in named) or a.task.keys() != b.task.keys():
        return False
    return all(np.array_equal(a.task[name], b.task[name]) for name in a.task)
