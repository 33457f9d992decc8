"""The figures of `reptile`."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.measures import Measure
from prefrontal.analysis.regret import curve_over_seeds
from prefrontal.analysis.wording import lines_and_bands
from prefrontal.experiments.bandit_figures import labelled
from prefrontal.experiments.nichol2018.reptile.analysis import area, by_steps
from prefrontal.experiments.nichol2018.reptile.names import BOTH, OWN, STEPS, TUNED
from prefrontal.experiments.plane_animation import before_and_after
from prefrontal.experiments.plane_scores import scores
from prefrontal.report.plots import Line, curves
from prefrontal.report.style import CaptionedFigure, figure

SHADES = {1: "#f0e442", 2: "#e69f00", 5: "#d55e00", 10: "#cc79a7", 20: "#0072b2"}  # by inner steps
OUTER = {"sgd": "#d55e00", "adam": "#0072b2"}
LABELS = {"sgd": "gradient descent", "adam": "Adam"}
OTHERS = {"joint": "#009e73", "untrained": "#7f7f7f"}
ANIMATIONS = {"lifetime": ("sgd-10", before_and_after)}


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """Areas by the number of inner steps first, then the scores behind them at both rates."""
    return {
        "areas": _areas(evidence),
        "scores": _scores(evidence, OWN),
        "tuned": _scores(evidence, TUNED),
    }


def _areas(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Area under the score after 1 to 10 inner steps, by the number k of inner steps in training: left at "
        "the rate of training, right at the best rate of each. Sampled actions; bands are 95 % intervals. "
        "Level lines are joint training.",
        width=11.0,
        columns=2,
    )
    for axis, trial in zip(axes, (OWN, TUNED), strict=True):
        lines = [
            _over_k(LABELS[optimiser], by_steps(evidence, optimiser, trial), OUTER[optimiser])
            for optimiser in BOTH
        ]
        ends = lines[0].x[[0, -1]]
        joint = area(evidence, "joint", trial).value
        lines.append(Line("joint training", "reference", ends, np.full(2, joint)))
        curves(axis, lines, xlabel="k, inner steps in training", ylabel="area", high=1.0)
        axis.set_title(trial)
    return drawn


def _over_k(label: str, found: dict[int, Measure], colour: str) -> Line:
    low, high = np.array([one.interval for one in found.values()]).T
    by_seed = np.stack([one.by_seed for one in found.values()], axis=1)
    mean = np.array([one.value for one in found.values()])
    return Line(label, "agent", np.array(list(found)), mean, low, high, by_seed, colour)


def _scores(evidence: Evidence, trial: str) -> CaptionedFigure:
    drawn, axes = figure(
        "Score of an episode after so many inner steps on 20 trajectories each, on held-out tasks, "
        f"{trial}: 0 is to stay put, 1 the oracle. Left: the outer step is gradient descent. Right: Adam. "
        f"Sampled actions. {lines_and_bands(evidence.seeds)} Lower scores than -0.5 are cut off.",
        width=11.0,
        height=5.0,
        columns=2,
    )
    for axis, optimiser in zip(axes, BOTH, strict=True):
        trained = {f"{optimiser}-{k}": SHADES[k] for k in STEPS}
        shown = {name: one for name, one in (trained | OTHERS).items() if name in evidence.conditions}
        lines = []
        for name, colour in shown.items():
            curve = curve_over_seeds(scores(evidence, name, trial))
            x = np.arange(len(curve.mean))
            lines.append(Line(*labelled(evidence, name), x, **curve._asdict(), colour=colour))
        curves(axis, lines, xlabel="inner steps", ylabel="score", low=-0.5, high=1.0)
    return drawn
