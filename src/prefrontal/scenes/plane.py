"""Scenes of tasks in the plane: a point from above, y upwards, and a runner from the side."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Real

from prefrontal.scenes.base import Arrow, Circle, Colour, Line, Point, Rectangle, Scene, Shape, Text

Places = Real[np.ndarray, "_ 2"]
_SIZE, _MARGIN = 6.0, 0.2  # of what is seen from above, in units of the scene, and around it
_GROUND, _HIP = 3.4, 2.2  # of a runner: how far down they are
_REACH = 0.9  # of its foot, either way


def point(
    goal: Real[np.ndarray, "2"],
    earlier: Sequence[Places],
    trail: Places,
    *,
    reach: float,
    radius: float = 0.0,
    episode: int,
    step: int,
    paid: float,
    name: str,
) -> Scene:
    """Where a point is, the way that it came in this episode, and its ways in earlier episodes, grey.

    **Arguments:** places as x and y: `goal`; `earlier`, a way for each earlier episode; `trail`, this one's
    up to now. What is seen is the square up to `reach` from the origin; a place beyond is drawn at its edge.
    `radius`, within which the goal pays, drawn where it is not 0. `paid` is what the lifetime has earned.
    """
    scale = _SIZE / (2 * reach)
    at = lambda place: _seen(place, reach, scale)  # noqa: E731
    shapes: list[Shape] = [Rectangle(_MARGIN, _MARGIN, _SIZE, _SIZE, "paper", "grey")]
    if radius:
        shapes += _circle(goal, radius, reach, scale)
    shapes.append(Circle(*at(goal), 0.16, "goal", "edge", line=0.8))
    shapes += [Line(tuple(map(at, way)), "grey", line=1.0) for way in earlier if len(way) > 1]
    if len(trail) > 1:
        shapes.append(Line(tuple(map(at, trail)), "agent", line=1.5, opacity=0.6))
    shapes.append(Circle(*at(trail[-1]), 0.13, "agent", "ink"))
    size = _SIZE + 2 * _MARGIN
    return _described(shapes, size, size, episode, step, paid, name)


def runner(
    forward: bool,
    trail: Real[np.ndarray, "_"],
    foot: Real[np.ndarray, "2"],
    *,
    reach: float,
    episode: int,
    step: int,
    paid: float,
    name: str,
) -> Scene:
    """A body and its foot, how far it has come in this episode, and where it should go.

    **Arguments:** `trail`, the body's positions in this episode up to now; `foot`, its place below the body,
    from -1 to 1, before and up. Positions up to `reach` are seen; what is beyond is drawn at the edge.
    """
    half = 6.1 + _REACH  # of the scene's width
    along = lambda position: half + 6.0 * float(np.clip(position / reach, -1, 1))  # noqa: E731
    middle = along(trail[-1])
    ahead = 1.0 if forward else -1.0
    toe = (middle + _REACH * float(foot[0]), _GROUND - 0.1 - 0.35 * (1 + float(foot[1])))
    shapes: list[Shape] = [
        Line(((0, _GROUND), (2 * half, _GROUND)), "edge", line=1.2),
        Arrow((half - ahead, 0.5), (half + ahead, 0.5), "good", line=2.0),
        Line(((half, _GROUND), (half, _GROUND + 0.3)), "edge", line=0.8),
        Line(((half, _GROUND + 0.15), (middle, _GROUND + 0.15)), "agent", line=3.0, opacity=0.6),
        Line(((middle, _HIP), toe), "ink", line=2.5),
        Circle(*toe, 0.1, "ink"),
        Rectangle(middle - 0.8, _HIP - 0.7, 1.6, 0.7, "agent", "ink", rounded=0.2),
    ]
    return _described(shapes, 2 * half, _GROUND + 0.4, episode, step, paid, name)


_SKILLS: tuple[Colour, ...] = ("agent", "first", "good", "second", "ink", "wall", "grey", "edge")
_DOORS = ((-1.0, -0.65), (-0.35, 0.35), (0.65, 1.0))  # the parts of a wall between rooms, without its doors


def skills(ways: Real[np.ndarray, "skills _ 2"], *, rooms: bool, step: int, name: str) -> Scene:
    """Where the point is with each skill, each in a colour, and the way that it came. The box is 2 wide.

    **Arguments:** `ways`, a way for each skill, as x and y, up to now; `rooms`, whether there are four rooms.
    """
    at = lambda place: _seen(place, 1.0, _SIZE / 2)  # noqa: E731
    shapes: list[Shape] = [Rectangle(_MARGIN, _MARGIN, _SIZE, _SIZE, "paper", "grey")]
    for low, high in _DOORS if rooms else ():
        shapes += [Line((at((0, low)), at((0, high))), "wall", line=2.0)]
        shapes += [Line((at((low, 0)), at((high, 0))), "wall", line=2.0)]
    colours: list[Colour] = [_SKILLS[number % len(_SKILLS)] for number in range(len(ways))]
    if ways.shape[1] > 1:
        shapes += [
            Line(tuple(map(at, way)), colour, line=1.5, opacity=0.6)
            for way, colour in zip(ways, colours, strict=True)
        ]
    shapes += [Circle(*at(way[-1]), 0.13, colour, "ink") for way, colour in zip(ways, colours, strict=True)]
    size = _SIZE + 2 * _MARGIN
    shapes.append(Text(size / 2, size + 0.4, f"step {step}"))
    return Scene(size, size + 0.8, tuple(shapes), name, {"step": step})


def _described(
    shapes: list[Shape], width: float, height: float, episode: int, step: int, paid: float, name: str
) -> Scene:
    text = Text(width / 2, height + 0.4, f"episode {episode}, step {step}: paid {paid:.1f}")
    numbers = {"episode": episode, "step": step, "paid": paid}
    return Scene(width, height + 0.8, (*shapes, text), name, numbers)


def _seen(place: Real[np.ndarray, "2"] | tuple[float, float], reach: float, scale: float) -> Point:
    x, y = np.clip(np.asarray(place, float), -reach, reach).tolist()
    return _MARGIN + scale * (reach + x), _MARGIN + scale * (reach - y)


def _circle(goal: Real[np.ndarray, "2"], radius: float, reach: float, scale: float) -> list[Shape]:
    """A ring around the goal; what of it is not seen runs along the edge."""
    turns = np.linspace(0, 2 * np.pi, 49)
    ring = np.asarray(goal, float) + radius * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return [Line(tuple(_seen(place, reach, scale) for place in ring), "goal", line=1.2)]
