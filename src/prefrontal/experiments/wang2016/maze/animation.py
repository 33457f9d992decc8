"""One lifetime of an untrained agent beside the same lifetime of the trained one, from above."""

from prefrontal.analysis.shown import maze_life
from prefrontal.disk.records import Records
from prefrontal.report.animation import Animation
from prefrontal.report.scene_drawing import frames
from prefrontal.scenes.base import Scene
from prefrontal.scenes.mazes import moment

STEPS = 110
CAPTION = (
    "A lifetime {where}, one with the median number of arrivals: left an agent before training, right the "
    "same agent trained, in the same task. The yellow cell is the goal, which the agents do not see from "
    "afar. At the goal an agent is paid and put at a random cell; its way since then is drawn."
)
SEEN = " Below is what it sees."


def lifetimes_side_by_side(untrained: Records, trained: Records, where: str = "in a maze") -> Animation:
    """The first steps of the lifetime, a frame for each. The caption says `where` it is lived."""
    life = maze_life(trained, STEPS)
    panels = [_scenes(*one, life) for one in (("untrained", untrained), ("trained", trained))]
    caption = CAPTION.format(where=where) + (SEEN if _pictured(trained) else "")
    return Animation(frames(panels, width=5.4), caption, seconds_per_frame=0.16)


def _scenes(name: str, records: Records, life: int) -> list[Scene]:
    seen = records.observation[life] if _pictured(records) and records.observation is not None else None
    plan = records.task["walls"][life], records.task["goal"][life]
    found, begin, arrivals = [], 0, 0
    for step in range(min(STEPS, records.horizon)):
        trail = records.state["position"][life, begin : step + 1]
        heading = None if seen is None else int(records.state["heading"][life, step])
        look = {"heading": heading, "seen": None if seen is None else seen[step]}
        found.append(moment(*plan, trail, step=step, arrivals=arrivals, name=name, **look))
        if records.episode_over[life, step]:
            begin, arrivals = step + 1, arrivals + 1
    return found


def _pictured(records: Records) -> bool:
    return records.observation is not None and records.observation.ndim == 5
