"""Scenes of the grid with a hidden goal, north at the top. A cell is one unit."""

import numpy as np
from jaxtyping import Integer

from prefrontal.scenes.base import Circle, Line, Point, Rectangle, Scene, Shape, Text


def moment(
    size: int,
    goal: Integer[np.ndarray, "2"],
    searched: Integer[np.ndarray, "_ 2"],
    trail: Integer[np.ndarray, "_ 2"],
    *,
    episode: int,
    step: int,
    paid: float,
    name: str,
) -> Scene:
    """Where an agent is, the way that it came in this episode, and what it has searched before.

    **Arguments:** cells as rows and columns: `goal`; `searched`, the cells visited in earlier episodes, drawn
    grey; `trail`, those of this episode up to now. `paid` is what the lifetime has earned so far.
    """
    row, column = (int(part) for part in goal)
    cells = [(r, c) for r in range(size) for c in range(size)]
    before = {(r, c) for r, c in np.asarray(searched).tolist()}
    shapes: list[Shape] = [
        Rectangle(c, r, 1, 1, "faint" if (r, c) in before else "paper", "grey", line=0.6) for r, c in cells
    ]
    shapes.append(Rectangle(column, row, 1, 1, "goal"))
    points: list[Point] = [_middle(cell) for cell in trail]
    if len(points) > 1:
        shapes.append(Line(tuple(points), "agent", line=1.5, opacity=0.6))
    shapes.append(Circle(*points[-1], 0.3, "agent", "ink"))
    shapes.append(Text(size / 2, size + 0.5, f"episode {episode}, step {step}: paid {paid:.1f}"))
    return Scene(size, size + 1, tuple(shapes), name, {"episode": episode, "step": step, "paid": paid})


def _middle(cell: Integer[np.ndarray, "2"]) -> Point:
    return float(cell[1]) + 0.5, float(cell[0]) + 0.5
