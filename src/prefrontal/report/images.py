"""The figures of an experiment, as a page that stands by itself carries them."""

import base64
import dataclasses
from pathlib import Path

from prefrontal.report.animation import FRAME_DPI
from prefrontal.report.style import DPI, caption_of

_KINDS = {".png": "image/png", ".gif": "image/gif"}


@dataclasses.dataclass(frozen=True)
class Image:
    """One figure: its name, its caption, and the picture itself as a `data:` address."""

    name: str
    caption: str
    source: str
    width: int  # pixels of a page: every figure has as many to an inch, so that all texts are of one size


def images(folder: Path) -> list[Image]:
    """Every PNG and GIF file in `folder`, in the order in which they were drawn."""
    paths = [path for path in folder.glob("*") if path.suffix in _KINDS]
    return [_image(path) for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))]


def _image(path: Path) -> Image:
    name = path.stem.replace("-", " ").replace("_", " ").capitalize()
    data = path.read_bytes()
    source = f"data:{_KINDS[path.suffix]};base64,{base64.b64encode(data).decode('ascii')}"
    return Image(name, caption_of(path), source, _width(path, data))


def _width(path: Path, data: bytes) -> int:
    """How wide a picture is shown where there is room: an animation's frame pixel by pixel."""
    if path.suffix == ".gif":
        return int.from_bytes(data[6:8], "little")
    return int.from_bytes(data[16:20], "big") * FRAME_DPI // DPI  # of a PNG file's first chunk, the header
