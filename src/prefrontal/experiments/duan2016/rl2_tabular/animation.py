"""One lifetime of an untrained agent beside the same lifetime of the trained one, step by step."""

from functools import partial

import numpy as np

from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside, median_life
from prefrontal.experiments.duan2016.rl2_tabular.published import LENGTH
from prefrontal.report.animation import Animation
from prefrontal.scenes.base import Scene
from prefrontal.scenes.tabular import moment

STEPS = 100
CAPTION = (
    "A lifetime of ten episodes in one MDP: left an agent before training, right the same agent trained. The "
    "ring has the states, with the way of this episode. In the table, a disc grows with how often an action "
    "was taken in a state; it is green for the action that pays most there. The lifetime is that of the "
    "trained agent's median return."
)


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """A frame for each step."""
    life = median_life(trained.total_return)
    scenes = partial(_scenes, life)
    return beside(scenes, untrained, trained, CAPTION, width=8.4)


def _scenes(life: int, name: str, records: Records) -> list[Scene]:
    means, places = records.task["rewards"][life], records.state["place"][life]
    visits, found = np.zeros(means.shape), []
    for step in range(min(STEPS, records.horizon)):
        episode, begin = step // LENGTH, step // LENGTH * LENGTH
        paid = float(records.reward[life, :step].sum())
        way = places[begin : step + 1]
        found.append(moment(means, visits.copy(), way, episode=episode + 1, paid=paid, name=name))
        visits[places[step], records.action[life, step]] += 1
    return found
