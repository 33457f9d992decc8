"""Which recorded lifetime an animation shows: a typical one among the most informative."""

import numpy as np
from jaxtyping import Bool, Float

from prefrontal.analysis.choices.harlow import choices
from prefrontal.analysis.choices.two_step import Trials
from prefrontal.disk.records import Records

MUCH = 0.2  # what an arm pays less than the better one, to be called much the worse


def arm_means(records: Records, life: int) -> Float[np.ndarray, "T 2"]:
    """The expected reward of each of two arms at each pull, from the task or as p and 1 - p.

    **Raises:** ValueError if the task gives neither.
    """
    if "probabilities" in records.task:
        return np.broadcast_to(records.task["probabilities"][life], (records.horizon, 2))
    if records.expected_reward is None:
        raise ValueError(f"{records.distribution!r} does not know what its arms pay on average")
    pulled, action = records.expected_reward[life], records.action[life]
    first = np.where(action == 0, pulled, 1.0 - pulled)
    return np.stack([first, 1.0 - first], axis=1)


def bandit_life(trained: Records) -> int:
    """The lifetime of median regret among the most informative ones with two arms.

    The informative lifetimes begin with an arm that is much worse. Among these, lifetimes in which the better
    arm changes by the end are preferred. If no lifetime begins like this, all are candidates.
    """
    lives = np.flatnonzero(trained.regret[:, 0] >= MUCH)
    lives = lives if len(lives) else np.arange(trained.lifetimes)
    better = np.array([arm_means(trained, life)[[0, -1]].argmax(axis=1) for life in lives.tolist()])
    changing = lives[better[:, 0] != better[:, 1]]
    lives = changing if len(changing) else lives
    order = np.argsort(trained.regret[lives, -1], kind="stable")
    return int(lives[order[len(order) // 2]])


def two_step_life(untrained: Trials, trained: Trials, shown: int) -> int:
    """A lifetime with the agent's median reward in the `shown` trials and the most rare transitions."""
    earned = trained.reward[:, :shown].sum(axis=1)
    typical = np.flatnonzero(earned == np.sort(earned)[len(earned) // 2])
    rare = [(~one.common[typical, :shown]).sum(axis=1) for one in (trained, untrained)]
    return int(typical[np.argmax(rare[0] + rare[1])])


def one_wrong_then_right(trained: Records, trials: int) -> Bool[np.ndarray, "N"]:
    """The lifetimes of Harlow's task whose first choice is wrong and whose other choices are right."""
    lived = choices(trained, trials)
    return ~lived.right[:, 0] & lived.right[:, 1:].all(axis=1)


def maze_life(trained: Records, shown: int) -> int:
    """A lifetime with the median number of arrivals in the `shown` steps."""
    arrivals = trained.episode_over[:, :shown].sum(axis=1)
    return int(np.argsort(arrivals, kind="stable")[len(arrivals) // 2])
