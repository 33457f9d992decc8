"""A user's mistakes on the command line: each is answered with one line, and nothing is done."""

import json

import pytest
from made_up import FINDINGS, made_up_output

from prefrontal.analysis.findings import write_findings


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "arguments are required: COMMAND"),
        (("rnu",), "no command is called 'rnu'. Did you mean 'run'?"),
        (("run",), "arguments are required: EXPERIMENT; see `prefrontal run --help`"),
        (
            ("run", "bandit-independant"),
            "no experiment is called 'bandit-independant'. Did you mean 'bandit-independent'?",
        ),
        (
            ("run", "bandit-independent", "--preset", "laptp"),
            "no preset is called 'laptp'. Did you mean 'laptop'?",
        ),
        (("run", "bandit-independent", "--seeds", "0"), "seeds is 0; it must be a whole number, at least 1"),
        (
            ("run", "bandit-independent", "--seeds", "two"),
            "seeds is 'two'; it must be a whole number, at least 1",
        ),
        (
            ("run", "bandit-independent", "--devices", "0"),
            "devices is 0; it must be a whole number, at least 1",
        ),
        (
            ("run", "bandit-independent", "--devices", "99"),
            "devices is 99; it must be a whole number, from 1 to 2",
        ),
        (
            ("run", "bandit-independent", "--first-seed", "99999999999"),
            "first-seed is 99999999999; it must be a whole number, from 0 to 536870911",
        ),
        (
            ("run", "bandit-independent", "--first-seed", "536870911", "--seeds", "2"),
            "seeds is 2; it must be a whole number, from 1 to 1",
        ),
        (
            ("run", "bandit-independent", "--first-seed", "1.5"),
            "first-seed is '1.5'; it must be a whole number, at least 0",
        ),
        (
            ("run", "bandit-independent", "--see", "1"),
            "no option of `prefrontal run` is called '--see'. Did you mean '--seeds'? "
            "See `prefrontal run --help`",
        ),
        (("run", "--presett", "quick"), "is called '--presett'. Did you mean '--preset'?"),
        (("run", "bandit-independent", "--presett=quick"), "is called '--presett'. Did you mean '--preset'?"),
        (
            ("run", "bandit-independent", "twice"),
            "unrecognized arguments: twice; see `prefrontal run --help`",
        ),
        (("list", "--jsn"), "Did you mean '--json'? See `prefrontal list --help`"),
        (("list", "-q"), "no option of `prefrontal list` is called '-q'. Known: -h, --help, --json."),
        (("--jsn", "list"), "no option of `prefrontal` is called '--jsn'. Known: -h, --help, --version."),
        (("reference", "gittins"), "arguments are required: --on"),
        (("reference", "gitins", "--on", "bandit-independent"), "Did you mean 'gittins'?"),
        (("reference", "gittins", "--on", "bandit-restles"), "Did you mean 'bandit-restless'?"),
        (
            ("reference", "ucb1", "--on", "bandit-independent", "--parameter", "c=1"),
            "no parameter of 'ucb1' is called 'c'",
        ),
        (
            ("reference", "ucb1", "--on", "bandit-independent", "--parameter", "constant"),
            "it must be name=value",
        ),
        (("reference", "ucb1", "--on", "bandit-independent", "--parameter", "constant=-1"), "constant is -1"),
        (("reference", "random", "--on", "bandit-independent", "--lifetimes", "0"), "lifetimes is 0"),
        (("reference", "random", "--on", "bandit-independent", "--horizon", "0"), "horizon is 0"),
        (("evaluate", "no-such-folder"), "no-such-folder is not a folder"),
        (("report", "no-such-folder"), "no-such-folder is not the output folder of an experiment"),
    ],
)
def test_a_mistake_is_answered_with_one_line(mistake, arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert said in mistake(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_what_an_agent_does_not_fit_is_said(mistake, run_folder):
    said = mistake("evaluate", run_folder, "--on", "bandit-informative")
    assert "cannot act in 'bandit-informative': its actions are 2" in said
    assert "and there they are 11" in said
    assert "Did you mean 'bandit-restless'?" in mistake("evaluate", run_folder, "--on", "bandit-restles")
    assert "lifetimes is 0" in mistake("evaluate", run_folder, "--lifetimes", 0)
    assert "seed is -1" in mistake("evaluate", run_folder, "--seed", -1)
    assert "--records FILE" in mistake("evaluate", run_folder, "--units")
    assert "no split is called 'tset'. Did you mean 'test'?" in mistake(
        "evaluate", run_folder, "--split", "tset"
    )


def test_a_folder_without_a_run_is_a_mistake(mistake, tmp_path):
    assert "holds no run" in mistake("evaluate", tmp_path)
    (tmp_path / "config.json").write_text("{}")
    assert "holds no run: its config.json has no settings" in mistake("evaluate", tmp_path)


def test_an_experiments_output_without_its_runs_is_a_mistake(mistake, tmp_path):
    (tmp_path / "config.json").write_text('{"experiment": "bandit-independent"}')
    said = "is an experiment's output without its runs; a run is OUT/runs/CONDITION/seed-K"
    assert said in mistake("evaluate", tmp_path)


def test_a_description_that_is_no_object_is_damaged(prefrontal, tmp_path):
    (tmp_path / "config.json").write_text("[]")
    for command in (("evaluate",), ("report",), ("run", "bandit-independent", "--out")):
        status, out, err = prefrontal(*command, tmp_path)
        assert (status, out) == (1, "")
        assert err == f"prefrontal: {tmp_path / 'config.json'} is damaged: it holds no JSON object\n"


def test_a_folder_with_nothing_to_report_is_a_mistake(prefrontal, mistake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = made_up_output(tmp_path / "whole")
    config = json.loads((whole / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config))
    said = mistake("report", tmp_path)
    assert f"{tmp_path} holds neither findings nor runs; make them with: prefrontal run band" in said
    assert not list(tmp_path.glob("*.html"))
    write_findings(tmp_path / "findings.json", "bandit-independent", "laptop", FINDINGS)
    assert prefrontal("report", tmp_path)[0] == 0


def test_an_out_that_is_a_file_is_a_mistake(mistake, tmp_path):
    path = tmp_path / "file"
    path.touch()
    assert f"{path} is a file" in mistake("run", "bandit-independent", "--out", path)
    assert f"{path} is a file" in mistake("run", "bandit-independent", "--out", path / "below")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seeds": None}, "its seeds is None"),
        ({"seeds": []}, r"its seeds is []"),
        ({"seeds": "0"}, "its seeds is '0'"),
        ({"conditions": {}}, "its conditions is {}"),
        ({"conditions": [{"name": "lstm"}]}, "a condition has no control"),
        ({"preset": 3}, "its preset is 3"),
        ({"experiment": ["x"]}, "its experiment is ['x']"),
    ],
)
def test_a_description_that_is_not_whole_is_damaged(prefrontal, tmp_path, changes, said):
    whole = made_up_output(tmp_path / "whole")
    config = json.loads((whole / "config.json").read_text()) | changes
    (whole / "config.json").write_text(json.dumps(config))
    for command in ("report", "evaluate"):
        status, out, err = prefrontal(command, whole)
        assert (status, out) == (1, "")
        assert err == f"prefrontal: {whole / 'config.json'} is damaged: {said}\n"
