"""Errors, grouped by who can correct them.

A `ValueError` is a mistake of the user, explained in one line (the command line exits with 2). A `Failure` is
any other expected error: a full disk, a damaged file, a loss that is not finite (the command line exits with
1).
"""

import errno
from collections.abc import Mapping
from pathlib import Path


class UserError(ValueError):
    """A request that cannot be met; the message says what would be right."""


class BusyError(UserError):
    """A folder that another process is using."""


class Failure(Exception):
    """A failure although the request was valid."""


class DamagedFileError(Failure):
    """A file that is cut short, altered, or not what its name says."""


class NotFiniteError(Failure, ArithmeticError):
    """A training whose loss or weights are not finite; `update` is the first update where this happened."""

    def __init__(self, update: int, metrics: Mapping[str, float], kept: Path | None):
        self.update, self.metrics, self.kept = update, dict(metrics), kept
        what = (
            ", ".join(f"{name} is {value}" for name, value in self.metrics.items()) or "the weights are not"
        )
        keeps = f"the last good checkpoint is {kept}" if kept else "there is no good checkpoint"
        super().__init__(f"the training is not finite at update {update}: {what}; {keeps}")


_NO_ROOM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is larger than this process may write",
}


class DiskFullError(Failure, OSError):
    """A file that could not be written because the disk is full. Earlier files are unchanged."""

    def __init__(self, code: int, path: Path, free: int | None):
        super().__init__(code, _NO_ROOM[code], str(path))
        self.path, self.free = path, free

    @staticmethod
    def is_meant_by(error: OSError) -> bool:
        return error.errno in _NO_ROOM

    def __str__(self) -> str:
        free = "" if self.free is None else f" ({self.free:,} bytes are free)"
        return f"{self.path} cannot be written: {self.strerror}{free}; what had been written before is kept"
