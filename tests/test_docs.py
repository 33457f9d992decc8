"""The documentation: its Python runs as it stands there, and its API page has every public name."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from examples_run import run_program
from PIL import Image

import prefrontal
from prefrontal.encoders import ENCODERS
from prefrontal.learners import LEARNERS
from prefrontal.memory import MEMORIES
from prefrontal.policies import POLICIES
from prefrontal.references import REFERENCES
from prefrontal.tasks import DISTRIBUTIONS

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {page.name: page.read_text() for page in sorted(DOCS.glob("*.md"))}
BLOCKS = {name: re.findall(r"```python\n(.*?)```", text, re.DOTALL) for name, text in PAGES.items()}
LIFETIMES = 256  # in place of as many as a page has


def indented(text: str) -> list[str]:
    """Code that is set apart by four spaces, out of the fences."""
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.findall(r"^ {4}(.+)$", outside, re.MULTILINE)


def test_python_is_found():
    assert len(BLOCKS["your-environment.md"]) >= 5
    assert len(BLOCKS["your-data.md"]) >= 4
    assert BLOCKS["on-disk.md"]
    assert BLOCKS["experiments.md"]


@pytest.mark.parametrize("name", PAGES)
def test_python_stands_in_fences(name):
    """Indented it would not be executed."""
    assert [line for line in indented(PAGES[name]) if re.match(r"(from \S+ )?import |\w+ = ", line)] == []


def made_up_images(folder: Path) -> None:
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for number in range(8):
        Image.fromarray(random.integers(0, 256, (12, 12, 3), np.uint8)).save(folder / f"{number}.png")


@pytest.mark.parametrize("name", [name for name, blocks in BLOCKS.items() if blocks])
def test_python_runs(name, tmp_path):
    """The blocks of a page one after the other, in a folder of their own, with fewer lifetimes."""
    made_up_images(tmp_path / "path" / "to" / "folder")
    program = re.sub(r"lifetimes=[\d_]+", f"lifetimes={LIFETIMES}", "\n".join(BLOCKS[name]))
    run_program(program, tmp_path)


def test_the_api_page_has_every_public_name():
    shown = set(re.findall(r"^::: (\S+)$", PAGES["api.md"], re.MULTILINE))
    missing = {f"prefrontal.{name}" for name in prefrontal.__all__} - shown
    settings = {
        DISTRIBUTIONS.make(name) for name in DISTRIBUTIONS if "emoji" not in name and "paper" not in name
    }
    kinds = {type(made) for made in settings}
    kinds |= {type(registry.make(name)) for registry in (MEMORIES, ENCODERS, POLICIES) for name in registry}
    kinds |= {*REFERENCES.values()} | {LEARNERS[name] for name in LEARNERS}
    assert all(dataclasses.is_dataclass(kind) for kind in kinds)
    short = {name.rpartition(".")[2] for name in shown}
    assert missing | {kind.__name__ for kind in kinds if kind.__name__ not in short} == set()


def test_what_the_api_page_names_exists():
    for name in re.findall(r"^::: (\S+)$", PAGES["api.md"], re.MULTILINE):
        module, _, last = name.rpartition(".")
        assert hasattr(__import__(module, fromlist=[last]), last), name


@pytest.mark.parametrize("name", PAGES)
def test_every_page_that_is_linked_exists(name):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", PAGES[name])
    assert [link for link in links if not (DOCS / link).exists()] == []
