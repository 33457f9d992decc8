"""How many frames a second our renderers draw, beside ViZDoom: `python benchmarks/frames.py`.

`benchmarks/README.md` says what is measured, and how.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import machine
from contenders import Contender, Ratio
from results import summary, table
from workers import HERE, measured

SHAPE = "120x160"


def ours(view: str, cores: int = 1) -> Contender:
    name = f"{view}, {'two cores' if cores == 2 else 'one core'}"
    return Contender(name, "64 lifetimes at once, random actions", ("our_frames.py", view), cores)


def vizdoom(games: int, cores: int) -> Contender:
    name = f"ViZDoom {SHAPE}, {'two cores' if cores == 2 else 'one core'}"
    name += f", {games} games" if games > 1 else ""
    what = "my_way_home, random actions, no depth, labels or map"
    return Contender(name, what, ("vizdoom_frames.py", str(games)), cores, own_environment=True)


MAZE = f"maze {SHAPE}"
CONTENDERS: Sequence[Contender] = (
    ours(MAZE),
    ours(MAZE, cores=2),
    vizdoom(1, cores=1),
    vizdoom(2, cores=1),
    vizdoom(2, cores=2),
    vizdoom(4, cores=2),
    ours("maze 84x84"),
    ours("maze 12x16"),
    ours("harlow 84x84"),
    ours("harlow 10x24"),
)
# With the clock, since a game is a process of its own.
RATIOS: Sequence[Ratio] = tuple(
    Ratio(f"{MAZE}, {cores}", other.name, "wall_seconds", 5.0)
    for cores in ("one core", "two cores")
    for other in CONTENDERS
    if other.name.startswith(f"ViZDoom {SHAPE}, {cores}")
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="how often each is asked")
    parser.add_argument("--seconds", type=float, default=1.0, help="of the clock, of one slice of work")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "results" / "benchmark")
    given = parser.parse_args(arguments)
    if given.rounds < 3:
        parser.error(f"rounds is {given.rounds}; it must be at least 3, for there to be a spread")
    slices, versions = measured(CONTENDERS, (0, 1), given.rounds, given.seconds, by="wall_seconds")
    options = sys.argv[1:] if arguments is None else arguments
    results = {
        "command": " ".join(["python benchmarks/frames.py", *options]),
        "machine": machine.describe(),
        "versions": versions,
        "rounds": given.rounds,
        **summary(CONTENDERS, RATIOS, slices),
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "frames.json").write_text(json.dumps(results, indent=1) + "\n")
    page = table("Frames drawn per second", results, times=("wall_seconds",))
    (given.out / "frames.md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
