"""How fast each memory is trained, and in how much memory: `python benchmarks/memories.py`.

`benchmarks/README.md` says what is measured, and how.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import machine
from contenders import Contender, Ratio
from results import Slices, summary, table
from workers import HERE, measured

MEMORIES = ("lstm", "gru", "linear-recurrence", "attention")
PLAIN = "plain JAX GRU"
LIFETIMES = {100: 64, 1_000: 64, 10_000: 2}  # of an update, at each horizon: so that attention's fit
TIME = "processor_seconds"


def contenders(horizon: int, chosen: Sequence[str]) -> list[Contender]:
    """The memories and the plain page at one horizon."""
    size = str(horizon), str(LIFETIMES[horizon])
    commands: dict[str, tuple[str, ...]] = {memory: ("our_memories.py", memory, *size) for memory in MEMORIES}
    commands[PLAIN] = ("plain_gru.py", *size)
    what = f"{size[1]} lifetimes an update"
    return [Contender(_named(who, horizon), what, commands[who]) for who in commands if who in chosen]


def ratios(horizon: int) -> list[Ratio]:
    """Of each memory to the LSTM, and of the GRU to the plain one."""
    lstm, others = _named("lstm", horizon), [one for one in MEMORIES if one != "lstm"]
    beside = Ratio(_named("gru", horizon), _named(PLAIN, horizon), TIME)
    return [Ratio(_named(other, horizon), lstm, TIME) for other in others] + [beside]


def _named(who: str, horizon: int) -> str:
    return f"{who}, {horizon:,} steps"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure one horizon after the other. What is known is written after each: the long ones take long."""
    given = _parse(arguments)
    options = sys.argv[1:] if arguments is None else arguments
    command = " ".join(["python benchmarks/memories.py", *options])
    chosen, slices, versions = [], Slices(), {}
    for horizon in given.horizons:
        here = contenders(horizon, given.only or [*MEMORIES, PLAIN])
        found, said = measured(here, [given.core], given.rounds, given.seconds, by=TIME)
        chosen, slices, versions = chosen + here, slices | found, versions | said
        of_all = [ratio for one in given.horizons for ratio in ratios(one)]
        results = {
            "command": command,
            "machine": machine.describe(),
            "versions": versions,
            "rounds": given.rounds,
            **summary(chosen, of_all, slices),
            "peak_mebibytes_of": {name: costs[-1]["peak_mebibytes"] for name, costs in slices.items()},
        }
        _write(results, given.out)


def _write(results: dict, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "memories.json").write_text(json.dumps(results, indent=1) + "\n")
    page = "\n".join([table("Memories", results, times=(TIME,)), _peaks(results["peak_mebibytes_of"])])
    (out / "memories.md").write_text(page)
    print(page)


def _peaks(peaks: dict[str, float]) -> str:
    """The most memory that each training's process has had, compilation included."""
    rows = [f"| {name} | {peak:,.0f} |" for name, peak in peaks.items()]
    return "\n".join(["| who | peak memory, MiB |", "|---|---|", *rows, ""])


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="how often each is asked")
    parser.add_argument("--seconds", type=float, default=1.0, help="processor time of one slice of work")
    parser.add_argument("--core", type=int, default=min(os.sched_getaffinity(0)), help="which is used")
    parser.add_argument("--horizons", type=int, nargs="+", choices=LIFETIMES, default=[*LIFETIMES])
    parser.add_argument("--only", nargs="+", choices=[*MEMORIES, PLAIN], help="measure these")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "results" / "benchmark")
    given = parser.parse_args(arguments)
    if given.rounds < 3:
        parser.error(f"rounds is {given.rounds}; it must be at least 3, for there to be a spread")
    return given


if __name__ == "__main__":
    main()
