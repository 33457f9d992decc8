"""Scenes of Harlow's task: the screen as the agent sees it, and the trials so far."""

import numpy as np
from jaxtyping import Bool, Shaped

from prefrontal.scenes.base import Colour, Picture, Rectangle, Scene, Shape, Text

WIDTH, LEAST = 10.0, 4.6  # units; a screen of few rows is drawn as high as this


def screen(
    seen: Shaped[np.ndarray, "h w 3"],
    made: Bool[np.ndarray, "trials"],
    right: Bool[np.ndarray, "trials"],
    *,
    reward: float,
    over: bool,
    name: str,
) -> Scene:
    """What is seen, and below a square for each trial: blue where the rewarded image was chosen, else orange.

    **Arguments:** `made` and `right`, whether each trial's choice was made so far, and of the rewarded image;
    `reward`, of the step before; `over`, whether the lifetime has ended: then the screen is dark.
    """
    height = max(LEAST, WIDTH * seen.shape[0] / seen.shape[1])
    shapes: list[Shape] = [Picture(0, 0, WIDTH, height, np.zeros_like(seen) if over else seen)]
    if over:
        shapes.append(Text(WIDTH / 2, height / 2, "all trials over", "paper"))
    step = WIDTH / len(made)
    for trial, (chosen, well) in enumerate(zip(made, right, strict=True)):
        fill: Colour = ("right" if well else "wrong") if chosen else "paper"
        edge: Colour = "edge" if chosen else "faint"
        shapes.append(Rectangle(step * (trial + 0.5) - 0.19, height + 0.4, 0.38, 0.38, fill, edge))
    if reward and not over:
        shapes.append(Text(WIDTH / 2, height + 1.4, f"reward {reward:+.1f}"))
    return Scene(WIDTH, height + 1.8, tuple(shapes), name, {"trials": int(made.sum()), "reward": reward})
