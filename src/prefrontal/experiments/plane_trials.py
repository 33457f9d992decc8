"""Settings that the experiments on tasks in the plane share: tasks, an agent, and trials."""

import dataclasses

from prefrontal.experiments.base import ReferencePolicy, Trial
from prefrontal.learners.inner import PLAIN
from prefrontal.policies import GaussianSettings
from prefrontal.tasks import distribution

TRAJECTORIES = 20  # episodes of a segment from which an agent learns, unless a trial says otherwise
SHOWN = 10  # episodes at the end of each segment with the most probable actions, in trials
REFERENCES = (ReferencePolicy("oracle", "oracle"), ReferencePolicy("stay", "stay"))

# Two layers of 64 tanh units, as in Rothfuss et al. 2019; a spread of half the box.
ARCHITECTURE = dataclasses.replace(PLAIN, policy=GaussianSettings(1.0))


def tasks(family: str, episodes: int = 2 * TRAJECTORIES) -> str:
    """A family of tasks by name; by default with as many episodes before an inner step as after it."""
    return f"{family}:episodes={episodes}"


def tried(
    name: str,
    family: str,
    steps: int,
    trajectories: int = TRAJECTORIES,
    shown: int = SHOWN,
    factors: tuple[float, ...] = (),
) -> Trial:
    """A trial with `steps` inner steps, each on `trajectories` episodes.

    **Arguments:** `shown`, the number of further episodes in each segment, with the most probable actions;
    `factors` of the inner rate, if not the agent's own.
    """
    length = distribution(family).environment.episode_length or 1
    changes: dict = {"every": (trajectories + shown) * length, "shown": shown * length}
    changes |= {"factors": factors} if factors else {}
    return Trial(name, tasks(family, (trajectories + shown) * (steps + 1)), tuple(changes.items()))
