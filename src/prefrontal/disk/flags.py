"""The flags of XLA that a run was begun with: those that round otherwise, and those that may.

XLA has hundreds of flags and no list of which change numbers. So they are parted by what their names say:
flags that permit another arithmetic are part of a run, flags that only dump, use threads or count devices are
not, and of all others only the last bits may depend.
"""

import os
import re
import shlex
from pathlib import Path

_ROUNDING = re.compile(r"fast_math|fast_min_max|excess_precision|reduced_precision")
_NOTHING = re.compile(r"dump|thread|parallelism|split_count|device_count|profile|debug|cache|logging|xprof")


def xla_flags() -> dict[str, dict[str, str]]:
    """The flags in the environment variable `XLA_FLAGS`, by name; a flag without a value is "true".

    **Returns:** `xla_rounding`, the flags with which the same program is another computation, and
    `xla_flags`, the others that can move the last bits.
    """
    given = {name: value for name, value in map(_parted, _words()) if not _NOTHING.search(name)}
    rounding = {name: value for name, value in given.items() if _ROUNDING.search(name)}
    others = {name: value for name, value in given.items() if name not in rounding}
    return {"xla_rounding": rounding, "xla_flags": others}


def _words() -> list[str]:
    """The flags as they are written, in the variable itself or in the file that it names."""
    text = os.environ.get("XLA_FLAGS", "").strip()
    if text and not text.startswith("-"):
        text = Path(text).read_text() if Path(text).is_file() else ""
    try:
        words = shlex.split(text)
    except ValueError:  # a quotation mark that is not closed
        words = text.split()
    return [word for word in words if word.startswith("--")]


def _parted(word: str) -> tuple[str, str]:
    name, equals, value = word.removeprefix("--").partition("=")
    return name, {"1": "true", "0": "false"}.get(value.lower(), value.lower()) if equals else "true"
