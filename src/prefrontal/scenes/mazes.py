"""Scenes of mazes from above, north at the top: walls, the goal, and ways through it. A cell is one unit."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Integer, Real, Shaped

from prefrontal.scenes.base import (
    Circle,
    Colour,
    Line,
    Picture,
    Point,
    Polygon,
    Rectangle,
    Scene,
    Shape,
    Text,
)

Cells = Real[np.ndarray, "_ 2"]  # rows and columns
JOURNEYS: tuple[Colour, ...] = ("grey", "agent", "first")
# A triangle that points north, about the middle of its cell.
_NORTH = np.array([(0.0, -0.38), (0.33, 0.26), (-0.33, 0.26)])


def plan(walls: Bool[np.ndarray, "h w"], goal: Integer[np.ndarray, "2"]) -> tuple[Shape, ...]:
    """Walls, a rectangle for each row's stretch of them, and the goal's cell."""
    found: list[Shape] = []
    for row, line in enumerate(walls):
        ends = np.flatnonzero(np.diff(line.astype(int), prepend=0, append=0))
        for begin, end in ends.reshape(-1, 2).tolist():
            found.append(Rectangle(begin, row, end - begin, 1, "wall", "wall", line=1.0))
    row, column = (int(part) for part in goal)
    return (*found, Rectangle(column, row, 1, 1, "goal"))


def ways(
    walls: Bool[np.ndarray, "h w"],
    goal: Integer[np.ndarray, "2"],
    made: Sequence[Cells],
    steps: Sequence[int],
) -> Scene:
    """Whole journeys of one lifetime, three at most, beside each other, so that none hides another.

    **Arguments:** `made`, the cells of each journey; `steps`, how many each took. A disc is where it starts.
    """
    shapes = list(plan(walls, goal))
    for number, (colour, cells) in enumerate(zip(JOURNEYS, made, strict=False)):
        points = _middles(cells + 0.13 * (number - 1))
        shapes.append(Line(points, colour, line=1.6))
        shapes.append(Circle(*points[0], 0.22, colour))
    title = ", ".join(str(one) for one in steps) + " steps"
    return Scene(walls.shape[1], walls.shape[0], tuple(shapes), title)


def moment(
    walls: Bool[np.ndarray, "h w"],
    goal: Integer[np.ndarray, "2"],
    trail: Cells,
    *,
    step: int,
    arrivals: int,
    heading: int | None = None,
    seen: Shaped[np.ndarray, "rows columns 3"] | None = None,
    name: str,
) -> Scene:
    """Where an agent is and the way that it came since the last arrival.

    **Arguments:** `heading`, 0 for north to 3 for west, where there is one: drawn as a triangle; `seen`, the
    picture before it, drawn below the maze.
    """
    height, width = walls.shape
    shapes = list(plan(walls, goal))
    if len(trail) > 1:
        shapes.append(Line(_middles(trail), "agent", line=1.5, opacity=0.6))
    shapes.append(_agent(_middle(trail[-1]), heading))
    if seen is not None:
        tall = width * seen.shape[0] / seen.shape[1]
        shapes.append(Picture(0, height + 0.5, width, tall, seen))
        height = height + 0.5 + tall
    shapes.append(Text(width / 2, height + 0.5, f"step {step}"))
    title = f"{name}: {arrivals} arrival{'' if arrivals == 1 else 's'}"
    return Scene(width, height + 1, tuple(shapes), title, {"step": step, "arrivals": arrivals})


def _agent(place: Point, heading: int | None) -> Shape:
    if heading is None:
        return Circle(*place, 0.3, "agent", "ink")
    turned = _NORTH
    for _ in range(heading):
        turned = np.stack([-turned[:, 1], turned[:, 0]], axis=1)
    corners = tuple((place[0] + float(x), place[1] + float(y)) for x, y in turned)
    return Polygon(corners, "agent", "ink")


def _middles(cells: Cells) -> tuple[Point, ...]:
    return tuple(_middle(cell) for cell in cells)


def _middle(cell: Real[np.ndarray, "2"]) -> Point:
    return float(cell[1]) + 0.5, float(cell[0]) + 0.5
