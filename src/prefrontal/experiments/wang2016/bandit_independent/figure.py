"""The figures of `bandit-independent`."""

from prefrontal.analysis.evidence import Evidence
from prefrontal.experiments.bandit_animation import lifetimes_side_by_side
from prefrontal.experiments.bandit_figures import learning_figure, policies_figure, regret_figure
from prefrontal.report.style import CaptionedFigure

DISTRIBUTION = "bandit-independent"
ANIMATIONS = {"lifetime": ("lstm", lifetimes_side_by_side)}


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """The paper's figure 2a with the optimum beside it, every policy, and the course of training."""
    return {
        "regret": regret_figure(evidence, DISTRIBUTION),
        "policies": policies_figure(evidence, DISTRIBUTION, limit=10.0),
        "learning": learning_figure(evidence, DISTRIBUTION),
    }
