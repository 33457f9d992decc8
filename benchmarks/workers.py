"""The workers: started together, each pinned to its cores, and asked in turn."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import machine
import setup
from contenders import Contender
from results import Slices

HERE = Path(__file__).parent
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Worker:
    """A warm process that trains when it is asked to."""

    def __init__(self, contender: Contender, cores: Sequence[int]):
        self.contender = contender
        interpreter = setup.python() if contender.own_environment else sys.executable
        self.process = subprocess.Popen(
            [interpreter, *contender.command],
            cwd=HERE,
            env=os.environ | ONE_THREAD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores[: contender.cores]),
        )
        assert self.process.stdin
        assert self.process.stdout
        self.asked, self.answers = self.process.stdin, self.process.stdout

    def hear(self) -> dict:
        line = self.answers.readline()
        if not line:
            raise SystemExit(f"{self.contender.name} ended with exit code {self.process.wait()}")
        return json.loads(line)

    def work(self, updates: int) -> dict[str, float]:
        """What a slice of so many updates cost, and how long others worked meanwhile."""
        before = machine.busy()
        self.asked.write(f"{updates}\n")
        self.asked.flush()
        cost = self.hear()
        return cost | {"others_seconds": max(0.0, machine.busy() - before - cost["processor_seconds"])}

    def stop(self) -> None:
        self.asked.close()
        self.process.wait()


@contextmanager
def started(contenders: Sequence[Contender], cores: Sequence[int]) -> Iterator[tuple[list[Worker], dict]]:
    """The workers, warm, and the versions of what they run."""
    workers = [Worker(contender, cores) for contender in contenders]
    try:
        versions: dict = {}
        for worker in workers:
            versions |= worker.hear()
        yield workers, versions
    finally:
        for worker in workers:
            worker.stop()


def measured(
    chosen: Sequence[Contender], cores: Sequence[int], rounds: int, seconds: float, by: str
) -> tuple[Slices, dict[str, str]]:
    """Every contender's slices, a round at a time, so that what disturbs the machine disturbs all alike.

    A slice is of so many seconds, of the time `by` which it is measured.
    """
    with started(chosen, cores) as (workers, versions):
        lengths = [_updates_in(worker, seconds, by) for worker in workers]
        slices: Slices = {worker.contender.name: [] for worker in workers}
        for turn in range(rounds):
            for worker, length in zip(workers, lengths, strict=True):
                slices[worker.contender.name].append(worker.work(length))
            print(f"round {turn + 1} of {rounds}", file=sys.stderr)
        return slices, versions


def _updates_in(worker: Worker, seconds: float, by: str) -> int:
    """About how many updates take so long."""
    updates = 1
    while (took := worker.work(updates)[by]) < seconds / 4:
        updates *= 4
    return max(1, round(updates * seconds / took))
