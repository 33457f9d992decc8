"""Emoji, from the colour font that comes with the system: drawings made to look different.

The font is Noto Color Emoji in its edition with bitmaps (package fonts-noto-color-emoji of Debian and Ubuntu;
SIL Open Font License). `prefrontal.fonts` says where it is looked for.
"""

import dataclasses
import functools
import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from prefrontal.fonts import FILE, VARIABLE, find_font
from prefrontal.tasks.images.pool import FEWEST, Pixels, Pool, resized, square, stacked
from prefrontal.tasks.images.stripes import Stripes

SIZE = 109  # the only one that the font's bitmaps have: 136 x 128 pixels
# Where single characters that are emoji are to be found. Sequences (flags, families) are left out.
CHARACTERS = (range(0x2000, 0x3300), range(0x1F000, 0x1FB00))
COARSE = 16  # pixels each way, at which images are compared
MARGIN = 0.1  # of an emoji's size, of the card around it
LEAST_DIFFERENCE = 8.0  # of 255, the mean over coarse pixels: the hours of a clock differ by less
HOW_TO_GET_IT = (
    f"install the package fonts-noto-color-emoji, or name the file {FILE} in the environment variable "
    f"{VARIABLE}"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class EmojiImages(Pool):
    """About 1,300 emoji, 1,000 of them for training. Only one of several almost identical ones is used.

    Each lies on a card of its own colour, as photographs have backgrounds. Outside D: stripes.
    """

    training: int | None = 1000  # emoji for training; the rest are held out

    def found(self) -> str:
        return _fingerprint(_version(emoji_font()))

    def all_pixels(self, height: int, width: int) -> Pixels:
        return _pixels(_version(emoji_font()), height, width)


def emoji_or_stripes() -> EmojiImages | Stripes:
    """Emoji, or stripes with a warning if there is no emoji font."""
    return EmojiImages() if find_font() else Stripes(instead_of="emoji")


def emoji_font() -> Path:
    """The path of the font. If there is none, a ValueError says how to get one."""
    font = find_font()
    if font is None:
        raise ValueError(f"there is no font with emoji: {HOW_TO_GET_IT}")
    return font


class _Version(NamedTuple):
    """A file in its current version: if the file changes, it is read again."""

    path: Path
    size: int
    modified: int


def _version(font: Path) -> _Version:
    about = font.stat()
    return _Version(font, about.st_size, about.st_mtime_ns)


@functools.cache
def _fingerprint(font: _Version) -> str:
    return hashlib.sha256(b"on cards" + font.path.read_bytes()).hexdigest()[:16]


@functools.cache
def _pixels(font: _Version, height: int, width: int) -> Pixels:
    return stacked(resized(image, height, width) for image in _images(font))


@functools.lru_cache(maxsize=1)
def _images(font: _Version) -> tuple[Image.Image, ...]:
    """All emoji that look different, in the order of their characters' hashes."""
    images = _glyphs(font.path)
    coarse = np.array([resized(square(image), COARSE, COARSE) for image in images.values()])
    coloured = len(coarse) > 0 and np.ptp(coarse, axis=-1).any()  # where all three are alike, it is grey
    different = unlike(coarse) if coloured else []
    if len(different) < FEWEST:
        raise ValueError(f"{font.path} is not a font with emoji in colour; {HOW_TO_GET_IT}")
    numbers = [list(images)[place] for place in different]
    return tuple(_on_card(images[number], number) for number in sorted(numbers, key=_hash))


def _glyphs(font: Path) -> dict[int, Image.Image]:
    """Every drawing of the font, by its character's number."""
    try:
        drawn = ImageFont.truetype(str(font), SIZE, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise ValueError(f"{font} is not a font with emoji in colour ({error}); {HOW_TO_GET_IT}") from error
    known = (_glyph(drawn, chr(number)) for numbers in CHARACTERS for number in numbers)
    return {number: image for number, image in known if image is not None}


def _glyph(font: ImageFont.FreeTypeFont, character: str) -> tuple[int, Image.Image | None]:
    """A character's number, and its drawing in the smallest square around it; None if there is none."""
    number, box = ord(character), font.getmask(character, mode="RGBA").getbbox()
    if box is None:
        return number, None
    canvas = Image.new("RGBA", (2 * SIZE, 2 * SIZE))
    ImageDraw.Draw(canvas).text((SIZE // 4, SIZE // 4), character, font=font, embedded_color=True)
    drawing = canvas.crop(canvas.getbbox())
    side = max(drawing.size)
    whole = Image.new("RGBA", (side, side))
    whole.paste(drawing, ((side - drawing.width) // 2, (side - drawing.height) // 2))
    return number, whole


def _on_card(drawing: Image.Image, number: int) -> Image.Image:
    """A drawing on a card. Its colour comes from the part of the character's hash that does not sort it."""
    margin = round(MARGIN * drawing.width)
    side = drawing.width + 2 * margin
    card = Image.new("RGBA", (side, side), (*_hash(number)[-3:], 255))
    card.alpha_composite(drawing, (margin, margin))
    return card.convert("RGB")


def unlike(coarse: Pixels) -> list[int]:
    """The places of images that differ; among nearly identical images, the first.

    Means over blocks of pixels differ by no more than the pixels do, and reveal most differences quickly.
    """
    fine = coarse.astype(np.float32)
    count, height, width, _ = fine.shape
    rough = fine.reshape(count, 4, height // 4, 4, width // 4, 3).mean(axis=(2, 4)).reshape(count, -1)
    kept = np.zeros(count, bool)
    for place, image in enumerate(fine):
        may_be_near = np.abs(rough[:place] - rough[place]).mean(axis=1) < LEAST_DIFFERENCE + 0.01
        near = fine[:place][may_be_near & kept[:place]]
        kept[place] = (np.abs(near - image).mean(axis=(1, 2, 3)) >= LEAST_DIFFERENCE).all()
    return np.flatnonzero(kept).tolist()


def _hash(number: int) -> bytes:
    """A character's hash: it divides emoji into training and held-out ones, in any version of the font."""
    return hashlib.sha256(f"{number:x}".encode()).digest()
