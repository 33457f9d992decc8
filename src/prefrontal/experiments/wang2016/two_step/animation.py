"""One lifetime of an untrained agent beside the same lifetime of the trained one, trial by trial."""

from prefrontal.analysis.choices.two_step import Trials, trials
from prefrontal.analysis.shown import two_step_life
from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside
from prefrontal.report.animation import Animation
from prefrontal.scenes.base import Scene
from prefrontal.scenes.two_step import CHOSEN, MOVED, PAID, trial

TRIALS = 20
CAPTION = (
    "The first twenty trials of a lifetime of the task of 2016: left an agent before training, right the "
    "same agent trained, in the same task. Thick arrows are what happened. The state ringed in green pays "
    "nine times in ten; the agents do not know which it is. A square is filled where its trial paid."
)


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """Three frames to a trial: the choice, the state that it led to, and what that paid."""
    life = two_step_life(trials(untrained), trials(trained), TRIALS)
    good = int(trained.task["good"][life, 0])
    scenes = lambda name, records: _scenes(name, trials(records), life, good)  # noqa: E731
    return beside(scenes, untrained, trained, CAPTION, width=6.0, seconds=0.35)


def _scenes(name: str, one: Trials, life: int, good: int) -> list[Scene]:
    lived = [column[life, :TRIALS] for column in (one.action, one.state, one.reward)]
    moments = [(at, part) for at in range(TRIALS) for part in (CHOSEN, MOVED, PAID)]
    return [trial(good, *lived, at=at, part=part, name=name) for at, part in moments]
