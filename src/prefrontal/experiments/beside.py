"""Animations that show an untrained lifetime beside a trained one."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from prefrontal.disk.records import Records
from prefrontal.report.animation import Animation
from prefrontal.report.scene_drawing import frames
from prefrontal.scenes.base import Scene


def beside(
    scenes: Callable[[str, Records], list[Scene]],
    untrained: Records,
    trained: Records,
    caption: str,
    *,
    width: float,
    seconds: float = 0.2,
) -> Animation:
    """Left an agent before training, right the same agent trained.

    **Arguments:** `scenes`, the scenes of one agent's records, under a name; `width`, in inches; `seconds`,
    for each frame.
    """
    panels = [scenes("untrained", untrained), scenes("trained", trained)]
    return Animation(frames(panels, width=width), caption, seconds_per_frame=seconds)


def median_life(values: Float[np.ndarray, "N"]) -> int:
    """The lifetime of the median value."""
    return int(np.argsort(values, kind="stable")[len(values) // 2])
