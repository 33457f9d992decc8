"""The README is short, its commands exist, and its example runs as it stands there."""

import dataclasses
import re
from pathlib import Path

import jax
import pytest
from examples_run import run_program

from prefrontal.agents import AgentSettings
from prefrontal.cli import main as cli
from prefrontal.experiments import experiment
from prefrontal.memory import LSTMSettings

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def commands(program: str) -> list[list[str]]:
    """The words after `program` wherever a line of code, or code in a line, begins with it."""
    blocks = re.findall(r"```(\w*)\n(.*?)```", TEXT, re.DOTALL)
    code = [text for language, text in blocks if language != "python"]
    code += re.findall(r"(?<!`)`([^`\n]+)`(?!`)", TEXT) + re.findall(r"^ {4}(.*)$", TEXT, re.MULTILINE)
    lines = [line.split("#")[0].strip().removeprefix("$ ") for block in code for line in block.splitlines()]
    words = [line.removeprefix(".venv/bin/").split() for line in lines]
    return [line[1:] for line in words if line[:1] == [program]]


def test_it_is_short():
    assert len(TEXT.splitlines()) < 150


def test_its_commands_are_found():
    """Else the tests of them would pass for want of any."""
    assert len(commands("make")) >= 2
    assert len(commands("prefrontal")) >= 5


def test_every_make_target_that_it_names_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= targets
    named = {word for line in commands("make") for word in line if word.isalpha()}
    assert named <= targets


@pytest.mark.parametrize("words", commands("prefrontal"), ids=" ".join)
def test_every_command_that_it_names_is_understood(words):
    """With the brackets of what may be left out taken off, and the dots of what may be repeated."""
    given = [word.strip("[].…") for word in words]
    if given:
        cli.parser().parse_args(given)


@pytest.fixture
def _laptop_in_little(monkeypatch):
    """The preset of the command that trains, with one agent of four units that lives a few lifetimes."""
    presets = experiment("bandit-independent").presets
    agent = presets["laptop"].conditions[0]
    small = AgentSettings(memory=LSTMSettings(4))
    learner = dataclasses.replace(
        agent.learner, architecture=small, lifetimes=16, microbatch=4, microbatches=2
    )
    agent = dataclasses.replace(agent, learner=learner)
    shown = presets["laptop"].references[:4]
    little = dataclasses.replace(
        presets["laptop"], conditions=(agent,), references=shown, lifetimes=20, seeds=1
    )
    monkeypatch.setitem(presets, "laptop", little)
    jax.config.update("jax_disable_most_optimizations", True)  # nearly all the time is the compiler's
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.mark.usefixtures("_laptop_in_little")
def test_its_commands_run_one_after_the_other(tmp_path, monkeypatch, capsys):
    """As they stand there; RUN and OUT are what the command that trains has left."""
    monkeypatch.chdir(tmp_path)
    lines = [words for words in commands("prefrontal") if words]
    assert {words[0] for words in lines} == {"list", "run", "evaluate", "reference", "report"}
    for words in sorted(lines, key=lambda words: words[0] != "run"):
        out = next((tmp_path / "runs").glob("*"), tmp_path)
        places = {"RUN": str(out / "runs" / "lstm" / "seed-0"), "OUT...": str(out)}
        assert cli.main([places.get(word, word) for word in words]) == 0, capsys.readouterr().err
    assert (out / "report.html").exists()


def test_every_file_that_it_links_to_exists():
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", TEXT) + re.findall(r'src="(?!https?:)([^"]+)"', TEXT)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_its_example_runs(tmp_path):
    run_program(EXAMPLES[0], tmp_path)
