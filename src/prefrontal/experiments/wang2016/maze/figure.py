"""The figures of `maze`."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.navigation import (
    Ways,
    arrivals_over_seeds,
    measured,
    value_around_arrivals,
)
from prefrontal.analysis.wording import dots_and_lines, first_seed, thin_lines
from prefrontal.experiments.bandit_figures import conditions_on, labelled
from prefrontal.experiments.maze_figures import REFERENCES, learning, paths
from prefrontal.experiments.wang2016.maze.analysis import WHERE, agents, lived, reference_ways
from prefrontal.experiments.wang2016.maze.animation import lifetimes_side_by_side
from prefrontal.report.behaviour_plots import Pair, step_pairs, value_bands
from prefrontal.report.plots import Line, curves
from prefrontal.report.style import CaptionedFigure, colour_of, figure

ANIMATIONS = {
    f"lifetime-{name}": (name, partial(lifetimes_side_by_side, where=where)) for name, where in WHERE.items()
}
PATHS = (
    "Three lifetimes in each row{}: the way to the first arrival in grey, the second and third journey in "
    "colour. A disc is a start, the square is the goal."
)
LEARNING = (
    "Learning to learn: arrivals in the lifetimes trained on (times what one pays), against their number."
)


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """The paper's figure first: steps to the first arrival and to later ones, and the value."""
    shown, size = agents(evidence), _columns(evidence)
    caption = PATHS.format(first_seed(evidence.seeds)) + _sides(evidence, "above")
    return {
        "steps": _steps_figure(evidence),
        "value": _value_figure(evidence),
        "arrivals": _arrivals_figure(evidence),
        "paths": paths(evidence, shown, caption, journeys=3),
        "learning": learning(evidence, shown, LEARNING + _sides(evidence), size["width"]),
    }


def _columns(evidence: Evidence) -> dict[str, Any]:
    """The size of a figure that has a column for each agent."""
    columns = len(agents(evidence))
    return {"width": max(9.5, 4.5 * columns), "columns": columns}


def _sides(evidence: Evidence, first: str = "left") -> str:
    """Which of a figure's parts is where, for a caption; nothing where there is one part only."""
    shown = [WHERE[name].removeprefix("in ") for name in agents(evidence)]
    return f" From {first}: {', '.join(shown)}." if len(shown) > 1 else ""


def _of_new(evidence: Evidence) -> str:
    """What `ways` leaves out where no task comes twice."""
    if "new" not in agents(evidence):
        return ""
    return (
        " In new layouts those lifetimes count whose first search left time for a later one: first arrivals "
        "look sooner than they are, and without memory later ones take longer."
    )


def _steps_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        f"Steps to the first arrival of a lifetime (pale) and to later ones (full).{_sides(evidence)} A "
        f"journey counts for a third of a lifetime at most.{_of_new(evidence)} "
        f"{dots_and_lines(evidence.seeds)}",
        height=3.6,
        **_columns(evidence),
    )
    for axis, name in zip(axes, agents(evidence), strict=True):
        where = evidence.conditions[name]["distribution"]
        pairs = [
            _pair(*labelled(evidence, one), lived(evidence, one)) for one in conditions_on(evidence, where)
        ]
        pairs += [_pair(one, "reference", [reference_ways(evidence, one, where)]) for one in REFERENCES]
        step_pairs(axis, WHERE[name], pairs)
    return drawn


def _pair(label: str, role, made: list[Ways]) -> Pair:
    first, later = (measured(what, what, made) for what in ("first_steps", "later_steps"))
    return Pair(label, colour_of(label, role), first, later)


def _value_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        f"What the critic says around arrivals, which are at step 0{first_seed(evidence.seeds)}: dashed "
        "around first arrivals, in full around later ones. After an arrival the next journey begins at a "
        f"random cell.{_sides(evidence)} Bands are 95 % intervals over lifetimes.",
        **_columns(evidence),
    )
    for axis, name in zip(axes, agents(evidence), strict=True):
        records = evidence.kept(name)
        value_bands(axis, WHERE[name], *(value_around_arrivals(records, later) for later in (False, True)))
    return drawn


def _arrivals_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "How many journeys are at the goal after so many steps: above first, below later "
        f"journeys.{_sides(evidence)} Shares of each task by itself, then the mean over tasks."
        f"{_of_new(evidence)}{thin_lines(evidence.seeds)}",
        height=6.4,
        rows=2,
        **_columns(evidence),
    )
    places = [(name, later) for later in (False, True) for name in agents(evidence)]
    for axis, (name, later) in zip(axes, places, strict=True):
        _draw_arrivals(axis, evidence, name, later)
    return drawn


def _draw_arrivals(axis: Axes, evidence: Evidence, name: str, later: bool) -> None:
    where, lines = evidence.conditions[name]["distribution"], []
    for one in conditions_on(evidence, where):
        curve = arrivals_over_seeds(evidence.records(one), later)
        lines.append(
            Line(*labelled(evidence, one), np.arange(len(curve.mean)), curve.mean, by_seed=curve.by_seed)
        )
    for one in REFERENCES:
        share = arrivals_over_seeds([evidence.reference_records(one, where)], later).mean
        lines.append(Line(one, "reference", np.arange(len(share)), share))
    ordinal = "later journeys" if later else "first journeys"
    curves(axis, lines, xlabel="steps", ylabel=f"{ordinal} at the goal", high=1.03)
