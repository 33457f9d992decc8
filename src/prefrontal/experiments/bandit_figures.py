"""Figures that several bandit experiments draw."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from prefrontal.analysis.evidence import Evidence, run_folder
from prefrontal.analysis.performance import reference_by_pull, regret, regret_by_pull
from prefrontal.analysis.regret import Curve, optimal_curve
from prefrontal.analysis.signals import learns_from
from prefrontal.analysis.training_curves import learning_curve
from prefrontal.analysis.wording import dots_and_lines, lines_and_bands
from prefrontal.report.plots import Bar, Line, best_arm_curves, final_bars, learning_curves, regret_curves
from prefrontal.report.style import CaptionedFigure, Role, figure

NO_COLOURS: Mapping[str, str] = MappingProxyType({})
SHOWN = ("bayes-optimal", "gittins", "thompson", "ucb1")
CurveOf = Callable[[str], Curve]  # of a condition's or a reference's name


def role_of(evidence: Evidence, condition: str) -> Role:
    return "control" if evidence.conditions[condition]["control"] else "agent"


def labelled(evidence: Evidence, condition: str) -> tuple[str, Role]:
    """A condition's label and its role."""
    return evidence.conditions[condition]["label"], role_of(evidence, condition)


def conditions_on(evidence: Evidence, distribution: str) -> list[str]:
    """The conditions that were trained on `distribution`."""
    return [name for name, entry in evidence.conditions.items() if entry["distribution"] == distribution]


def regret_figure(
    evidence: Evidence, distribution: str, references: tuple[str, ...] = SHOWN
) -> CaptionedFigure:
    """Cumulative regret against the pull, and the proportion of pulls of the best arm."""
    drawn, axes = figure(
        "Cumulative expected regret on held-out tasks, and how often the best arm is pulled. "
        f"{lines_and_bands(evidence.seeds)} All policies met the same tasks, whose luck is left out where "
        "a reference is known exactly.",
        width=11.0,
        columns=2,
    )
    lines = agent_lines(evidence, distribution, lambda name: regret_by_pull(evidence, name))
    lines += reference_lines(references, lambda name: reference_by_pull(evidence, name, distribution))
    regret_curves(axes[0], lines)
    lines = agent_lines(evidence, distribution, lambda name: optimal_curve(evidence.records(name)))
    lines += reference_lines(
        references, lambda name: optimal_curve([evidence.reference_records(name, distribution)])
    )
    best_arm_curves(axes[1], lines, low=0.4)
    return drawn


def agent_lines(evidence: Evidence, distribution: str, curve_of: CurveOf) -> list[Line]:
    """A curve for each condition that was trained on `distribution` and is no control, over its seeds."""
    lines = []
    for name in conditions_on(evidence, distribution):
        label, role = labelled(evidence, name)
        if role == "agent":
            curve = curve_of(name)
            lines.append(Line(label, role, _pulls(curve), **curve._asdict()))
    return lines


def reference_lines(names: Sequence[str], curve_of: CurveOf) -> list[Line]:
    """References are sampled on so many tasks, and so alike, that their intervals would hide each other."""
    curves = {name: curve_of(name) for name in names}
    return [Line(name, "reference", _pulls(curve), curve.mean) for name, curve in curves.items()]


def _pulls(curve: Curve) -> np.ndarray:
    return np.arange(1, len(curve.mean) + 1)


def policies_figure(evidence: Evidence, distribution: str, limit: float | None = None) -> CaptionedFigure:
    """Final regret of every policy, the lowest first."""
    bars = sorted(policy_bars(evidence, distribution), key=lambda bar: bar.value)
    drawn, axes = figure(
        f"Final regret of every policy. {dots_and_lines(evidence.seeds)} ◆ marks an exact value; every "
        f"other is sampled.{_of_controls(evidence, distribution)}",
        height=0.9 + 0.32 * len(bars),
    )
    final_bars(axes[0], bars, xlabel="cumulative expected regret", limit=limit)
    return drawn


def _of_controls(evidence: Evidence, distribution: str) -> str:
    """What the controls learn from, for a caption; nothing where there are none, or where it is not said."""
    trained = [evidence.conditions[name] for name in conditions_on(evidence, distribution)]
    learnt = {learns_from(one) for one in trained if one["control"]} - {""}
    return f" Controls (hatched) learn from {' and '.join(sorted(learnt))}." if learnt else ""


def policy_bars(evidence: Evidence, distribution: str) -> list[Bar]:
    """A bar for each condition that was trained on `distribution` and for each reference."""
    bars = []
    for name in conditions_on(evidence, distribution):
        found = regret(evidence, name)
        seeds = tuple(found.by_seed)
        bars.append(Bar(*labelled(evidence, name), found.value, found.interval, by_seed=seeds))
    known = [row for row in evidence.references if row.distribution == distribution]
    return bars + [Bar(row.label, "reference", row.value, row.interval, row.exact) for row in known]


def learning_figure(
    evidence: Evidence, distribution: str, references: tuple[str, ...] = SHOWN
) -> CaptionedFigure:
    """Regret of the lifetimes trained on, against how many there have been."""
    drawn, axes = figure(
        "Learning to learn: the expected regret of the lifetimes that the agent was trained on, against "
        "their number. Level lines are the references' values, exact where they are known so.",
        width=7.0,
    )
    draw_learning(axes[0], evidence, distribution, references)
    return drawn


def draw_learning(axes: Axes, evidence: Evidence, distribution: str, references: tuple[str, ...]) -> None:
    levels = {name: evidence.reference_regret(name, distribution) for name in references}
    learning_curves(axes, learning_lines(evidence, distribution), levels)


def learning_lines(
    evidence: Evidence, distribution: str, metric: str = "regret", colours: Mapping[str, str] = NO_COLOURS
) -> list[Line]:
    """A metric of the training of every condition on `distribution`; `colours` in place of a role's own."""
    lines = []
    for name in conditions_on(evidence, distribution):
        paths = [run_folder(evidence.folder, name, seed) / "metrics.jsonl" for seed in evidence.seeds]
        curve = learning_curve(paths, y=metric)._asdict()
        lines.append(Line(*labelled(evidence, name), **curve, colour=colours.get(name)))
    return lines
