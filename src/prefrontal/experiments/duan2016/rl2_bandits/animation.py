"""One lifetime of an untrained agent beside the same lifetime of the trained one, pull by pull."""

from functools import partial

import numpy as np

from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside, median_life
from prefrontal.report.animation import Animation
from prefrontal.scenes.bandits import many_arms
from prefrontal.scenes.base import Scene

CAPTION = (
    "A lifetime of one task: left an agent before training, right the same agent trained. A row is an arm, "
    "the best one at the top, with how often it pays; the agents do not know it. A dot is a pull, filled "
    "where it paid. The lifetime is that of the trained agent's median regret."
)


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """A frame for each pull."""
    life = median_life(trained.regret[:, -1])
    scenes = partial(_scenes, life)
    return beside(scenes, untrained, trained, CAPTION, width=6.8, seconds=0.12)


def _scenes(life: int, name: str, records: Records) -> list[Scene]:
    means = np.asarray(records.task["probabilities"][life])
    lived = means, records.action[life], records.reward[life]
    return [many_arms(*lived, pulls=pull + 1, name=name) for pull in range(records.horizon)]
