"""The champion running: a held-out course, before and after POET."""

from functools import partial

import numpy as np

from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside, median_life
from prefrontal.report.animation import Animation
from prefrontal.scenes.base import Scene
from prefrontal.scenes.course import running

EVERY = 2  # steps between frames
SPACING, DISTANCE = 0.25, 64.0  # of a course
CAPTION = (
    "A held-out course of all kinds of obstacles: left an agent before training, right the agent of the "
    "environment that POET solved last, on the same course. A dot on the body is the force that it has "
    "gathered for a jump. The course is that of the trained agent's median return."
)


def runs_side_by_side(untrained: Records, trained: Records) -> Animation:
    """An animation with a frame for every second step."""
    life = median_life(trained.total_return)
    return beside(partial(_scenes, life), untrained, trained, CAPTION, width=7.0, seconds=0.12)


def _scenes(life: int, name: str, records: Records) -> list[Scene]:
    state, task = records.state, records.task
    alive = int(np.asarray(records.alive[life]).sum())
    places, paid = np.asarray(state["place"][life]), np.cumsum(records.reward[life])
    shown = [min(step, alive - 1) for step in range(0, records.horizon, EVERY)]
    return [
        running(
            np.asarray(task["ground"][life]),
            np.asarray(task["ceiling"][life]),
            places[: step + 1],
            spacing=SPACING,
            distance=DISTANCE,
            tall=0.5 if state["crouched"][life, step] else 1.0,
            force=float(state["force"][life, step]),
            episode=1,
            step=step,
            paid=float(paid[step - 1]) if step else 0.0,
            name=name,
        )
        for step in shown
    ]
