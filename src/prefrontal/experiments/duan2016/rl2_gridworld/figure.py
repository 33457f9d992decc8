"""The figures of `rl2-gridworld`."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.regret import Curve, curve_over_seeds
from prefrontal.analysis.wording import lines_and_bands
from prefrontal.disk.records import Records
from prefrontal.experiments.bandit_figures import labelled, learning_lines
from prefrontal.experiments.duan2016.rl2_gridworld.analysis import EPISODES, each_episode
from prefrontal.experiments.duan2016.rl2_gridworld.animation import lifetimes_side_by_side
from prefrontal.report.plots import Line, curves, learning_curves
from prefrontal.report.style import CaptionedFigure, figure

ANIMATIONS = {"lifetime": ("gru", lifetimes_side_by_side)}


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """The return of each episode, reward by step, and the course of training."""
    return {"episodes": _episodes(evidence), "steps": _steps(evidence), "learning": _learning(evidence)}


def _episodes(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        f"Return of each episode of a lifetime, on held-out tasks. {lines_and_bands(evidence.seeds)} All "
        "policies met the same tasks.",
        width=7.6,
    )
    lines = _lines(evidence, each_episode, np.arange(1, EPISODES + 1))
    low = min(float(line.mean.min()) for line in lines) - 0.5
    curves(axes[0], lines, xlabel="episode", ylabel="return of the episode", low=low)
    axes[0].set_xticks(np.arange(1, EPISODES + 1))
    return drawn


def _steps(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Share of lifetimes in which the agent stands on the goal, step by step; an episode has 15 steps. "
        f"{lines_and_bands(evidence.seeds)}",
        width=8.6,
    )
    steps = evidence.records("gru")[0].horizon
    lines = _lines(evidence, lambda records: records.reward > 0, np.arange(1, steps + 1))
    curves(axes[0], lines, xlabel="step of the lifetime", ylabel="on the goal", high=1.0)
    for end in np.arange(steps // EPISODES, steps, steps // EPISODES):
        axes[0].axvline(end + 0.5, color="#dddddd", linewidth=0.8, zorder=0)
    return drawn


def _lines(evidence: Evidence, of, x: np.ndarray) -> list[Line]:
    """A curve for each condition and each reference of what `of` gives of records: (lifetimes, x)."""

    def curve(records: list[Records]) -> Curve:
        return curve_over_seeds([of(one) for one in records])

    lines = [
        Line(*labelled(evidence, name), x, **curve(evidence.records(name))._asdict())
        for name in evidence.conditions
    ]
    for one in evidence.references:
        met = [evidence.reference_records(one.label, one.distribution)]
        lines.append(Line(one.label, "reference", x, curve(met).mean))
    return lines


def _learning(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Learning to learn: the return of the lifetimes that the agents were trained on, against their "
        "number. Level lines are the references' exact values.",
        width=7.6,
    )
    where = evidence.conditions["gru"]["distribution"]
    levels = {row.label: row.total_return for row in evidence.references}
    lines = learning_lines(evidence, where, metric="return")
    learning_curves(axes[0], lines, levels, ylabel="return of a lifetime")
    return drawn
