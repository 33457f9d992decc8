"""Live progress, on a terminal and elsewhere."""

import dataclasses
import io
import time

from rich.console import Console

from prefrontal.cli import waiting
from prefrontal.cli.progress import ProgressReporter, describe
from prefrontal.training import Progress

NOW = Progress(
    500, 2000, 64_000, 6_400_000, {"return": 61.234, "regret": 3.456, "loss": 1.0}, 123456.7, 52.0, 3725.4
)


def test_a_line_says_how_far_how_well_how_fast_and_how_long_still():
    parts = ("update 500 of 2,000", "64,000 lifetimes", "return 61.23", "regret 3.46", "123,457 steps/s")
    assert describe(NOW) == "  ".join([" 25%", *parts, "1:02:05 left"])
    assert "regret" not in describe(dataclasses.replace(NOW, metrics={"return": 1.0}))
    assert describe(dataclasses.replace(NOW, seconds_left=65.0)).endswith("1:05 left")


def shown(terminal: bool, updates: list[int]) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=200, color_system=None)
    with ProgressReporter(console) as report:
        for update in updates:
            report(dataclasses.replace(NOW, update=update))
    return out.getvalue()


def test_without_a_terminal_there_are_lines_now_and_then_and_one_at_the_end():
    lines = shown(False, [1, 2, 3, 2000, 4, 2000]).splitlines()
    assert [line.split("update ")[1].split(" ")[0] for line in lines] == ["1", "2,000", "2,000"]
    assert "\x1b" not in "".join(lines)


def test_on_a_terminal_the_line_is_redrawn_in_place():
    text = shown(True, [1, 2, 2000, 3])
    assert all(f"update {update} of" in text for update in ("1", "2", "2,000", "3"))
    assert "\x1b[" in text
    assert text.count("\n") < 4


def test_a_command_that_takes_long_says_that_it_is_at_work(capsys, monkeypatch):
    monkeypatch.setattr(waiting, "SECONDS", 0.05)
    with waiting.at_work("evaluate"):
        time.sleep(0.15)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "`prefrontal evaluate` is at work: 0 seconds"
    with waiting.at_work("evaluate"):
        pass
    assert capsys.readouterr().err == ""
