"""Damaged logs, paths that cannot be meant, and what would take too long: one line that says so."""

import json
import os
import subprocess
import sys

import pytest
from toy_learner import Toy
from toy_runs import interrupted

from prefrontal.disk.runs import Run, load_agent
from prefrontal.errors import DamagedFileError, UserError
from prefrontal.evaluation import evaluate
from prefrontal.references import reference
from prefrontal.tasks import IndependentArms
from prefrontal.training import train


@pytest.mark.parametrize("damaged", ["3", "{}", '{"last": 1}', "nonsense", '{"last": "x", "seconds": 1}'])
def test_a_damaged_line_of_the_log_is_named(tmp_path, damaged):
    interrupted(Toy(), tmp_path, update=5)
    log = tmp_path / "metrics.jsonl"
    first, _, *rest = log.read_text().splitlines()
    log.write_text("\n".join([first, damaged, *rest, ""]))
    with pytest.raises(DamagedFileError, match=r"metrics\.jsonl is damaged: line 2 "):
        train(Toy(), 0, tmp_path, resume=True)


def test_a_damaged_outcome_and_description_are_named(tmp_path):
    train(Toy(), 0, tmp_path)
    (tmp_path / "outcome.json").write_text('{"updates": "many"}')
    with pytest.raises(DamagedFileError, match=r"outcome\.json is damaged"):
        _ = Run(tmp_path).outcome
    config = json.loads((tmp_path / "config.json").read_text())
    for altered, said in (
        ({"schema": "x"}, "its schema"),
        ({"settings": {"learner": 3}}, "its learner is 3"),
        ({"settings": {"agent": 3, "distribution": "bandit-independent"}}, "its agent is 3"),
    ):
        (tmp_path / "config.json").write_text(json.dumps({**config, **altered}))
        with pytest.raises(DamagedFileError, match=rf"config\.json is damaged: {said}"):
            load_agent(tmp_path)


def test_a_link_that_leads_nowhere_is_named(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    for folder in ("loop", "loop/x", "gone", "gone/x"):
        with pytest.raises(UserError, match=r"(loop|gone) is a link that leads nowhere"):
            train(Toy(), 0, tmp_path / folder)
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    train(Toy(), 0, "~/run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    with pytest.raises(UserError, match="folder is ''"):
        train(Toy(), 0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("evaluate", "run", "--records", "no/such/file"), "there is no folder no/such"),
        (("evaluate", "run", "--records", "."), "which is a folder"),
        (("report", "out", "--page", "no/page.html"), "there is no folder no"),
        (("report", ""), "a path is ''"),
        (("report", "~nosuchuser/out"), "a path is '~nosuchuser/out', and there is no such home folder"),
        (("run", "bandit-independent", "--out", "loop"), "loop is a link that leads nowhere; remove it"),
        (("run", "--", "bandit-independent", "--preset"), "unrecognized arguments: --preset"),
        (("reference", "ucb1:constant=-1", "--on", "bandit-independent"), "constant is -1"),
        (("run", "bandit-independent", "--out", "loop/x"), "but loop is a link that leads nowhere"),
        (
            ("reference", "random", "--on", "bandit-independent", "--lifetimes", 2**33),
            "lifetimes is 8589934592",
        ),
        (("reference", "ucb1", "--on", "bandit-independent", "--horizon", 5000), "at most 1000 steps"),
        (
            ("reference", "bayes-optimal", "--on", "bandit-restless", "--horizon", 10**8),
            "10,000 lifetimes of 100,000,000 steps take about 18,626 GiB of memory",
        ),
    ],
)
def test_what_cannot_be_meant_is_answered_before_anything_is_done(
    mistake, tmp_path, monkeypatch, arguments, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert said in mistake(*arguments)
    assert [path.name for path in tmp_path.iterdir()] == ["loop"]


def test_a_stream_has_so_many_lifetimes():
    tasks = IndependentArms(horizon=5)
    with pytest.raises(ValueError, match="lifetimes is 8589934592"):
        evaluate(reference("random", tasks), tasks, lifetimes=2**33)


@pytest.mark.parametrize("setting", ["JAX_PLATFORMS", "JAX_PLATFORM_NAME"])
def test_a_device_that_there_is_not(setting):
    rest = {name: value for name, value in os.environ.items() if name != "JAX_PLATFORMS"}
    found = subprocess.run(
        [sys.executable, "-m", "prefrontal.cli.main", "reference", "ucb1", "--on", "bandit-restless"],
        capture_output=True,
        text=True,
        env={**rest, setting: "cuda"},
    )
    assert found.returncode == 2
    errors = [
        line for line in found.stderr.splitlines() if not line.endswith(" seconds")
    ]  # a slow machine: at work
    assert len(errors) == 1
    assert f"JAX finds no device to run on: {setting} is 'cuda'; unset it" in errors[0]
