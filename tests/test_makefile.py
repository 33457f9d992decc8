"""The environment that `make` sets up, with a Python and a pip that only note what they were asked."""

import os
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


FETCH = """#!/bin/sh
case "$*" in
    *update) exit 1;;
    *download*2.042*) echo pinned > fonts-noto-color-emoji_1.deb;;
esac
"""
UNPACK = """#!/bin/sh
mkdir -p usr/share/fonts/truetype/noto && cp "$2" usr/share/fonts/truetype/noto/NotoColorEmoji.ttf
"""


def make_font(folder: Path, fetch: str) -> subprocess.CompletedProcess:
    """`make font` where nothing has the font, with such an apt-get."""
    shutil.copy(MAKEFILE, folder)
    program(folder / ".venv" / "bin" / "python", "#!/bin/sh\nexit 1\n")
    program(folder / "programs" / "apt-get", fetch)
    program(folder / "programs" / "dpkg-deb", UNPACK)
    path = f"{folder / 'programs'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["make", "--no-print-directory", "font"],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )


def test_a_font_with_emoji_is_put_into_the_environment(tmp_path):
    assert make_font(tmp_path, FETCH).stdout == ""
    assert (tmp_path / ".venv" / "share" / "fonts" / "NotoColorEmoji.ttf").read_text() == "pinned\n"
    assert make_font(tmp_path, "#!/bin/sh\nexit 1\n").stdout == ""  # it is there


def test_where_no_font_can_be_fetched_one_line_says_so_and_nothing_fails(tmp_path):
    made = make_font(tmp_path, "#!/bin/sh\nexit 100\n")
    assert made.stdout == "No font with emoji could be fetched: the tests that need one are skipped\n"
    assert made.stderr == ""
    assert not (tmp_path / ".venv" / "apt").exists()
