"""The command line: what goes to which stream, and what the exit status is."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from made_up import made_up_output

from prefrontal import cli, commands, evaluation
from prefrontal.agents import AgentSettings
from prefrontal.errors import DiskFullError, NotFiniteError
from prefrontal.records import Records
from prefrontal.report.summary import summary
from prefrontal.runs import Outcome, Run, load_agent
from prefrontal.serialisation import to_json
from prefrontal.streams import weights_key
from prefrontal.tasks import IndependentArms

AGENT = AgentSettings(units=4)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A training on disk, its agent as it was born."""
    folder = tmp_path_factory.mktemp("runs") / "seed-0"
    folder.mkdir()
    settings = {"name": "lstm", "distribution": "bandit-independent", "agent": to_json(AGENT)}
    (folder / "config.json").write_text(json.dumps({"schema": 1, "settings": settings}))
    agent = AGENT.build(IndependentArms().environment, key=weights_key(5))
    Run(folder).finish(agent, Outcome(1, 4, 400, 1.0, 400.0))
    return folder


@pytest.fixture
def prefrontal(capsys):
    """Calls the command line: its exit status, standard output and standard error."""

    def call(*arguments):
        status = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def mistake(prefrontal):
    """Calls the command line with a user's mistake: the one line that it answers."""

    def call(*arguments):
        status, out, err = prefrontal(*arguments)
        assert (status, out) == (2, "")
        assert err.startswith("prefrontal: ")
        assert err.count("\n") == 1
        return err

    return call


def in_a_shell(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "prefrontal.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_help_and_version_need_no_jax():
    program = (
        "import sys; sys.modules['jax'] = None; from prefrontal import cli\n"
        "for arguments in (['--help'], ['run', '--help'], ['--version']):\n"
        "    try: cli.main(arguments)\n"
        "    except SystemExit as end: assert end.code == 0"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert "evaluate" in finished.stdout
    assert "--resume" in finished.stdout


def test_list_names_everything_there_is(prefrontal):
    status, out, err = prefrontal("list", "--json")
    assert (status, err) == (0, "")
    listed = json.loads(out)
    names = {kind: [entry["name"] for entry in entries] for kind, entries in listed.items()}
    bandits = ["bandit-dependent", "bandit-independent", "bandit-informative", "bandit-restless"]
    assert names["experiments"] == [*bandits, "harlow", "maze", "two-step"]
    assert names["distributions"][:2] == ["bandit-independent", "bandit-dependent-uniform"]
    assert {"bayes-optimal", "gittins", "thompson", "ucb1", "random"} <= set(names["references"])
    assert {"lstm", "none", "stacked-lstm"} <= set(names["memories"])
    assert {"flat", "mlp", "conv"} <= set(names["encoders"])
    assert names["learners"] == ["a2c"]
    for entry in listed["experiments"]:
        assert entry["question"].endswith("?")
        assert [preset["name"] for preset in entry["presets"]] == ["quick", "laptop", "paper"]
        assert all(preset["minutes"] > 0 and preset["seeds"] >= 1 for preset in entry["presets"])


def test_list_in_words_leaves_standard_output_alone(prefrontal):
    status, out, err = prefrontal("list")
    assert (status, out) == (0, "")
    assert "Does a recurrent network" in err
    assert "about" in err
    assert "rescorla-wagner" in err
    assert "better 0.75" in err


def test_an_exact_reference(prefrontal):
    arguments = ("reference", "bayes-optimal", "--on", "bandit-independent", "--horizon", 10, "--json")
    status, out, err = prefrontal(*arguments)
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["regret"] == pytest.approx(0.64488, abs=1e-5)
    assert found["return"] == pytest.approx(6.02179, abs=1e-5)
    assert (found["exact"], found["standard_error"]) == (True, 0.0)
    assert (found["policy"], found["distribution"]) == ("bayes-optimal", "bandit-independent")
    assert found["horizon"] == 10


def test_a_sampled_reference_with_a_parameter(prefrontal):
    arguments = (
        "reference",
        "rescorla-wagner",
        "--on",
        "bandit-independent",
        "--horizon",
        10,
        "--lifetimes",
        200,
    )
    _, out, _ = prefrontal(*arguments, "--json")
    _, other, _ = prefrontal(*arguments, "--json", "--parameter", "alpha=0", "--seed", 1)
    found, chance = json.loads(out), json.loads(other)
    assert (found["exact"], found["lifetimes"], found["parameters"]) == (
        False,
        200,
        {"alpha": 0.5, "beta": None},
    )
    assert chance["parameters"] == {"alpha": 0, "beta": None}
    assert 0 < found["standard_error"] < 0.2
    # With α = 0 nothing is learnt: regret is that of chance, 10 (2/3 - 1/2).
    assert chance["regret"] == pytest.approx(5 / 3, abs=4 * chance["standard_error"])
    assert found["regret"] < chance["regret"]


def test_in_words_a_reference_goes_to_standard_error(prefrontal):
    status, out, err = prefrontal("reference", "random", "--on", "bandit-independent", "--horizon", 6)
    assert (status, out) == (0, "")
    assert err == "random on bandit-independent, 6 steps: regret 1.000, return 3 (exact)\n"


SMALL = ("--lifetimes", 8, "--horizon", 5, "--json")  # always the same, so that it is compiled once


def test_evaluate_is_the_evaluation_of_the_frozen_agent(prefrontal, run_folder):
    status, out, err = prefrontal("evaluate", run_folder, "--seed", 3, *SMALL)
    assert (status, err) == (0, "")
    agent, tasks = load_agent(run_folder), IndependentArms(horizon=5)
    wanted = evaluation.evaluate(agent, tasks, policy="lstm", name="bandit-independent", lifetimes=8, seed=3)
    assert json.loads(out) == summary(wanted)
    assert json.loads(out)["horizon"] == 5


def test_evaluate_goes_anywhere_that_fits(prefrontal, run_folder):
    _, out, _ = prefrontal("evaluate", run_folder, "--on", "bandit-restless", *SMALL)
    found = json.loads(out)
    assert (found["distribution"], found["horizon"], found["split"]) == ("bandit-restless", 5, "test")
    _, train, _ = prefrontal("evaluate", run_folder, "--split", "train", *SMALL)
    _, test, _ = prefrontal("evaluate", run_folder, *SMALL)
    assert json.loads(train)["regret"] != json.loads(test)["regret"]


def test_evaluate_saves_records_with_units(prefrontal, run_folder, tmp_path):
    path = tmp_path / "records.safetensors"
    _, out, err = prefrontal("evaluate", run_folder, *SMALL, "--records", path, "--units")
    saved = Records.load(path)
    assert saved.units.shape == (8, 5, 4)
    assert json.loads(out)["regret"] == pytest.approx(saved.regret[:, -1].mean(), rel=1e-6)
    assert str(path) in err
    prefrontal("evaluate", run_folder, *SMALL, "--records", path)
    assert Records.load(path).units is None


def test_an_output_folder_with_one_main_run_stands_for_it(prefrontal, mistake, run_folder, tmp_path):
    out = made_up_output(tmp_path / "out", seeds=(0,))
    shutil.rmtree(out / "runs" / "lstm" / "seed-0")
    shutil.copytree(run_folder, out / "runs" / "lstm" / "seed-0")
    assert prefrontal("evaluate", out, *SMALL) == prefrontal("evaluate", run_folder, *SMALL)
    several = mistake("evaluate", made_up_output(tmp_path / "several"))
    assert "holds 3 runs; name one: " in several
    assert all(str(Path("several") / "runs" / "lstm" / f"seed-{seed}") in several for seed in (0, 1, 2))
    assert "no-memory" not in several


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
        (("run", "bandit-independent", "--seeds", "two"), "argument --seeds: invalid int value: 'two'"),
        (
            ("run", "bandit-independent", "--devices", "0"),
            "devices is 0; it must be a whole number, at least 1",
        ),
        (("run", "bandit-independent", "--devices", "99"), "devices is 99; there are 2"),
        (("run", "bandit-independent", "--see", "1"), "unrecognized arguments: --see 1"),
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
        (("evaluate", "no-such-folder"), "no-such-folder is no folder"),
        (("report", "no-such-folder"), "no-such-folder is not the output folder of an experiment"),
    ],
)
def test_a_mistake_is_answered_with_one_line(mistake, arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert said in mistake(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_what_an_agent_does_not_fit_is_said(mistake, run_folder):
    said = mistake("evaluate", run_folder, "--on", "bandit-informative")
    assert "cannot act in 'bandit-informative': its actions are 2, and there they are 11" in said
    assert "Did you mean 'bandit-restless'?" in mistake("evaluate", run_folder, "--on", "bandit-restles")
    assert "lifetimes is 0" in mistake("evaluate", run_folder, "--lifetimes", 0)
    assert "seed is -1" in mistake("evaluate", run_folder, "--seed", -1)
    assert "--records FILE" in mistake("evaluate", run_folder, "--units")
    assert "invalid choice: 'tset'" in mistake("evaluate", run_folder, "--split", "tset")


def test_a_folder_without_a_run_is_a_mistake(mistake, tmp_path):
    assert "holds no run" in mistake("evaluate", tmp_path)


def test_an_out_that_is_a_file_is_a_mistake(mistake, tmp_path):
    path = tmp_path / "file"
    path.touch()
    assert f"{path} is a file" in mistake("run", "bandit-independent", "--out", path)
    assert f"{path} is a file" in mistake("run", "bandit-independent", "--out", path / "below")


def test_run_trains_then_reports_and_prints_the_table(prefrontal, tmp_path, monkeypatch):
    asked = {}

    def pretended(experiment, preset, out, **options):
        asked.update(options, experiment=experiment.name, preset=preset, out=out)
        made_up_output(out)

    monkeypatch.setattr(commands.pipeline, "run", pretended)
    out = tmp_path / "out"
    arguments = (
        "--preset",
        "laptop",
        "--seeds",
        3,
        "--first-seed",
        4,
        "--out",
        out,
        "--resume",
        "--devices",
        1,
    )
    status, stdout, err = prefrontal("run", "bandit-independent", *arguments)
    assert (status, stdout) == (0, "")
    assert "LSTM (agent)" in err
    assert "1.748" in err
    assert str(out / "report.html") in err
    assert "passes-thompson" in (out / "report.html").read_text()
    asked.pop("progress")
    asked.pop("announce")
    settings = {"seeds": 3, "first_seed": 4, "resume": True, "devices": 1}
    assert asked == {"experiment": "bandit-independent", "preset": "laptop", "out": out} | settings


def test_run_has_an_output_folder_of_its_own_for_each_preset(prefrontal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(commands.pipeline, "run", lambda _, __, out, **___: made_up_output(out))
    assert prefrontal("run", "bandit-independent")[0] == 0
    assert (tmp_path / "runs" / "bandit-independent-quick" / "report.html").is_file()


def test_report_makes_findings_again_where_the_records_are(prefrontal, tmp_path, monkeypatch):
    analysed = []
    monkeypatch.setattr(commands, "analyse", analysed.append)
    monkeypatch.chdir(tmp_path)
    whole, part = made_up_output(tmp_path / "whole"), made_up_output(tmp_path / "part")
    shutil.rmtree(part / "records")
    status, out, err = prefrontal("report", whole, part)
    assert (status, out) == (0, "")
    assert analysed == [whole]
    assert "part: findings and figures are left as they are" in err
    assert (tmp_path / "report.html").is_file()
    assert prefrontal("report", part)[0] == 0
    assert (part / "report.html").is_file()
    assert prefrontal("report", part, "--page", tmp_path / "pages" / "one.html")[0] == 0
    assert (tmp_path / "pages" / "one.html").read_text() == (part / "report.html").read_text()


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (NotFiniteError(7, {"loss": float("nan")}, Path("checkpoint-6")), 1, "not finite at update 7"),
        (DiskFullError(28, Path("weights"), 0), 1, "weights cannot be written: the disk is full"),
        (OSError(5, "Input/output error"), 1, "Input/output error"),
        (PermissionError(13, "Permission denied", "/root/x"), 2, "/root/x: permission denied"),
        (ValueError("units is 0;\nit must be 1"), 2, "units is 0; it must be 1"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_the_exit_status_says_whose_mistake_it_was(prefrontal, monkeypatch, error, status, said):
    def fail(*_):
        raise error

    monkeypatch.setattr(cli, "call", fail)
    found, out, err = prefrontal("list")
    assert (found, out) == (status, "")
    assert err.count("\n") == 1
    assert said in err


def test_a_mistake_of_the_programs_own_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(cli, "call", lambda *_: {}["missing"])
    with pytest.raises(KeyError):
        cli.main(["list"])


def test_a_reader_that_goes_away_is_no_traceback():
    command = f"{sys.executable} -m prefrontal.cli list --json | head -c 5"
    finished = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert finished.stdout == '{\n "e'
    assert finished.stderr == ""


def test_a_mistake_in_a_shell():
    finished = in_a_shell("run", "bandit-independent", "--preset", "quik")
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert finished.stderr == "prefrontal: no preset is called 'quik'. Did you mean 'quick'?\n"


def test_every_core_that_may_be_used_is_a_device_unless_told_otherwise():
    program = "from prefrontal.commands import use_devices; print(use_devices(None))"
    environment = {name: value for name, value in os.environ.items() if name != "JAX_NUM_CPU_DEVICES"}
    command = [sys.executable, "-c", program]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert finished.stdout == f"{commands.usable_cores()}\n", finished.stderr


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes are not bound to cores")
def test_cores_that_a_process_may_not_use_are_not_counted():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert commands.usable_cores() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_devices_that_jax_started_with_stay():
    assert commands.use_devices(None) == 2
    assert commands.use_devices(1) == 1


def test_a_warning_is_one_line(prefrontal, monkeypatch):
    def warn(*_):
        warnings.simplefilter("always")
        warnings.warn("checkpoint-3 is damaged;\nthe one before it is taken", stacklevel=1)

    monkeypatch.setattr(cli, "call", warn)
    status, out, err = prefrontal("list")
    assert (status, out) == (0, "")
    assert err == "prefrontal: warning: checkpoint-3 is damaged; the one before it is taken\n"
