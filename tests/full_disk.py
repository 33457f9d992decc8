"""A disk that has no room for what is larger than so much."""

import contextlib
import resource


@contextlib.contextmanager
def no_file_longer_than(size: int):
    """The system itself refuses to write more, with EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
