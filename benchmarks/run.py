"""One command that measures: `python benchmarks/run.py`. `benchmarks/README.md` says what."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import machine
from contenders import CONTENDERS, RATIOS
from results import summary, table
from workers import HERE, measured

MEMORY_AFTER = (100, 2000, 8000)  # updates


def main(arguments: Sequence[str] | None = None) -> None:
    given = _parse(arguments)
    chosen = [contender for contender in CONTENDERS if not given.only or contender.name in given.only]
    slices, versions = measured(chosen, given.cores, given.rounds, given.seconds, by="processor_seconds")
    results = {
        "command": " ".join(
            ["python benchmarks/run.py", *(sys.argv[1:] if arguments is None else arguments)]
        ),
        "machine": machine.describe(),
        "versions": versions,
        "rounds": given.rounds,
        **summary(chosen, RATIOS, slices),
        "peak_mebibytes": _memory(given.cores),
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "benchmark.json").write_text(json.dumps(results, indent=1) + "\n")
    page = table("Environment steps trained per second", results)
    (given.out / "benchmark.md").write_text(page)
    print(page)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="how often each is asked")
    parser.add_argument("--seconds", type=float, default=1.0, help="processor time of one slice of work")
    parser.add_argument("--cores", type=_cores, default=_cores("0,1"), help="the first is used alone")
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="measure this contender; may be repeated"
    )
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "results" / "benchmark")
    given = parser.parse_args(arguments)
    if unknown := set(given.only or ()) - {contender.name for contender in CONTENDERS}:
        parser.error(f"no contender is called {unknown.pop()!r}; there are {[c.name for c in CONTENDERS]}")
    if given.rounds < 3:
        parser.error(f"rounds is {given.rounds}; it must be at least 3, for there to be a spread")
    return given


def _cores(text: str) -> list[int]:
    cores = [int(core) for core in text.split(",")]
    if len(set(cores)) != 2 or not set(cores) <= os.sched_getaffinity(0):
        raise argparse.ArgumentTypeError(f"cores is {text!r}; it must be two of {os.sched_getaffinity(0)}")
    return cores


def _memory(cores: Sequence[int]) -> dict[str, float]:
    """The most memory a training has had by some of its updates."""
    command = [sys.executable, "memory.py", *map(str, MEMORY_AFTER)]
    pin = lambda: os.sched_setaffinity(0, cores[:1])  # noqa: E731
    return json.loads(
        subprocess.run(command, cwd=HERE, preexec_fn=pin, check=True, capture_output=True).stdout
    )


if __name__ == "__main__":
    main()
