"""The location of the emoji colour font.

`make test` puts it into Python's environment, and systems keep it with other fonts. The environment variable
PREFRONTAL_EMOJI_FONT names another file.
"""

import os
import sys
from pathlib import Path

VARIABLE = "PREFRONTAL_EMOJI_FONT"
FILE = "NotoColorEmoji.ttf"
PLACES = (
    f"{sys.prefix}/share/fonts",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
)


def find_font() -> Path | None:
    """The font's file, or None if there is none.

    **Raises:** ValueError if the environment variable names a file that does not exist.
    """
    if named := os.environ.get(VARIABLE):
        if not Path(named).is_file():
            raise ValueError(f"{VARIABLE} is {named!r}, and there is no such file")
        return Path(named)
    for place in PLACES:
        for path in sorted(Path(place).expanduser().rglob(FILE)):
            return path
    return None
