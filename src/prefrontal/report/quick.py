"""Figures from records in one call."""

from collections.abc import Mapping

import numpy as np
from matplotlib.ticker import MaxNLocator

from prefrontal.analysis.regret import Curve, regret_curve
from prefrontal.analysis.returns import episode_curve, return_curve
from prefrontal.checks import check_kind, check_text
from prefrontal.disk.records import Records
from prefrontal.report.plots import Line, curves, regret_curves
from prefrontal.report.style import CaptionedFigure, figure


def draw_regret(records: Mapping[str, Records]) -> CaptionedFigure:
    """Draw the cumulative expected regret of each policy over time. The first is drawn as the agent.

    **Arguments:** `records`, by the name that each policy is to have in the figure.

    **Returns:** a matplotlib figure, to be saved with `savefig`.

    **Raises:** ValueError if there are no records, or if a task does not define regret: see `draw_returns`.
    """
    _check(records)
    drawn, axes = figure("Cumulative expected regret on held-out tasks.")
    regret_curves(axes[0], _lines({label: regret_curve([one]) for label, one in records.items()}))
    return drawn


def draw_returns(records: Mapping[str, Records]) -> CaptionedFigure:
    """Draw the return of each policy, for tasks with or without regret. The first is drawn as the agent.

    If the lifetimes of every policy have two or more episodes, the figure shows the mean return of the first
    episode, the second, and so on, up to the last episode that at least nine in ten lifetimes finished
    (`Records.returns_by_episode`). Otherwise it shows the sum of the rewards so far, step by step. Bands are
    95 % intervals over lifetimes.

    **Arguments:** `records`, by the policies' names in the figure, each with 2 or more lifetimes.

    **Returns:** a matplotlib figure, to be saved with `savefig`.

    **Raises:** ValueError if there are no records, or records of only one lifetime.
    """
    _check(records)
    found = {label: episode_curve(one) for label, one in records.items()}
    by_episode = all(len(curve.mean) > 1 for curve in found.values())
    if not by_episode:
        found = {label: return_curve(one) for label, one in records.items()}
    caption, xlabel, ylabel = (
        ("Mean return of each episode", "episode of the lifetime", "return of the episode")
        if by_episode
        else ("Sum of the rewards so far", "step", "cumulative reward")
    )
    drawn, axes = figure(f"{caption} on held-out tasks.")
    lowest = min(0.0, *(float(curve.low.min()) for curve in found.values()))
    curves(axes[0], _lines(found), xlabel=xlabel, ylabel=ylabel, low=lowest)
    axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
    return drawn


def _check(records: Mapping[str, Records]) -> None:
    check_kind("records", records, Mapping, ": the records of each policy by its name")
    if not records:
        raise ValueError("records is empty; it must hold the records of at least one policy")
    for label, one in records.items():
        check_text("the name of a policy in records", label)
        check_kind(f"records[{label!r}]", one, Records)


def _lines(found: Mapping[str, Curve]) -> list[Line]:
    """The curves to draw, numbered from 1; the first is the agent's."""
    return [
        Line(
            label.replace("$", r"\$"),  # a sum of money, not mathematics
            "reference" if place else "agent",
            np.arange(1, len(curve.mean) + 1),
            curve.mean,
            curve.low,
            curve.high,
        )
        for place, (label, curve) in enumerate(found.items())
    ]
