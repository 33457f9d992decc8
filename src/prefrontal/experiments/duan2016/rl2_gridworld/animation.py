"""One lifetime of an untrained agent beside the same lifetime of the trained one, step by step."""

import numpy as np

from prefrontal.disk.records import Records
from prefrontal.report.animation import Animation
from prefrontal.report.scene_drawing import frames
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
    order = np.argsort(trained.total_return, kind="stable")
    life = int(order[len(order) // 2])
    panels = [_scenes(*one, life) for one in (("untrained", untrained), ("trained", trained))]
    return Animation(frames(panels, width=5.4), CAPTION, seconds_per_frame=0.2)


def _scenes(name: str, records: Records, life: int) -> list[Scene]:
    goal, cells = records.task["goal"][life], records.state["position"][life]
    paid = np.concatenate([[0.0], np.cumsum(records.reward[life])])
    found, begin, episode = [], 0, 1
    for step in range(min(STEPS, records.horizon)):
        shown = {"episode": episode, "step": step - begin, "paid": float(paid[step])}
        found.append(moment(SIZE, goal, cells[:begin], cells[begin : step + 1], **shown, name=name))
        if records.episode_over[life, step]:
            begin, episode = step + 1, episode + 1
    return found
