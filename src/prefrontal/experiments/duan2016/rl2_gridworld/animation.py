"""One lifetime of an untrained agent beside the same lifetime of the trained one, step by step."""

from functools import partial

import numpy as np

from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside, median_life
from prefrontal.report.animation import Animation
from prefrontal.scenes.base import Scene
from prefrontal.scenes.gridworld import moment

SIZE = 5
STEPS = 60
CAPTION = (
    "A lifetime of four episodes: left an agent before training, right the same agent trained, in the same "
    "task. The yellow cell is the goal, which the agents do not see. Cells of earlier episodes are grey, the "
    "line is the way of this one. The lifetime is that of the trained agent's median return."
)


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """A frame for each step."""
    life = median_life(trained.total_return)
    scenes = partial(_scenes, life)
    return beside(scenes, untrained, trained, CAPTION, width=5.4)


def _scenes(life: int, name: str, records: Records) -> list[Scene]:
    goal, cells = records.task["goal"][life], records.state["position"][life]
    paid = np.concatenate([[0.0], np.cumsum(records.reward[life])])
    found, begin, episode = [], 0, 1
    for step in range(min(STEPS, records.horizon)):
        shown = {"episode": episode, "step": step - begin, "paid": float(paid[step])}
        found.append(moment(SIZE, goal, cells[:begin], cells[begin : step + 1], **shown, name=name))
        if records.episode_over[life, step]:
            begin, episode = step + 1, episode + 1
    return found
