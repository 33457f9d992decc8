"""One lifetime of an untrained agent beside the same lifetime of the trained one, from above."""

from functools import partial

import numpy as np

from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside
from prefrontal.experiments.duan2016.rl2_maze.analysis import twice
from prefrontal.experiments.maze_animation import moments
from prefrontal.report.animation import Animation

STEPS = 110
CAPTION = (
    "A lifetime of two episodes in a new maze: left an agent before training, right the same agent trained. "
    "The yellow cell is the goal, which is not seen from afar. The second episode begins elsewhere. "
    "The way of each episode is drawn. Of the lifetimes that arrive twice this has a first episode of the "
    "median length."
)


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """The first steps of the lifetime, a frame for each."""
    made = twice(trained)
    order = np.lexsort((made.steps[:, 0], ~made.both))
    life = int(order[int(made.both.sum()) // 2])
    scenes = partial(moments, life=life, steps=STEPS)
    return beside(scenes, untrained, trained, CAPTION, width=5.4, seconds=0.16)
