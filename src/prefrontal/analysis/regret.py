"""Curves of regret and choices over pulls, with intervals over trainings and tasks.

Regret is expected regret (Wang et al. 2016, section 3.1): the arms' means, not sampled rewards,

    R_T = Σₜ max_a E[reward | task, a] - E[reward | task, aₜ].
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from prefrontal.analysis.statistics.intervals import LEVEL, curve_interval
from prefrontal.disk.records import Records


class Curve(NamedTuple):
    """A quantity at each pull: the mean over lifetimes for each seed, the mean over seeds, and its interval.

    With one seed, `low` and `high` are the interval over its lifetimes: it shows how precisely this one agent
    was measured, not how another training would end.
    """

    by_seed: Float[np.ndarray, "seeds T"]
    mean: Float[np.ndarray, "T"]
    low: Float[np.ndarray, "T"]
    high: Float[np.ndarray, "T"]


def curve_over_seeds(values: Sequence[Shaped[np.ndarray, "_ T"]], level: float = LEVEL) -> Curve:
    """The curve of a quantity known at each pull of each lifetime: `(lifetimes, T)` for each seed."""
    by_seed = np.stack([one.mean(axis=0, dtype=np.float64) for one in values])
    return Curve(by_seed, by_seed.mean(axis=0), *curve_interval(values, level=level))


def regret_curve(records: Sequence[Records], level: float = LEVEL) -> Curve:
    """Cumulative expected regret after each pull; one `Records` for each training seed."""
    return curve_over_seeds([one.regret for one in records], level)


def suboptimal_curve(records: Sequence[Records], level: float = LEVEL) -> Curve:
    """The number of pulls so far of an arm that is not the best."""
    return curve_over_seeds([one.suboptimal.cumsum(axis=1) for one in records], level)


def optimal_curve(records: Sequence[Records], level: float = LEVEL) -> Curve:
    """The proportion of lifetimes whose n-th pull is a best arm. All lifetimes must reach the horizon."""
    for one in records:
        if not one.alive.all():
            raise ValueError(
                f"alive is False somewhere in {one.policy}; every lifetime must reach the horizon"
            )
    return curve_over_seeds([~one.suboptimal for one in records], level)


def expected_return(records: Records) -> Float[np.ndarray, "N"]:
    """The expected return of each lifetime: the sum of the expected rewards of its steps.

    **Raises:** ValueError if the task does not define expected rewards.
    """
    return expected_rewards(records).sum(axis=1, dtype=np.float64)


def expected_rewards(records: Records) -> Float[np.ndarray, "N T"]:
    """The expected reward of each step; a ValueError if the task does not define it."""
    if records.expected_reward is None:
        raise ValueError(f"{records.distribution!r} does not know its expected_reward")
    return records.expected_reward


def final_regret(records: Records) -> Float[np.ndarray, "N"]:
    """Expected regret of each whole lifetime."""
    return records.regret[:, -1].astype(np.float64)


def final_suboptimal(records: Records) -> Float[np.ndarray, "N"]:
    """Number of sub-optimal pulls in each whole lifetime."""
    return records.suboptimal.sum(axis=1).astype(np.float64)
