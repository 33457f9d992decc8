"""Scenes drawn with matplotlib: one on axes, for a figure, or many as the frames of an animation."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

from matplotlib import patches
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from prefrontal.report.animation import FRAME_DPI, Frame, pixels
from prefrontal.report.style import FONT, SCENE_COLOURS, styled
from prefrontal.scenes import base
from prefrontal.scenes.base import Scene, Shape

TITLE = 0.27  # inches above a frame's scenes
MARGIN = 0.1  # inches around each
_ALIGN = {"left": "left", "centre": "center", "right": "right"}


@styled
def draw(axes: Axes, scene: Scene) -> None:
    """A scene on axes of its own: they show it whole, with its title, and have no ticks and no frame."""
    _open(axes, scene.width, scene.height)
    axes.set_aspect("equal")
    for shape in scene.shapes:
        _added(axes, shape)
    if scene.title:
        axes.set_title(scene.title)


@styled
def frames(panels: Sequence[Sequence[Scene]], *, width: float) -> list[Frame]:
    """The frames of an animation `width` inches wide: scene by scene, the panels side by side.

    Every panel has as many scenes. Only what moves is drawn: the shapes with which two scenes in a row begin
    are painted once and stay.

    **Raises:** ValueError where panels are of unlike lengths or there is no scene.
    """
    if len({len(scenes) for scenes in panels}) != 1 or not panels[0]:
        raise ValueError(
            f"panels have {[len(scenes) for scenes in panels]} scenes; all must have as many, 1 or more"
        )
    canvas, stages, band = _stages(panels, width)
    series = [_titled(scenes, band) for scenes in panels]
    shown = []
    for at in range(len(panels[0])):
        for stage, shapes in zip(stages, series, strict=True):
            stage.show(shapes[at], shapes[min(at + 1, len(shapes) - 1)])
        shown.append(pixels(canvas))
    return shown


def _stages(panels: Sequence[Sequence[Scene]], width: float) -> tuple[FigureCanvasAgg, list["_Stage"], float]:
    """A canvas, on it an empty stage for each panel, all of one scale, and the title's height in units."""
    sizes = [(max(one.width for one in scenes), max(one.height for one in scenes)) for scenes in panels]
    unit = (width - 2 * MARGIN * len(panels)) / sum(wide for wide, _ in sizes)  # inches
    height = unit * max(tall for _, tall in sizes) + TITLE + 2 * MARGIN
    drawn = Figure(figsize=(width, height), dpi=FRAME_DPI, facecolor="white")
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()
    stages, left = [], 0.0  # inches
    for wide, tall in sizes:
        inside, outside = unit * wide, unit * wide + 2 * MARGIN
        tallest = unit * tall + TITLE
        foot = height - MARGIN - tallest
        place = (left + MARGIN) / width, foot / height, inside / width, tallest / height
        axes = drawn.add_axes(place)
        _open(axes, wide, tall, TITLE / unit)
        box = Bbox.from_extents(left, 0, left + outside, height)
        stages.append(_Stage(axes, canvas, Bbox(FRAME_DPI * box.get_points())))
        left += outside
    return canvas, stages, TITLE / unit


def _open(axes: Axes, width: float, height: float, above: float = 0.0) -> None:
    axes.set_xlim(0, width)
    axes.set_ylim(height, -above)
    axes.axis("off")


def _titled(scenes: Sequence[Scene], band: float) -> list[tuple[Shape, ...]]:
    """The shapes of each scene with its title: the first of them where it stays, otherwise the last."""
    stays = len({scene.title for scene in scenes}) == 1
    found = []
    for scene in scenes:
        title: tuple[Shape, ...] = ()
        if scene.title:
            title = (base.Text(0, -band / 2, scene.title, size=1.16, bold=True, align="left"),)
        found.append((*title, *scene.shapes) if stays else (*scene.shapes, *title))
    return found


@dataclasses.dataclass
class _Stage:
    """One panel of an animation: what stays is painted on its background, the rest on top of that."""

    axes: Axes
    canvas: FigureCanvasAgg
    box: Bbox  # pixels
    painted: tuple[Shape, ...] = ()  # on the background

    def __post_init__(self):
        self.empty = self.background = self.canvas.copy_from_bbox(self.box)

    def show(self, shapes: Sequence[Shape], following: Sequence[Shape]) -> None:
        """Paint `shapes`; those with which `following` begins too stay painted."""
        if tuple(shapes[: len(self.painted)]) != self.painted:
            self.background, self.painted = self.empty, ()
        self.canvas.restore_region(self.background)
        stay = _alike(shapes, following)
        if stay > len(self.painted):
            self._paint(shapes[len(self.painted) : stay])
            self.background, self.painted = self.canvas.copy_from_bbox(self.box), tuple(shapes[:stay])
        self._paint(shapes[len(self.painted) :])

    def _paint(self, shapes: Sequence[Shape]) -> None:
        for shape in shapes:
            artist = _added(self.axes, shape)
            self.axes.draw_artist(artist)
            artist.remove()


def _alike(shapes: Sequence[Shape], others: Sequence[Shape]) -> int:
    """With how many equal shapes both begin."""
    pairs = zip(shapes, others, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(shapes), len(others)))


def _added(axes: Axes, shape: Shape) -> Artist:
    """The shape as matplotlib's, on these axes."""
    artist = _picture(shape, axes) if isinstance(shape, base.Picture) else _artist(shape)
    artist.set_clip_on(False)
    axes.add_artist(artist)
    return artist


@functools.singledispatch
def _artist(shape: Shape) -> Artist:
    raise TypeError(f"{shape!r} is not a shape of a scene")


def _look(shape: base.Rectangle | base.Circle | base.Polygon) -> dict[str, Any]:
    fill, edge = (SCENE_COLOURS[one] if one else "none" for one in (shape.fill, shape.edge))
    return {"facecolor": fill, "edgecolor": edge, "linewidth": shape.line if shape.edge else 0.0}


@_artist.register
def _(shape: base.Rectangle) -> Artist:
    corner = shape.x, shape.y
    if not shape.rounded:
        return patches.Rectangle(corner, shape.width, shape.height, **_look(shape))
    style = f"round,pad=0,rounding_size={shape.rounded}"
    return patches.FancyBboxPatch(corner, shape.width, shape.height, style, **_look(shape))


@_artist.register
def _(shape: base.Circle) -> Artist:
    return patches.Circle((shape.x, shape.y), shape.radius, **_look(shape))


@_artist.register
def _(shape: base.Polygon) -> Artist:
    return patches.Polygon(shape.points, **_look(shape))


@_artist.register
def _(shape: base.Line) -> Artist:
    look = {"color": SCENE_COLOURS[shape.colour], "linewidth": shape.line, "alpha": shape.opacity}
    return Line2D(*zip(*shape.points, strict=True), **look)


@_artist.register
def _(shape: base.Arrow) -> Artist:
    return patches.FancyArrowPatch(
        shape.start,
        shape.end,
        arrowstyle="-|>,head_length=0.4,head_width=0.2",
        mutation_scale=FONT,
        shrinkA=0,
        shrinkB=0,
        color=SCENE_COLOURS[shape.colour],
        linewidth=shape.line,
        linestyle="--" if shape.dashed else "-",
    )


@_artist.register
def _(shape: base.Text) -> Artist:
    return Text(
        shape.x,
        shape.y,
        shape.text,
        color=SCENE_COLOURS[shape.colour],
        fontsize=FONT * shape.size,
        fontweight="bold" if shape.bold else "normal",
        ha=_ALIGN[shape.align],
        va="center_baseline" if not shape.turned else "center",
        rotation=90 if shape.turned else 0,
    )


def _picture(shape: base.Picture, axes: Axes) -> Artist:
    right, foot = shape.x + shape.width, shape.y + shape.height
    picture = AxesImage(axes, extent=(shape.x, right, foot, shape.y), interpolation="nearest")
    picture.set_data(shape.pixels)
    return picture
