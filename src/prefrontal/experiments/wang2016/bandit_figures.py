"""Figures that several bandit experiments draw."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from prefrontal.analysis.evidence import Evidence, run_folder
from prefrontal.analysis.measures import regret
from prefrontal.analysis.regret import Curve, optimal_curve, regret_curve
from prefrontal.analysis.training_curves import learning_curve
from prefrontal.report.plots import Bar, Line, best_arm_curves, final_bars, learning_curves, regret_curves
from prefrontal.report.style import CaptionedFigure, Role, figure

NO_COLOURS: Mapping[str, str] = MappingProxyType({})
SHOWN = ("bayes-optimal", "gittins", "thompson", "ucb1")


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
        "Cumulative expected regret on held-out tasks, and how often the best arm is pulled. Thin lines are "
        "training seeds, bands 95 % intervals over seeds. All policies met the same tasks.",
        width=9.5,
        columns=2,
    )
    main = [name for name in conditions_on(evidence, distribution) if role_of(evidence, name) == "agent"]
    agents = [(evidence.conditions[name]["label"], evidence.records(name)) for name in main]
    others = [(name, [evidence.reference_records(name, distribution)]) for name in references]
    for axis, curve_of, draw in (
        (axes[0], regret_curve, regret_curves),
        (axes[1], optimal_curve, _draw_best),
    ):
        lines = [_agent_line(label, curve_of(records)) for label, records in agents]
        draw(axis, lines + [_reference_line(label, curve_of(records)) for label, records in others])
    return drawn


def _draw_best(axes: Axes, lines: list[Line]) -> None:
    best_arm_curves(axes, lines, low=0.4)


def _agent_line(label: str, curve: Curve) -> Line:
    return Line(label, "agent", _pulls(curve), **curve._asdict())


def _reference_line(label: str, curve: Curve) -> Line:
    """References are sampled on so many tasks, and so alike, that their intervals would hide each other."""
    return Line(label, "reference", _pulls(curve), curve.mean)


def _pulls(curve: Curve) -> np.ndarray:
    return np.arange(1, len(curve.mean) + 1)


def policies_figure(evidence: Evidence, distribution: str, limit: float | None = None) -> CaptionedFigure:
    """Final regret of every policy, the lowest first."""
    bars = sorted(policy_bars(evidence, distribution), key=lambda bar: bar.value)
    drawn, axes = figure(
        "Final regret of the agent, its controls and every reference. Dots are training seeds; black "
        "lines are "
        "95 % intervals (over seeds where there are several, otherwise over lifetimes); ◆ is exact.",
        height=0.9 + 0.32 * len(bars),
    )
    final_bars(axes[0], bars, xlabel="cumulative expected regret", limit=limit)
    return drawn


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
        "their number.",
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
