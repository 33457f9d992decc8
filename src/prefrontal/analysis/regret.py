"""How well a policy does in its lifetimes: curves over pulls, with intervals over training seeds.

Regret is expected regret (Wang et al. 2016, section 3.1): the arms' means, not sampled rewards,

    R_T = Σₜ max_a E[reward | task, a] - E[reward | task, aₜ].
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped
from scipy import special

from prefrontal.analysis.statistics.intervals import LEVEL, curve_interval
from prefrontal.disk.records import Records


class Curve(NamedTuple):
    """A quantity at each pull: each training seed's mean over lifetimes, the mean of those, and its interval.

    With one seed, `low` and `high` are the normal interval over its lifetimes: how well this one agent was
    measured, not how another training would end.
    """

    by_seed: Float[np.ndarray, "seeds T"]
    mean: Float[np.ndarray, "T"]
    low: Float[np.ndarray, "T"]
    high: Float[np.ndarray, "T"]


def curve_over_seeds(values: Sequence[Shaped[np.ndarray, "_ T"]], level: float = LEVEL) -> Curve:
    """The curve of a quantity known at each pull of each lifetime: `(lifetimes, T)` for each seed."""
    by_seed = np.stack([one.mean(axis=0, dtype=np.float64) for one in values])
    mean = by_seed.mean(axis=0)
    if len(values) > 1:
        return Curve(by_seed, mean, *curve_interval(by_seed, level=level))
    half = special.ndtri((1 + level) / 2) * _standard_errors(values[0])
    return Curve(by_seed, mean, mean - half, mean + half)


def regret_curve(records: Sequence[Records], level: float = LEVEL) -> Curve:
    """Cumulative expected regret after each pull; one `Records` for each training seed."""
    return curve_over_seeds([one.regret for one in records], level)


def suboptimal_curve(records: Sequence[Records], level: float = LEVEL) -> Curve:
    """How many of the pulls so far were of an arm that is not the best."""
    return curve_over_seeds([one.suboptimal.cumsum(axis=1) for one in records], level)


def optimal_curve(records: Sequence[Records], level: float = LEVEL) -> Curve:
    """The proportion of lifetimes whose n-th pull is of a best arm. All lifetimes must reach the horizon."""
    for one in records:
        if not one.alive.all():
            raise ValueError(
                f"alive is False somewhere in {one.policy}; every lifetime must reach the horizon"
            )
    return curve_over_seeds([~one.suboptimal for one in records], level)


def expected_return(records: Records) -> Float[np.ndarray, "N"]:
    """What the steps of each lifetime pay on average, together.

    **Raises:** ValueError where the task does not know it.
    """
    return expected_rewards(records).sum(axis=1, dtype=np.float64)


def expected_rewards(records: Records) -> Float[np.ndarray, "N T"]:
    """What each step pays on average; a ValueError where the task does not know it."""
    if records.expected_reward is None:
        raise ValueError(f"{records.distribution!r} does not know its expected_reward")
    return records.expected_reward


def final_regret(records: Records) -> Float[np.ndarray, "N"]:
    """Expected regret of each whole lifetime."""
    return records.regret[:, -1].astype(np.float64)


def final_suboptimal(records: Records) -> Float[np.ndarray, "N"]:
    """Number of sub-optimal pulls in each whole lifetime."""
    return records.suboptimal.sum(axis=1).astype(np.float64)


def _standard_errors(values: Shaped[np.ndarray, "n T"]) -> Float[np.ndarray, "T"]:
    if len(values) < 2:
        raise ValueError(f"values holds {len(values)} lifetime of one seed; an interval needs at least 2")
    return values.std(axis=0, ddof=1, dtype=np.float64) / np.sqrt(len(values))
