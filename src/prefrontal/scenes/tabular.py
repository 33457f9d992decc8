"""Scenes of tabular MDPs: the way through the states, and which actions were tried how often."""

import numpy as np
from jaxtyping import Float, Integer, Real

from prefrontal.scenes.base import Arrow, Circle, Point, Rectangle, Scene, Shape, Text

_RING, _RADIUS = 3.6, 0.45  # of the ring of states; of a state
_LEFT, _TOP = 10.2, 1.0  # of the table's first cell
_MOST = 0.42  # radius of a disc in the table


def moment(
    rewards: Float[np.ndarray, "states actions"],
    visits: Real[np.ndarray, "states actions"],
    way: Integer[np.ndarray, "_"],
    *,
    episode: int,
    paid: float,
    name: str,
) -> Scene:
    """Where an agent is in an MDP, by which states it came there in this episode, and what it has tried.

    On the left are the states in a ring. On the right is a table of states and actions: a disc's area grows
    with the visits, and it is green for the action of a state that pays most.

    **Arguments:** `rewards`, the mean rewards; `visits`, how often each action was taken so far; `way`, the
    states of this episode up to now; `paid`, what the lifetime has earned so far.
    """
    states, actions = rewards.shape
    places = [_on_ring(state, states) for state in range(states)]
    shapes: list[Shape] = [*_table(rewards, visits)]
    for here, there in zip(way[:-1].tolist(), way[1:].tolist(), strict=True):
        if here != there:
            shapes.append(_between(places[here], places[there]))
    for state, place in enumerate(places):
        active = state == int(way[-1])
        shapes.append(Circle(*place, _RADIUS, "agent" if active else "paper", "edge"))
        shapes.append(Text(*place, str(state + 1), "paper" if active else "ink"))
    height = max(2 * _RING + 2.0, _TOP + states + 0.4)
    shapes.append(Text(_RING + 1.0, height + 0.4, f"episode {episode}: paid {paid:.1f}"))
    numbers = {"episode": episode, "paid": paid}
    return Scene(_LEFT + actions + 0.4, height + 1.0, tuple(shapes), name, numbers)


def _on_ring(state: int, states: int) -> Point:
    angle = 2 * np.pi * state / states - np.pi / 2
    middle = _RING + 1.0
    return middle + _RING * float(np.cos(angle)), middle + _RING * float(np.sin(angle))


def _table(rewards: Float[np.ndarray, "s a"], visits: Real[np.ndarray, "s a"]) -> list[Shape]:
    states, actions = rewards.shape
    shapes: list[Shape] = [Rectangle(_LEFT, _TOP, actions, states, edge="faint")]
    shapes += [Text(_LEFT + a + 0.5, _TOP - 0.5, f"a{a + 1}", "edge") for a in range(actions)]
    shapes += [Text(_LEFT - 0.2, _TOP + s + 0.5, str(s + 1), "edge", align="right") for s in range(states)]
    largest, best = max(float(visits.max()), 1.0), rewards.argmax(axis=1)
    for state, action in zip(*np.nonzero(visits), strict=True):
        radius = _MOST * float(np.sqrt(visits[state, action] / largest))
        place = _LEFT + int(action) + 0.5, _TOP + int(state) + 0.5
        shapes.append(Circle(*place, radius, "good" if action == best[state] else "grey"))
    return shapes


def _between(start: Point, end: Point) -> Arrow:
    """From one state to another, less what their circles take."""
    along = np.subtract(end, start) / np.hypot(*np.subtract(end, start)) * (_RADIUS + 0.08)
    first, last = np.add(start, along), np.subtract(end, along)
    return Arrow((float(first[0]), float(first[1])), (float(last[0]), float(last[1])), "agent", 1.5)
