"""The command line: what goes to which stream, and what the exit status is."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from prefrontal.cli import main as cli
from prefrontal.errors import DiskFullError, NotFiniteError


def in_a_shell(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "prefrontal.cli.main", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_help_and_version_need_no_jax():
    program = (
        "import sys; sys.modules['jax'] = None; from prefrontal.cli import main as cli\n"
        "for arguments in (['--help'], ['run', '--help'], ['--version']):\n"
        "    try: cli.main(arguments)\n"
        "    except SystemExit as end: assert end.code == 0"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert "evaluate" in finished.stdout
    assert "--resume" in finished.stdout


def test_an_experiment_that_there_is_not_is_answered_without_jax():
    program = (
        "import sys; sys.modules['jax'] = None; from prefrontal.cli import main as cli\n"
        "sys.exit(cli.main(['run', 'bandit-indipendent']))"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert "Did you mean 'bandit-independent'?" in finished.stderr


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
    command = f"{sys.executable} -m prefrontal.cli.main list --json | head -c 5"
    finished = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert finished.stdout == '{\n "e'
    assert finished.stderr == ""


def test_a_mistake_in_a_shell():
    finished = in_a_shell("run", "bandit-independent", "--preset", "quik")
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert finished.stderr == "prefrontal: no preset is called 'quik'. Did you mean 'quick'?\n"


def test_a_warning_is_one_line(prefrontal, monkeypatch):
    def warn(*_):
        warnings.simplefilter("always")
        warnings.warn("checkpoint-3 is damaged;\nthe one before it is taken", stacklevel=1)

    monkeypatch.setattr(cli, "call", warn)
    status, out, err = prefrontal("list")
    assert (status, out) == (0, "")
    assert err == "prefrontal: warning: checkpoint-3 is damaged; the one before it is taken\n"
