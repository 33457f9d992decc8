"""The figures of `rl2-bandits`."""

import dataclasses
from typing import TypeVar

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.wording import dots_and_lines, lines_and_bands
from prefrontal.experiments.bandit_figures import agent_lines, learning_lines, policy_bars, reference_lines
from prefrontal.experiments.duan2016.rl2_bandits.analysis import (
    cells,
    reference_reward_by_pull,
    reward_by_pull,
)
from prefrontal.experiments.duan2016.rl2_bandits.animation import lifetimes_side_by_side
from prefrontal.experiments.duan2016.rl2_bandits.published import Cell
from prefrontal.report.plots import Bar, Line, curves, final_bars, learning_curves
from prefrontal.report.style import CaptionedFigure, figure

ANIMATIONS = {"lifetime": ("gru-100-5", lifetimes_side_by_side)}
Shown = TypeVar("Shown", Line, Bar)
_SHOWN = ("finite-gittins", "thompson", "ucb1")


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """Reward by pull, the final regret of every policy, and the course of training, cell by cell."""
    return {"rewards": _rewards(evidence), "policies": _policies(evidence), "learning": _learning(evidence)}


def _rewards(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = _grid(
        evidence,
        "Expected reward of each pull on held-out tasks; a pull is an episode. "
        f"{lines_and_bands(evidence.seeds)} All policies met the same tasks.",
        height=3.6,
    )
    for one, cell in zip(axes, cells(evidence), strict=False):
        lines = _short(agent_lines(evidence, cell.tasks, lambda name: reward_by_pull(evidence, name)), cell)
        lines += reference_lines(
            _SHOWN,
            lambda name, cell=cell: reference_reward_by_pull(evidence, name, cell),
        )
        best = cell.oracle / cell.pulls
        curves(one, lines, xlabel="pull", ylabel="expected reward", low=0.5, high=best, decimals=3)
        one.set_title(cell.words + " arms")
    return drawn


def _policies(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = _grid(
        evidence,
        f"Final regret of every policy. {dots_and_lines(evidence.seeds)} ◆ marks an exact value; every other "
        "is sampled. Controls are hatched.",
        height=4.4,
    )
    for one, cell in zip(axes, cells(evidence), strict=False):
        bars = _short(sorted(policy_bars(evidence, cell.tasks), key=lambda bar: bar.value), cell)
        limit = 2.5 * float(np.median([bar.value for bar in bars]))
        final_bars(one, bars, xlabel="cumulative expected regret", limit=limit)
        one.set_title(cell.words + " arms")
    return drawn


def _learning(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = _grid(
        evidence,
        "Learning to learn: the expected regret of the lifetimes that the agents were trained on, against "
        "their number. Level lines are the references' values.",
        height=3.6,
    )
    for one, cell in zip(axes, cells(evidence), strict=False):
        levels = {name: evidence.reference_regret(name, cell.tasks) for name in _SHOWN}
        learning_curves(one, _short(learning_lines(evidence, cell.tasks), cell), levels)
        one.set_title(cell.words + " arms")
    return drawn


def _short(drawn: list[Shown], cell: Cell) -> list[Shown]:
    """The same without the cell in their labels, which the panel's title names."""
    return [dataclasses.replace(one, label=one.label.replace(f", {cell.words}", "")) for one in drawn]


def _grid(evidence: Evidence, caption: str, height: float):
    count = len(cells(evidence))
    columns = min(count, 2)
    rows = -(-count // columns)
    drawn, axes = figure(caption, width=5.8 * columns, height=height * rows, columns=columns, rows=rows)
    for one in axes[count:]:
        one.remove()
    return drawn, axes
