"""The figure of a random search: the chosen beside all, and what each training drew."""

import numpy as np
from matplotlib.axes import Axes

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.regret import Curve, curve_over_seeds
from prefrontal.analysis.signals import learns_from
from prefrontal.disk.records import Records
from prefrontal.experiments.bandit_figures import reference_lines
from prefrontal.experiments.wang2016.selection import SEARCH, Search, search_of, settings_drawn
from prefrontal.report.plots import Line, regret_curves
from prefrontal.report.style import AGENTS, FAINT, SAMPLED, SMALL, CaptionedFigure, figure

ALL = AGENTS[1]


def figures(evidence: Evidence, references: tuple[str, ...]) -> dict[str, CaptionedFigure]:
    """Regret of the chosen and of all on the second half; and of each against the learning rate it drew."""
    search = search_of(evidence)
    learnt = learns_from(evidence.conditions[SEARCH])
    drawn, axes = figure(
        f"{len(search.regret)} trainings, each with a learning rate and a discount drawn at random, from "
        f"{learnt}. The best {len(search.halves.best)} were chosen on the first half of the held-out "
        "lifetimes; all that is shown is of the second. Left: cumulative expected regret, thin lines the "
        "chosen; of all the median, and in the band the middle half. Right: the regret of a lifetime of each "
        "training.",
        width=11.0,
        columns=2,
    )
    lines = _lines(evidence, search)
    where = evidence.conditions[SEARCH]["distribution"]
    lines += reference_lines(
        references, lambda name: _second_half([evidence.reference_records(name, where)], search.half)
    )
    regret_curves(axes[0], lines)
    _draw_each(axes[1], evidence, search)
    return {"selection": drawn}


def _second_half(records: list[Records], half: int) -> Curve:
    return curve_over_seeds([one.regret[half:] for one in records])


def _lines(evidence: Evidence, search: Search) -> list[Line]:
    by_seed = np.stack([one.regret[search.half :].mean(axis=0) for one in evidence.records(SEARCH)])
    low, median, high = np.quantile(by_seed, (0.25, 0.5, 0.75), axis=0)
    chosen, pulls = by_seed[search.halves.best], np.arange(1, by_seed.shape[1] + 1)
    best = f"best {len(chosen)} of {len(by_seed)}"
    return [
        Line(best, "agent", pulls, chosen.mean(axis=0), by_seed=chosen, colour=SAMPLED),
        Line(f"all {len(by_seed)}, median", "agent", pulls, median, low, high, colour=ALL),
    ]


def _draw_each(axes: Axes, evidence: Evidence, search: Search) -> None:
    rates = np.array(settings_drawn(evidence)["learning_rate"])
    for places, colour, label in (
        (np.setdiff1d(np.arange(len(rates)), search.halves.best), ALL, "not chosen"),
        (search.halves.best, SAMPLED, "chosen"),
    ):
        axes.plot(rates[places], search.halves.second[places], "o", color=colour, markersize=5, label=label)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("learning rate drawn")
    axes.set_ylabel("regret of a lifetime")
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.legend(frameon=False, fontsize=SMALL)
