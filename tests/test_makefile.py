"""The environment that `make` sets up, with a Python and a pip that only note what they were asked."""

import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parent.parent / "Makefile"
PYTHON = """#!/bin/sh
echo "python $*" >> asked
case "$*" in
    "-m venv .venv") mkdir .venv/bin && ln -s /bin/true .venv/bin/pip;;
    --version) echo Python 3.11.0;;
esac
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def set_up(tmp_path):
    """Makes the environment's stamps in a folder: how often it made an environment for them."""
    shutil.copy(MAKEFILE, tmp_path)
    program(tmp_path / "python", PYTHON)

    def make() -> int:
        (tmp_path / "asked").write_text("")
        command = ["make", "PYTHON=./python", ".venv/stamps"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=30)
        assert (tmp_path / ".venv" / "stamps").is_dir()
        return (tmp_path / "asked").read_text().count("-m venv")

    return make


def test_an_environment_is_made_once(set_up):
    assert set_up() == 1
    assert set_up() == 0


def test_an_environment_of_ones_own_is_kept(set_up, tmp_path):
    program(tmp_path / ".venv" / "bin" / "python", "#!/bin/sh\n")
    program(tmp_path / ".venv" / "bin" / "pip", "#!/bin/sh\n")
    assert set_up() == 0


@pytest.mark.parametrize("pip", [None, "#!/bin/sh\necho No module named pip >&2; exit 1\n"])
def test_one_whose_making_was_interrupted_is_made_again(set_up, tmp_path, pip):
    program(tmp_path / ".venv" / "bin" / "python", "#!/bin/sh\n")
    (tmp_path / ".venv" / "begun").touch()
    if pip:
        program(tmp_path / ".venv" / "bin" / "pip", pip)
    assert set_up() == 1
    assert set_up() == 0


def test_one_of_ones_own_without_pip_is_left_alone(tmp_path):
    shutil.copy(MAKEFILE, tmp_path)
    program(tmp_path / ".venv" / "bin" / "python", "#!/bin/sh\n")
    made = subprocess.run(["make", ".venv/stamps"], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert made.returncode
    assert "no pip that works" in made.stderr
    assert (tmp_path / ".venv" / "bin" / "python").exists()
