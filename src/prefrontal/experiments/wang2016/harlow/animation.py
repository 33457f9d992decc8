"""One lifetime of an untrained agent beside the same lifetime of the trained one, as they saw it."""

from functools import partial

import numpy as np

from prefrontal.analysis.choices.harlow import choices
from prefrontal.analysis.shown import one_wrong_then_right
from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside
from prefrontal.report.animation import Animation
from prefrontal.scenes.base import Scene
from prefrontal.scenes.harlow import screen

STEPS = 70
TRIALS = 10
CAPTION = (
    "What an agent sees in a lifetime with two images it has never met: left before training, right trained, "
    "with the same two images. It has to look at the cross, and then to turn to one of the images. Below is "
    "each trial so far: blue where the rewarded image was chosen, orange where the other one was. "
)
TELLING = "This is the first lifetime whose first choice is wrong and whose others are right."
ANY_SHOWN = "The first lifetime is shown: in none is the first choice wrong and are all others right."


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """A frame for each of the first steps."""
    telling = one_wrong_then_right(trained, TRIALS)
    life = int(np.argmax(telling))  # the first of them, or else the first of all
    chosen = TELLING if telling.any() else ANY_SHOWN
    return beside(partial(_scenes, life), untrained, trained, CAPTION + chosen, width=6.4)


def _scenes(life: int, name: str, records: Records) -> list[Scene]:
    if records.observation is None:
        raise ValueError(f"observation of {records.policy!r} was not kept; keep=('observation',) keeps it")
    lived, found = choices(records, TRIALS), []
    for step in range(min(STEPS, records.horizon)):
        made = lived.made[life] & (lived.step[life] < step)
        reward = float(records.reward[life, step - 1]) if step else 0.0
        over = not records.alive[life, step]
        seen, title = records.observation[life, step], f"{name}, step {step + 1}"
        found.append(screen(seen, made, lived.right[life], reward=reward, over=over, name=title))
    return found
