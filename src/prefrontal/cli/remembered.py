"""The output of `prefrontal list`, cached, because making it takes a second of imports.

It is made again whenever a file of this package or the emoji font changes; it depends on nothing else.
"""

import contextlib
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import prefrontal
from prefrontal.cache import cache_folder
from prefrontal.disk.storage import read_object, write_atomically
from prefrontal.errors import DamagedFileError
from prefrontal.fonts import find_font

_FILE = "catalogue.json"
Catalogue = dict[str, list[dict[str, Any]]]


def catalogue() -> Catalogue:
    """Everything that can be run, trained on or compared with."""
    if known := recalled():
        return known
    made, folder = _made(), cache_folder()
    if folder is not None:
        with contextlib.suppress(OSError):
            whole = json.dumps({"sources": _sources(), "catalogue": made})
            write_atomically(folder / _FILE, whole.encode())
    return made


def recalled() -> Catalogue | None:
    """The same from the cache; None if it is not cached."""
    folder = cache_folder()
    if folder is not None:
        with contextlib.suppress(OSError, DamagedFileError):
            there = read_object(folder / _FILE)
            if there.get("sources") == _sources():
                return there["catalogue"]
    return None


def in_words(things: Catalogue) -> str:
    """The same as text for a reader."""
    lines = []
    for kind, entries in things.items():
        lines.append(f"{kind}:")
        for entry in entries:
            lines.append(f"  {entry['name']}")
            lines.append(f"      {entry.get('question') or entry['description']}{_set(entry)}")
            lines += [
                f"      {preset['name']}: {_count(preset['seeds'], 'seed')}, "
                f"about {_count(preset['minutes'], 'minute')}"
                for preset in entry.get("presets", [])
            ]
        lines.append("")
    return "\n".join(lines[:-1])


def _made() -> Catalogue:
    from prefrontal.cli import catalogue

    return catalogue.catalogue()


def _sources() -> str:
    """A hash of what the catalogue depends on: sizes and times of this package's files and of the font."""
    package, font = Path(prefrontal.__file__).parent, find_font()
    files = [*sorted(package.rglob("*.py")), *([font] if font else [])]
    states = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(json.dumps([sys.version, prefrontal.__version__, states]).encode()).hexdigest()


def _count(number: float, what: str) -> str:
    return f"{number:,g} {what}" if number == 1 else f"{number:,g} {what}s"


def _set(entry: dict[str, Any]) -> str:
    """Settings or parameters in brackets; empty if there are none."""
    given = entry.get("settings") or entry.get("parameters") or {}
    said = ", ".join(f"{name} {json.dumps(value)}" for name, value in given.items())
    return f" ({said})" if said else ""
