"""How the C library is to hand out memory, so that what a training has does not grow with its updates.

A program's scratch memory is asked for and given back at every call. The GNU C library first maps such blocks
of their own and gives them back to the system; but it takes each block freed as a hint to serve the next of
that size from the heap of whichever thread asks, and every thread has a heap: peaks rise by a block now and
then, long after all is settled. With a threshold that is set, it does not move.
"""

import ctypes
import functools
import sys

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # <malloc.h>: M_MMAP_THRESHOLD, M_TRIM_THRESHOLD
LARGE = 2**20  # bytes


@functools.cache
def map_large_blocks() -> bool:
    """Map blocks of `LARGE` bytes and more, now and ever after; whether the C library could be told so."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_MMAP_THRESHOLD, LARGE) and mallopt(_TRIM_THRESHOLD, LARGE))
