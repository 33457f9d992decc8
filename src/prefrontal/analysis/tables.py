"""The numbers behind the figures as tables, for each training seed, to read and to analyse again."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.performance import by_life, return_of
from prefrontal.analysis.signals import learns_from
from prefrontal.analysis.statistics.intervals import standard_error
from prefrontal.disk.storage import read_json, write_atomically

Cell = str | int | float | None


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of texts and finite numbers; None for a missing number."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self):
        for place, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {place} has {len(row)} cells; there are {len(self.columns)} columns: "
                    f"{', '.join(self.columns)}"
                )
            for column, cell in zip(self.columns, row, strict=True):
                if not _is_cell(cell):
                    raise ValueError(
                        f"{column} in row {place} is {cell!r}; it must be a text or a finite number"
                    )


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """A table whose cells may be NumPy numbers; a number that is not finite becomes an empty cell."""
    return Table(caption, tuple(columns), tuple(tuple(_plain(cell) for cell in row) for row in rows))


def evaluations(evidence: Evidence) -> Table:
    """Every agent and control, with every training seed, on every distribution that it was evaluated on."""
    rows = []
    for name, condition in evidence.conditions.items():
        for distribution in condition["evaluations"]:
            knows = evidence.records(name, distribution)[0].knows_regret
            earned = by_life(evidence, name, distribution, return_of)
            lost = by_life(evidence, name, distribution) if knows else [None] * len(earned)
            for seed, paid, missed in zip(evidence.seeds, earned, lost, strict=True):
                compared = paid if missed is None else missed
                error = standard_error(compared) if len(compared) > 1 else None
                regret = None if missed is None else missed.mean()
                means = (paid.mean(), regret, error, len(paid))
                rows.append((name, learns_from(condition), distribution, seed, *means))
    caption = (
        "Each trained network on held-out tasks. Means over lifetimes, the luck of these tasks left out "
        "where a reference is known exactly; the standard error, over tasks, is of the regret, or of the "
        "return where the task knows no regret."
    )
    columns = ("condition", "learns from", "distribution", "seed")
    columns += ("return", "regret", "standard error", "lifetimes")
    return table(caption, columns, rows)


def write_tables(path: Path, tables: Mapping[str, Table]) -> None:
    """Write `tables.json`: the caption, columns and rows of each table, by name."""
    document = {name: dataclasses.asdict(one) for name, one in tables.items()}
    write_atomically(path, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())


def read_tables(path: Path) -> dict[str, Table]:
    """The tables in a `tables.json`. If a table is wrong, a ValueError names it and the file."""
    found = {}
    for name, entry in read_json(path).items():
        try:
            found[name] = Table(
                str(entry["caption"]), tuple(entry["columns"]), tuple(tuple(row) for row in entry["rows"])
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: table {name!r}: {error}") from error
    return found


def _is_cell(cell: Any) -> bool:
    if isinstance(cell, bool):
        return False
    return cell is None or isinstance(cell, str | int) or (isinstance(cell, float) and math.isfinite(cell))


def _plain(cell: Any) -> Cell:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool | np.bool_):
        return bool(cell)  # which no table takes
    if isinstance(cell, int | np.integer):
        return int(cell)
    number = float(cell)
    return number if math.isfinite(number) else None
