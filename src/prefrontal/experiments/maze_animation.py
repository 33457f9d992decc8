"""The lifetimes of an agent in a maze, from above, step by step; in first person with what it sees below."""

from prefrontal.analysis.navigation import places
from prefrontal.disk.records import Records
from prefrontal.scenes.base import Scene
from prefrontal.scenes.mazes import moment


def moments(name: str, records: Records, life: int, steps: int) -> list[Scene]:
    """The first `steps` of a lifetime. One that is over stands still."""
    seen = records.observation[life] if pictured(records) and records.observation is not None else None
    plan, position = (records.task["walls"][life], records.task["goal"][life]), places(records, "position")
    found, begin, arrivals = [], 0, 0
    for step in range(min(steps, records.horizon)):
        if not records.alive[life, step]:
            found.append(found[-1])
            continue
        trail = position[life, begin : step + 1]
        heading = None if seen is None else int(places(records, "heading")[life, step])
        look = {"heading": heading, "seen": None if seen is None else seen[step]}
        found.append(moment(*plan, trail, step=step, arrivals=arrivals, name=name, **look))
        if records.episode_over[life, step]:
            begin, arrivals = step + 1, arrivals + 1
    return found


def pictured(records: Records) -> bool:
    """Whether pictures were recorded."""
    return records.observation is not None and records.observation.ndim == 5
