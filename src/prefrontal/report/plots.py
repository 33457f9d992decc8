"""What the experiments' figures are drawn with: functions that draw numpy arrays on axes that are given."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Real
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from prefrontal.report.style import AGENTS, FAINT, INK, SMALL, Role, colour_of, stroke_of, styled


@dataclasses.dataclass(frozen=True, eq=False)
class Line:
    """One policy's curve, with its interval and its training seeds where there are any.

    The fields after `x` are those of `analysis.regret.Curve`: `Line(label, role, x, **curve._asdict())`.
    """

    label: str
    role: Role
    x: Real[np.ndarray, "n"]
    mean: Real[np.ndarray, "n"]
    low: Real[np.ndarray, "n"] | None = None
    high: Real[np.ndarray, "n"] | None = None
    by_seed: Real[np.ndarray, "seeds n"] | None = None
    colour: str | None = None  # the policy's own, if None

    @property
    def ink(self) -> str:
        return self.colour or colour_of(self.label, self.role)


@dataclasses.dataclass(frozen=True, eq=False)
class Bar:
    """One policy's number, with its interval; `exact` if it was computed and not sampled."""

    label: str
    role: Role
    value: float
    interval: tuple[float, float] | None = None
    exact: bool = False
    by_seed: tuple[float, ...] = ()
    colour: str | None = None

    @property
    def ink(self) -> str:
        return self.colour or colour_of(self.label, self.role)


@styled
def curves(
    axes: Axes,
    lines: Sequence[Line],
    *,
    xlabel: str,
    ylabel: str,
    low: float = 0.0,
    high: float | None = None,
    decimals: int = 2,
) -> None:
    """Lines with their intervals as bands and their seeds as thin lines, each labelled where it ends.

    **Arguments:** `low` and `high`, the range of the vertical axis (to the highest line, if `high` is None);
    lines that end above it are named at the top; `decimals`, of the last value, which is beside each name.
    Where a line ends before the others, its label says at which x.
    """
    for line in lines:
        _draw_line(axes, line)
    top = max(float(line.mean.max()) for line in lines) * 1.03 if high is None else high
    axes.set_ylim(low, top)
    last = max(line.x[-1] for line in lines)
    axes.set_xlim(min(line.x[0] for line in lines), last)
    _name_axes(axes, xlabel, ylabel)
    form = ",.0f" if last >= 10 else ".2g"
    early = lambda line: f" at {line.x[-1]:{form}}" if line.x[-1] < last else ""  # noqa: E731
    text = {id(line): f"{line.label}  {line.mean[-1]:.{decimals}f}{early(line)}" for line in lines}
    inside = [line for line in lines if line.mean[-1] <= top]
    _label_ends(axes, [(float(line.mean[-1]), text[id(line)], line.ink, line.role) for line in inside])
    if beyond := [text[id(line)] for line in lines if line.mean[-1] > top]:
        axes.set_title("above: " + ",  ".join(beyond), fontsize=SMALL, fontweight="normal", color="#666666")


def regret_curves(axes: Axes, lines: Sequence[Line], *, high: float | None = None) -> None:
    """Cumulative expected regret against the pull."""
    curves(axes, lines, xlabel="pull", ylabel="cumulative expected regret", high=high)


def best_arm_curves(axes: Axes, lines: Sequence[Line], *, low: float = 0.0) -> None:
    """The proportion of lifetimes in which each pull is of a best arm."""
    curves(axes, lines, xlabel="pull", ylabel="pulls of the best arm", low=low, high=1.0, decimals=3)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))


@styled
def learning_curves(
    axes: Axes,
    lines: Sequence[Line],
    references: Mapping[str, float],
    *,
    xlabel: str = "lifetimes of training",
    ylabel: str = "regret of a lifetime",
    high: float | None = None,
) -> None:
    """A metric against the length of training (logarithmic), with the references' values as level lines.

    Lines of training have no number: what an agent reaches is measured on held-out tasks.
    """
    for line in lines:
        _draw_line(axes, line)
    for label, value in references.items():
        axes.axhline(value, color=colour_of(label, "reference"), **stroke_of(label, "reference"))
    axes.set_xscale("log")
    axes.set_xlim(min(line.x[0] for line in lines), max(line.x[-1] for line in lines))
    highest = max([*(float(line.mean.max()) for line in lines), *references.values()])
    lowest = min([0.0, *(float(line.mean.min()) for line in lines), *references.values()])
    axes.set_ylim(lowest * 1.03, highest * 1.03 if high is None else high)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _count(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    _name_axes(axes, xlabel, ylabel)
    ends = [(float(line.mean[-1]), line.label, line.ink, line.role) for line in lines]
    levels = [
        (value, f"{label}  {value:.2f}", colour_of(label, "reference"), "reference")
        for label, value in references.items()
    ]
    _label_ends(axes, [end for end in (*ends, *levels) if end[0] <= axes.get_ylim()[1]])


@styled
def final_bars(
    axes: Axes, bars: Sequence[Bar], *, xlabel: str, limit: float | None = None, decimals: int = 2
) -> None:
    """One horizontal bar for each policy, in the order given, from the top.

    Intervals are black lines, training seeds dots, exact numbers diamonds.

    **Arguments:** `limit`, where longer bars are cut, so that a bad policy does not make the good ones alike.
    """
    longest = max(bar.value if bar.interval is None else bar.interval[1] for bar in bars)
    limit = longest * 1.02 if limit is None else limit
    for place, bar in enumerate(bars):
        _draw_bar(axes, place, bar, limit, decimals)
    axes.set_yticks(range(len(bars)), [bar.label for bar in bars])
    for tick, bar in zip(axes.get_yticklabels(), bars, strict=True):
        tick.set_color(bar.ink if bar.role == "agent" else INK)
        tick.set_fontweight("bold" if bar.role == "agent" else "normal")
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(0, limit)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    notes = " (◆ exact)" if any(bar.exact for bar in bars) else ""
    axes.set_xlabel(xlabel + notes)


@styled
def matrices(
    figure: Figure,
    axes: Sequence[Axes],
    values: Mapping[str, Real[np.ndarray, "rows columns"]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    row_name: str,
    column_name: str,
    label: str,
) -> None:
    """Matrices side by side with their numbers, on one colour scale, so that they can be compared.

    **Arguments:** `values`, a matrix for each title; `label`, what the colour measures.
    """
    scale = Normalize(0.0, max(float(matrix.max()) for matrix in values.values()))
    image = None
    for place, (axis, (title, matrix)) in enumerate(zip(axes, values.items(), strict=True)):
        image = axis.imshow(matrix, cmap="Blues", norm=scale, aspect="equal")
        axis.set_title(title)
        axis.set_xticks(range(len(columns)), columns, rotation=30, ha="right", rotation_mode="anchor")
        axis.set_yticks(range(len(rows)), rows if place == 0 else [""] * len(rows))
        axis.set_xlabel(column_name)
        axis.set_ylabel(row_name if place == 0 else "")
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        _write_numbers(axis, matrix, scale)
    if image is not None:
        figure.colorbar(image, ax=list(axes), label=label, shrink=0.8, pad=0.02).outline.set_visible(False)  # pyright: ignore


@styled
def fitted_rates(
    axes: Axes,
    volatilities: Sequence[float],
    rates: Mapping[str, Sequence[Real[np.ndarray, "_"]]],
    *,
    ylabel: str = "fitted learning rate α",
) -> None:
    """Learning rates fitted to blocks of lifetimes, against the lifetimes' volatility.

    Every block is a dot; a box holds the middle half, and the line joins the medians.

    **Arguments:** `rates`, for each policy one array of fitted rates for each volatility.
    """
    width = 0.8 / len(rates)
    for number, (label, groups) in enumerate(rates.items()):
        colour = AGENTS[number % len(AGENTS)]
        places = np.arange(len(volatilities)) + (number - (len(rates) - 1) / 2) * width
        for place, group in zip(places, groups, strict=True):
            _draw_box(axes, float(place), width, group, colour)
        medians = [float(np.median(group)) for group in groups]
        axes.plot(
            places, medians, color=colour, linewidth=1.8, marker="o", markersize=4, label=label, zorder=5
        )
    axes.set_xticks(range(len(volatilities)), [f"{volatility:g}" for volatility in volatilities])
    axes.set_xlim(-0.6, len(volatilities) - 0.4)
    axes.set_ylim(-0.02, 1.02)
    _name_axes(axes, "volatility of the arms (standard deviation per step)", ylabel)
    if len(rates) > 1:
        _legend_above(axes)


@styled
def bic_bars(axes: Axes, models: Sequence[str], bic: Mapping[str, Real[np.ndarray, "models"]]) -> None:
    """How much worse each model's BIC is than that of the policy's best model: 0 is the model preferred."""
    width = 0.8 / len(bic)
    worst = max(float((values - values.min()).max()) for values in bic.values()) or 1.0
    for number, (label, values) in enumerate(bic.items()):
        places = np.arange(len(models)) + (number - (len(bic) - 1) / 2) * width
        above = values - values.min()
        colour = AGENTS[number % len(AGENTS)]
        axes.bar(places, above, width * 0.92, color=colour, label=label, zorder=3)
        for place, value in zip(places, above, strict=True):
            text, weight = ("best", "bold") if value == 0 else (f"{value:,.0f}", "normal")
            axes.text(
                place,
                value + worst * 0.015,
                text,
                ha="center",
                va="bottom",
                fontsize=SMALL,
                fontweight=weight,
            )
    axes.set_xticks(range(len(models)), models)
    axes.set_ylim(0, worst * 1.12)
    _name_axes(axes, "free parameters of the model", "BIC above that of the best model")
    _legend_above(axes)


def spread(places: Sequence[float], gap: float, high: float = 1.0) -> Float[np.ndarray, "n"]:
    """Places at least `gap` apart, in the same order, and as near as can be (least squares) to those wanted.

    They are within 0 and `high` where there is room for all.
    """
    order = np.argsort(places, kind="stable")
    steps = np.arange(len(places)) * gap
    from scipy.optimize import isotonic_regression  # here, for it takes long to import

    apart = np.asarray(isotonic_regression(np.asarray(places, float)[order] - steps).x)
    found = np.empty(len(places))
    found[order] = np.clip(apart, 0.0, max(high - steps[-1], 0.0)) + steps
    return found


def _draw_line(axes: Axes, line: Line) -> None:
    if line.low is not None and line.high is not None:
        axes.fill_between(line.x, line.low, line.high, color=line.ink, alpha=0.18, linewidth=0, zorder=2)
    if line.by_seed is not None and len(line.by_seed) > 1:
        axes.plot(line.x, line.by_seed.T, color=line.ink, linewidth=0.6, alpha=0.45, zorder=2)
    axes.plot(line.x, line.mean, color=line.ink, **stroke_of(line.label, line.role))


def _label_ends(axes: Axes, ends: Sequence[tuple[float, str, str, str]]) -> None:
    """Each line's name to the right of its end `(y, text, colour, role)`, moved apart so no names overlap."""
    if not ends:
        return
    figure = axes.figure
    figure.draw_without_rendering()  # pyright: ignore  # only then is the height of the axes known
    height = axes.get_window_extent().height / figure.dpi * 72  # points
    wanted = [
        float(axes.transAxes.inverted().transform(axes.transData.transform((1, y)))[1]) for y, *_ in ends
    ]
    for start, place, (_, text, colour, role) in zip(
        wanted, spread(wanted, 1.4 * SMALL / height), ends, strict=True
    ):
        weight = "bold" if role == "agent" else "normal"
        where = {"transform": axes.transAxes, "color": colour, "clip_on": False}
        axes.plot([1.005, 1.035], [start, place], linewidth=0.7, **where)
        axes.text(1.042, place, text, va="center", fontsize=SMALL, fontweight=weight, **where)


def _name_axes(axes: Axes, xlabel: str, ylabel: str) -> None:
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="y", color=FAINT, linewidth=0.6)


def _draw_bar(axes: Axes, place: int, bar: Bar, limit: float, decimals: int) -> None:
    look = {"color": bar.ink if bar.role == "agent" else _paler(bar.ink)}
    if bar.role == "control":
        look = {
            "fill": False,
            "edgecolor": bar.ink,
            "linestyle": (0, (4, 2)),
            "linewidth": 1.2,
            "hatch": "////",
        }
    axes.barh(place, min(bar.value, limit), 0.62, zorder=3, **look)  # pyright: ignore[reportArgumentType]
    if bar.interval and bar.value <= limit:
        axes.hlines(place, *bar.interval, color=INK, linewidth=1.6, zorder=5)
    if bar.exact and bar.value <= limit:
        axes.plot(bar.value, place, marker="D", markersize=4.5, color=INK, markeredgecolor="white", zorder=6)
    shown = [value for value in bar.by_seed if value <= limit and len(bar.by_seed) > 1]
    below = [place + 0.19] * len(shown)
    axes.plot(
        shown, below, "o", markersize=3, color="white", markeredgecolor=INK, markeredgewidth=0.7, zorder=6
    )
    reach = max([bar.value, *(bar.interval or ()), *bar.by_seed])
    text = f"{bar.value:.{decimals}f}" + (" ▸" if bar.value > limit else "")
    axes.annotate(
        text,
        (min(reach, limit), place),
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        annotation_clip=False,
    )


def _paler(colour: str) -> tuple[float, ...]:
    """The colour with a quarter of white: opaque, so that no grid shows through."""
    return tuple(0.75 * part + 0.25 for part in to_rgb(colour))


def _write_numbers(axes: Axes, matrix: Real[np.ndarray, "rows columns"], scale: Normalize) -> None:
    for row, values in enumerate(matrix):
        for column, value in enumerate(values):
            colour = "white" if scale(value) > 0.6 else INK
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=SMALL)


def _draw_box(axes: Axes, place: float, width: float, group: Real[np.ndarray, "_"], colour: str) -> None:
    jitter = (
        (np.arange(len(group)) * 0.618 % 1 - 0.5) * width * 0.6
    )  # the golden ratio spreads without chance
    axes.plot(
        place + jitter, group, "o", markersize=2.5, color=colour, alpha=0.3, markeredgewidth=0, zorder=2
    )
    low, high = np.quantile(group, [0.25, 0.75])
    axes.bar(
        place,
        high - low,
        width * 0.7,
        bottom=low,
        color=colour,
        alpha=0.25,
        edgecolor=colour,
        linewidth=1,
        zorder=3,
    )


def _legend_above(axes: Axes) -> None:
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, frameon=False, fontsize=SMALL, borderaxespad=0.2
    )


def _count(value: float) -> str:
    """1,000 as 1k, 1,000,000 as 1M."""
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if value >= 1e3 else f"{value:g}"
