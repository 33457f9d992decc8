"""Figures that the experiments on mazes share: a row or a column for each of their agents."""

from collections.abc import Sequence
from typing import Any

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.navigation import journey_cells
from prefrontal.experiments.bandit_figures import learning_lines
from prefrontal.report.plots import learning_curves
from prefrontal.report.scene_drawing import draw
from prefrontal.report.style import CaptionedFigure, figure
from prefrontal.scenes.mazes import ways

REFERENCES = ("shortest-path", "random")


def paths(evidence: Evidence, agents: Sequence[str], caption: str, journeys: int) -> CaptionedFigure:
    """The ways of the first `journeys` of three kept lifetimes of each agent, from above."""
    size: dict[str, Any] = {"width": 8.0, "height": 2.9 * len(agents), "rows": len(agents), "columns": 3}
    drawn, axes = figure(caption, **size)
    for row, name in enumerate(agents):
        records = evidence.kept(name)
        for life, axis in enumerate(axes[3 * row : 3 * row + 3]):
            plan = records.task["walls"][life], records.task["goal"][life]
            draw(axis, ways(*plan, *journey_cells(records, life, most=journeys)))
    return drawn


def learning(evidence: Evidence, agents: Sequence[str], caption: str, width: float) -> CaptionedFigure:
    """The course of training on the tasks of each agent, between the references."""
    drawn, axes = figure(caption, width=width, columns=len(agents))
    for axis, name in zip(axes, agents, strict=True):
        where = evidence.conditions[name]["distribution"]
        levels = {one: evidence.reference(one, where).total_return for one in REFERENCES}
        lines = learning_lines(evidence, where, "return")
        learning_curves(axis, lines, levels, ylabel="return of a lifetime")
    return drawn
