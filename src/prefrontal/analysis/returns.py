"""The return of a policy: by episode if episodes end inside lifetimes, and step by step."""

import numpy as np

from prefrontal.analysis.regret import Curve, curve_over_seeds
from prefrontal.disk.records import Records

FINISHED = 0.9  # of the lifetimes: so many must have finished an episode for its mean to be given


def return_curve(records: Records) -> Curve:
    """The sum of the rewards up to and including each step, with the normal interval over lifetimes."""
    return curve_over_seeds([records.reward.cumsum(axis=1, dtype=np.float64)])


def episode_curve(records: Records) -> Curve:
    """The mean return of the first episode, the second, and so on, with the normal interval over lifetimes.

    Only lifetimes that finished an episode count in its mean. Because slow lifetimes are missing from late
    episodes, the curve ends with the last episode that at least nine in ten lifetimes finished; there may be
    none.
    """
    returns = records.returns_by_episode
    enough = np.mean(~np.isnan(returns), axis=0) >= FINISHED  # True, then False: none is skipped
    episodes = [column[~np.isnan(column)] for column in returns[:, enough].T]
    parts = [curve_over_seeds([episode[:, None]]) for episode in episodes]
    if not parts:
        return Curve(np.empty((1, 0)), *(np.empty(0),) * 3)
    by_seed = np.concatenate([part.by_seed for part in parts], axis=1)
    return Curve(by_seed, *(np.concatenate(column) for column in list(zip(*parts, strict=True))[1:]))
