"""Large blocks are mapped, and go back to the system, however many were freed before."""

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes
from prefrontal.allocator import LARGE, map_large_blocks
assert map_large_blocks() and map_large_blocks()
library = ctypes.CDLL(None)
library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]

class Info(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

library.mallinfo2.restype = Info
for _ in range(4):
    before = library.mallinfo2().hblkhd
    block = library.malloc(ctypes.c_size_t(8 * LARGE))
    print(library.mallinfo2().hblkhd - before >= 8 * LARGE)
    library.free(block)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="of the GNU C library")
def test_a_block_is_mapped_again_after_it_was_freed():
    finished = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    if "mallinfo2" in finished.stderr:
        pytest.skip("this C library is not GNU's, or is of before 2.33")
    assert finished.stdout.split() == ["True"] * 4, finished.stderr
