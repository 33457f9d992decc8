"""The figures of `bandit-restless`."""

from prefrontal.analysis.choices.rescorla_wagner import MODELS
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.wording import first_seed
from prefrontal.experiments.bandit_animation import lifetimes_side_by_side
from prefrontal.experiments.bandit_figures import learning_figure, policies_figure, regret_figure
from prefrontal.experiments.wang2016.bandit_restless.analysis import (
    DISTRIBUTION,
    Fits,
    agent_fits,
    filter_fits,
    learner_fits,
)
from prefrontal.report.plots import bic_bars, fitted_rates
from prefrontal.report.style import CaptionedFigure, figure

ANIMATIONS = {"lifetime": ("lstm", lifetimes_side_by_side)}


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """The paper's figure 4: regret, fitted learning rates against volatility, model comparison."""
    fits = {
        "LSTM": agent_fits(evidence)[0],
        "rescorla-wagner": learner_fits(evidence),
        "bayes-optimal": filter_fits(evidence),
    }
    return {
        "regret": regret_figure(
            evidence, DISTRIBUTION, ("bayes-optimal", "thompson", "ucb1", "rescorla-wagner")
        ),
        "policies": policies_figure(evidence, DISTRIBUTION),
        "learning-rate": _rates_figure(fits, evidence),
        "learning": learning_figure(evidence, DISTRIBUTION, ("bayes-optimal", "thompson", "ucb1")),
    }


def _rates_figure(fits: dict[str, Fits], evidence: Evidence) -> CaptionedFigure:
    trained = f"{evidence.conditions['lstm']['label']}{first_seed(evidence.seeds)}"
    drawn, axes = figure(
        "Left: the learning rate of the Rescorla-Wagner model (α and β free) fitted to the choices of the "
        f"agent ({trained}), of a Rescorla-Wagner learner and of the exact filter, in blocks of ten "
        "lifetimes of one volatility: a dot is a block, a box the middle half, the line joins medians. "
        "Right: how much worse each model's BIC, summed over blocks, is than the best model's.",
        width=9.5,
        columns=2,
    )
    fitted_rates(axes[0], next(iter(fits.values())).levels, {label: one.rates for label, one in fits.items()})
    bic = {label: one.bic for label, one in fits.items() if label != "bayes-optimal"}
    bic_bars(axes[1], list(MODELS), bic)
    return drawn
