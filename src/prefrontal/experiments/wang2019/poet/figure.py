"""The figures of `poet`."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.wording import lines_and_bands
from prefrontal.experiments.bandit_figures import labelled
from prefrontal.experiments.wang2019.poet.analysis import controls, course, solves
from prefrontal.experiments.wang2019.poet.animation import runs_side_by_side
from prefrontal.report.plots import Bar, Line, curves, final_bars
from prefrontal.report.style import CaptionedFigure, figure

ANIMATIONS = {"run": ("poet", runs_side_by_side)}
_INKS = {"poet": "#d55e00", "no-transfer": "#0072b2", "random": "#7f7f7f"}
# What the numbers of a course's vector are, in their order.
NUMBERS = (
    *("roughness", "gap, least", "gap", "stump, least", "stump", "stairs, least", "stairs", "steps"),
    *("ceiling, least", "ceiling"),
)
_SOLVED, _NEW, _NOT = "#0072b2", "#d55e00", "#b9b9b9"


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """What grew first, then what it can do that its controls cannot."""
    return {
        "tree": _tree(evidence),
        "environments": _environments(evidence),
        "annecs": _annecs(evidence),
        "solved": _solved(evidence),
        "transfers": _transfers(evidence),
    }


def _tree(evidence: Evidence) -> CaptionedFigure:
    found = evidence.history("poet", evidence.seeds[0])
    drawn, [axis] = figure(
        "The environments of POET (the first seed) in the order in which they were admitted, each from the "
        "update at which it was until it retired; thin lines lead from parent to child. A dot is the update "
        "after which it was solved: orange where no agent so far could solve it when it was admitted, else "
        "blue.",
        width=8.0,
        height=5.0,
    )
    end = max(found["born"].max(), found["retired"].max(), found["solved"].max()) + 1
    for row, (born, retired, parent) in enumerate(
        zip(found["born"], found["retired"], found["parent"], strict=True)
    ):
        axis.plot([born, retired if retired >= 0 else end], [row, row], color=_NOT, linewidth=2.0)
        if parent >= 0:
            axis.plot([born, born], [parent, row], color="#d9d9d9", linewidth=0.7, zorder=0)
        if (solved := found["solved"][row]) >= 0:
            axis.plot(solved, row, "o", color=_NEW if found["new"][row] else _SOLVED, markersize=4)
    axis.set(xlabel="update", ylabel="environment", xlim=(0, end), ylim=(len(found["born"]) - 0.5, -0.5))
    return drawn


def _environments(evidence: Evidence) -> CaptionedFigure:
    vectors = evidence.history("poet", evidence.seeds[0])["vectors"]
    drawn, [axis] = figure(
        "The vectors of the same environments, a column for each: every number in proportion to the greatest "
        "that occurs. Sizes of 0 (white) mean that there is no such obstacle.",
        width=8.0,
        height=3.4,
    )
    greatest = np.maximum(np.abs(vectors).max(axis=0), 1e-9)
    axis.imshow((vectors / greatest).T, cmap="Blues", aspect="auto", vmin=0.0, vmax=1.0)
    names = NUMBERS if vectors.shape[1] == len(NUMBERS) else [str(place) for place in range(vectors.shape[1])]
    axis.set_yticks(range(len(names)), names)
    axis.set_xlabel("environment")
    axis.tick_params(length=0)
    return drawn


def _annecs(evidence: Evidence) -> CaptionedFigure:
    drawn, [axis] = figure(
        "ANNECS: the number of environments so far that no agent could solve when they were admitted, and "
        f"that were then solved, by the lifetimes lived. {lines_and_bands(evidence.seeds)}"
    )
    lines = []
    for name, colour in _INKS.items():
        curve = course(evidence, name)
        lines.append(Line(*labelled(evidence, name), **curve._asdict(), colour=colour))
    high = max(1.0, *(float(np.max(line.by_seed)) for line in lines if line.by_seed is not None))
    curves(axis, lines, xlabel="lifetimes", ylabel="ANNECS", high=1.03 * high, decimals=1)
    return drawn


def _solved(evidence: Evidence) -> CaptionedFigure:
    drawn, [axis] = figure(
        "The share of fresh tasks of the last environments that POET solved, in which 230 points are "
        "reached: by POET's own agents, and by agents that were trained in each of these environments from "
        "scratch, or from flat ground along the direct path. Black lines are 95 % intervals, dots seeds."
    )
    bars = []
    for name in ("poet", *controls(evidence)):
        found = solves(evidence, name)
        seeds = tuple(map(float, found.by_seed))
        bars.append(Bar(*labelled(evidence, name), found.value, found.interval, by_seed=seeds))
    final_bars(axis, bars, xlabel="share of fresh tasks", limit=1.02)
    return drawn


def _transfers(evidence: Evidence) -> CaptionedFigure:
    found = evidence.history("poet", evidence.seeds[0])
    drawn, [axis] = figure(
        "How many agents went from each environment to each other one in POET (the first seed). Environments "
        "are in the order in which they were admitted.",
        width=5.6,
        height=4.8,
    )
    image = axis.imshow(found["moved"], cmap="Blues", vmin=0, vmax=max(1, int(found["moved"].max())))
    axis.set(xlabel="to environment", ylabel="from environment")
    drawn.colorbar(image, ax=axis, label="transfers", shrink=0.8)
    return drawn
