"""The figures of `two-step`."""

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes

from prefrontal.analysis.choices.two_step_measures import Described, stay_over_seeds
from prefrontal.analysis.choices.two_step_models import MODELS
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.wording import dots_and_lines, first_seed, thin_lines
from prefrontal.experiments.bandit_figures import (
    agent_lines,
    draw_learning,
    policies_figure,
    reference_lines,
)
from prefrontal.experiments.wang2016.fit_figures import models_figure, recovery_figure
from prefrontal.experiments.wang2016.two_step.analysis import (
    AGENT,
    VERSIONS,
    Version,
    described,
    recovery_of,
    reward_by_trial,
)
from prefrontal.experiments.wang2016.two_step.animation import lifetimes_side_by_side
from prefrontal.report.behaviour_plots import lag_weights, stay_bars, transition_legend
from prefrontal.report.plots import curves
from prefrontal.report.style import SMALL, CaptionedFigure, figure

ANIMATIONS = {"lifetime": (VERSIONS[0].condition, lifetimes_side_by_side)}
SHOWN = ("bayes-optimal", "win-stay-lose-shift", "model-based", "model-free", "random")
_GRID = {"width": 9.5, "rows": 2, "columns": 5}
_ROWS = "Above the version of 2016, below that of 2018."


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """The paper's figure first: stay probabilities."""
    return {
        "stay": _stay_figure(evidence),
        "history": _history_figure(evidence),
        "reward": _reward_figure(evidence),
        "models": _models_figure(evidence),
        "recovery": recovery_figure(
            *recovery_of(evidence, VERSIONS[1]), ("free", "based", "hybrid", "latent")
        ),
        "learning": _learning_figure(evidence),
        "policies": policies_figure(evidence, VERSIONS[0].distribution),
    }


def _panels(evidence: Evidence, axes: list[Axes]) -> Iterator[tuple[Axes, str, list[Described]]]:
    """In a row for each version the agent, every seed of it, and the learners whose kind is known."""
    rows = [
        (_titled(name, version), made)
        for version in VERSIONS
        for name, made in described(evidence, version).items()
    ]
    return ((axis, *row) for axis, row in zip(axes, rows, strict=True))


def _titled(name: str, version: Version) -> str:
    return f"{name}, {version.name}" if name == AGENT else name


def _stay_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "How often a choice is repeated, by what came of it: the trained agent beside the exact optimum and "
        f"learners whose kind is known. {_ROWS} {dots_and_lines(evidence.seeds)} Most of the lines are too "
        "short to be seen.",
        height=6.0,
        **_GRID,
    )
    for axis, title, made in _panels(evidence, axes):
        stay_bars(axis, title, stay_over_seeds([one.stay for one in made]))
        if axis in (axes[0], axes[5]):
            axis.set_ylabel("choice repeated")
        else:
            axis.set_yticklabels([])
    transition_legend(drawn)
    return drawn


def _history_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Log-odds of repeating a choice by what came of it one to five trials before. A model-free learner's "
        "stay probabilities may look like a planner's in part; these weights separate the two. "
        f"{_ROWS} Bands are 95 % intervals over lifetimes, of the agent{first_seed(evidence.seeds)} too. "
        "Every panel has a scale of its own: a policy that hardly ever errs has large weights.",
        height=5.6,
        **_GRID,
    )
    for axis, title, made in _panels(evidence, axes):
        lag_weights(axis, title, made[0].weights)
    for axis in axes[5:]:
        axis.set_xlabel("trials before")
    for axis in (axes[0], axes[5]):
        axis.set_ylabel("weight")
    handles, labels = axes[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside upper center", ncols=4, frameon=False, fontsize=SMALL)
    return drawn


def _reward_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Expected reward of each trial: left the version of 2016, right that of 2018."
        f"{thin_lines(evidence.seeds)}",
        width=9.5,
        columns=2,
    )
    for axis, version in zip(axes, VERSIONS, strict=True):
        where = version.distribution
        lines = agent_lines(evidence, where, lambda name: reward_by_trial(evidence.records(name)))
        lines += reference_lines(
            SHOWN, lambda name, where=where: reward_by_trial([evidence.reference_records(name, where)])
        )
        curves(axis, lines, xlabel="trial", ylabel="expected reward", low=0.45, high=0.75, decimals=3)
    return drawn


def _models_figure(evidence: Evidence) -> CaptionedFigure:
    caption = (
        f"Cognitive models fitted to the choices of the agent{first_seed(evidence.seeds)}, of the exact "
        "optimum and of learners whose kind is known: how much worse each model's BIC is than the best "
        f"one's. {_ROWS}"
    )
    rows = [
        {_titled(name, version): np.array(list(each[0].bic.values())) for name, each in made.items()}
        for version, made in ((version, described(evidence, version)) for version in VERSIONS)
    ]
    return models_figure(caption, list(MODELS), rows)


def _learning_figure(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Learning to learn: expected regret of the lifetimes trained on, against their number. Left the "
        "version of 2016 with the controls, right that of 2018. These are of few lifetimes, and noisy: "
        "what the agents reach is in the findings.",
        width=9.5,
        columns=2,
    )
    for axis, version in zip(axes, VERSIONS, strict=True):
        draw_learning(
            axis, evidence, version.distribution, ("bayes-optimal", "win-stay-lose-shift", "random")
        )
    return drawn
