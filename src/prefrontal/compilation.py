"""Compiled programs, kept in the user's cache folder: what was compiled once need not be compiled again.

JAX looks a program up by all that it is compiled from and with, so none is stale. A program holds the
instructions of one kind of processor, and each kind has a folder of its own.
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

MOST_BYTES = 2**30  # of all programs that are kept; the least used go first
_LOOKED = "looked-at"  # a file that is as old as the last look for damaged programs
_ZLIB = b"\x78"  # a program begins with it, unless JAX was given another compression


def keep_programs() -> Path | None:
    """From now on look programs up before they are compiled, and keep them; the folder that they are in.

    None where nothing is kept: the environment variable PREFRONTAL_CACHE is "off", or the folder cannot be
    written. A folder that JAX was told of (JAX_COMPILATION_CACHE_DIR) stays.
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
    """A short name of this kind of processor: of the instructions that it knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    known = {line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))}
    said = "\n".join(sorted(known)) or platform.processor()
    return hashlib.sha256(f"{platform.machine()}\n{said}".encode()).hexdigest()[:12]


def _remove_damaged(folder: Path) -> None:
    """Remove what a kill or a full disk cut short since the last look, for JAX itself never does."""
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
    """Keep `MOST_BYTES`. JAX's own bound would need another package, and a lock at every look."""
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
