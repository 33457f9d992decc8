"""The figures of an experiment, as a page that stands by itself carries them."""

import base64
import dataclasses
from pathlib import Path

from prefrontal.report.style import caption_of

_KINDS = {".png": "image/png", ".gif": "image/gif"}


@dataclasses.dataclass(frozen=True)
class Image:
    """One figure: its name, its caption, and the picture itself as a `data:` address."""

    name: str
    caption: str
    source: str
    width: int  # pixels, as it is to be shown


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
    """How wide a picture is shown at least: two pixels of a figure are one of a screen's."""
    if path.suffix == ".gif":
        return int.from_bytes(data[6:8], "little")
    return int.from_bytes(data[16:20], "big") // 2  # of a PNG file's first chunk, the header
