"""Figures of cognitive models that were fitted to choices."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Real

from prefrontal.analysis.choices.two_step_recovery import Recovery
from prefrontal.report.behaviour_plots import confusion, recovered
from prefrontal.report.plots import bic_bars
from prefrontal.report.style import CaptionedFigure, figure


def models_figure(
    caption: str, models: Sequence[str], rows: Sequence[Mapping[str, Real[np.ndarray, "models"]]]
) -> CaptionedFigure:
    """How much worse each model's BIC is than the best one's: in each row a group of bars for each policy."""
    drawn, axes = figure(caption, width=9.5, height=6.6, rows=len(rows))
    for axis, bic in zip(axes, rows, strict=True):
        bic_bars(axis, list(models), bic)
        axis.set_xlabel("model fitted")
    return drawn


def recovery_figure(
    recovery: Recovery, preferred: Float[np.ndarray, "made fitted"], models: Sequence[str]
) -> CaptionedFigure:
    """Whether fits find the parameters that choices were made with, and the model."""
    drawn, axes = figure(
        "Can the fits be trusted? Hybrid learners of known parameters, simulated in the version of 2018 and "
        "fitted; and, below at the right, how often BIC prefers each model of the choices that each of them "
        "made.",
        width=9.5,
        height=5.6,
        rows=2,
        columns=3,
    )
    recovered(axes, recovery)
    confusion(axes[5], preferred, models)
    return drawn
