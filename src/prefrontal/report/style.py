"""How every figure looks: one strong colour for the agent, controls dashed, references muted.

Figures are matplotlib objects, not pyplot's: there is no current figure, and any number can be drawn at once.
Colours are of Okabe and Ito 2008, "Color universal design", which colour-blind people can distinguish.
"""

import functools
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from prefrontal.checks import path_of
from prefrontal.disk.storage import check_place, write_atomically

Role = Literal["agent", "control", "reference"]

DPI = 150
FAMILY = "DejaVu Sans"  # which comes with matplotlib
FONT = 9.5  # points; nothing in a figure is smaller than 9
SMALL = 9.0
INK = "#222222"
FAINT = "#d9d9d9"

AGENT = "#d55e00"
SAMPLED = "#882255"  # of an agent whose label says that it learns from sampled rewards
AGENTS = (AGENT, "#0072b2", "#009e73", "#cc79a7", "#e69f00")
CONTROLS = {
    "no memory": "#0072b2",
    "no reward input": "#cc79a7",
    "no time input": "#009e73",
    "no episode start": "#56b4e9",
}
REFERENCES = {
    "bayes-optimal": "#000000",
    "gittins": "#56657a",
    "finite-gittins": "#56657a",
    "oracle": "#4d4d4d",
    "value-iteration": "#4d4d4d",
    "psrl": "#8c7f5b",
    "opsrl": "#b39c5e",
    "ucrl2": "#7b6b92",
    "beb": "#5f8d94",
    "count-bonus": "#88b0b5",
    "mdp-greedy": "#a67c7c",
    "mdp-epsilon-greedy": "#7f9478",
    "thompson": "#8c7f5b",
    "ucb1": "#7b6b92",
    "epsilon-greedy": "#7f9478",
    "greedy": "#a67c7c",
    "win-stay-lose-shift": "#5f8d94",
    "rescorla-wagner": "#a88fa8",
    "stay": "#b3a98c",
    "random": "#a3a3a3",
}
# What each name of a colour in a scene looks like.
SCENE_COLOURS = {
    "ink": INK,
    "edge": "#777777",
    "grey": "#9a9a9a",
    "faint": FAINT,
    "paper": "#ffffff",
    "agent": AGENT,
    "first": "#0072b2",
    "second": "#e69f00",
    "right": "#0072b2",
    "wrong": "#e69f00",
    "paid": "#0072b2",
    "prize": "#009e73",
    "good": "#009e73",
    "wall": "#5b6570",
    "goal": "#e0a500",
}
_OTHER = {"agent": AGENT, "control": "#0072b2", "reference": "#8c8c8c"}

_SETTINGS = {
    "font.family": FAMILY,
    "mathtext.fontset": "dejavusans",
    "font.size": FONT,
    "axes.titlesize": FONT + 1.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": FONT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#777777",
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "hatch.linewidth": 0.6,
    "lines.solid_capstyle": "round",
}

P = ParamSpec("P")
R = TypeVar("R")


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Draw with this module's settings; matplotlib's own are as they were afterwards."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.rc_context(_SETTINGS):  # pyright: ignore[reportArgumentType]
            return draw(*args, **kwargs)

    return drawn


class CaptionedFigure(Figure):
    """A figure that takes its caption with it, as the `Description` in its PNG file's metadata."""

    caption: str = ""

    @styled
    def savefig(self, fname: Any, **options: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        for text in self.findobj(Text):  # some may have been made outside this module's settings
            text.set_fontfamily(FAMILY)
        metadata = {"Description": self.caption, **(options.pop("metadata", None) or {})}
        super().savefig(fname, metadata=metadata, **options)

    def save(self, path: Path | str) -> None:
        """Write a PNG into a folder that exists. A disk that is full leaves the file that was there."""
        path = path_of("path", path)
        check_place("path", path)
        written = io.BytesIO()
        self.savefig(written, format="png")
        write_atomically(path, written.getvalue())


@styled
def figure(
    caption: str = "",
    *,
    width: float = 7.0,
    height: float = 4.2,
    columns: int = 1,
    rows: int = 1,
    width_ratios: Sequence[float] | None = None,
) -> tuple[CaptionedFigure, list[Axes]]:
    """An empty figure of `width` x `height` inches, and its axes row by row.

    **Arguments:** `caption`, the sentence that the report sets under it.
    """
    made = CaptionedFigure(figsize=(width, height), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(made)
    made.caption = caption
    made.get_layout_engine().set(w_pad=0.08, h_pad=0.08)  # pyright: ignore
    axes = made.subplots(rows, columns, squeeze=False, width_ratios=width_ratios)
    return made, list(np.asarray(axes).flat)


def caption_of(path: Path) -> str:
    """The caption that a PNG or GIF file took with it; empty if it has none."""
    from PIL import Image

    with Image.open(path) as image:
        comment = image.info.get("comment", b"")
        return str(image.info.get("Description", "")) or comment.decode(errors="replace")


def colour_of(label: str, role: Role) -> str:
    """The colour of a policy in every figure: that of the name with which its label begins.

    Of an agent: that of what it learns from, with which its label ends.
    """
    if role == "agent" and label.endswith("sampled rewards"):
        return SAMPLED
    known = {"agent": {}, "control": CONTROLS, "reference": REFERENCES}[role]
    return next((colour for name, colour in known.items() if label.startswith(name)), _OTHER[role])


def stroke_of(label: str, role: Role) -> dict[str, Any]:
    """How a policy's line is drawn: the agent thick, controls dashed, references thin but for the optimum."""
    if role == "agent":
        return {"linewidth": 2.4, "linestyle": "-", "zorder": 5}
    if role == "control":
        return {"linewidth": 1.6, "linestyle": (0, (4, 2)), "zorder": 4}
    return {"linewidth": 1.8 if label == "bayes-optimal" else 1.2, "linestyle": "-", "zorder": 3}
