"""One lifetime of an untrained agent beside the same lifetime of the trained one, from above."""

import numpy as np
from matplotlib.axes import Axes

from prefrontal.disk.records import Records
from prefrontal.experiments.wang2016.maze.drawing import maze
from prefrontal.report.animation import Animation, Frame, pixels_of
from prefrontal.report.style import AGENT, INK, figure, styled

STEPS = 110
CAPTION = (
    "A lifetime {where}, one with the median number of arrivals: left an agent before training, right the "
    "same agent trained, in the same task. The yellow cell is the goal, which the agents do not see from "
    "afar. At the goal an agent is paid and put at a random cell; its way since then is drawn."
)
SEEN = " Below is what it sees."


def lifetimes_side_by_side(untrained: Records, trained: Records, where: str = "in a maze") -> Animation:
    """The first steps of the lifetime, a frame for each. The caption says `where` it is lived."""
    life = life_to_show(trained)
    steps = min(STEPS, trained.horizon)
    frames = [_frame((untrained, trained), life, step) for step in range(steps)]
    caption = CAPTION.format(where=where) + (SEEN if _pictured(trained) else "")
    return Animation(frames, caption, seconds_per_frame=0.16)


def life_to_show(trained: Records) -> int:
    """A typical one: of the median number of arrivals in what is shown."""
    arrivals = trained.episode_over[:, :STEPS].sum(axis=1)
    return int(np.argsort(arrivals, kind="stable")[len(arrivals) // 2])


def _pictured(records: Records) -> bool:
    return records.observation is not None and records.observation.ndim == 5


@styled
def _frame(pair: tuple[Records, Records], life: int, step: int) -> Frame:
    rows = 2 if _pictured(pair[1]) else 1
    drawn, axes = figure("", width=5.4, height=3.0 * rows, columns=2, rows=rows)
    drawn.set_dpi(80)
    for place, (title, one) in enumerate(zip(("untrained", "trained"), pair, strict=True)):
        _draw(axes[place], one, life, step)
        arrivals = int(one.episode_over[life, :step].sum())
        axes[place].set_title(f"{title}: {arrivals} arrival{'' if arrivals == 1 else 's'}")
        if rows == 2 and one.observation is not None:
            axes[2 + place].imshow(one.observation[life, step], interpolation="nearest")
            axes[2 + place].axis("off")
    drawn.supxlabel(f"step {step}", fontsize=9)
    return pixels_of(drawn)


def _draw(axes: Axes, one: Records, life: int, step: int) -> None:
    maze(axes, one, life)
    arrivals = np.flatnonzero(one.episode_over[life, :step])
    begin = int(arrivals[-1]) + 1 if len(arrivals) else 0
    trail = one.state["position"][life, begin : step + 1]
    axes.plot(trail[:, 1], trail[:, 0], color=AGENT, linewidth=1.5, alpha=0.6)
    row, column = trail[-1]
    marker = "o"
    if _pictured(one):
        marker = (3, 0, -90 * int(one.state["heading"][life, step]))  # a triangle that points ahead
    axes.plot(column, row, marker=marker, color=AGENT, markersize=9, markeredgecolor=INK)
