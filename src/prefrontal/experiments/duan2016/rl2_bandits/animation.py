"""One lifetime of an untrained agent beside the same lifetime of the trained one, pull by pull."""

import numpy as np

from prefrontal.disk.records import Records
from prefrontal.report.animation import Animation
from prefrontal.report.scene_drawing import frames
from prefrontal.scenes.bandits import many_arms
from prefrontal.scenes.base import Scene

CAPTION = (
    "A lifetime of one task: left an agent before training, right the same agent trained. A row is an arm, "
    "the best one at the top, with how often it pays; the agents do not know it. A dot is a pull, filled "
    "where it paid. The lifetime is that of the trained agent's median regret."
)


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """A frame for each pull."""
    order = np.argsort(trained.regret[:, -1], kind="stable")
    life = int(order[len(order) // 2])
    panels = [_scenes(*one, life) for one in (("untrained", untrained), ("trained", trained))]
    return Animation(frames(panels, width=6.8), CAPTION, seconds_per_frame=0.12)


def _scenes(name: str, records: Records, life: int) -> list[Scene]:
    means = np.asarray(records.task["probabilities"][life])
    lived = means, records.action[life], records.reward[life]
    return [many_arms(*lived, pulls=pull + 1, name=name) for pull in range(records.horizon)]
