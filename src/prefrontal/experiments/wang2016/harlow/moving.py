"""One lifetime of an untrained agent beside the same lifetime of the trained one, as they saw it."""

from functools import partial

import numpy as np
from jaxtyping import Bool, Shaped
from matplotlib.axes import Axes

from prefrontal.analysis.choices.harlow import choices
from prefrontal.disk.records import Records
from prefrontal.experiments.wang2016.harlow.drawing import RIGHT, WRONG
from prefrontal.report.animation import Animation, before_and_after
from prefrontal.report.style import FAINT, SMALL

STEPS = 70
TRIALS = 10
CAPTION = (
    "What an agent sees in a lifetime with two images it has never met: left before training, right trained, "
    "with the same two images. It is to look at the cross, and then to turn to one of the images. Below, "
    "each trial so far: blue where the rewarded image was chosen, orange where the other one was. "
)
TELLING = "Chosen to be shown: the first lifetime whose first choice is wrong and whose others are right."
ANY_SHOWN = "The first lifetime is shown: in none is the first choice wrong and are all others right."


def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """A frame for each of the first steps."""
    telling = telling_lives(trained)
    life = int(np.argmax(telling))  # the first of them, or else the first of all
    steps = min(STEPS, trained.horizon)
    frames = [
        before_and_after(untrained, trained, partial(_draw, life=life, step=step), width=6.4, height=2.2)
        for step in range(steps)
    ]
    chosen = TELLING if telling.any() else ANY_SHOWN
    return Animation(frames, CAPTION + chosen, seconds_per_frame=0.2)


def telling_lives(trained: Records) -> Bool[np.ndarray, "N"]:
    """Those whose first choice is wrong and that are right from then on."""
    lived = choices(trained, TRIALS)
    return ~lived.right[:, 0] & lived.right[:, 1:].all(axis=1)


def _draw(axes: Axes, records: Records, name: str, *, life: int, step: int) -> None:
    axes.set_title(f"{name}, step {step + 1}")
    if records.observation is None:
        raise ValueError(f"observation of {records.policy!r} was not kept; keep=('observation',) keeps it")
    over = not records.alive[life, step]
    axes.imshow(_screen(records.observation[life, step], over), interpolation="nearest", aspect="auto")
    axes.set_xticks([])
    axes.set_yticks([])
    if over:
        axes.text(0.5, 0.5, "ten trials over", transform=axes.transAxes, ha="center", color="white")
    lived = choices(records, TRIALS)
    for trial in range(TRIALS):
        made = lived.made[life, trial] and lived.step[life, trial] < step
        colour = (RIGHT if lived.right[life, trial] else WRONG) if made else "white"
        axes.plot(
            0.05 + 0.1 * trial,
            -0.12,
            "s",
            transform=axes.transAxes,
            clip_on=False,
            markersize=8,
            color=colour,
            markeredgecolor="#777777" if made else FAINT,
        )
    reward = float(records.reward[life, step - 1]) if step else 0.0
    if reward and not over:
        axes.set_xlabel(f"reward {reward:+.1f}", labelpad=18, fontsize=SMALL)
    else:
        axes.set_xlabel(" ", labelpad=18, fontsize=SMALL)


def _screen(observation: Shaped[np.ndarray, "h w 3"], over: bool) -> Shaped[np.ndarray, "h w 3"]:
    return np.zeros_like(observation) if over else observation
