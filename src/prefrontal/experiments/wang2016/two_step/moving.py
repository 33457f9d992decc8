"""One lifetime of an untrained agent beside the same lifetime of the trained one, trial by trial."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes

from prefrontal.analysis.choices.two_step import Trials, trials
from prefrontal.disk.records import Records
from prefrontal.experiments.wang2016.two_step.drawing import COMMON
from prefrontal.report.animation import Animation, before_and_after
from prefrontal.report.style import AGENT, FAINT, INK, SMALL

TRIALS = 20
PLACES = {
    "choice": (0.5, 0.94),
    "actions": ((0.22, 0.66), (0.78, 0.66)),
    "states": ((0.22, 0.36), (0.78, 0.36)),
}
GOOD = "#009e73"
CAPTION = (
    "The first twenty trials of a lifetime of the task of 2016: left an agent before training, right the "
    "same agent trained, in the same task. Thick arrows are what happened. The state ringed in green pays "
    "nine times in ten, which the agents are not told. A square is filled where its trial paid."
)


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """Three frames to a trial: the choice, the state that it led to, and what that paid."""
    pair = trials(untrained), trials(trained)
    life = life_to_show(*pair)
    good = int(trained.task["good"][life, 0])
    frames = []
    for trial in range(TRIALS):
        for part in range(3):
            draw = partial(_draw, good=good, life=life, trial=trial, part=part)
            frames.append(before_and_after(*pair, draw, width=6.0, height=3.1))
    return Animation(frames, CAPTION, seconds_per_frame=0.35)


def life_to_show(untrained: Trials, trained: Trials) -> int:
    """A typical one: of the trained agent's median reward in what is shown, with the most to tell."""
    earned = trained.reward[:, :TRIALS].sum(axis=1)
    typical = np.flatnonzero(earned == np.sort(earned)[len(earned) // 2])
    both = (~trained.common[typical, :TRIALS]).sum(axis=1) + (~untrained.common[typical, :TRIALS]).sum(axis=1)
    return int(typical[np.argmax(both)])


def _draw(axes: Axes, one: Trials, name: str, *, good: int, life: int, trial: int, part: int) -> None:
    axes.set_title(f"{name}, trial {trial + 1}")
    action, state = int(one.action[life, trial]), int(one.state[life, trial])
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.axis("off")
    for place in (0, 1):
        _arrow(axes, PLACES["choice"], PLACES["actions"][place], place == action)
        for to in (0, 1):
            taken = part > 0 and (place, to) == (action, state)
            _arrow(axes, PLACES["actions"][place], PLACES["states"][to], taken, rare=place != to)
    _node(axes, PLACES["choice"], "S₁", part == 0)
    for place in (0, 1):
        _node(axes, PLACES["actions"][place], f"action {place}", part == 0 and place == action, wide=True)
        ring = GOOD if place == good else None
        _node(axes, PLACES["states"][place], f"S{'₂₃'[place]}", part > 0 and place == state, ring=ring)
    if part == 2:
        paid = one.reward[life, trial] > 0.5
        x, y = PLACES["states"][state]
        axes.text(
            x, y - 0.17, "+1" if paid else "0", ha="center", va="center", fontsize=12, fontweight="bold"
        )
    _history(axes, one, life, trial + (part == 2))


def _node(axes: Axes, place, text: str, active: bool, ring: str | None = None, wide: bool = False) -> None:
    box = {
        "boxstyle": "round,pad=0.35" if wide else "circle,pad=0.35",
        "facecolor": AGENT if active else "white",
        "edgecolor": ring or "#777777",
        "linewidth": 3.0 if ring else 1.0,
    }
    colour = "white" if active else INK
    axes.text(
        place[0], place[1], text, ha="center", va="center", fontsize=SMALL, color=colour, bbox=box, zorder=5
    )


def _arrow(axes: Axes, start, end, taken: bool, rare: bool = False) -> None:
    style = {
        "arrowstyle": "-|>",
        "shrinkA": 14,
        "shrinkB": 14,
        "color": AGENT if taken else FAINT,
        "linewidth": 2.8 if taken else 1.0,
        "linestyle": "--" if rare else "-",
    }
    axes.annotate("", end, start, arrowprops=style, zorder=4 if taken else 2)


def _history(axes: Axes, one: Trials, life: int, over: int) -> None:
    """A square for each trial that is over, and what they paid together."""
    for trial in range(TRIALS):
        paid = trial < over and one.reward[life, trial] > 0.5
        colour = COMMON if paid else "white"
        edge = "#777777" if trial < over else FAINT
        axes.plot(0.03 + 0.045 * trial, 0.02, "s", markersize=6, color=colour, markeredgecolor=edge)
    axes.text(
        0.93, 0.02, f"{one.reward[life, :over].sum():.0f}", va="center", fontweight="bold", color=COMMON
    )
