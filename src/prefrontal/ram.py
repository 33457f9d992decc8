"""The machine's memory, as opposed to an agent's."""

import os
import sys
from pathlib import Path

_OF_CONTAINERS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def usable_ram() -> int:
    """The bytes of memory that this process may use; practically infinite if the system does not say.

    It is the least of the machine's memory, its container's limit and the process's own (`ulimit -v`).
    """
    return min(_of_machine(), _of_container(), _of_process())


def gibibytes(count: int) -> str:
    """A number of bytes as errors show it: `1,490 GiB`, and `0.5 GiB` below ten."""
    size = count / 2**30
    return f"{size:,.0f} GiB" if size >= 10 else f"{size:.1f} GiB"


def _of_machine() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no `sysconf`
        return sys.maxsize


def _of_container() -> int:
    limits = [sys.maxsize]
    for path in _OF_CONTAINERS:
        try:
            limits.append(int(Path(path).read_text()))
        except (OSError, ValueError):  # there is no such limit, or its text is "max"
            continue
    return min(limits)


def _of_process() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return sys.maxsize
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit
