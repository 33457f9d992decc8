"""The course of training, from a run's `metrics.jsonl` with one JSON object on each line."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from prefrontal.analysis.statistics.intervals import LEVEL, mean_of
from prefrontal.suggest import lookup


class LearningCurve(NamedTuple):
    """A metric over training for each seed, and the mean over seeds with its interval.

    With one seed there is no interval: `low` and `high` are the mean.
    """

    x: Float[np.ndarray, "points"]
    by_seed: Float[np.ndarray, "seeds points"]
    mean: Float[np.ndarray, "points"]
    low: Float[np.ndarray, "points"]
    high: Float[np.ndarray, "points"]


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The rows of a `metrics.jsonl`, each with the counts and metrics of a chunk.

    A last line that was cut short is left out; any other is an error.
    """
    lines = path.read_bytes().splitlines()
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(_row(line))
        except ValueError as error:
            if number < len(lines):
                raise ValueError(
                    f"{path}, line {number} is {line[:80]!r}; it must be a JSON object"
                ) from error
    return rows


def metric(
    rows: Sequence[dict[str, Any]], x: str, y: str
) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n"]]:
    """Metric `y` against `x`, in the order of `x`. If a resumed run has an `x` twice, the last one counts."""
    for name in (x, y):
        lookup("metric", name, {key: None for row in rows for key in row})
    found = {float(row[x]): float(row[y]) for row in rows if x in row and y in row}
    places = np.array(sorted(found))
    return places, np.array([found[place] for place in places])


def learning_curve(
    paths: Sequence[Path], x: str = "lifetimes", y: str = "regret", points: int = 100, level: float = LEVEL
) -> LearningCurve:
    """Metric `y` against `x` of several seeds, from one `metrics.jsonl` for each.

    Runs report at intervals of time, so each reports at different updates. Their curves are interpolated
    linearly at `points` places, evenly spaced on a logarithmic axis, over the range that all runs cover.
    """
    curves = [metric(read_metrics(path), x, y) for path in paths]
    first = max((places[0] for places, _ in curves if len(places)), default=np.inf)
    last = min(places[-1] if len(places) else -np.inf for places, _ in curves)
    if first > last:
        raise ValueError(
            f"{y} has no {x} at which all {len(paths)} runs have it; they must have been run alike"
        )
    grid = np.geomspace(first, last, points)
    by_seed = np.stack([np.interp(grid, places, values) for places, values in curves])
    mean = by_seed.mean(axis=0)
    if len(paths) == 1:
        return LearningCurve(grid, by_seed, mean, mean, mean)
    found = [mean_of(column, level=level) for column in by_seed.T]
    low, high = (np.array([getattr(one, end) for one in found]) for end in ("low", "high"))
    return LearningCurve(grid, by_seed, mean, low, high)


def _row(line: bytes) -> dict[str, Any]:
    row = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError(f"a row is {row!r}; it must be an object")
    return row | row.pop("metrics", {})
