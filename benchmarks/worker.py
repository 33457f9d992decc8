"""A contender's own process: warm, and idle until it is asked for a slice of work.

Whoever started it writes a number of updates on a line; the worker trains for so many and answers with one
line of JSON. Only the standard library is imported here, for contenders live in different environments.
"""

import json
import platform
import resource
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version


def serve(train: Callable[[int], int], packages: Sequence[str]) -> None:
    """Answer until standard input ends.

    `train(n)` does n updates and returns the environment steps of them.
    """
    for _ in range(2):  # the first compiles; the second finds out whether anything compiles twice
        train(1)
    _say({"python": platform.python_version(), **{name: version(name) for name in packages}})
    for line in sys.stdin:
        _say(_measure(train, int(line)))


def peak_mebibytes() -> float:
    """The most memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measure(train: Callable[[int], int], updates: int) -> dict[str, float]:
    processor, wall = time.process_time(), time.perf_counter()
    steps = train(updates)
    return {
        "steps": steps,
        "processor_seconds": time.process_time() - processor,  # of all threads of this process
        "wall_seconds": time.perf_counter() - wall,
        "peak_mebibytes": peak_mebibytes(),
    }


def _say(answer: dict) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
