"""Scenes of the two-step task: the choice, the state that it led to, and what that paid."""

import numpy as np
from jaxtyping import Integer, Real

from prefrontal.scenes.base import Arrow, Circle, Colour, Point, Rectangle, Scene, Shape, Text

CHOSEN, MOVED, PAID = range(3)  # the parts of a trial
CHOICE: Point = (5.0, 0.7)
ACTIONS: tuple[Point, Point] = ((2.2, 3.2), (7.8, 3.2))
STATES: tuple[Point, Point] = ((2.2, 6.2), (7.8, 6.2))
_FOOT = 8.7  # of the squares, their middle
_RADIUS, _HALF = 0.42, (1.05, 0.4)  # of a state; of an action's box


def trial(
    good: int,
    action: Integer[np.ndarray, "K"],
    state: Integer[np.ndarray, "K"],
    reward: Real[np.ndarray, "K"],
    *,
    at: int,
    part: int,
    name: str,
) -> Scene:
    """Trial `at` of the `K` that are shown, up to and with one `part` of it.

    Thick arrows are what happened; dashed ones are the rare transitions. The good state is ringed in green.
    Below is a square for each trial, filled where it paid, and what all together paid.
    """
    chosen, reached = int(action[at]), int(state[at])
    over = at + (part == PAID)
    paid = float(reward[:over].sum())
    shapes = [*_task(good), *_squares(reward, over)]
    shapes.append(_arrow(CHOICE, ACTIONS[chosen], taken=True))
    if part == CHOSEN:
        shapes += [*_node(CHOICE, 0, active=True), *_box(chosen, active=True)]
    else:
        shapes.append(_arrow(ACTIONS[chosen], STATES[reached], taken=True, dashed=chosen != reached))
        shapes += _node(STATES[reached], reached + 1, active=True, ring=reached == good)
    if part == PAID:
        x, y = STATES[reached]
        shapes.append(Text(x, y + 1.2, "+1" if reward[at] > 0 else "0", size=1.3, bold=True))
    shapes.append(Text(9.3, _FOOT, f"{paid:.0f}", "paid", bold=True, align="left"))
    return Scene(10.0, 9.3, tuple(shapes), f"{name}, trial {at + 1}", {"trial": at + 1, "paid": paid})


def _task(good: int) -> list[Shape]:
    """What there is before anything happens."""
    shapes: list[Shape] = [_arrow(CHOICE, place) for place in ACTIONS]
    for here in (0, 1):
        shapes += [_arrow(ACTIONS[here], STATES[there], dashed=here != there) for there in (0, 1)]
    shapes += _node(CHOICE, 0)
    for here in (0, 1):
        shapes += [*_box(here), *_node(STATES[here], here + 1, ring=here == good)]
    return shapes


def _squares(reward: Real[np.ndarray, "K"], over: int) -> list[Shape]:
    """A square for each trial, and those of the `over` first on top, filled where they paid."""
    step = 9.0 / max(len(reward), 10)
    side = 0.62 * step
    empty, filled = [], []
    for at, paid in enumerate(reward):
        place = 0.2 + step * at, _FOOT - side / 2, side, side
        empty.append(Rectangle(*place, "paper", "faint"))
        filled.append(Rectangle(*place, "paid" if paid > 0 else "paper", "edge"))
    return [*empty, *filled[:over]]


def _node(place: Point, stage: int, active: bool = False, ring: bool = False) -> tuple[Shape, Shape]:
    edge: Colour = "good" if ring else "edge"
    circle = Circle(*place, _RADIUS, "agent" if active else "paper", edge, line=3.0 if ring else 1.0)
    return circle, Text(*place, f"S{'₁₂₃'[stage]}", "paper" if active else "ink")


def _box(action: int, active: bool = False) -> tuple[Shape, Shape]:
    x, y = ACTIONS[action]
    half, tall = _HALF
    box = Rectangle(
        x - half, y - tall, 2 * half, 2 * tall, "agent" if active else "paper", "edge", rounded=0.12
    )
    return box, Text(x, y, f"action {action}", "paper" if active else "ink")


def _arrow(start: Point, end: Point, taken: bool = False, dashed: bool = False) -> Arrow:
    """From one place to another, less what the shapes that stand there take."""
    along = np.subtract(end, start) / np.hypot(*np.subtract(end, start))
    first = np.array(start) + 0.55 * along / along[1]  # below what stands there
    last = np.array(end) - (0.55 / along[1] if end in ACTIONS else 0.62) * along
    ends = (float(first[0]), float(first[1])), (float(last[0]), float(last[1]))
    return Arrow(*ends, "agent" if taken else "faint", 2.8 if taken else 1.0, dashed)
