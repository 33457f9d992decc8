"""Arrays that are written a few rows at a time: in memory, or in a file that memory never holds whole."""

import contextlib
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from prefrontal.disk.storage import CHECKSUM, KINDS, NOTES, checksum, mapped, replacing, write_all
from prefrontal.errors import UserError
from prefrontal.ram import gibibytes, usable_ram

_NAMES = {dtype: name for name, dtype in KINDS.items()}


Stored = Callable[[str, np.ndarray], np.ndarray]  # from the name of an array, and some of its rows


class GrowingArrays:
    """Arrays of equally many rows, in memory."""

    def __init__(self, rows: int):
        self.rows = rows
        self.arrays: dict[str, np.ndarray] = {}

    def write(self, first: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Write these rows of all arrays, `first` and those after it. The first call settles their types.

        **Raises:** `UserError` if there is no memory for all rows.
        """
        if not self.arrays:
            _check_room(sum(one.nbytes / len(one) for one in arrays.values()) * self.rows, self.rows)
            self.arrays = {
                name: np.empty((self.rows, *one.shape[1:]), one.dtype) for name, one in arrays.items()
            }
        for name, rows in arrays.items():
            self.arrays[name][first : first + len(rows)] = rows


def _check_room(needed: float, rows: int) -> None:
    if needed > (there := usable_ram()):
        raise UserError(
            f"records of {rows:,} lifetimes take {gibibytes(int(needed))} of memory, and this process may "
            f"use {gibibytes(there)}; keep less, evaluate fewer lifetimes, or name a file for them: "
            'evaluate(..., path="records.safetensors")'
        )


class GrowingFile:
    """Arrays of equally many rows, in a safetensors file that `storage.load_arrays` reads.

    It grows `beside` its `place`. `stored` turns rows into what the file has of them.
    """

    def __init__(
        self,
        place: Path,
        beside: Path,
        descriptor: int,
        *,
        kind: str,
        notes: Mapping[str, str],
        rows: int,
        stored: Stored,
    ):
        self.place, self.beside, self.descriptor = place, beside, descriptor
        self.rows, self.stored = rows, stored
        self.notes = {**notes, "kind": kind}
        self.placed: dict[str, tuple[int, np.dtype, tuple[int, ...]]] = {}  # where each array begins

    def write(self, first: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Write these rows of all arrays, `first` and those after it. The first call settles their types.

        **Raises:** `UserError` if an array is of a type that files do not have.
        """
        arrays = {name: self.stored(name, rows) for name, rows in arrays.items()}
        if not self.placed:
            self._place(arrays)
        for name, rows in arrays.items():
            begin, dtype, shape = self.placed[name]
            os.lseek(self.descriptor, begin + first * dtype.itemsize * math.prod(shape[1:]), os.SEEK_SET)
            write_all(self.descriptor, np.ascontiguousarray(rows, dtype).reshape(-1).view(np.uint8).data)

    def finish(self) -> None:
        """Write the header, with the checksum of all that was written."""
        whole = {
            name: mapped(self.beside, dtype, begin, shape)
            for name, (begin, dtype, shape) in self.placed.items()
        }
        header = self._header(checksum(whole, self.notes))
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        write_all(self.descriptor, header)

    def _place(self, arrays: Mapping[str, np.ndarray]) -> None:
        """One behind the other, those of the widest numbers first, as safetensors has them."""
        for name, array in arrays.items():
            if array.dtype not in _NAMES:
                raise UserError(f"{name} has the type {array.dtype}, which files of records do not have")
        end = 0
        for name, array in sorted(arrays.items(), key=lambda one: (-one[1].dtype.itemsize, one[0])):
            shape = (self.rows, *array.shape[1:])
            self.placed[name] = end, array.dtype, shape
            end += math.prod(shape) * array.dtype.itemsize
        data = len(self._header("0" * 64))
        self.placed = {
            name: (data + begin, dtype, shape) for name, (begin, dtype, shape) in self.placed.items()
        }
        os.ftruncate(self.descriptor, data + end)

    def _header(self, found: str) -> bytes:
        """The header, whose length depends on neither the checksum nor on where the data begin."""
        start = min(begin for begin, _, _ in self.placed.values())
        text = json.dumps(self.notes | {CHECKSUM: found}, sort_keys=True)
        about: dict[str, Any] = {"__metadata__": {NOTES: text}}
        for name, (begin, dtype, shape) in self.placed.items():
            size = math.prod(shape) * dtype.itemsize
            offsets = [begin - start, begin - start + size]
            about[name] = {"dtype": _NAMES[dtype], "shape": shape, "data_offsets": offsets}
        header = json.dumps(about, separators=(",", ":")).encode()
        header += b" " * (-len(header) % 8)
        return len(header).to_bytes(8, "little") + header


@contextlib.contextmanager
def growing(
    path: Path, kind: str, notes: Mapping[str, str], rows: int, stored: Stored
) -> Iterator[GrowingFile]:
    """A context in which a file of arrays grows; at its end the whole file is at `path`.

    **Raises:** what `storage.write_atomically` does.
    """
    with replacing(path) as (beside, descriptor):
        file = GrowingFile(path, beside, descriptor, kind=kind, notes=notes, rows=rows, stored=stored)
        yield file
        file.finish()
