"""The scene of an obstacle course from the side: the part of it around the body."""

import numpy as np
from jaxtyping import Real

from prefrontal.scenes.base import Circle, Line, Point, Polygon, Rectangle, Scene, Shape, Text

_LEFT, _RIGHT = 6.0, 14.0  # what is seen behind the body and before it
_ABOVE, _BELOW = 4.0, 3.0  # and above and below the start of the course
_THICK = 0.5  # of a ceiling
_WIDE = 0.7  # the body


def running(
    ground: Real[np.ndarray, "samples"],
    ceiling: Real[np.ndarray, "samples"],
    trail: Real[np.ndarray, "_ 2"],
    *,
    spacing: float,
    distance: float,
    tall: float,
    force: float,
    episode: int,
    step: int,
    paid: float,
    name: str,
) -> Scene:
    """Where the body is on its course, its way in this episode, and the force that it has gathered.

    **Arguments:** `ground` and `ceiling`, heights every `spacing`; `trail`, the places of its feet up to now,
    along and up; `distance`, to the end of the course; `tall`, the body's height now; `force`, from 0 to 1;
    `paid`, what the lifetime has earned.
    """
    x, y = trail[-1].tolist()
    left = float(np.clip(x - _LEFT, 0.0, distance + 8.0 - _LEFT - _RIGHT))
    at = lambda along, up: (float(along) - left, _ABOVE - float(np.clip(up, -_BELOW, _ABOVE)))  # noqa: E731
    width, depth = _LEFT + _RIGHT, _ABOVE + _BELOW
    first = int(left / spacing)
    seen = slice(first, first + round(width / spacing) + 1)
    along = spacing * np.arange(len(ground))[seen]
    corners = _stairs(along, ground[seen])
    edge = (at(along[-1], -_BELOW), at(along[0], -_BELOW))
    shapes: list[Shape] = [Polygon((*(at(*corner) for corner in corners), *edge), "faint", "edge", line=1.2)]
    shapes += [
        Rectangle(*at(begin, height + _THICK), end - begin, _THICK, "wall")
        for begin, end, height in _hanging(along, ceiling[seen], spacing)
    ]
    if left <= distance <= left + width:
        shapes.append(Line((at(distance, _ABOVE), at(distance, -_BELOW)), "goal", line=2.0))
    visible = [at(*place) for place in trail if place[0] >= left]
    if len(visible) > 1:
        shapes.append(Line(tuple(visible), "agent", line=1.2, opacity=0.5))
    shapes.append(Rectangle(*at(x - _WIDE / 2, y + tall), _WIDE, tall, "agent", "ink", rounded=0.15))
    if force > 0:
        shapes.append(Circle(*at(x, y + tall / 2), 0.05 + 0.15 * force, "paper", "ink", line=0.6))
    text = Text(width / 2, depth + 0.4, f"episode {episode}, step {step}: paid {paid:.0f}")
    numbers = {"episode": episode, "step": step, "paid": paid, "place": float(x)}
    return Scene(width, depth + 0.8, (*shapes, text), name, numbers)


def _stairs(along: Real[np.ndarray, "n"], heights: Real[np.ndarray, "n"]) -> list[Point]:
    """The outline of heights, each of which holds up to the next sample."""
    corners, before = [], None
    for x, height in zip(along.tolist(), heights.tolist(), strict=True):
        if before is not None:
            corners.append((x, before))
        corners.append((x, height))
        before = height
    return corners


def _hanging(
    along: Real[np.ndarray, "n"], heights: Real[np.ndarray, "n"], spacing: float
) -> list[tuple[float, float, float]]:
    """The ceilings that are seen, sample by sample: where each begins, where it ends, its height."""
    return [
        (float(x), float(x) + spacing, float(height))
        for x, height in zip(along, heights, strict=True)
        if height < _ABOVE + 1
    ]
