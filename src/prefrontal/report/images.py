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


def images(folder: Path) -> list[Image]:
    """Every PNG file in `folder`, by name."""
    return [_image(path) for path in sorted(folder.glob("*.png"))]


def _image(path: Path) -> Image:
    name = path.stem.replace("-", " ").replace("_", " ").capitalize()
    encoded = base64.b64encode(path.read_bytes()).decode("ascii")
    return Image(name, caption_of(path), f"data:image/png;base64,{encoded}")
