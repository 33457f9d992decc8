"""Animations of episodes before and after an inner step: an untrained agent beside the trained one."""

from functools import partial
from typing import Any

import numpy as np

from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside, median_life
from prefrontal.report.animation import Animation
from prefrontal.scenes.base import Scene
from prefrontal.scenes.plane import point, runner

EPISODES = 3  # shown from each part
TRAJECTORIES = 20  # episodes of a segment
EVERY = 3  # steps between frames
# The visible distance from the origin in each family of tasks, and the radius in which its goal pays.
REACH = {"navigation": 1.0, "box-goals": 1.0, "rotation": 1.0, "four-corners": 1.6, "direction-runner": 8.0}
RADIUS = {"four-corners": 1.0}
CAPTION = (
    "Three episodes {before} and three {after}: left an agent before training, right the same agent trained, "
    "in the same task. {seen} The lifetime is that of the trained agent's median return."
)
FROM_ABOVE = (
    "The yellow place is the goal. Ways of earlier episodes of the same part of the lifetime are grey."
)
FROM_THE_SIDE = "The arrow says where the body should go; the line below is how far it has come."


def before_and_after(
    untrained: Records,
    trained: Records,
    before: str = "before the first inner step",
    after: str = "after the last one",
    begins: tuple[int, int] | None = None,
) -> Animation:
    """An animation with a frame for every third step.

    **Arguments:** `begins`, the first episodes of the two parts that are shown, counted from 0. By default
    the parts are the first and the last segment.
    """
    scenes = partial(_scenes, median_life(trained.total_return), begins)
    seen = FROM_THE_SIDE if "direction" in trained.task else FROM_ABOVE
    caption = CAPTION.format(before=before, after=after, seen=seen)
    return beside(scenes, untrained, trained, caption, width=6.0, seconds=0.15)


def _scenes(life: int, begins: tuple[int, int] | None, name: str, records: Records) -> list[Scene]:
    length = int(np.argmax(records.episode_over[life])) + 1
    episodes = records.horizon // length
    shown = [
        (begin, episode)
        for begin in begins or (0, max(episodes - TRAJECTORIES, episodes // 2))
        for episode in range(begin, min(begin + EPISODES, episodes))
    ]
    return [
        _scene(name, records, life, length, begin, episode, step)
        for begin, episode in shown
        for step in range(0, length, EVERY)
    ]


def _scene(name: str, records: Records, life: int, length: int, begin: int, episode: int, step: int) -> Scene:
    now = episode * length
    paid = float(records.reward[life, now : now + step].sum())
    shown: dict[str, Any] = {"episode": episode + 1, "step": step, "paid": paid, "name": name}
    family = records.distribution.partition(":")[0]
    shown["reach"] = REACH[family]
    position, task = records.state["position"][life], {key: one[life] for key, one in records.task.items()}
    trail = position[now : now + step + 1]
    if "direction" in task:
        foot = records.state["foot"][life, now + step]
        return runner(bool(task["direction"] > 0), trail, foot, **shown)
    earlier = [position[one * length : (one + 1) * length] for one in range(begin, episode)]
    goal = task.get("goal", np.zeros(2))
    return point(goal, earlier, trail, radius=RADIUS.get(family, 0.0), **shown)
