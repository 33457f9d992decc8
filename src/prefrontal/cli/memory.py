"""The size of the memory."""

import os
import sys


def memory() -> int:
    """This machine's memory in bytes; practically infinite if the system does not report it."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no `sysconf`
        return sys.maxsize
