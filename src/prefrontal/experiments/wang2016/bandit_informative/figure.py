"""The figures of `bandit-informative`."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.experiments.bandit_figures import learning_figure, policies_figure
from prefrontal.experiments.wang2016.bandit_informative.analysis import DISTRIBUTION, reward_by_pull
from prefrontal.experiments.wang2016.bandit_informative.animation import lifetimes_side_by_side
from prefrontal.report.plots import Line, curves
from prefrontal.report.style import CaptionedFigure, figure

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
    made = reward_by_pull(evidence.records("lstm"))
    pulls = np.arange(1, len(made.mean) + 1)
    lines = [Line("LSTM", "agent", pulls, made.mean, by_seed=made.by_seed)]
    for name in ("bayes-optimal", "thompson", "ucb1", "random"):
        known = reward_by_pull([evidence.reference_records(name, DISTRIBUTION)])
        lines.append(Line(name, "reference", pulls, known.mean))
    curves(axes[0], lines, xlabel="pull", ylabel="mean reward")
    axes[0].set_xticks(pulls)
    return drawn
