"""One lifetime of an untrained agent beside the same lifetime of the trained one, pull by pull: two arms."""

from functools import partial

from prefrontal.analysis.shown import arm_means, bandit_life
from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside
from prefrontal.report.animation import Animation
from prefrontal.scenes.bandits import two_arms
from prefrontal.scenes.base import Scene

CAPTION = (
    "A lifetime with two arms: left an agent before training, right the same agent trained, in the same "
    "task. The lines are how often each arm pays; the agents do not know it. A dot is a pull, filled where "
    "it paid. Below is the cumulative expected regret. If there are any, the lifetime is a typical one of "
    "those in which the trained agent begins with the much worse arm and, where arms wander, in which the "
    "other arm is the better one at the end."
)


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """A frame for each pull."""
    life = bandit_life(trained)
    most = max(untrained.regret[life, -1], trained.regret[life, -1], 1.0)
    scenes = partial(_scenes, life, most)
    return beside(scenes, untrained, trained, CAPTION, width=6.4, seconds=0.12)


def _scenes(life: int, most: float, name: str, records: Records) -> list[Scene]:
    lived = arm_means(records, life), records.action[life], records.reward[life], records.regret[life]
    return [two_arms(*lived, pulls=pull + 1, most=most, name=name) for pull in range(records.horizon)]
