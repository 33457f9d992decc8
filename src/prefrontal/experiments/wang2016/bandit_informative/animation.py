"""A few lifetimes of an untrained agent beside the same ones of the trained agent, pull by pull."""

from prefrontal.disk.records import Records
from prefrontal.experiments.beside import beside
from prefrontal.report.animation import Animation
from prefrontal.scenes.bandits import informative_arm
from prefrontal.scenes.base import Scene

LIVES = 4
ARMS = 11
CAPTION = (
    "Four lifetimes of five pulls: left an agent before training, right the same agent trained, in the same "
    "tasks. The framed arm pays the prize; the agents do not know which it is. The arm “i” pays a tenth of "
    "that arm's number, and so says which it is. In the cells is what each pull paid."
)


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """A frame for each pull, the last of a lifetime twice."""
    return beside(_scenes, untrained, trained, CAPTION, width=6.8, seconds=0.6)


def _scenes(name: str, records: Records) -> list[Scene]:
    found = []
    for life in range(min(LIVES, records.lifetimes)):
        target, lived = int(records.task["target"][life]), (records.action[life], records.reward[life])
        for pull in (*range(records.horizon), records.horizon - 1):
            title = f"{name}, lifetime {life + 1}, pull {pull + 1}"
            found.append(informative_arm(target, *lived, pulls=pull + 1, arms=ARMS, name=title))
    return found
