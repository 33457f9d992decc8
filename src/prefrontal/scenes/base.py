"""What a scene is made of: shapes, texts and numbers, with no word of how they are drawn.

*Coordinates.* x goes to the right and y down, from (0, 0) at the upper left corner to (`width`, `height`). A
unit is as long in x as in y, and is as large as the drawing code makes it. Widths of lines are in
points (of a screen: in pixels), and a text's size is a multiple of the text around the scene: both stay
readable at any scale. Shapes are painted in the order given, the last one on top.

*Colours* are names, said by what they stand for. `report.style.SCENE_COLOURS` gives each its ink.
"""

import dataclasses
from collections.abc import Mapping
from typing import Literal

import numpy as np
from jaxtyping import Shaped

Colour = Literal[
    "ink", "edge", "grey", "faint", "paper",
    "agent", "first", "second", "right", "wrong", "paid", "prize", "good", "wall", "goal",
]  # fmt: skip
Align = Literal["left", "centre", "right"]
Point = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Rectangle:
    """`x` and `y` are its upper left corner. `rounded` is the radius of its corners."""

    x: float
    y: float
    width: float
    height: float
    fill: Colour | None = None
    edge: Colour | None = None
    line: float = 1.0
    rounded: float = 0.0


@dataclasses.dataclass(frozen=True)
class Circle:
    """`x` and `y` are its centre."""

    x: float
    y: float
    radius: float
    fill: Colour | None = None
    edge: Colour | None = None
    line: float = 1.0


@dataclasses.dataclass(frozen=True)
class Polygon:
    """Corners in order. The last one is joined to the first."""

    points: tuple[Point, ...]
    fill: Colour | None = None
    edge: Colour | None = None
    line: float = 1.0


@dataclasses.dataclass(frozen=True)
class Line:
    """Straight from point to point; `opacity` is 1 where nothing shines through."""

    points: tuple[Point, ...]
    colour: Colour = "ink"
    line: float = 1.0
    opacity: float = 1.0


@dataclasses.dataclass(frozen=True)
class Arrow:
    """From `start` to its head at `end`."""

    start: Point
    end: Point
    colour: Colour = "ink"
    line: float = 1.0
    dashed: bool = False


@dataclasses.dataclass(frozen=True)
class Text:
    """One line of text: `x` is where it is aligned, `y` its middle. A `turned` one reads upwards.

    **Raises:** ValueError if it is empty.
    """

    x: float
    y: float
    text: str
    colour: Colour = "ink"
    size: float = 1.0
    bold: bool = False
    align: Align = "centre"
    turned: bool = False

    def __post_init__(self):
        if not self.text.strip():
            raise ValueError(f"text is {self.text!r}; it must not be empty")


@dataclasses.dataclass(frozen=True, eq=False)
class Picture:
    """Pixels, red, green and blue: bytes from 0 to 255, or numbers from 0 to 1. Enlarged, they stay sharp.

    `x` and `y` are the upper left corner.
    """

    x: float
    y: float
    width: float
    height: float
    pixels: Shaped[np.ndarray, "rows columns 3"]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Picture):
            return NotImplemented
        mine, its = (dataclasses.astuple(one)[:4] for one in (self, other))
        return mine == its and np.array_equal(self.pixels, other.pixels)

    __hash__ = None  # pyright: ignore[reportAssignmentType]  # as of every array


Shape = Rectangle | Circle | Polygon | Line | Arrow | Text | Picture


@dataclasses.dataclass(frozen=True)
class Scene:
    """One (task, state): what is seen of it, and the numbers that go with it.

    **Raises:** ValueError if it has no extent.
    """

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str = ""
    numbers: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        if not (self.width > 0 and self.height > 0):
            raise ValueError(f"a scene of {self.width} x {self.height} units; both must be above 0")
