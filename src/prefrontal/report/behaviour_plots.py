"""Plots of what agents do in trials and on their ways: functions that draw numpy arrays on given axes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from prefrontal.analysis.choices.two_step import PREDICTORS, HistoryWeights
from prefrontal.analysis.choices.two_step_recovery import Recovery
from prefrontal.analysis.measures import Measure
from prefrontal.analysis.navigation import Around
from prefrontal.analysis.regret import Curve
from prefrontal.report.style import AGENT, FAINT, INK, SCENE_COLOURS, SMALL, styled

COMMON, RARE = "#0072b2", "#e69f00"
WEIGHTS = {
    "interaction": ("reward x transition (model-based)", "#d55e00", "-"),
    "reward": ("reward (model-free)", "#0072b2", "-"),
    "choice": ("choice alone", "#8c8c8c", (0, (4, 2))),
    "transition": ("transition alone", "#8c8c8c", (0, (1, 1.5))),
}

# In the order of `PARAMETERS`; bold, as the rest of a title.
SYMBOLS = ("α", r"$\mathbf{β}_{\mathbf{MB}}$", r"$\mathbf{β}_{\mathbf{MF}}$", "λ", "π")


@styled
def stay_bars(axes: Axes, title: str, stays: Curve) -> None:
    """The paper's own figure: staying after reward and after none, by common and rare transition.

    **Arguments:** `stays`, a "curve" of the four probabilities in the order of `KINDS`.
    """
    places = np.array([0.0, 0.5, 1.25, 1.75])
    axes.bar(places, stays.mean, 0.47, color=[COMMON, RARE] * 2, zorder=3)
    axes.vlines(places, stays.low, stays.high, color=INK, linewidth=1.6, zorder=5)
    seeds = len(stays.by_seed)
    if seeds > 1:
        spread = (np.arange(seeds) / (seeds - 1) - 0.5) * 0.22
        for place, values in zip(places, stays.by_seed.T, strict=True):
            axes.plot(place + spread, values, "o", markersize=3, color="white", markeredgecolor=INK, zorder=6)
    for place, value in zip(places, stays.mean, strict=True):
        text = f"{value:.2f}" if value < 0.995 else f"{value:.3f}" if value < 0.9995 else "1"
        axes.text(place, 0.03, text.removeprefix("0"), ha="center", fontsize=SMALL, color="white", zorder=7)
    axes.set_title(title)
    axes.set_xticks([0.25, 1.5], ["rewarded", "unrewarded"])
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, 1.04)
    percent_axis(axes)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)


@styled
def transition_legend(figure: Figure) -> None:
    """Which colour is which transition, above the figure."""
    keys = [("common transition", COMMON), ("rare transition", RARE)]
    patches = [Patch(color=colour, label=label) for label, colour in keys]
    figure.legend(handles=patches, loc="outside upper left", ncols=2, frameon=False, fontsize=SMALL)


@styled
def lag_weights(axes: Axes, title: str, found: HistoryWeights) -> None:
    """The regression's weights by lag, with 95 % intervals."""
    rows = dict(zip(PREDICTORS, zip(found.weights, found.errors, strict=True), strict=True))
    lags = np.arange(1, found.weights.shape[1] + 1)
    for name, (label, colour, line) in WEIGHTS.items():
        weights, errors = rows[name]
        ends = weights - 1.96 * errors, weights + 1.96 * errors
        axes.fill_between(lags, *ends, color=colour, alpha=0.2, linewidth=0)
        axes.plot(
            lags,
            weights,
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
def recovered(panels: Sequence[Axes], found: Recovery) -> None:
    """Each parameter of the hybrid as it was simulated against as it is fitted, on axes of its own."""
    columns = zip(panels, SYMBOLS, found.simulated.T, found.fitted.T, found.correlation, strict=False)
    for axes, symbol, simulated, fitted, correlation in columns:
        ends = [float(min(simulated.min(), 0.0)), float(simulated.max())]
        axes.plot(ends, ends, color="#777777", linewidth=0.8)
        axes.plot(simulated, fitted, "o", markersize=3.5, color=COMMON, alpha=0.7, markeredgewidth=0)
        axes.set_title(f"{symbol}  ρ = {correlation:.2f}")
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
        colour = SCENE_COLOURS["right" if path[-1] > 0 else "wrong"]
        aside = rng.normal(scale=0.25)  # degrees, so that paths do not hide each other
        axes.plot(path + aside, np.arange(len(path)), color=colour, linewidth=1.0, alpha=0.5)
    axes.set_ylim(steps, -0.3)
    axes.set_xlim(-24, 24)
    axes.axvline(0, color=FAINT, linewidth=0.8)
    axes.set_title(title)
    axes.set_xlabel("gaze (degrees)")
    axes.grid(axis="x", color=FAINT, linewidth=0.6)


class Pair(NamedTuple):
    """One policy's steps to the first arrival and to later ones."""

    label: str
    colour: str
    first: Measure
    later: Measure


@styled
def step_pairs(axes: Axes, title: str, pairs: Sequence[Pair]) -> None:
    """Two bars for each policy."""
    for place, pair in enumerate(pairs):
        pale = tuple(0.45 * part + 0.55 for part in to_rgb(pair.colour))
        for aside, one, colour in ((-0.2, pair.first, pale), (0.2, pair.later, pair.colour)):
            _bar(axes, place + aside, one, colour)
    axes.set_xticks(range(len(pairs)), [pair.label.replace(", ", ",\n") for pair in pairs])
    axes.set_ylabel("steps to the goal")
    axes.set_title(title)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.margins(y=0.12)
    axes.set_ylim(bottom=0)


def _bar(axes: Axes, place: float, one: Measure, colour) -> None:
    axes.bar(place, one.value, 0.37, color=colour, zorder=3)
    axes.vlines(place, one.low, one.high, color=INK, linewidth=1.4, zorder=5)
    if len(one.by_seed) > 1:
        axes.plot([place + 0.08] * len(one.by_seed), one.by_seed, "o", markersize=3, color="white",
                  markeredgecolor=INK, markeredgewidth=0.7, zorder=6)  # fmt: skip
    top = max(one.value, one.high, *one.by_seed)
    axes.annotate(f"{one.value:.1f}", (place, top), xytext=(0, 3), textcoords="offset points", ha="center",
                  fontsize=SMALL)  # fmt: skip


@styled
def value_bands(axes: Axes, title: str, first: Around, later: Around) -> None:
    """Values before and after the arrival; between it and the next start the line is broken."""
    for around, line, label in ((first, (0, (3, 2)), "first arrivals"), (later, "-", "later arrivals")):
        for part in (around.steps <= 0, around.steps > 0):
            steps, mean, half = around.steps[part], around.mean[part], 1.96 * around.error[part]
            axes.fill_between(steps, mean - half, mean + half, color=AGENT, alpha=0.18, linewidth=0)
            axes.plot(steps, mean, color=AGENT, linestyle=line, label=label if part[0] else None)
    axes.axvline(0.5, color="#777777", linewidth=0.8, linestyle=":")
    axes.set_xlabel("steps from the arrival")
    axes.set_ylabel("value")
    axes.set_title(title)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.legend(frameon=False, fontsize=SMALL)
