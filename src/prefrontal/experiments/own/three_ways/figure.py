"""The figures of `three-ways`."""

from functools import partial
from typing import Any

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.regret import curve_over_seeds
from prefrontal.analysis.wording import dots_and_lines, lines_and_bands
from prefrontal.experiments.own.three_ways.analysis import LATE, course, families, scored_part
from prefrontal.experiments.own.three_ways.names import FAMILIES, LENGTH, TRIAL, WAYS, condition
from prefrontal.experiments.plane_animation import before_and_after
from prefrontal.experiments.plane_scores import episode_scores
from prefrontal.report.plots import Bar, Line, curves, final_bars
from prefrontal.report.style import CaptionedFigure, figure

COLOURS = {"rl2": "#0072b2", "maml": "#d55e00", "reptile": "#009e73", "joint": "#7f7f7f"}
_shown = partial(
    before_and_after, before="at the beginning of a lifetime", after="at its end", begins=(0, LENGTH - 3)
)
ANIMATIONS = {"lifetime": (condition("navigation", "rl2"), _shown)}


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """Scores by episode first, then what the trainings cost."""
    return {"episodes": _episodes(evidence), "late": _late(evidence), "seconds": _seconds(evidence)}


def _panels(evidence: Evidence, caption: str):
    """A panel for each family of tasks."""
    shown = families(evidence)
    rows = -(-len(shown) // 2)
    size: dict[str, Any] = {"width": 7.0}
    if len(shown) > 1:
        size = {"width": 11.0, "height": 3.8 * rows, "rows": rows, "columns": 2}
    drawn, axes = figure(caption, **size)
    return drawn, list(zip(shown, axes, strict=True))


def _episodes(evidence: Evidence) -> CaptionedFigure:
    drawn, panels = _panels(
        evidence,
        "Score by the episodes lived in a held-out task: 0 is to stay put, 1 the oracle. RL² remembers; the "
        f"others take an inner step after 20 and after 40 episodes. {lines_and_bands(evidence.seeds)} Lower "
        "scores than -0.5 are cut off.",
    )
    for family, axis in panels:
        lines = []
        for way, label in WAYS.items():
            curve = curve_over_seeds(episode_scores(evidence, condition(family, way), TRIAL))
            x = np.arange(1, len(curve.mean) + 1)
            lines.append(Line(label, "agent", x, **curve._asdict(), colour=COLOURS[way]))
        curves(axis, lines, xlabel="episode in a new task", ylabel="score", low=-0.5, high=1.0)
        axis.set_title(FAMILIES[family])
    return drawn


def _late(evidence: Evidence) -> CaptionedFigure:
    drawn, panels = _panels(
        evidence,
        f"Mean score from episode {LATE[0]} to {LATE[1]} in a new task. {dots_and_lines(evidence.seeds)}",
    )
    for family, axis in panels:
        bars = []
        for way, label in WAYS.items():
            one = scored_part(evidence, condition(family, way), LATE)
            bars.append(
                Bar(label, "agent", one.value, one.interval, by_seed=tuple(one.by_seed), colour=COLOURS[way])
            )
        final_bars(axis, bars, xlabel="score", limit=1.0)
        axis.set_title(FAMILIES[family])
    return drawn


def _seconds(evidence: Evidence) -> CaptionedFigure:
    drawn, panels = _panels(
        evidence,
        "Score of an episode in training against the processor seconds spent: of RL² the mean over a "
        "lifetime, of MAML and Reptile after the last inner step, of joint training without any. All have "
        "as many environment steps. Lower scores than -0.5 are cut off.",
    )
    for family, axis in panels:
        lines = []
        for way, label in WAYS.items():
            lines.append(Line(label, "agent", **course(evidence, family, way)._asdict(), colour=COLOURS[way]))
        curves(axis, lines, xlabel="processor seconds", ylabel="score in training", low=-0.5, high=1.0)
        axis.set_title(FAMILIES[family])
    return drawn
