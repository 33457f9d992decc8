"""The figures of `bandit-informative`."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.experiments.wang2016.bandit_figures import learning_figure, policies_figure
from prefrontal.experiments.wang2016.bandit_informative.animation import lifetimes_side_by_side
from prefrontal.report.plots import Line, curves
from prefrontal.report.style import CaptionedFigure, figure

DISTRIBUTION = "bandit-informative"
ANIMATIONS = {"lifetimes": ("lstm", lifetimes_side_by_side)}


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """The reward of each pull, every policy's regret, and the course of training."""
    return {
        "reward": _reward_figure(evidence),
        "policies": policies_figure(evidence, DISTRIBUTION),
        "learning": learning_figure(evidence, DISTRIBUTION, ("bayes-optimal", "thompson", "random")),
    }


def _reward_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Mean reward of each pull: the agent pays for information first and has the prize ever after."
    )
    lines = [_line("LSTM", "agent", evidence.records("lstm"))]
    shown = ("bayes-optimal", "thompson", "ucb1", "random")
    lines += [_line(name, "reference", [evidence.reference_records(name, DISTRIBUTION)]) for name in shown]
    curves(axes[0], lines, xlabel="pull", ylabel="mean reward")
    axes[0].set_xticks(lines[0].x)
    return drawn


def _line(label: str, role, records) -> Line:
    by_seed = np.stack([one.reward.mean(axis=0, dtype=np.float64) for one in records])
    seeds = by_seed if role == "agent" else None
    return Line(label, role, np.arange(1, by_seed.shape[1] + 1), by_seed.mean(axis=0), by_seed=seeds)
