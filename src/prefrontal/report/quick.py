"""One call from records to a figure."""

from collections.abc import Mapping

import numpy as np

from prefrontal.analysis.regret import regret_curve
from prefrontal.disk.records import Records
from prefrontal.report.plots import Line, regret_curves
from prefrontal.report.style import CaptionedFigure, figure


def draw_regret(records: Mapping[str, Records]) -> CaptionedFigure:
    """Cumulative expected regret of each policy against time; the first is drawn as the agent.

    **Arguments:** `records`, by the name that each policy is to have in the figure.

    **Returns:** a matplotlib figure, to be saved with `savefig`.
    """
    if not records:
        raise ValueError("records is empty; it must hold the records of at least one policy")
    drawn, axes = figure("Cumulative expected regret on held-out tasks.")
    lines = []
    for label, one in records.items():
        curve = regret_curve([one])
        pulls = np.arange(1, one.horizon + 1)
        role = "reference" if lines else "agent"
        lines.append(Line(label, role, pulls, curve.mean, curve.low, curve.high))
    regret_curves(axes[0], lines)
    return drawn
