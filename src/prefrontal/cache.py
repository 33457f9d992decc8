"""The cache folder: compiled programs and the output of `prefrontal list`. It can be removed at any time."""

import os
import sys
from pathlib import Path

VARIABLE = "PREFRONTAL_CACHE"


def cache_folder() -> Path | None:
    """The user's cache folder for this package, which may not exist yet.

    The environment variable PREFRONTAL_CACHE names another folder. If it is "off", nothing is stored, and
    this is None.
    """
    named = os.environ.get(VARIABLE, "")
    if named.lower() == "off":
        return None
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        whole = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        whole = "~/Library/Caches"
    else:
        whole = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(whole).expanduser() / "prefrontal"
