"""Moving pictures: frames of pixels, written as a GIF that loops, small enough to lie inside a page."""

import dataclasses
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from prefrontal.disk.storage import write_atomically
from prefrontal.report.style import figure, styled

FRAME_DPI = 100  # a pixel of a frame is one of a screen's

Frame = UInt8[np.ndarray, "_ _ 3"]


@dataclasses.dataclass(frozen=True)
class Animation:
    """Frames of one size, red, green and blue, shown one after the other."""

    frames: Sequence[Frame]
    caption: str
    seconds_per_frame: float = 0.1

    def __post_init__(self):
        sizes = sorted({frame.shape for frame in self.frames})
        if len(sizes) != 1 or len(sizes[0]) != 3 or sizes[0][2] != 3:
            raise ValueError(f"frames are of shapes {sizes}; there must be some, all (height, width, 3)")
        if self.seconds_per_frame < 0.02:
            raise ValueError(f"seconds_per_frame is {self.seconds_per_frame}; it must be 0.02 or more")

    def save(self, path: Path) -> None:
        """Write a GIF of 64 colours that all frames share, its caption as its comment."""
        images = [Image.fromarray(np.ascontiguousarray(frame)) for frame in self.frames]
        shown = np.concatenate([np.asarray(image) for image in images[:: max(1, len(images) // 16)]])
        palette = Image.fromarray(shown).quantize(64)
        first, *rest = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
        written = io.BytesIO()
        first.save(
            written,
            "GIF",
            save_all=True,
            append_images=rest,
            duration=round(1000 * self.seconds_per_frame),
            loop=0,
            comment=self.caption.encode(),
            disposal=1,
            optimize=False,
        )
        write_atomically(path, written.getvalue())


Shown = TypeVar("Shown")


@styled
def before_and_after(
    untrained: Shown,
    trained: Shown,
    draw: Callable[[Axes, Shown, str], None],
    *,
    width: float,
    height: float,
) -> Frame:
    """A frame of two halves of one kind, `width` x `height` inches in all.

    **Arguments:** `draw`, what draws one of the two on axes of its own, given its name for the title.
    """
    drawn, axes = figure("", width=width, height=height, columns=2)
    drawn.set_dpi(FRAME_DPI)
    draw(axes[0], untrained, "untrained")
    draw(axes[1], trained, "trained")
    return pixels_of(drawn)


def beside(left: Frame, right: Frame, gap: int = 8) -> Frame:
    """Two frames side by side on white, the lower one padded at its foot."""
    height = max(len(left), len(right))
    between = np.full((height, gap, 3), 255, np.uint8)
    return np.concatenate([_tall(left, height), between, _tall(right, height)], axis=1)


def enlarged(frame: Frame, times: int) -> Frame:
    """Every pixel as a square of `times` pixels, with nothing blurred."""
    return frame.repeat(times, axis=0).repeat(times, axis=1)


def pixels_of(figure: Figure) -> Frame:
    """What a figure looks like, to be a frame: several of one size have frames of one size."""
    canvas = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _tall(frame: Frame, height: int) -> Frame:
    foot = np.full((height - len(frame), frame.shape[1], 3), 255, np.uint8)
    return np.concatenate([frame, foot])
