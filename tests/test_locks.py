"""Locks: who is kept out, and that work goes on where there are none."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from prefrontal.disk import locks, storage
from prefrontal.disk.locks import locked
from prefrontal.disk.storage import append_line, leftovers, synchronise, write_atomically
from prefrontal.errors import BusyError

NO_LOCKS = "there are no locks here: take care that no two processes write to one folder"
HOLDER = """
import sys, time
from pathlib import Path
from prefrontal.disk.locks import locked
with locked(Path(sys.argv[1]), "training"):
    print("held", flush=True)
    time.sleep(60)
"""


def no_locks(code: int):
    def fail(*_):
        raise OSError(code, "no locks")

    return fail


@pytest.fixture(params=["ENOLCK", "ENOSYS", "no fcntl"])
def without_locks(request, monkeypatch):
    """A file system that has none, and a system that lacks the module."""
    if request.param == "no fcntl":
        monkeypatch.setattr(locks, "fcntl", None)
    else:
        monkeypatch.setattr("fcntl.flock", no_locks(getattr(errno, request.param)))


def left_by_a_kill(path: Path) -> Path:
    left = path.with_name(f".{path.name}.0123abcd.tmp")
    left.write_text("half of it")
    return left


def test_a_second_process_is_kept_out_until_the_first_is_killed(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(BusyError, match=r"another process is training in .*; let it end first"),
            locked(tmp_path, "training"),
        ):
            pass
    finally:
        holder.kill()
        holder.communicate(timeout=30)
    with locked(tmp_path, "training"):
        pass


@pytest.mark.usefixtures("without_locks")
def test_a_folder_without_locks_is_used_with_a_warning(tmp_path):
    for _ in range(2):
        with pytest.warns(UserWarning, match=NO_LOCKS), locked(tmp_path, "training"):
            pass


@pytest.mark.usefixtures("without_locks")
def test_files_are_written_where_there_are_no_locks_and_nothing_is_removed(tmp_path):
    path = tmp_path / "config.json"
    left = left_by_a_kill(path)
    write_atomically(path, b"{}")
    assert path.read_bytes() == b"{}"
    assert leftovers(path) == [left]


def test_another_error_of_a_lock_is_not_swallowed(monkeypatch, tmp_path):
    monkeypatch.setattr("fcntl.flock", no_locks(errno.EIO))
    with pytest.raises(OSError, match="no locks") as caught, locked(tmp_path, "training"):
        pass
    assert caught.value.filename == str(tmp_path)


def test_the_module_is_imported_where_there_is_no_fcntl():
    program = "import sys; sys.modules['fcntl'] = None; from prefrontal.disk import locks, storage"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_files_are_written_as_windows_wants_it(monkeypatch, tmp_path):
    """Closed before they are renamed; no folder is opened."""
    monkeypatch.setattr(locks, "fcntl", None)
    monkeypatch.setattr(storage, "WINDOWS", True)
    path, opened, closed = tmp_path / "weights", [], []
    real_open, real_close, real_replace = os.open, os.close, os.replace

    def replace(beside, place):
        assert closed == opened[:1]
        real_replace(beside, place)

    def open_file(where, *arguments):
        assert not Path(where).is_dir()
        opened.append(real_open(where, *arguments))
        return opened[-1]

    def close(descriptor):
        closed.append(descriptor)
        real_close(descriptor)

    for name, function in (("open", open_file), ("close", close), ("replace", replace)):
        monkeypatch.setattr(os, name, function)
    write_atomically(path, b"\n\x00")
    append_line(path, "line")
    synchronise(path)
    assert path.read_bytes() == b"\n\x00line\n"
    assert len(closed) == len(opened) == 3
