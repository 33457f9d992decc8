"""The command line: arguments in, calls out.

JSON and the texts of `--help` and `--version` go to standard output, everything else to standard error. The
exit status is 0 for success, 2 for a mistake of the user, 1 for any other failure, and 130 if interrupted.
For mistakes and failures, one line says what is wrong.
"""

import argparse
import contextlib
import errno
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from prefrontal import __version__
from prefrontal.checks import check_integer, read_value
from prefrontal.cli.waiting import at_work
from prefrontal.errors import DiskFullError, Failure, UserError
from prefrontal.suggest import lookup, unknown

_WRONG_PATH = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            chosen = vars(_parse(sys.argv[1:] if arguments is None else arguments))
            call(chosen.pop("command"), chosen)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader of standard output has closed it
            return 1
        except KeyboardInterrupt:
            return _complain(
                "interrupted; what is on disk is whole, and `run --resume` continues from there", 130
            )
        except Exception as error:
            return _complain_of(error)
    return 0


def call(command: str, arguments: dict[str, Any]) -> None:
    """Carry out a command. What it needs is imported only now, so `--help` and errors are quick."""
    from prefrontal.cli import commands

    with at_work(command) if command in _SILENT else contextlib.nullcontext():
        getattr(commands, _COMMANDS[command])(**arguments)


_COMMANDS = {
    "list": "list_everything",
    "run": "run",
    "evaluate": "evaluate",
    "reference": "reference",
    "report": "report",
}
_SILENT = ("evaluate", "reference", "report")  # `run` shows its progress


def parser() -> argparse.ArgumentParser:
    """The arguments of every command, with the same names as in the functions of `commands`."""
    whole = _Parser(
        "prefrontal", description="Deep meta-RL: train agents with memory, and see what they learnt."
    )
    whole.add_argument("--version", action="version", version=f"prefrontal {__version__}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    _add_list(commands)
    _add_run(commands)
    _add_evaluate(commands)
    _add_reference(commands)
    _add_report(commands)
    return whole


def _add_list(commands: Any) -> None:
    one = commands.add_parser(
        "list", help="list experiments, task distributions, references, memories, learners"
    )
    _add_json(one)


def _add_run(commands: Any) -> None:
    one = commands.add_parser("run", help="train, evaluate, analyse and report an experiment")
    one.add_argument("experiment", metavar="EXPERIMENT", help="one of `prefrontal list`")
    one.add_argument(
        "--preset", default="quick", metavar="quick|laptop|paper|...", help="which preset (default: quick)"
    )
    one.add_argument(
        "--seeds", action=_Whole, metavar="N", help="how many trainings of each kind (default: the preset's)"
    )
    one.add_argument(
        "--first-seed",
        action=_Whole,
        low=0,
        metavar="K",
        help="seed of the first training (default: the preset's)",
    )
    _add_split(one, "validation", "test")
    one.add_argument(
        "--out", type=_path, metavar="DIR", help="output folder (default: runs/EXPERIMENT-PRESET)"
    )
    one.add_argument("--resume", action="store_true", help="continue with what is in the output folder")
    one.add_argument(
        "--devices", action=_Whole, metavar="N", help="devices or cores to train on (default: the idle ones)"
    )


def _add_evaluate(commands: Any) -> None:
    one = commands.add_parser(
        "evaluate", help="evaluate a trained agent, with frozen weights, on held-out tasks"
    )
    one.add_argument(
        "run", type=_path, metavar="RUN", help="the folder of a training: OUT/runs/CONDITION/seed-K"
    )
    one.add_argument(
        "--on", metavar="DISTRIBUTION", help="distribution of tasks (default: the training distribution)"
    )
    _add_lifetimes(one)
    _add_split(one, "validation", "test", "outside", "train")
    one.add_argument("--records", type=_path, metavar="FILE", help="also save records, as safetensors")
    one.add_argument("--units", action="store_true", help="include every unit of the memory in the records")
    _add_json(one)


def _add_reference(commands: Any) -> None:
    one = commands.add_parser("reference", help="evaluate an untrained policy, exactly where possible")
    one.add_argument("name", metavar="NAME", help="one of `prefrontal list`")
    one.add_argument("--on", metavar="DISTRIBUTION", required=True, help="distribution of tasks")
    _add_lifetimes(one)
    _add_split(one, "validation", "test")
    one.add_argument(
        "--parameter",
        dest="parameters",
        action=_Parameter,
        default={},
        metavar="NAME=VALUE",
        help="set a parameter; may be repeated",
    )
    _add_json(one)


def _add_report(commands: Any) -> None:
    one = commands.add_parser("report", help="make the page of one or several experiments again, from disk")
    one.add_argument("outs", type=_path, nargs="+", metavar="DIR", help="an experiment's output folder")
    one.add_argument(
        "--page", type=_path, metavar="FILE", help="(default: DIR/report.html; for several, ./report.html)"
    )


def _add_lifetimes(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--horizon", action=_Whole, metavar="T", help="steps in a lifetime (default: the distribution's)"
    )
    one.add_argument("--lifetimes", action=_Whole, metavar="N", help="how many lifetimes (default: 10,000)")
    one.add_argument(
        "--seed", action=_Whole, low=0, metavar="S", help="seed of the tasks, not of a training (default: 0)"
    )


def _add_split(one: argparse.ArgumentParser, *words: str) -> None:
    one.add_argument(
        "--split",
        action=_OneOf,
        words=words,
        default=words[0],
        metavar="|".join(words),
        help="stream of tasks: validation while you tune, test for what you publish (default: %(default)s)",
    )


def _add_json(one: argparse.ArgumentParser) -> None:
    one.add_argument("--json", dest="as_json", action="store_true", help="print JSON on standard output")


class _Parser(argparse.ArgumentParser):
    """A parser that reports a mistake in one line and accepts no abbreviations.

    The command's own parser reports unknown arguments, because it can suggest similar ones.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs, allow_abbrev=False)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # pyright: ignore
        found, rest = super().parse_known_args(args, namespace)
        for word in rest:
            if word.startswith("-") and "--" not in (args or ()):
                name = word.split("=")[0]
                said = unknown(f"option of `{self.prog}`", name, self._option_string_actions)
                raise UserError(f"{said} See `{self.prog} --help`")
        if rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return found, rest

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see `{self.prog} --help`")


def _path(text: str) -> Path:
    """A path as a shell would read it: a ~ that the shell did not expand is the home folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"a path is {text!r}; it must name a file or a folder")
    try:
        return Path(text).expanduser()
    except RuntimeError:  # ~ of a user who is not known
        raise argparse.ArgumentTypeError(f"a path is {text!r}, and there is no such home folder") from None


class _Whole(argparse.Action):
    """A whole number of at least `low`. The function that uses it checks the rest of its range."""

    def __init__(self, *args: Any, low: int = 1, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.low = low

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        try:
            number = int(values)
        except ValueError:
            check_integer(self.option_strings[0].lstrip("-"), values, self.low)
            raise
        setattr(namespace, self.dest, number)


class _OneOf(argparse.Action):
    """One of a few words."""

    def __init__(self, *args: Any, words: Sequence[str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.words = words

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        kind = self.option_strings[0].lstrip("-")
        setattr(namespace, self.dest, lookup(kind, values, {word: word for word in self.words}))


class _Parameter(argparse.Action):
    """`--parameter name=value`, gathered into a dictionary. Numbers, true, false and null are as in JSON."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        name, equals, text = values.partition("=")
        if not (name and equals):
            raise UserError(f"--parameter is {values!r}; it must be name=value")
        setattr(namespace, self.dest, {**getattr(namespace, self.dest), name: read_value(text)})


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    if arguments and not arguments[0].startswith("-"):
        lookup("command", arguments[0], _COMMANDS)
    return parser().parse_args(arguments)


def _complain_of(error: Exception) -> int:
    """One line for an expected error. Any other error is a mistake in the program, with a traceback."""
    if isinstance(error, _WRONG_PATH):
        return _complain(f"{error.filename}: {(error.strerror or str(error)).lower()}", 2)
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return _complain(f"{error.filename}: a link that leads back to itself", 2)
    if isinstance(error, Failure | DiskFullError | OSError | MemoryError):
        return _complain(str(error) or type(error).__name__, 1)
    if isinstance(error, ValueError):
        return _complain(str(error), 2)
    raise error


def _complain(message: str, status: int) -> int:
    print(f"prefrontal: {' '.join(message.split())}", file=sys.stderr)
    return status


def _show_warning(message: Warning | str, *_: Any) -> None:
    _complain(f"warning: {message}", 0)


if __name__ == "__main__":
    sys.exit(main())
