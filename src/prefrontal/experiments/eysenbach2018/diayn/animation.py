"""Skills at once: one held-out episode of each, step by step, before and after training."""

import numpy as np

from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside
from prefrontal.experiments.eysenbach2018.diayn.analysis import skill_of
from prefrontal.report.animation import Animation
from prefrontal.scenes.base import Scene
from prefrontal.scenes.plane import skills

EVERY = 2  # steps between frames
CAPTION = (
    "One held-out episode of each skill at once, in colours: left an agent before training, right the same "
    "agent trained without a reward, to be told apart."
)


def skills_side_by_side(untrained: Records, trained: Records) -> Animation:
    """An animation with a frame for every second step."""
    return beside(_scenes, untrained, trained, CAPTION, width=6.0, seconds=0.15)


def _scenes(name: str, records: Records) -> list[Scene]:
    skill = skill_of(records)
    lives = [int(np.flatnonzero(skill == one)[0]) for one in np.unique(skill)]
    ways = np.asarray(records.state["position"])[lives]
    rooms = "rooms" in records.distribution
    return [
        skills(ways[:, : step + 1], rooms=rooms, step=step, name=name)
        for step in range(0, ways.shape[1], EVERY)
    ]
