"""A folder of your own images: photographs, drawings, anything that Pillow reads, of any size."""

import dataclasses
import functools
import hashlib
import os
from pathlib import Path

from PIL import Image, ImageOps

from prefrontal.checks import settle
from prefrontal.tasks.images.pool import FEWEST, Pixels, Pool, resized, square, stacked

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
Listing = tuple[tuple[str, int, int], ...]  # of each file its name, size and time of change


@dataclasses.dataclass(frozen=True)
class FolderImages(Pool):
    """The images of a folder and its subfolders; the middle square of each is used.

    Identical files count once. The contents of the file alone, not its name, decide which half an image is
    in. Files that are not images are ignored. Outside D: stripes.
    """

    folder: str | os.PathLike[str]  # a path

    def __post_init__(self):
        settle(self)
        object.__setattr__(self, "folder", os.fspath(self.folder))
        super().__post_init__()

    def found(self) -> str:
        return hashlib.sha256(b"".join(digest for digest, _ in self._files())).hexdigest()[:16]

    def all_pixels(self, height: int, width: int) -> Pixels:
        return _pixels(self._files(), height, width)

    def _files(self) -> "Files":
        folder = Path(self.folder).expanduser()
        if not self.folder or not folder.is_dir():
            raise ValueError(f"{self.folder!r} is not a folder; it must be one with at least {FEWEST} images")
        files = _digests(folder, _listing(folder))
        if len(files) < FEWEST:
            raise ValueError(
                f"the folder {folder} has {len(files)} different images, and at least {FEWEST} are needed "
                f"({', '.join(ENDINGS)})"
            )
        return files


Files = tuple[tuple[bytes, Path], ...]  # the hash of each file's contents, in rising order, and where it is


def _listing(folder: Path) -> Listing:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    about = [(path, path.stat()) for path in paths if not path.name.startswith(".")]
    return tuple((str(path.relative_to(folder)), one.st_size, one.st_mtime_ns) for path, one in about)


@functools.cache
def _digests(folder: Path, listing: Listing) -> Files:
    found = {hashlib.sha256((folder / name).read_bytes()).digest(): folder / name for name, *_ in listing}
    return tuple(sorted(found.items()))


@functools.cache
def _pixels(files: Files, height: int, width: int) -> Pixels:
    return stacked(resized(_read(path), height, width) for _, path in files)


def _read(path: Path) -> Image.Image:
    """The middle square of an image, in its intended orientation."""
    try:
        with Image.open(path) as image:
            return square(ImageOps.exif_transpose(image))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} cannot be read as an image ({error}); repair or remove it") from error
