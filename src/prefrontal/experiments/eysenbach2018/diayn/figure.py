"""The figures of `diayn`."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.wording import lines_and_bands
from prefrontal.experiments.bandit_figures import labelled
from prefrontal.experiments.eysenbach2018.diayn.analysis import (
    accuracy,
    apart,
    course,
    skill_of,
    told,
)
from prefrontal.experiments.eysenbach2018.diayn.animation import skills_side_by_side
from prefrontal.experiments.eysenbach2018.diayn.names import LOG_Q
from prefrontal.report.plots import Bar, Line, curves, final_bars
from prefrontal.report.style import CaptionedFigure, figure

# Of skills, in turn: Okabe and Ito's, and paler ones.
COLOURS = (
    *("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000"),
    *("#f2b48c", "#8cbfe0", "#8cd6c0", "#ecc7db", "#f5d38c", "#b9e0f7", "#c4c4c4", "#6b4c9a"),
)
_INKS = {"ppo": "#d55e00", "sac": "#0072b2", "sac-no-entropy": "#7f7f7f"}
ANIMATIONS = {"skills": ("ppo", skills_side_by_side)}


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """Ways of the skills first, then what the discriminator says of places, and the numbers."""
    return {
        "skills": _ways(evidence),
        "states": _states(evidence),
        "training": _training(evidence),
        "measures": _measures(evidence),
    }


def _panels(evidence: Evidence, caption: str):
    """A panel for each condition, and the lifetimes that the first seed kept."""
    rows = -(-len(evidence.conditions) // 3)
    drawn, axes = figure(caption, width=11.0, height=3.9 * rows, rows=rows, columns=3)
    for axis, entry in zip(axes, evidence.conditions.values(), strict=False):
        axis.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), aspect="equal", title=entry["label"])
        if "rooms" in entry["distribution"]:
            _walls(axis)
    return drawn, list(zip(axes, map(evidence.kept, evidence.conditions), strict=False))


def _walls(axis) -> None:
    """The walls between four rooms, with doors of a width of .3."""
    for low, high in ((-1.0, -0.65), (-0.35, 0.35), (0.65, 1.0)):
        axis.plot([0, 0], [low, high], color="#5b6570", linewidth=2)
        axis.plot([low, high], [0, 0], color="#5b6570", linewidth=2)


def _ways(evidence: Evidence) -> CaptionedFigure:
    drawn, panels = _panels(
        evidence,
        "Ways of held-out episodes of the first seed, ten of each skill, each skill in a colour of its own. "
        "The box is 2 wide, and all episodes of a condition begin in the same place.",
    )
    for axis, records in panels:
        skill, places = skill_of(records), records.state["position"]
        for one in np.unique(skill):
            for life in np.flatnonzero(skill == one)[:10]:
                colour = COLOURS[one % len(COLOURS)]
                axis.plot(*places[life].T, color=colour, linewidth=0.9, alpha=0.6)
    return drawn


def _states(evidence: Evidence) -> CaptionedFigure:
    drawn, panels = _panels(
        evidence,
        "Places of held-out episodes of the first seed, in the colour of the skill that the discriminator "
        "takes them for. Where skills overlap, it cannot tell them apart.",
    )
    for axis, records in panels:
        places = np.asarray(records.state["position"])[:100].reshape(-1, 2)
        said = np.asarray(records.units)[:100].argmax(axis=-1).ravel()
        axis.scatter(*places.T, c=[COLOURS[one % len(COLOURS)] for one in said], s=3, linewidths=0)
    return drawn


def _training(evidence: Evidence) -> CaptionedFigure:
    drawn, [axis] = figure(
        "Mean log q(z|s) of the episodes lived in training: 0 is to be sure of every state's skill. "
        f"{lines_and_bands(evidence.seeds)}"
    )
    lines = []
    for name, colour in _INKS.items():
        curve = course(evidence, name)
        lines.append(Line(*labelled(evidence, name), **curve._asdict(), colour=colour))
    low = min(-2.5, *(float(line.mean[-1]) for line in lines))
    curves(axis, lines, xlabel="lifetimes of training", ylabel="log q(z|s), nats", low=low, high=0.0)
    axis.axhline(LOG_Q, color="#d9d9d9", linewidth=1.0)
    return drawn


def _measures(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "How well held-out episodes are told apart: accuracy and -log q(z|s) over all states, and "
        "the least distance between the mean ends of two skills. Black lines are 95 % intervals, dots seeds.",
        width=11.0,
        columns=3,
    )
    for axis, (of, label, sign) in zip(
        axes, ((accuracy, "accuracy", 1), (told, "-log q, nats", -1), (apart, "distance", 1)), strict=True
    ):
        bars = []
        for name in evidence.conditions:
            found = of(evidence, name)
            low, high = sorted(sign * end for end in found.interval)
            seeds = tuple(float(sign * one) for one in found.by_seed)
            bars.append(Bar(*labelled(evidence, name), sign * found.value, (low, high), by_seed=seeds))
        final_bars(axis, bars, xlabel=label)
    return drawn
