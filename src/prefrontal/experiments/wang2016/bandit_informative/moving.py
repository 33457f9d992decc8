"""A few lifetimes of an untrained agent beside the same ones of the trained agent, pull by pull."""

from functools import partial

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from prefrontal.disk.records import Records
from prefrontal.report.animation import Animation, before_and_after
from prefrontal.report.style import AGENT, FAINT, INK, SMALL

LIVES = 4
ARMS = 11
PRIZE, INFORMATION, OTHER = "#009e73", AGENT, "#9a9a9a"
CAPTION = (
    "Four lifetimes of five pulls: left an agent before training, right the same agent trained, in the same "
    "tasks. The framed arm pays the prize, which the agents are not told; the arm “i” pays a tenth of that "
    "arm's number, and so tells which it is. In the cells, what each pull paid."
)


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """A frame for each pull, the last of a lifetime twice."""
    frames = []
    for life in range(min(LIVES, trained.lifetimes)):
        for pull in range(trained.horizon):
            draw = partial(_draw, life=life, pull=pull)
            frames.append(before_and_after(untrained, trained, draw, width=6.8, height=2.5))
        frames.append(frames[-1])
    return Animation(frames, CAPTION, seconds_per_frame=0.6)


def _draw(axes: Axes, records: Records, name: str, *, life: int, pull: int) -> None:
    target = int(records.task["target"][life])
    axes.set_title(f"{name}, lifetime {life + 1}, pull {pull + 1}")
    axes.set_xlabel(f"paid {records.reward[life, : pull + 1].sum():.1f}", fontweight="bold")
    axes.set_xlim(-0.6, ARMS - 0.4)
    axes.set_ylim(records.horizon - 0.4, -0.6)
    axes.set_xticks(range(ARMS), [*(str(arm + 1) for arm in range(ARMS - 1)), "i"])
    axes.set_yticks(range(records.horizon), [str(n + 1) for n in range(records.horizon)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for row in range(records.horizon):
        for arm in range(ARMS):
            axes.add_patch(_cell(arm, row, facecolor="white", edgecolor=FAINT))
    for row in range(pull + 1):
        arm, paid = int(records.action[life, row]), float(records.reward[life, row])
        colour = PRIZE if arm == target else INFORMATION if arm == ARMS - 1 else OTHER
        axes.add_patch(_cell(arm, row, facecolor=colour, edgecolor=colour))
        axes.text(arm, row, f"{paid:g}", ha="center", va="center", color="white", fontsize=SMALL)
    frame = Rectangle((target - 0.5, -0.5), 1, records.horizon, fill=False, edgecolor=INK, linewidth=1.6)
    axes.add_patch(frame)


def _cell(arm: int, row: int, **look) -> Rectangle:
    return Rectangle((arm - 0.45, row - 0.45), 0.9, 0.9, linewidth=0.8, **look)
