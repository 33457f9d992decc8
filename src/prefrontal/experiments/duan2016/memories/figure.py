"""The figures of `memories`."""

from matplotlib.axes import Axes

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.performance import regret
from prefrontal.analysis.wording import dots_and_lines, thin_lines
from prefrontal.experiments.bandit_animation import lifetimes_side_by_side
from prefrontal.experiments.bandit_figures import conditions_on, labelled
from prefrontal.experiments.duan2016.memories.analysis import (
    KINDS,
    MEMORIES,
    course,
    kinds,
    race,
    seconds_each,
)
from prefrontal.report.plots import Bar, Line, final_bars, learning_curves
from prefrontal.report.style import AGENTS, CaptionedFigure, figure

ANIMATIONS = {"lifetime": ("attention-two-arms", lifetimes_side_by_side)}
_COLOURS = dict(zip(MEMORIES, AGENTS, strict=False))


def figures(evidence: Evidence) -> dict[str, CaptionedFigure]:
    """Regret after as many steps, the course of training by time, and by lifetimes."""
    return {"steps": _steps(evidence), "time": _time(evidence), "learning": _learning(evidence)}


def _panels(evidence: Evidence, caption: str):
    """A panel for each kind of tasks, one below the other."""
    found = kinds(evidence)
    drawn, axes = figure(caption, width=8.0, height=3.4 * len(found), rows=len(found))
    for one, kind in zip(axes, found, strict=True):
        one.set_title(KINDS[kind])
    return drawn, list(zip(axes, found, strict=True))


def _steps(evidence: Evidence) -> CaptionedFigure:
    drawn, panels = _panels(
        evidence,
        "Regret on held-out tasks after as many lifetimes of training for all memories of a panel. "
        f"{dots_and_lines(evidence.seeds)} ◆ marks an exact value.",
    )
    for axis, kind in panels:
        bars = sorted(_bars(evidence, kind), key=lambda bar: bar.value)
        final_bars(axis, bars, xlabel="cumulative expected regret")
    return drawn


def _bars(evidence: Evidence, kind: str) -> list[Bar]:
    where, bars = evidence.conditions[f"lstm-{kind}"]["distribution"], []
    for name in conditions_on(evidence, where):
        found, (label, role) = regret(evidence, name), labelled(evidence, name)
        colour = None if role == "control" else _COLOURS[name.removesuffix(f"-{kind}")]
        seeds = tuple(found.by_seed)
        bars.append(Bar(_short(label), role, found.value, found.interval, by_seed=seeds, colour=colour))
    known = [row for row in evidence.references if row.distribution == where]
    return bars + [Bar(row.label, "reference", row.value, row.interval, row.exact) for row in known]


def _short(label: str) -> str:
    """The memory alone: the panel names the tasks, and all learn from the same."""
    return label.partition(",")[0]


def _time(evidence: Evidence) -> CaptionedFigure:
    drawn, panels = _panels(
        evidence,
        "Regret of the lifetimes trained on, against processor seconds of training, without compiling. The "
        f"dotted line is where the quickest memory is done.{thin_lines(evidence.seeds)}",
    )
    for axis, kind in panels:
        _draw(axis, evidence, kind, by_time=True)
        axis.axvline(race(evidence, kind)["lstm"].at, color="#777777", linewidth=0.9, linestyle=":")
    return drawn


def _learning(evidence: Evidence) -> CaptionedFigure:
    drawn, panels = _panels(
        evidence,
        "The same against lifetimes of training. Level lines are the references' values."
        f"{thin_lines(evidence.seeds)}",
    )
    for axis, kind in panels:
        _draw(axis, evidence, kind, by_time=False)
    return drawn


def _draw(axis: Axes, evidence: Evidence, kind: str, by_time: bool) -> None:
    where, lines = evidence.conditions[f"lstm-{kind}"]["distribution"], []
    for name, colour in _COLOURS.items():
        condition = f"{name}-{kind}"
        (label, role), curve = labelled(evidence, condition), course(evidence, condition)
        each = seconds_each(evidence, condition) if by_time else 1.0
        lines.append(Line(_short(label), role, **curve._replace(x=curve.x * each)._asdict(), colour=colour))
    known = [row for row in evidence.references if row.distribution == where]
    levels = {row.label: row.value for row in known}
    xlabel = "processor seconds of training" if by_time else "lifetimes of training"
    learning_curves(axis, lines, levels, xlabel=xlabel)
