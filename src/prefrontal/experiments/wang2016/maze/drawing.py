"""What is drawn of mazes only: functions that draw numpy arrays on axes that are given."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from prefrontal.analysis.measures import Measure
from prefrontal.analysis.navigation import Around, Journeys, journeys
from prefrontal.disk.records import Records
from prefrontal.report.style import AGENT, AGENTS, FAINT, INK, SMALL, styled

WALL, GOAL = "#5b6570", "#e0a500"


class Pair(NamedTuple):
    """One policy's steps to the first arrival and to later ones."""

    label: str
    colour: str
    first: Measure
    later: Measure


@styled
def step_pairs(axes: Axes, title: str, pairs: Sequence[Pair]) -> None:
    """Two bars for each policy."""
    for place, pair in enumerate(pairs):
        pale = tuple(0.45 * part + 0.55 for part in to_rgb(pair.colour))
        for aside, one, colour in ((-0.2, pair.first, pale), (0.2, pair.later, pair.colour)):
            _bar(axes, place + aside, one, colour)
    axes.set_xticks(range(len(pairs)), [pair.label.replace(", ", ",\n") for pair in pairs])
    axes.set_ylabel("steps to the goal")
    axes.set_title(title)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.margins(y=0.12)
    axes.set_ylim(bottom=0)


def _bar(axes: Axes, place: float, one: Measure, colour) -> None:
    axes.bar(place, one.value, 0.37, color=colour, zorder=3)
    axes.vlines(place, one.low, one.high, color=INK, linewidth=1.4, zorder=5)
    if len(one.by_seed) > 1:
        axes.plot([place + 0.08] * len(one.by_seed), one.by_seed, "o", markersize=3, color="white",
                  markeredgecolor=INK, markeredgewidth=0.7, zorder=6)  # fmt: skip
    top = max(one.value, one.high, *one.by_seed)
    axes.annotate(f"{one.value:.1f}", (place, top), xytext=(0, 3), textcoords="offset points", ha="center",
                  fontsize=SMALL)  # fmt: skip


@styled
def value_bands(axes: Axes, title: str, first: Around, later: Around) -> None:
    """Values before and after the arrival; between it and the next start the line is broken."""
    for around, line, label in ((first, (0, (3, 2)), "first arrivals"), (later, "-", "later arrivals")):
        for part in (around.steps <= 0, around.steps > 0):
            steps, mean, half = around.steps[part], around.mean[part], 1.96 * around.error[part]
            axes.fill_between(steps, mean - half, mean + half, color=AGENT, alpha=0.18, linewidth=0)
            axes.plot(steps, mean, color=AGENT, linestyle=line, label=label if part[0] else None)
    axes.axvline(0.5, color="#777777", linewidth=0.8, linestyle=":")
    axes.set_xlabel("steps from the arrival")
    axes.set_ylabel("value")
    axes.set_title(title)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.legend(frameon=False, fontsize=SMALL)


@styled
def maze(axes: Axes, records: Records, life: int) -> None:
    """Walls and the goal from above, north at the top."""
    walls = records.task["walls"][life]
    row, column = records.task["goal"][life]
    picture = np.ones((*walls.shape, 3))
    picture[walls] = to_rgb(WALL)
    picture[row, column] = to_rgb(GOAL)
    axes.imshow(picture, interpolation="nearest")
    axes.axis("off")


@styled
def paths(axes: Axes, records: Records, life: int) -> None:
    """The first three journeys of a lifetime."""
    maze(axes, records, life)
    made = journeys(records)
    made = made.take((made.life == life) & (made.number < 3))
    for number in range(len(made.begin)):
        colour = "#9a9a9a" if number == 0 else AGENTS[number - 1]
        trail = way(records, made, number, life) + 0.13 * (number - 1)
        axes.plot(trail[:, 1], trail[:, 0], color=colour, linewidth=1.6, zorder=3 + number)
        axes.plot(trail[0, 1], trail[0, 0], "o", color=colour, markersize=6, zorder=8)
    axes.set_title(", ".join(str(int(steps)) for steps in made.length) + " steps", fontsize=SMALL)


def way(records: Records, made: Journeys, number: int, life: int) -> np.ndarray:
    """The cells (row, column) of a journey, the goal last if it was reached."""
    begin, length = int(made.begin[number]), int(made.length[number])
    cells = records.state["position"][life, begin : begin + length].astype(float)
    if made.arrived[number]:
        cells = np.concatenate([cells, records.task["goal"][life][None].astype(float)])
    return cells
