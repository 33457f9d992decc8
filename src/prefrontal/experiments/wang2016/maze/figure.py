"""The figures of `maze`."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.navigation import Ways, arrived_within, value_around_arrivals
from prefrontal.disk.records import Records
from prefrontal.experiments.wang2016.bandit_figures import conditions_on, learning_lines, role_of
from prefrontal.experiments.wang2016.maze.analysis import WHERE, lived, measured, reference_ways, window
from prefrontal.experiments.wang2016.maze.animation import lifetimes_side_by_side
from prefrontal.experiments.wang2016.maze.drawing import Pair, paths, step_pairs, value_bands
from prefrontal.report.plots import Line, curves, learning_curves
from prefrontal.report.style import CaptionedFigure, colour_of, figure

ANIMATIONS = {
    f"lifetime-{name}": (name, partial(lifetimes_side_by_side, where=where)) for name, where in WHERE.items()
}
REFERENCES = ("shortest-path", "random")


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """The paper's figure first: steps to the first arrival and to later ones, and the value."""
    return {
        "steps": _steps_figure(evidence),
        "value": _value_figure(evidence),
        "arrivals": _arrivals_figure(evidence),
        "paths": _paths_figure(evidence),
        "learning": _learning_figure(evidence),
    }


def agents(evidence: Evidence) -> list[str]:
    return [name for name in WHERE if name in evidence.conditions]


def _sides(evidence: Evidence, first: str = "Left", second: str = "right") -> str:
    """Which of a figure's parts is where, for a caption; nothing where there is one part only."""
    shown = [WHERE[name].removeprefix("in ") for name in agents(evidence)]
    return f" {first} {shown[0]}, {second} {shown[1]}." if len(shown) == 2 else ""


def _of_new(evidence: Evidence) -> str:
    """What `ways` leaves out where no task comes twice."""
    if "new" not in agents(evidence):
        return ""
    return (
        " In new layouts those lifetimes count whose first search left time for a later one: first arrivals "
        "look sooner than they are, and without memory later ones take longer."
    )


def _distribution(evidence: Evidence, condition: str) -> str:
    return evidence.conditions[condition]["distribution"]


def _steps_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        f"Steps to the first arrival of a lifetime (pale) and to later ones (full).{_sides(evidence)} A "
        f"journey counts for a third of a lifetime at most.{_of_new(evidence)} Black lines are 95 % "
        "intervals (over training seeds; of references and single seeds over tasks), dots training seeds.",
        width=9.5,
        height=3.6,
        columns=len(agents(evidence)),
    )
    for axis, name in zip(axes, agents(evidence), strict=True):
        where = _distribution(evidence, name)
        pairs = [
            _pair(evidence.conditions[one]["label"], role_of(evidence, one), lived(evidence, one))
            for one in conditions_on(evidence, where)
        ]
        pairs += [_pair(one, "reference", [reference_ways(evidence, one, where)]) for one in REFERENCES]
        step_pairs(axis, WHERE[name], pairs)
    return drawn


def _pair(label: str, role, made: list[Ways]) -> Pair:
    first, later = (measured(what, what, made) for what in ("first_steps", "later_steps"))
    return Pair(label, colour_of(label, role), first, later)


def _value_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "What the critic says around arrivals (at step 0; the first seed): of first arrivals dashed, of "
        f"later ones in full. After an arrival the next journey begins at a random cell.{_sides(evidence)} "
        "Bands are 95 % intervals over lifetimes.",
        width=9.5,
        columns=len(agents(evidence)),
    )
    for axis, name in zip(axes, agents(evidence), strict=True):
        records = evidence.kept(name)
        around = [value_around_arrivals(records, later) for later in (False, True)]
        value_bands(axis, WHERE[name], around[0], around[1])
    return drawn


def _arrivals_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "How many journeys are at the goal after so many steps: above first, below later "
        f"journeys.{_sides(evidence)} Shares of each task by itself, then the mean over tasks."
        f"{_of_new(evidence)} Thin lines are training seeds.",
        width=9.5,
        height=6.4,
        rows=2,
        columns=len(agents(evidence)),
    )
    for place, axis in enumerate(axes):
        later, name = divmod(place, len(agents(evidence)))
        _draw_arrivals(axis, evidence, agents(evidence)[name], bool(later))
    return drawn


def _draw_arrivals(axis: Axes, evidence: Evidence, name: str, later: bool) -> None:
    where, lines = _distribution(evidence, name), []
    for one in conditions_on(evidence, where):
        by_seed = np.stack([_shares(records, later) for records in evidence.records(one)])
        label, role = evidence.conditions[one]["label"], role_of(evidence, one)
        lines.append(Line(label, role, np.arange(by_seed.shape[1]), by_seed.mean(axis=0), by_seed=by_seed))
    for one in REFERENCES:
        share = _shares(evidence.reference_records(one, where), later)
        lines.append(Line(one, "reference", np.arange(len(share)), share))
    ordinal = "later journeys" if later else "first journeys"
    curves(axis, lines, xlabel="steps", ylabel=f"{ordinal} at the goal", high=1.03)


def _shares(records: Records, later: bool) -> np.ndarray:
    return arrived_within(records, window(records), later)


def _paths_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Three lifetimes in each row, of the first seed: the way to the first arrival in grey, the second "
        f"and third journey in colour. A disc is a start, the square is the goal."
        f"{_sides(evidence, 'Above', 'below')}",
        width=8.0,
        height=2.9 * len(agents(evidence)),
        rows=len(agents(evidence)),
        columns=3,
    )
    for row, name in enumerate(agents(evidence)):
        records = evidence.kept(name)
        for column in range(3):
            paths(axes[3 * row + column], records, column)
    return drawn


def _learning_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Learning to learn: arrivals in the lifetimes trained on (times what one pays), against their "
        f"number.{_sides(evidence)}",
        width=9.5,
        columns=len(agents(evidence)),
    )
    for axis, name in zip(axes, agents(evidence), strict=True):
        where = _distribution(evidence, name)
        levels = {one: evidence.reference(one, where).total_return for one in REFERENCES}
        learning_curves(
            axis, learning_lines(evidence, where, "return"), levels, ylabel="return of a lifetime"
        )
    return drawn
