"""The figures of `bandit-dependent`."""

from prefrontal.analysis.evidence import Evidence
from prefrontal.experiments.bandit_animation import lifetimes_side_by_side
from prefrontal.experiments.bandit_figures import learning_figure, policies_figure, regret_figure
from prefrontal.experiments.wang2016.bandit_dependent.analysis import (
    CONTROLLED,
    KINDS,
    matrix,
    theoretical_matrix,
)
from prefrontal.report.plots import matrices
from prefrontal.report.style import CaptionedFigure, figure

ANIMATIONS = {"lifetime": ("lstm-dependent-medium", lifetimes_side_by_side)}


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """The paper's figure 2f beside what is attainable, and regret on each distribution."""
    trained = [kind for kind in KINDS if f"lstm-{kind}" in evidence.conditions]
    drawn = {"matrix": _matrix_figure(evidence, trained)}
    for kind in trained:
        if kind != "independent":
            drawn[f"regret-{kind}"] = regret_figure(evidence, f"bandit-{kind}")
    controlled = evidence.conditions[CONTROLLED]["distribution"]
    drawn["policies"] = policies_figure(evidence, controlled, limit=15.0)
    drawn["learning"] = learning_figure(evidence, controlled)
    return drawn


def _matrix_figure(evidence: Evidence, trained: list[str]) -> CaptionedFigure:
    drawn, axes = figure(
        "Left: the regret of agents trained on each row's distribution and tested on each column's"
        f"{' (means over seeds)' if len(evidence.seeds) > 1 else ''}. Right: that of the policies that are "
        "exactly optimal for each row's distribution.",
        width=9.5,
        height=4.7,
        columns=2,
    )
    values = {
        "trained agents": matrix(evidence, trained),
        "exact optima": theoretical_matrix(evidence, trained),
    }
    names = [kind.removeprefix("dependent-") for kind in KINDS]
    rows = [kind.removeprefix("dependent-") for kind in trained]
    matrices(drawn, axes, values, rows, names, row_name="trained on", column_name="tested on", label="regret")
    return drawn
