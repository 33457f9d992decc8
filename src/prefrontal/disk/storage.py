"""Files that are either complete or absent, whenever the process is killed, and arrays with a checksum.

A file is written under a temporary name, synchronised to the disk and renamed. Arrays go into safetensors
files, which never contain code. This module never imports jax.
"""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from safetensors import SafetensorError

from prefrontal.checks import path_of
from prefrontal.disk.locks import lock
from prefrontal.errors import BusyError, DamagedFileError, DiskFullError, UserError

# All notes are one entry of the metadata: safetensors writes entries in a random order, and equal contents
# are to be equal files.
NOTES = "prefrontal"
CHECKSUM = "sha256"
# The types of arrays by the names that files have for them.
KINDS = {
    **{"BOOL": np.dtype(bool), "F16": np.dtype("<f2"), "F32": np.dtype("<f4"), "F64": np.dtype("<f8")},
    **{f"{kind}{8 * size}": np.dtype(f"<{kind.lower()}{size}") for kind in "IU" for size in (1, 2, 4, 8)},
}
MAPPED = 2**28  # bytes of a file from which on its arrays are not read into memory
# Windows opens no folders, synchronises what is open for writing, renames what is closed, and alters the ends
# of lines unless asked not to.
WINDOWS = os.name == "nt"
_BYTES = getattr(os, "O_BINARY", 0)


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path`, and make its folder. A reader finds either the old file or the whole new one.

    Several processes may write to one path at once: each writes its own file, and the last one finished
    remains.

    **Raises:** `DiskFullError` if there is no room; the previous file is then unchanged. `UserError` if a
    folder is in the file's place.
    """
    with replacing(path) as (_, descriptor):
        write_all(descriptor, data)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[tuple[Path, int]]:
    """A context in which a new file beside `path` is open for writing; at the end it takes its place.

    Raises what `write_atomically` does. After any error the previous file is there, and the new one is not.
    """
    check_no_folder(path)
    with full_disk_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        beside, descriptor = _open_beside(path)
        with contextlib.ExitStack() as held:
            held.callback(os.close, descriptor)
            try:
                yield beside, descriptor
                os.fsync(descriptor)
                if WINDOWS:
                    held.close()
                os.replace(beside, path)
                synchronise(path.parent)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(beside)
                raise


def check_no_folder(path: Path) -> None:
    """Raise a `UserError` if a folder is in the place of a file."""
    if path.is_dir():
        raise UserError(f"{path} is a folder; it must be a file")


def check_place(field: str, path: Path) -> None:
    """Raise a `UserError` unless a file can be written there: its folder has to exist, and none is made.

    A person's path may be mistyped.
    """
    if not path.parent.is_dir():
        raise UserError(f"{field} is {path}, but there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise UserError(f"{field} is {path}, which is a folder; it must be a file")


def make_folder(path: Path) -> None:
    """Make a folder and those above it, unless they exist. Raises `DiskFullError` if there is no room."""
    with full_disk_named(path):
        path.mkdir(parents=True, exist_ok=True)


def folder_of(path: Path | str | None) -> Path:
    """The folder with the given path; ~ is the home folder. A `UserError` if it is not a path."""
    return path_of("folder", path)


def leftovers(path: Path) -> list[Path]:
    """The temporary files beside `path`: those that are being written, and those that a kill left behind.

    The temporary files of earlier versions have no mark in their names.
    """
    ours = re.compile(rf"\.{re.escape(path.name)}(\.[0-9a-f]{{8}})?\.tmp")
    return [other for other in path.parent.iterdir() if ours.fullmatch(other.name)]


def _open_beside(path: Path) -> tuple[Path, int]:
    """A new temporary file for `path`, open, and locked as long as it is being written."""
    while True:
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BYTES, 0o666)
        lock(descriptor, wait=True)
        if os.fstat(descriptor).st_nlink:
            return beside, descriptor
        os.close(descriptor)  # it was taken for a leftover before it was locked


def _remove_leftovers(path: Path) -> None:
    """Remove temporary files of killed processes. Files still being written are locked and stay."""
    for beside in leftovers(path):
        with contextlib.suppress(OSError, BusyError):
            descriptor = os.open(beside, os.O_WRONLY)
            try:
                if lock(descriptor, wait=False):  # where there are no locks nothing is removed
                    os.unlink(beside)
            finally:
                os.close(descriptor)


def read_json(path: Path) -> Any:
    """The contents of a JSON file, or a `DamagedFileError` that names the file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedFileError(f"{path} is damaged: it is not JSON ({error})") from error


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file, or a `DamagedFileError` that names the file."""
    value = read_json(path)
    if not isinstance(value, dict):
        raise DamagedFileError(f"{path} is damaged: it holds no JSON object")
    return value


def append_line(path: Path, line: str) -> None:
    """Add a line to a text file. A kill may leave it cut short."""
    with full_disk_named(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _BYTES, 0o666)
        try:
            write_all(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)


def synchronise(path: Path) -> None:
    """Wait until a file's contents, or a folder's entries, are on the disk."""
    if WINDOWS and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDWR if WINDOWS else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def full_disk_named(path: Path) -> Iterator[None]:
    """A context in which a full disk while writing `path` raises `DiskFullError`."""
    try:
        yield
    except OSError as error:
        if not DiskFullError.is_meant_by(error):
            raise
        raise DiskFullError(error.errno or 0, path, _free_bytes(path)) from error


def _free_bytes(path: Path) -> int | None:
    with contextlib.suppress(OSError):
        return shutil.disk_usage(next(folder for folder in path.absolute().parents if folder.exists())).free
    return None


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of the bytes to an open file."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def save_arrays(path: Path, kind: str, arrays: Mapping[str, np.ndarray], notes: Mapping[str, str]) -> None:
    """Write named arrays to a safetensors file; its metadata hold `notes` and a checksum of everything.

    **Arguments:** `kind`, the kind of file ("records", "checkpoint"); loading refuses other kinds.
    """
    whole = {name: _little_endian(array) for name, array in arrays.items()}
    kept = {**notes, "kind": kind}
    kept[CHECKSUM] = checksum(whole, kept)
    write_atomically(path, safetensors.numpy.save(whole, {NOTES: json.dumps(kept, sort_keys=True)}))


def load_arrays(path: Path, kind: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays and notes that `save_arrays` wrote, identical to the last bit. The arrays are read-only.

    Those of a file of at least `MAPPED` bytes stay in the file until they are used.

    **Raises:** `DamagedFileError` if the file is cut short or altered, `UserError` if it is of another kind
    or a folder.
    """
    check_no_folder(path)
    try:
        arrays, header = _mapped(path) if path.stat().st_size >= MAPPED else _in_memory(path.read_bytes())
        notes = json.loads(header.get("__metadata__", {}).get(NOTES, "{}"))
    except (SafetensorError, KeyError, ValueError) as error:
        raise DamagedFileError(f"{path} is cut short or no safetensors file ({error})") from error
    found = notes.pop(CHECKSUM, None)
    if found is None:
        raise DamagedFileError(f"{path} has no checksum: it is altered, or not written by prefrontal")
    if found != checksum(arrays, notes):
        raise DamagedFileError(f"{path} is altered: its contents do not have the checksum written with them")
    if notes["kind"] != kind:
        raise UserError(f"{path} holds {notes['kind']!r}; {kind!r} is wanted")
    return arrays, notes


def _in_memory(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the header of a file with these contents."""
    arrays = safetensors.numpy.load(data)
    return arrays, json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])


def _mapped(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The same for a file that is read only where, and when, its arrays are used."""
    with safetensors.safe_open(path, "np"):  # which refuses a header that does not fit the file
        pass
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    arrays = {}
    for name, about in header.items():
        if name != "__metadata__":
            begin = 8 + size + about["data_offsets"][0]
            arrays[name] = mapped(path, KINDS[about["dtype"]], begin, tuple(about["shape"]))
    return arrays, header


def mapped(path: Path, dtype: np.dtype, begin: int, shape: tuple[int, ...]) -> np.ndarray:
    """The array that begins at this byte of a file; it stays there until it is used, and is read-only."""
    if 0 in shape:
        return np.zeros(shape, dtype)
    return np.asarray(np.memmap(path, dtype, "r", begin, shape))


def checksum(arrays: Mapping[str, np.ndarray], notes: Mapping[str, str]) -> str:
    """SHA-256 over the notes and every array's name, type, shape and bytes, in the order of their names."""
    digest = hashlib.sha256(json.dumps(dict(notes), sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(json.dumps([name, array.dtype.name, array.shape]).encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _little_endian(array: np.ndarray) -> np.ndarray:
    return np.asarray(array, array.dtype.newbyteorder("<"), order="C")
