"""The figures of `rl2-maze`."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.measures import averaged
from prefrontal.analysis.regret import Curve, curve_over_seeds
from prefrontal.analysis.wording import dots_and_lines, first_seed, lines_and_bands
from prefrontal.experiments.bandit_figures import conditions_on, labelled
from prefrontal.experiments.duan2016.rl2_maze.analysis import (
    AGENTS,
    Twice,
    agents,
    lived,
    reference_twice,
)
from prefrontal.experiments.duan2016.rl2_maze.animation import lifetimes_side_by_side
from prefrontal.experiments.maze_figures import REFERENCES, learning, paths
from prefrontal.report.behaviour_plots import Pair, step_pairs
from prefrontal.report.plots import Line, curves
from prefrontal.report.style import CaptionedFigure, colour_of, figure

ANIMATIONS = {f"lifetime-{name}": (name, lifetimes_side_by_side) for name in AGENTS}
PATHS = (
    "Three lifetimes in each row{}: the way of the first episode in grey, of the second in colour. A disc is "
    "a start, the square is the goal."
)
LEARNING = (
    "Learning to learn: the return of the lifetimes that the agents were trained on, against their number. "
    "Level lines are the references' returns."
)


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """The paper's table as a figure first."""
    shown = agents(evidence)
    return {
        "steps": _steps(evidence),
        "arrivals": _arrivals(evidence),
        "paths": paths(evidence, shown, PATHS.format(first_seed(evidence.seeds)), journeys=2),
        "learning": learning(evidence, shown, LEARNING, _columns(evidence)["width"]),
    }


def _columns(evidence: Evidence, **more) -> dict:
    """The size of a figure that has a column for each agent."""
    columns = len(agents(evidence))
    return {"width": max(8.0, 5.0 * columns), "columns": columns, **more}


def _steps(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Steps of the first episode (pale) and of the second (full), which is in the same maze. An episode "
        f"that does not arrive counts up to the end of the lifetime. {dots_and_lines(evidence.seeds)}",
        **_columns(evidence, height=3.8),
    )
    for axis, name in zip(axes, agents(evidence), strict=True):
        where = evidence.conditions[name]["distribution"]
        made = [(*labelled(evidence, one), lived(evidence, one)) for one in conditions_on(evidence, where)]
        made += [(one, "reference", [reference_twice(evidence, one, where)]) for one in REFERENCES]
        step_pairs(axis, AGENTS[name], [_pair(*one) for one in made])
    return drawn


def _pair(label: str, role, made: list[Twice]) -> Pair:
    first, second = (averaged("steps", [one.steps[:, place] for one in made]) for place in (0, 1))
    return Pair(label, colour_of(label, role), first, second)


def _arrivals(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Share of mazes in which the goal is reached after so many steps of the episode: above in the first "
        f"episode, below in the second. {lines_and_bands(evidence.seeds)}",
        **_columns(evidence, height=6.4, rows=2),
    )
    shown = [(name, place) for place in (0, 1) for name in agents(evidence)]
    for axis, (name, place) in zip(axes, shown, strict=True):
        ylabel = f"{('first', 'second')[place]} episode at the goal"
        curves(axis, _lines(evidence, name, place), xlabel="steps", ylabel=ylabel, high=1.03)
    return drawn


def _lines(evidence: Evidence, agent: str, place: int) -> list[Line]:
    where = evidence.conditions[agent]["distribution"]
    x = np.arange(1, evidence.records(agent)[0].horizon + 1)

    def curve(made: list[Twice]) -> Curve:
        there = [one.arrived[:, [place]] & (one.steps[:, [place]] <= x) for one in made]
        return curve_over_seeds(there)

    lines = [
        Line(*labelled(evidence, one), x, **curve(lived(evidence, one))._asdict())
        for one in conditions_on(evidence, where)
    ]
    met = {one: curve([reference_twice(evidence, one, where)]).mean for one in REFERENCES}
    return lines + [Line(one, "reference", x, mean) for one, mean in met.items()]
