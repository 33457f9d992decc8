"""One lifetime of an untrained agent beside the same lifetime of the trained one, from above."""

from functools import partial

from prefrontal.analysis.shown import maze_life
from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside
from prefrontal.experiments.maze_animation import moments, pictured
from prefrontal.report.animation import Animation

STEPS = 110
CAPTION = (
    "A lifetime {where}, one with the median number of arrivals: left an agent before training, right the "
    "same agent trained, in the same task. The yellow cell is the goal, which the agents do not see from "
    "afar. At the goal an agent is paid and put at a random cell; its way since then is drawn."
)
SEEN = " Below is what it sees."


def lifetimes_side_by_side(untrained: Records, trained: Records, where: str = "in a maze") -> Animation:
    """The first steps of the lifetime, a frame for each. The caption says `where` it is lived."""
    life = maze_life(trained, STEPS)
    scenes = partial(moments, life=life, steps=STEPS)
    caption = CAPTION.format(where=where) + (SEEN if pictured(trained) else "")
    return beside(scenes, untrained, trained, caption, width=5.4, seconds=0.16)
