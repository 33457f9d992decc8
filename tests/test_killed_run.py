"""An experiment killed at many moments, and gone on with, leaves what one leaves that never was. By hand."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

KILLS = 15
COMMAND = (sys.executable, "-m", "prefrontal.cli.main", "run", "bandit-informative", "--preset", "quick")
SAME = ("*.safetensors", "findings.json", "references.json", "tables.json", "*.png", "*.gif")


def begin(out: Path, *options: str) -> subprocess.Popen:
    with out.with_suffix(".log").open("ab") as said:
        return subprocess.Popen([*COMMAND, "--seeds", "2", "--out", str(out), *options], stderr=said)


def left(out: Path) -> dict[str, bytes]:
    """What a run leaves that tells no time; of checkpoints the last, for when others are made is chance."""
    paths = [path for pattern in SAME for path in out.rglob(pattern)]
    last = {path.parent: max(path.parent.glob("checkpoint-*")) for path in out.rglob("checkpoint-*")}
    kept = [path for path in paths if path == last.get(path.parent, path) or "checkpoint" not in path.name]
    return {str(path.relative_to(out)): path.read_bytes() for path in kept}


@pytest.mark.long
def test_a_run_killed_at_many_moments_leaves_what_a_whole_one_does(tmp_path):
    """Of a real learner: while it trains, evaluates, lives references, analyses and draws."""
    started = time.monotonic()
    assert begin(tmp_path / "whole").wait() == 0
    took, dice, killed = time.monotonic() - started, random.Random(0), 0
    for number in range(KILLS):
        process = begin(tmp_path / "killed", "--resume")
        # Later and later in what is left, and each time somewhere else.
        time.sleep(dice.uniform(0.1, 0.6) * took * (0.5 + number / KILLS))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    assert killed >= KILLS / 2
    assert begin(tmp_path / "killed", "--resume").wait() == 0, (tmp_path / "killed.log").read_text()
    whole, again = left(tmp_path / "whole"), left(tmp_path / "killed")
    assert len(whole) > 20
    assert sorted(again) == sorted(whole)
    assert [name for name, there in whole.items() if again[name] != there] == []
