"""What is drawn of the two-step task only: functions that draw numpy arrays on axes that are given."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from prefrontal.report.style import FAINT, INK, SMALL, styled

COMMON, RARE = "#0072b2", "#e69f00"
WEIGHTS = {
    "interaction": ("reward x transition (model-based)", "#d55e00", "-"),
    "reward": ("reward (model-free)", "#0072b2", "-"),
    "choice": ("choice alone", "#8c8c8c", (0, (4, 2))),
    "transition": ("transition alone", "#8c8c8c", (0, (1, 1.5))),
}


@styled
def stay_bars(
    axes: Axes,
    title: str,
    probability: Float[np.ndarray, "4"],
    low: Float[np.ndarray, "4"],
    high: Float[np.ndarray, "4"],
    by_seed: Float[np.ndarray, "seeds 4"] | None = None,
) -> None:
    """The paper's own figure: staying after reward and after none, by common and rare transition."""
    places = np.array([0.0, 0.5, 1.25, 1.75])
    axes.bar(places, probability, 0.47, color=[COMMON, RARE] * 2, zorder=3)
    axes.vlines(places, low, high, color=INK, linewidth=1.6, zorder=5)
    if by_seed is not None and len(by_seed) > 1:
        spread = (np.arange(len(by_seed)) / (len(by_seed) - 1) - 0.5) * 0.22
        for place, values in zip(places, by_seed.T, strict=True):
            axes.plot(place + spread, values, "o", markersize=3, color="white", markeredgecolor=INK, zorder=6)
    for place, value in zip(places, probability, strict=True):
        text = f"{value:.2f}" if value < 0.995 else f"{value:.3f}"
        axes.text(place, 0.03, text.removeprefix("0"), ha="center", fontsize=SMALL, color="white", zorder=7)
    axes.set_title(title)
    axes.set_xticks([0.25, 1.5], ["rewarded", "unrewarded"])
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, 1.04)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axes.grid(axis="y", color=FAINT, linewidth=0.6)


@styled
def transition_legend(figure: Figure) -> None:
    """Which colour is which transition, above the figure."""
    keys = [("common transition", COMMON), ("rare transition", RARE)]
    patches = [Patch(color=colour, label=label) for label, colour in keys]
    figure.legend(handles=patches, loc="outside upper left", ncols=2, frameon=False, fontsize=SMALL)


@styled
def lag_weights(
    axes: Axes,
    title: str,
    weights: Mapping[str, Float[np.ndarray, "lags"]],
    errors: Mapping[str, Float[np.ndarray, "lags"]],
) -> None:
    """The regression's weights by lag, with 95 % intervals."""
    for name, (label, colour, line) in WEIGHTS.items():
        lags = np.arange(1, len(weights[name]) + 1)
        half = 1.96 * errors[name]
        axes.fill_between(
            lags, weights[name] - half, weights[name] + half, color=colour, alpha=0.2, linewidth=0
        )
        axes.plot(
            lags,
            weights[name],
            color=colour,
            linestyle=line,
            label=label,
            marker="o",
            markersize=3.5,
            linewidth=1.8,
            zorder=3 + (name in ("interaction", "reward")),
        )
    axes.axhline(0, color="#777777", linewidth=0.8)
    axes.set_xticks(lags)
    axes.set_title(title)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)


@styled
def recovered(
    axes: Axes,
    name: str,
    simulated: Float[np.ndarray, "blocks"],
    fitted: Float[np.ndarray, "blocks"],
    correlation: float,
) -> None:
    """A parameter as it was simulated against as it is fitted."""
    ends = [float(min(simulated.min(), 0.0)), float(simulated.max())]
    axes.plot(ends, ends, color="#777777", linewidth=0.8)
    axes.plot(simulated, fitted, "o", markersize=3.5, color=COMMON, alpha=0.7, markeredgewidth=0)
    axes.set_title(f"{name}  ρ = {correlation:.2f}")
    axes.set_xlabel("simulated")
    axes.set_ylabel("fitted")
    axes.grid(color=FAINT, linewidth=0.6)


@styled
def confusion(axes: Axes, share: Float[np.ndarray, "rows columns"], names: Sequence[str]) -> None:
    """How often BIC prefers each model (columns) of choices that each made (rows)."""
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(share):
        colour = "white" if value > 0.6 else INK
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=SMALL)
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("preferred by BIC")
    axes.set_ylabel("simulated")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
