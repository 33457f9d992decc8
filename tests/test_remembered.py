"""What `prefrontal list` remembers, and when it forgets."""

import json
import subprocess
import sys

import pytest

from prefrontal import fonts
from prefrontal.cli import remembered


@pytest.fixture
def made(monkeypatch, tmp_path):
    """How often the catalogue was made, in an empty cache folder."""
    monkeypatch.setenv("PREFRONTAL_CACHE", str(tmp_path / "cache"))
    times = []

    def make():
        times.append(1)
        return {"memories": [{"name": f"memory {len(times)}", "description": "é"}]}

    monkeypatch.setattr(remembered, "_made", make)
    return times


def test_it_is_made_once(made):
    assert remembered.catalogue() == remembered.catalogue()
    assert len(made) == 1


def test_it_is_made_anew_when_a_file_of_the_package_is_another(made, monkeypatch, tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.setattr(remembered.prefrontal, "__file__", str(package / "__init__.py"))
    for count, text in enumerate(["", "# a comment", "# longer still"], start=1):
        (package / "memory.py").write_text(text)
        assert remembered.catalogue() == remembered.catalogue()
        assert len(made) == count


def test_it_is_made_anew_when_a_font_comes(made, monkeypatch, tmp_path):
    font = tmp_path / fonts.FILE
    font.write_text("emoji")
    monkeypatch.setattr(remembered, "find_font", lambda: None)
    remembered.catalogue()
    monkeypatch.setattr(remembered, "find_font", lambda: font)
    assert remembered.catalogue() == remembered.catalogue()
    assert len(made) == 2


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps({"sources": "other"})])
def test_what_is_damaged_or_of_another_is_made_anew(made, tmp_path, text):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "catalogue.json").write_text(text)
    remembered.catalogue()
    remembered.catalogue()
    assert len(made) == 1


def test_nothing_is_remembered_where_that_is_asked_or_cannot_be(made, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    for cache in ("off", str(tmp_path / "file")):
        monkeypatch.setenv("PREFRONTAL_CACHE", cache)
        remembered.catalogue()
        remembered.catalogue()
    assert len(made) == 4


def without_jax(*arguments: str) -> tuple[int, str, str]:
    program = (
        "import sys; sys.modules['jax'] = None; from prefrontal.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    return finished.returncode, finished.stdout, finished.stderr


def test_what_is_remembered_is_listed_without_jax_and_so_are_names_known(prefrontal, monkeypatch, tmp_path):
    monkeypatch.setenv("PREFRONTAL_CACHE", str(tmp_path))
    made = prefrontal("list", "--json")
    assert made[0] == 0
    assert without_jax("list", "--json") == made
    status, _, said = without_jax("reference", "thompson", "--on", "two-step-2017:folder")
    assert (status, said) == (
        2,
        "prefrontal: no task distribution is called 'two-step-2017'. Did you mean 'two-step-2018'?\n",
    )
    status, _, said = without_jax("reference", "thomson", "--on", "maze")
    assert (status, said) == (2, "prefrontal: no reference is called 'thomson'. Did you mean 'thompson'?\n")
