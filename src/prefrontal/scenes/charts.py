"""A chart inside a scene: axes with ticks, and where a value of x and y lies on them."""

import dataclasses
from collections.abc import Sequence
from typing import SupportsFloat

import numpy as np
from jaxtyping import Real

from prefrontal.scenes.base import Line, Point, Shape, Text

_STEPS = np.array([1.0, 2.0, 2.5, 5.0])
SMALL = 0.95  # of the text around: the ticks' numbers


@dataclasses.dataclass(frozen=True)
class Chart:
    """Axes whose upper left corner is at `x` and `y`. They go from the values `low` (x, y) to `high`."""

    x: float
    y: float
    width: float
    height: float
    low: Point
    high: Point

    def at(self, x: SupportsFloat, y: SupportsFloat) -> Point:
        """Where a pair of values is, in the scene's units."""
        return self.path(np.array([float(x)]), np.array([float(y)]))[0]

    def path(self, x: Real[np.ndarray, "n"], y: Real[np.ndarray, "n"]) -> tuple[Point, ...]:
        """Where pairs of values are, as `at` has it."""
        right = (x.astype(float) - self.low[0]) / (self.high[0] - self.low[0])
        up = (y.astype(float) - self.low[1]) / (self.high[1] - self.low[1])
        places = self.x + self.width * right, self.y + self.height * (1 - up)
        return tuple(zip(*(one.tolist() for one in places), strict=True))

    def frame(
        self, xticks: Sequence[float], yticks: Sequence[float], xlabel: str, ylabel: str
    ) -> tuple[Shape, ...]:
        """Grid, axes, ticks and names; no name where a label is empty."""
        left, foot = self.x, self.y + self.height
        grid = [Line((self.at(self.low[0], y), self.at(self.high[0], y)), "faint", line=0.6) for y in yticks]
        axes = Line(((left, self.y), (left, foot), (left + self.width, foot)), "edge", line=0.8)
        below = [Text(self.at(x, 0)[0], foot + 0.45, f"{x:g}", "edge", SMALL) for x in xticks]
        beside = [Text(left - 0.2, self.at(0, y)[1], f"{y:g}", "edge", SMALL, align="right") for y in yticks]
        names: list[Shape] = [Text(left + self.width / 2, foot + 1.1, xlabel)] if xlabel else []
        if ylabel:
            names.append(Text(left - 1.5, self.y + self.height / 2, ylabel, turned=True))
        return (*grid, axes, *below, *beside, *names)


def ticks(high: float, most: int = 4) -> list[float]:
    """Round numbers from 0 to `high`, at most `most` above 0."""
    least = high / most
    power = 10.0 ** np.floor(np.log10(least))
    steps = np.append(_STEPS, 10.0) * power
    step = steps[steps >= least * (1 - 1e-9)][0]
    return [float(one) for one in np.arange(0, high * (1 + 1e-9), step)]
