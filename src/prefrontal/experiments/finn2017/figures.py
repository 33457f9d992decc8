"""The figures that the families of tasks share."""

import numpy as np

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.regret import curve_over_seeds
from prefrontal.analysis.wording import lines_and_bands
from prefrontal.disk.records import Records
from prefrontal.experiments.bandit_figures import labelled, learning_lines
from prefrontal.experiments.plane_scores import TYPICAL, anchors, family_of, length_of, scores
from prefrontal.report.plots import Line, curves, learning_curves
from prefrontal.report.style import AGENT, FAINT, INK, CaptionedFigure, figure

# Of conditions and of trials: controls would else look alike.
COLOURS = {
    "first-order": "#0072b2",
    "joint": "#009e73",
    "untrained": "#7f7f7f",
    "5 trajectories": "#56b4e9",
    "100 trajectories": "#0072b2",
    "mode": "#cc79a7",
}


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """Scores by the number of inner steps, and the course of training."""
    return {"adaptation": _adaptation(evidence), "ways": _ways(evidence), "learning": _learning(evidence)}


def _adaptation(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Score of an episode after so many inner steps, on held-out tasks: 0 is to stay put, 1 the oracle. "
        f"Left: inner steps on {TYPICAL}, sampled actions. Right: MAML, with 5, 20 and 100 trajectories for "
        f"an inner step, and the most probable actions. {lines_and_bands(evidence.seeds)} Lower scores than "
        "-0.5 are cut off.",
        width=11.0,
        columns=2,
    )
    lines = [
        _line(*labelled(evidence, name), scores(evidence, name), COLOURS.get(name))
        for name in evidence.conditions
    ]
    curves(axes[0], lines, xlabel="inner steps", ylabel="score", low=-0.5, high=1.0)
    lines = []
    for trial in evidence.conditions["maml"]["trials"]:
        name = trial["name"]
        role = "agent" if name == TYPICAL else "control"
        lines.append(_line(name, role, scores(evidence, "maml", name), COLOURS.get(name)))
    mode = scores(evidence, "maml", mode=True)
    lines.append(_line("most probable actions", "control", mode, COLOURS["mode"]))
    curves(axes[1], lines, xlabel="inner steps", ylabel="score", low=-0.5, high=1.0)
    return drawn


def _line(label, role, found: list[np.ndarray], colour: str | None) -> Line:
    curve = curve_over_seeds(found)
    return Line(label, role, np.arange(len(curve.mean)), **curve._asdict(), colour=colour)


def _ways(evidence: Evidence) -> CaptionedFigure:
    kept = evidence.kept("maml")
    runs = "direction" in kept.task
    seen = "How far the body has come at each step" if runs else "The cross is the goal"
    drawn, axes = figure(
        "Three held-out tasks of one training: ten episodes before the first inner step (grey) and ten after "
        f"it (orange), with sampled actions. {seen}.",
        width=10.0,
        height=3.6,
        columns=3,
    )
    for life, ax in enumerate(axes):
        ways = _ways_of(kept, life)
        after = len(ways) // 2
        for way in ways[:10]:
            ax.plot(*way, color=FAINT, linewidth=0.8)
        for way in ways[after : after + 10]:
            ax.plot(*way, color=AGENT, linewidth=0.8)
        if not runs:
            ax.plot(*kept.task.get("goal", np.zeros((life + 1, 2)))[life], "x", color=INK, markersize=9)
            ax.set_aspect("equal", adjustable="datalim")
        aim = "" if not runs else ", forward" if kept.task["direction"][life] > 0 else ", backward"
        ax.set_title(f"task {life + 1}{aim}")
    return drawn


def _ways_of(kept: Records, life: int) -> np.ndarray:
    """What to draw of each episode: x and y `(episodes, 2, length)`, or a runner's position over time."""
    length, position = length_of(kept), kept.state["position"][life]
    if position.ndim == 2:
        return position.reshape(-1, length, 2).swapaxes(1, 2)
    positions = position.reshape(-1, length)
    return np.stack([np.broadcast_to(np.arange(length), positions.shape), positions], axis=1)


def _learning(evidence: Evidence) -> CaptionedFigure:
    drawn, axes = figure(
        "Learning to learn: what an episode earns after one inner step in the tasks trained on, against "
        "their number. Joint training takes no inner step while it trains. Level lines are exact.",
        width=7.6,
    )
    lines = learning_lines(evidence, evidence.config["reference_on"][0], metric="return_1")
    levels = anchors(evidence, family_of(evidence, "maml"))
    learning_curves(axes[0], lines, levels, ylabel="return of an episode")
    return drawn
