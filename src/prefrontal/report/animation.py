"""Animations: frames of pixels, written as a GIF that loops, small enough to lie inside a page."""

import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from prefrontal.checks import path_of
from prefrontal.disk.storage import check_place, write_atomically

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

    def save(self, path: Path | str) -> None:
        """Write a GIF of 64 colours that all frames share, its caption as its comment.

        Its folder has to exist.
        """
        path = path_of("path", path)
        check_place("path", path)
        images = [Image.fromarray(np.ascontiguousarray(frame)) for frame in self.frames]
        shown = np.concatenate([np.asarray(image) for image in images[:: max(1, len(images) // 16)]])
        palette = Image.fromarray(shown).quantize(64)
        colours = np.array(palette.getpalette("RGB"), np.uint8).reshape(-1, 3)
        colours[(colours > 247).all(axis=1)] = 255  # the page's white, and not nearly so
        palette.putpalette(colours.ravel().tolist())
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


def pixels(canvas: FigureCanvasAgg) -> Frame:
    """What was drawn on a canvas so far."""
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
