"""Locks on open files and folders. A lock ends when the file is closed or the process ends or is killed.

Windows and some network file systems have no such locks; there everything works without them.
"""

import contextlib
import errno
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from prefrontal.errors import BusyError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # pyright: ignore[reportAssignmentType]

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextlib.contextmanager
def locked(folder: Path, doing: str) -> Iterator[None]:
    """A context in which only this process may use the folder; others get a `BusyError` with `doing`.

    If there are no locks, a warning says so, and the folder is not protected.
    """
    with contextlib.ExitStack() as stack:
        held = False
        if fcntl is not None:  # Windows opens no folders
            descriptor = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, descriptor)
            try:
                held = lock(descriptor, wait=False)
            except BusyError:
                raise BusyError(f"another process is {doing} in {folder}; let it end first") from None
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(folder)) from error
        if not held:
            warnings.warn(
                "there are no locks here: take care that no two processes write to one folder",
                stacklevel=3,
            )
        yield


def lock(descriptor: int, *, wait: bool) -> bool:
    """Lock an open file or folder. Returns False if the system has no locks, otherwise True.

    **Raises:** `BusyError` if another process holds the lock and this one does not wait.
    """
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        raise BusyError("another process holds the lock") from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True
