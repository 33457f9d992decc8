"""Compiled programs, stored in the user's cache folder so that nothing is compiled twice.

JAX looks up a program by everything that determines it, so no program is out of date. A program has
instructions for one kind of processor, so each kind has its own folder.
"""

import contextlib
import hashlib
import os
import platform
import time
import warnings
import zlib
from collections.abc import Iterable
from pathlib import Path

import jax

from prefrontal.cache import cache_folder
from prefrontal.errors import UserError

MOST_BYTES = 2**30  # of all programs that are kept; the least used go first
_LOOKED = "looked-at"  # a file that is as old as the last look for damaged programs
_ZLIB = b"\x78"  # a program begins with it, unless JAX was given another compression


def check_device() -> None:
    """Raise a `UserError` if JAX finds no device of the kind that it is set to use."""
    try:
        jax.devices()
    except (RuntimeError, AssertionError) as error:  # the latter where the only kind named is not there
        raise UserError(
            f"JAX finds no device to run on: {_asked_for()}; unset it, or install the JAX that is for such a "
            "device"
        ) from error


def _asked_for() -> str:
    """The setting that names a kind of device, and the kind."""
    settings = {name: jax.config.values.get(name) for name in ("jax_platforms", "jax_platform_name")}
    return " and ".join(f"{name.upper()} is {value!r}" for name, value in settings.items() if value)


def keep_programs() -> Path | None:
    """Look up programs before compiling them, and store them, from now on. Returns their folder.

    Returns None if nothing is stored, because the environment variable PREFRONTAL_CACHE is "off" or the
    folder cannot be written. A folder that is set for JAX (JAX_COMPILATION_CACHE_DIR) is kept.
    """
    told: str | None = jax.config.jax_compilation_cache_dir  # pyright: ignore[reportAttributeAccessIssue]
    if told:
        return Path(told)
    everything = cache_folder()
    if everything is None:
        return None
    folder = everything / "programs" / _processor()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_damaged(folder)
        _remove_least_used((everything / "programs").glob("*/*-cache"))
    except OSError:
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    # What cannot be read or written is compiled as if nothing were kept.
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache entry")
    return folder


def _processor() -> str:
    """A short name of this kind of processor, made from the instructions that it has."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    known = {line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))}
    said = "\n".join(sorted(known)) or platform.processor()
    return hashlib.sha256(f"{platform.machine()}\n{said}".encode()).hexdigest()[:12]


def _remove_damaged(folder: Path) -> None:
    """Remove files cut short by a kill or a full disk since the last check, because JAX never does."""
    looked, now = folder / _LOOKED, time.time()
    since = looked.stat().st_mtime if looked.exists() else 0.0
    for path in folder.glob("*-cache"):
        with contextlib.suppress(FileNotFoundError):  # another process has removed it
            if path.stat().st_mtime >= since and not _is_whole(path.read_bytes()):
                path.unlink()
    looked.touch()
    os.utime(looked, (now, now))


def _is_whole(program: bytes) -> bool:
    if program[:1] != _ZLIB:
        return len(program) > 0
    unpacking = zlib.decompressobj()
    try:
        unpacking.decompress(program)
    except zlib.error:
        return False
    return unpacking.eof


def _remove_least_used(programs: Iterable[Path]) -> None:
    """Keep at most `MOST_BYTES`. JAX's own limit would need another package, and a lock at every access."""
    found = []
    for path in programs:
        with contextlib.suppress(FileNotFoundError):
            about = path.stat()
            found.append((max(about.st_atime, about.st_mtime), about.st_size, path))
    room = MOST_BYTES
    for _, size, path in sorted(found, reverse=True):
        room -= size
        if room < 0:
            path.unlink(missing_ok=True)
