"""Whether a training's memory grows: `python memory.py UPDATES...` prints the peak after each of them.

This is the trainer as people run it, with its metrics and checkpoints, a checkpoint after every chunk.
"""

import json
import sys
import tempfile

from ours import learner
from worker import peak_mebibytes

from prefrontal.agents import AgentSettings
from prefrontal.training import Progress, train


def main(marks: list[int]) -> None:
    peaks: dict[int, float] = {}

    def note(progress: Progress) -> None:
        passed = [mark for mark in marks if mark <= progress.update and mark not in peaks]
        peaks.update(dict.fromkeys(passed, peak_mebibytes()))

    with tempfile.TemporaryDirectory() as folder:
        training = learner(AgentSettings(), max(marks))
        train(training, 0, f"{folder}/run", progress=note, chunk_seconds=0.1, checkpoint_seconds=0)
    print(json.dumps({str(update): peak for update, peak in peaks.items()}))


if __name__ == "__main__":
    main([int(mark) for mark in sys.argv[1:]])
