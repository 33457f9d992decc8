"""One lifetime of an untrained agent beside the same lifetime of the trained one, pull by pull: two arms."""

import dataclasses

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.lines import Line2D
from matplotlib.text import Text

from prefrontal.disk.records import Records
from prefrontal.report.animation import FRAME_DPI, Animation, Frame, pixels_of
from prefrontal.report.plots import spread
from prefrontal.report.style import AGENT, FAINT, figure, styled

COLOURS = ("#0072b2", "#e69f00")
MUCH = 0.2  # what an arm pays less than the better one, to be called much the worse
APART = 0.16  # of the arms' names
CAPTION = (
    "A lifetime with two arms: left an agent before training, right the same agent trained, in the same "
    "task. The lines are how often each arm pays, which the agents are not told. A dot is a pull, filled "
    "where it paid. Below, the cumulative expected regret. Shown is a typical one of the lifetimes, if "
    "there are any, that the trained agent begins with an arm that is much the worse; "
    "where arms wander, and the other one is the better at the end."
)


@styled
def lifetimes_side_by_side(untrained: Records, trained: Records) -> Animation:
    """A frame for each pull."""
    life = life_to_show(trained)
    drawn, axes = figure("", width=6.4, height=3.8, columns=2, rows=2)
    drawn.set_dpi(FRAME_DPI)
    high = max(untrained.regret[life, -1], trained.regret[life, -1], 1.0)
    columns = zip(("untrained", "trained"), (untrained, trained), axes[:2], axes[2:], strict=True)
    panels = [_panel(title, records, life, high, *pair) for title, records, *pair in columns]
    frames: list[Frame] = []
    for pull in range(trained.horizon):
        for panel in panels:
            panel.show(pull)
        frames.append(pixels_of(drawn))
        drawn.set_layout_engine("none")  # laid out once, so that nothing moves from frame to frame
    return Animation(frames, CAPTION, seconds_per_frame=0.12)


def life_to_show(trained: Records) -> int:
    """The one of median regret of the lifetimes that have the most to tell.

    These begin with an arm much the worse; of them those in which the better arm is another one at the end,
    if there are any. Where no lifetime begins so, all are candidates.
    """
    lives = np.flatnonzero(trained.regret[:, 0] >= MUCH)
    lives = lives if len(lives) else np.arange(trained.lifetimes)
    better = np.array([arm_means(trained, life)[[0, -1]].argmax(axis=1) for life in lives.tolist()])
    changing = lives[better[:, 0] != better[:, 1]]
    lives = changing if len(changing) else lives
    order = np.argsort(trained.regret[lives, -1], kind="stable")
    return int(lives[order[len(order) // 2]])


def arm_means(records: Records, life: int) -> Float[np.ndarray, "T 2"]:
    """What each arm pays on average at each pull: the task's own, or of arms that pay p and 1 - p."""
    if "probabilities" in records.task:
        return np.broadcast_to(records.task["probabilities"][life], (records.horizon, 2))
    if records.expected_reward is None:
        raise ValueError(f"{records.distribution!r} does not know what its arms pay on average")
    pulled, action = records.expected_reward[life], records.action[life]
    first = np.where(action == 0, pulled, 1.0 - pulled)
    return np.stack([first, 1.0 - first], axis=1)


@dataclasses.dataclass(frozen=True)
class _Panel:
    """What changes from pull to pull in one agent's half of the picture."""

    name: str
    title: Text
    points: Float[np.ndarray, "T 2"]
    colours: list[str]  # of the dots' edges, pull by pull
    faces: list[str]
    dots: PathCollection
    regret: Float[np.ndarray, "T"]
    line: Line2D
    number: Text

    def show(self, pull: int) -> None:
        """Everything up to and with this pull."""
        until = slice(pull + 1)
        self.title.set_text(f"{self.name}, pull {pull + 1}")
        self.dots.set_offsets(self.points[until])
        self.dots.set_edgecolor(self.colours[until])
        self.dots.set_facecolor(self.faces[until])
        self.line.set_data(self.points[until, 0], self.regret[until])
        self.number.set_text(f"regret {self.regret[pull]:.1f}")


def _panel(name: str, records: Records, life: int, high: float, above: Axes, below: Axes) -> _Panel:
    means, action = arm_means(records, life), records.action[life]
    pulls, colours = np.arange(1, records.horizon + 1), [COLOURS[arm] for arm in action]
    for arm, (colour, height) in enumerate(zip(COLOURS, spread(means[-1].tolist(), APART), strict=True)):
        above.plot(pulls, means[:, arm], color=colour, linewidth=1.2, alpha=0.45)
        above.text(pulls[-1] + 4, height, f"arm {arm}", va="center", color=colour, fontweight="bold")
    for axes, top in ((above, 1.05), (below, 1.08 * high)):
        axes.set_xlim(0, len(pulls) + 1)
        axes.set_ylim(-0.05 * top, top)
        axes.grid(axis="y", color=FAINT, linewidth=0.6)
    above.set_ylabel("pays, on average")
    below.set_ylabel("cumulative regret")
    below.set_xlabel("pull")
    return _Panel(
        name=name,
        title=above.set_title(name),
        points=np.stack([pulls, means[np.arange(len(pulls)), action]], axis=1),
        colours=colours,
        faces=[c if paid else "white" for c, paid in zip(colours, records.reward[life] > 0.5, strict=True)],
        dots=above.scatter([], [], s=22, linewidth=1.2, zorder=4),
        regret=records.regret[life],
        line=below.plot([], [], color=AGENT, linewidth=2.2)[0],
        number=below.text(0.04, 0.86, "", transform=below.transAxes, fontweight="bold", color=AGENT),
    )
