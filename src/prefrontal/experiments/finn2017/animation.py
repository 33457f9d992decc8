"""Episodes before and after an inner step, of an untrained start beside the trained one."""

from functools import partial

import numpy as np

from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside, median_life
from prefrontal.report.animation import Animation
from prefrontal.scenes.base import Scene
from prefrontal.scenes.plane import point

EPISODES = 3  # shown of each segment
EVERY = 3  # steps from frame to frame
CAPTION = (
    "Three episodes before an inner step and three after it: left an agent before training, right the same "
    "agent trained, in the same task. The yellow place is the goal. Ways of earlier episodes of the same "
    "segment are grey. The lifetime is that of the trained agent's median return."
)


def before_and_after(untrained: Records, trained: Records) -> Animation:
    """A frame for every third step."""
    life = median_life(trained.total_return)
    scenes = partial(_scenes, life)
    return beside(scenes, untrained, trained, CAPTION, width=6.0, seconds=0.15)


def _scenes(life: int, name: str, records: Records) -> list[Scene]:
    length = int(np.argmax(records.episode_over[life])) + 1
    places = records.state["position"][life].reshape(-1, length, 2)
    paid = records.reward[life].reshape(-1, length)
    goal = records.task["goal"][life] if "goal" in records.task else np.zeros(2)
    found = []
    for begin in (0, len(places) // 2):
        for episode in range(begin, begin + EPISODES):
            for step in range(0, length, EVERY):
                shown = {"episode": episode + 1, "step": step, "paid": float(paid[episode, :step].sum())}
                earlier = list(places[begin:episode])
                found.append(point(goal, earlier, places[episode, : step + 1], reach=1.0, **shown, name=name))
    return found
