"""The figures of an experiment, as a page that stands by itself carries them."""

import base64
import dataclasses
from pathlib import Path

from prefrontal.report.style import caption_of


@dataclasses.dataclass(frozen=True)
class Image:
    """One figure: its name, its caption, and the picture itself as a `data:` address."""

    name: str
    caption: str
    source: str
    width: int  # pixels


def images(folder: Path) -> list[Image]:
    """Every PNG file in `folder`, in the order in which they were drawn."""
    paths = sorted(folder.glob("*.png"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    return [_image(path) for path in paths]


def _image(path: Path) -> Image:
    name = path.stem.replace("-", " ").replace("_", " ").capitalize()
    data = path.read_bytes()
    width = int.from_bytes(data[16:20], "big")  # of a PNG file's first chunk, the header
    return Image(
        name, caption_of(path), f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}", width
    )
