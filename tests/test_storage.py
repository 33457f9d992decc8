"""Files that several processes write at once, and what a killed one leaves beside them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from prefrontal.disk.storage import leftovers, read_object, write_atomically
from prefrontal.errors import DamagedFileError

WRITES = 150
WRITER = """
import sys
from pathlib import Path
from prefrontal.disk.storage import write_atomically
path, letter, writes = Path(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])
for count in range(1, writes):
    write_atomically(path, letter * 5000 * (1 + count % 3))
    found = path.read_bytes()
    assert len(set(found)) == 1 and len(found) % 5000 == 0, found[:10]
"""


def left_by_a_kill(path: Path, mark: str = "0123abcd") -> Path:
    left = path.with_name(f".{path.name}.{mark}.tmp")
    left.write_text("half of it")
    return left


def test_two_processes_may_write_one_path(tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path / "references.json")]
    writers = [
        subprocess.Popen([*command, letter, str(WRITES)], stderr=subprocess.PIPE, text=True)
        for letter in ("a", "b")
    ]
    assert [writer.communicate(timeout=60)[1] for writer in writers] == ["", ""]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert list(tmp_path.iterdir()) == [tmp_path / "references.json"]


def test_what_another_is_still_writing_stays(tmp_path, monkeypatch):
    path, replace, seen = tmp_path / "config.json", os.replace, []

    def meanwhile(beside, place):
        monkeypatch.setattr(os, "replace", replace)
        write_atomically(path, b"the other's")
        seen.append(path.read_bytes())
        replace(beside, place)

    monkeypatch.setattr(os, "replace", meanwhile)
    write_atomically(path, b"mine")
    assert (seen, path.read_bytes()) == ([b"the other's"], b"mine")
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_goes_when_its_path_is_written(tmp_path):
    path, other = tmp_path / "a [1].json", tmp_path / "b.json"
    left = [left_by_a_kill(path), left_by_a_kill(path, "ffffffff"), tmp_path / f".{path.name}.tmp"]
    left[2].write_text("an earlier version's")
    kept = [left_by_a_kill(other), left_by_a_kill(path, "backup")]
    assert set(leftovers(path)) == set(left)
    write_atomically(path, b"{}")
    assert set(tmp_path.iterdir()) == {path, *kept}


def test_a_process_killed_while_it_writes_leaves_what_is_removed(tmp_path):
    path = tmp_path / "config.json"
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from prefrontal.disk.storage import write_atomically\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomically(Path(sys.argv[1]), b'whole, and never in its place')"
    )
    finished = subprocess.run([sys.executable, "-c", program, str(path)], check=False, timeout=60)
    assert finished.returncode < 0
    assert [left.name[:13] for left in leftovers(path)] == [".config.json."]
    write_atomically(path, b"{}")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", ["[]", "null", "3"])
def test_what_is_no_object_is_named(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(DamagedFileError, match=r"config\.json is damaged: it holds no JSON object"):
        read_object(path)
    path.write_text(json.dumps({"a": 1}))
    assert read_object(path) == {"a": 1}
