"""Sets how the C library allocates memory, so that a training's memory does not grow with its updates.

A program's scratch memory is allocated and freed at every call. The GNU C library first maps such blocks
separately and returns them to the system. But each freed block raises its threshold for mapping, so the next
block of that size comes from the heap of the calling thread. Every thread has a heap, so the peak memory
rises by a block now and then, even late in a training. If the threshold is set explicitly, it does not
change.
"""

import ctypes
import functools
import sys

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # <malloc.h>: M_MMAP_THRESHOLD, M_TRIM_THRESHOLD
LARGE = 2**20  # bytes


@functools.cache
def map_large_blocks() -> bool:
    """Have the C library map blocks of at least `LARGE` bytes from now on. Returns whether it agrees."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_MMAP_THRESHOLD, LARGE) and mallopt(_TRIM_THRESHOLD, LARGE))
