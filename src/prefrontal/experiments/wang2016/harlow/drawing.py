"""What is drawn of Harlow's task only: functions that draw numpy arrays on axes that are given."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from prefrontal.report.style import FAINT, styled

RIGHT, WRONG = "#0072b2", "#e69f00"


def percent_axis(axes: Axes) -> None:
    """The vertical axis in hundredths."""
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))


@styled
def gaze_paths(axes: Axes, title: str, paths: Sequence[Float[np.ndarray, "_"]], steps: int) -> None:
    """Gaze against the step, time downwards; each path in the colour of the side that it ends on.

    **Arguments:** `steps`, how far down the axis goes.
    """
    rng = np.random.default_rng(0)
    for path in paths:
        colour = RIGHT if path[-1] > 0 else WRONG
        aside = rng.normal(scale=0.25)  # degrees, so that paths do not hide each other
        axes.plot(path + aside, np.arange(len(path)), color=colour, linewidth=1.0, alpha=0.5)
    axes.set_ylim(steps, -0.3)
    axes.set_xlim(-24, 24)
    axes.axvline(0, color=FAINT, linewidth=0.8)
    axes.set_title(title)
    axes.set_xlabel("gaze (degrees)")
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
