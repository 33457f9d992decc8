"""The figures of `rl2-tabular`."""

import dataclasses

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.performance import return_of, total_return
from prefrontal.analysis.regret import Curve, curve_over_seeds
from prefrontal.analysis.wording import dots_and_lines, lines_and_bands
from prefrontal.disk.records import Records
from prefrontal.experiments.bandit_figures import (
    agent_lines,
    conditions_on,
    labelled,
    learning_lines,
    reference_lines,
)
from prefrontal.experiments.duan2016.rl2_tabular.analysis import by_episode, cells
from prefrontal.experiments.duan2016.rl2_tabular.animation import lifetimes_side_by_side
from prefrontal.experiments.duan2016.rl2_tabular.published import Cell
from prefrontal.report.plots import Bar, curves, final_bars, learning_curves
from prefrontal.report.style import CaptionedFigure, figure

ANIMATIONS = {"lifetime": ("gru-10", lifetimes_side_by_side)}
_SHOWN = ("value-iteration", "psrl", "opsrl", "beb", "mdp-greedy")


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """Return by episode, the return of every policy, and the course of training, cell by cell."""
    return {
        "episodes": _episodes(evidence),
        "policies": _policies(evidence),
        "learning": _learning(evidence),
    }


def _episodes(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = _columns(
        evidence,
        "Expected return of each episode of a lifetime, on held-out tasks. "
        f"{lines_and_bands(evidence.seeds)} All policies met the same tasks.",
    )
    for one, cell in zip(axes, cells(evidence), strict=True):
        lines = [
            *agent_lines(evidence, cell.tasks, lambda name: _curve(evidence.records(name))),
            *reference_lines(
                _SHOWN, lambda name, cell=cell: _curve([evidence.reference_records(name, cell.tasks)])
            ),
        ]
        lines = [dataclasses.replace(line, label=_short(line.label, cell)) for line in lines]
        low = min(float(line.mean.min()) for line in lines) - 0.5
        curves(one, lines, xlabel="episode", ylabel="expected return", low=low)
    return drawn


def _curve(records: list[Records]) -> Curve:
    return curve_over_seeds([by_episode(one) for one in records])


def _policies(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = _columns(
        evidence,
        f"Expected return of every policy, as a share of what the oracle earns, which knows the MDP. "
        f"{dots_and_lines(evidence.seeds)}",
    )
    for one, cell in zip(axes, cells(evidence), strict=True):
        best = evidence.reference("value-iteration", cell.tasks).total_return
        bars = sorted(_bars(evidence, cell, best), key=lambda bar: -bar.value)
        final_bars(one, bars, xlabel="share of the oracle's return", limit=1.02, decimals=3)
    return drawn


def _bars(evidence: Evidence, cell: Cell, best: float) -> list[Bar]:
    bars = []
    for name in conditions_on(evidence, cell.tasks):
        found, (label, role) = total_return(evidence, name), labelled(evidence, name)
        low, high = (end / best for end in found.interval)
        seeds = tuple(found.by_seed / best)
        bars.append(Bar(_short(label, cell), role, found.value / best, (low, high), by_seed=seeds))
    for row in evidence.references:
        if row.distribution == cell.tasks:
            earned = return_of(evidence.reference_records(row.label, cell.tasks)) / best
            half = 1.96 * float(earned.std(ddof=1) / np.sqrt(len(earned)))
            value = float(earned.mean())
            bars.append(Bar(row.label, "reference", value, (value - half, value + half)))
    return bars


def _learning(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = _columns(
        evidence,
        "Learning to learn: the return of the lifetimes that the agents were trained on, against their "
        "number. Level lines are the references' values.",
    )
    for one, cell in zip(axes, cells(evidence), strict=True):
        levels = {name: evidence.reference(name, cell.tasks).total_return for name in _SHOWN}
        lines = learning_lines(evidence, cell.tasks, metric="return")
        lines = [dataclasses.replace(line, label=_short(line.label, cell)) for line in lines]
        learning_curves(one, lines, levels, ylabel="return of a lifetime")
    return drawn


def _short(label: str, cell: Cell) -> str:
    """The label without the cell, which the panel's title names."""
    return label.replace(f", {cell.words}", "")


def _columns(evidence: Evidence, caption: str):
    """A panel for each cell, one below the other."""
    found = cells(evidence)
    drawn, axes = figure(caption, width=8.0, height=4.2 * len(found), rows=len(found))
    for one, cell in zip(axes, found, strict=True):
        one.set_title(cell.words)
    return drawn, axes
