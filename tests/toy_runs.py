"""Trainings of the toy learner that are stopped, and what their folders hold."""

import json
from pathlib import Path

import pytest

from prefrontal.disk.checkpoints import checkpoints
from prefrontal.training import train

OFTEN = {"checkpoint_seconds": 0.0, "chunk_seconds": 0.0}  # a checkpoint after every update


class Stopped(BaseException):
    """The process ends here."""


def stop_at(update: int):
    """A progress callback that ends the process after so many updates."""

    def progress(now):
        if now.update >= update:
            raise Stopped

    return progress


def interrupted(learner, folder: Path, update: int, **options) -> None:
    with pytest.raises(Stopped):
        train(learner, 0, folder, progress=stop_at(update), **{**OFTEN, **options})


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def assert_each_update_logged_once(folder: Path, updates: int) -> None:
    ranges = [(line["first"], line["last"]) for line in lines(folder)]
    assert [number for first, last in ranges for number in range(first, last + 1)] == list(
        range(1, updates + 1)
    )


def assert_same_run(one: Path, other: Path) -> None:
    assert (one / "agent.safetensors").read_bytes() == (other / "agent.safetensors").read_bytes()
    newest = [checkpoints(folder)[0] for folder in (one, other)]
    assert newest[0].name == newest[1].name
    assert newest[0].read_bytes() == newest[1].read_bytes()
