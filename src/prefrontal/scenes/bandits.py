"""Scenes of bandits: two arms and what came of pulling them, many arms, and an informative arm."""

import numpy as np
from jaxtyping import Float, Integer, Real

from prefrontal.scenes.base import Circle, Colour, Line, Rectangle, Scene, Shape, Text
from prefrontal.scenes.charts import Chart, ticks

ARMS: tuple[Colour, Colour] = ("first", "second")
MUCH_PAID = 0.5  # a reward above this is drawn as paid
_APART = 0.16  # of the arms' names, at least
_NAMES = 1.9  # units to the right of the charts, for them


def two_arms(
    means: Float[np.ndarray, "T 2"],
    action: Integer[np.ndarray, "T"],
    reward: Real[np.ndarray, "T"],
    regret: Real[np.ndarray, "T"],
    *,
    pulls: int,
    most: float,
    name: str,
) -> Scene:
    """A lifetime with two arms after `pulls` pulls: what the arms pay, each pull, and the regret so far.

    Above, lines are what each arm pays on average at each pull, and a dot is a pull, filled where it paid.
    Below is the cumulative regret. What is new in a later scene comes after what was there: an animation has
    to draw nothing anew but the last number.

    **Arguments:** `most`, the regret at the top of the lower chart; `name`, whose lifetime it is.
    """
    last, numbered = len(action), np.arange(1, len(action) + 1)
    above = Chart(1.9, 0.3, 6.2, 3.9, (0, -0.05), (last + 1, 1.05))
    below = Chart(1.9, 5.5, 6.2, 3.9, (0, -0.05 * most), (last + 1, 1.08 * most))
    shapes: list[Shape] = [
        *above.frame(ticks(last), (0, 0.25, 0.5, 0.75, 1), "", "pays, on average"),
        *below.frame(ticks(last), ticks(most), "pull", "cumulative regret"),
    ]
    for arm, (colour, height) in enumerate(zip(ARMS, _apart(*means[-1].tolist()), strict=True)):
        shapes.append(Line(above.path(numbered, means[:, arm]), colour, line=1.2, opacity=0.45))
        end, place = above.at(last + 1, height)
        shapes.append(Text(end + 0.15, place, f"arm {arm}", colour, bold=True, align="left"))
    dots, course = above.path(numbered, means[np.arange(last), action]), below.path(numbered, regret)
    for pull, arm in enumerate(action[:pulls].tolist()):
        face = ARMS[arm] if reward[pull] > MUCH_PAID else "paper"
        shapes.append(Circle(*dots[pull], 0.12, face, ARMS[arm], line=1.2))
        shapes.append(Line((course[max(pull - 1, 0)], course[pull]), "agent", line=2.2))
    lost = float(regret[pulls - 1]) if pulls else 0.0
    shapes.append(Text(2.2, 6.0, f"pull {pulls}: regret {lost:.1f}", "agent", bold=True, align="left"))
    numbers = {"pull": pulls, "regret": lost, "reward": float(reward[:pulls].sum())}
    return Scene(8.1 + _NAMES, 10.8, tuple(shapes), name, numbers)


def many_arms(
    probabilities: Float[np.ndarray, "arms"],
    action: Integer[np.ndarray, "T"],
    reward: Real[np.ndarray, "T"],
    *,
    pulls: int,
    name: str,
) -> Scene:
    """A lifetime with several arms after `pulls` pulls: a row for each arm, the best one at the top.

    A dot is a pull, filled where it paid. Beside each row is how often its arm pays.
    """
    arms, last = len(probabilities), len(action)
    row_of = np.empty(arms, int)
    row_of[np.argsort(-probabilities, kind="stable")] = np.arange(arms)
    chart = Chart(0.3, 0.3, 6.2, 0.55 * arms, (0, -arms), (last + 1, 0))
    shapes: list[Shape] = list(chart.frame(ticks(last), (), "", ""))
    for arm, row in enumerate(row_of.tolist()):
        end, place = chart.at(last + 1, -row - 0.5)
        colour: Colour = "edge" if row else "good"
        shapes.append(Line((chart.at(0, -row - 0.5), (end, place)), "faint", line=0.8))
        shapes.append(Text(end + 0.15, place, f"{float(probabilities[arm]):.2f}", colour, align="left"))
    for pull, arm in enumerate(action[:pulls].tolist()):
        row = int(row_of[arm])
        edge: Colour = "edge" if row else "good"
        face: Colour = edge if reward[pull] > MUCH_PAID else "paper"
        shapes.append(Circle(*chart.at(pull + 1, -row - 0.5), 0.11, face, edge, line=1.1))
    lost = float((probabilities.max() - probabilities[action[:pulls]]).sum())
    place = chart.at(0, -arms)[1] + 1.1
    shapes.append(Text(0.3, place, f"pull {pulls}: regret {lost:.1f}", "agent", bold=True, align="left"))
    numbers = {"pull": pulls, "regret": lost, "reward": float(reward[:pulls].sum())}
    return Scene(7.5, place + 0.5, tuple(shapes), name, numbers)


def _apart(first: float, second: float) -> tuple[float, float]:
    """Two heights between 0 and 1, moved apart by as little as can be where they are too near."""
    if abs(first - second) >= _APART:
        return first, second
    middle = min(max((first + second) / 2, _APART / 2), 1 - _APART / 2)
    half = _APART / 2 if first >= second else -_APART / 2
    return middle + half, middle - half


def informative_arm(
    target: int,
    action: Integer[np.ndarray, "T"],
    reward: Real[np.ndarray, "T"],
    *,
    pulls: int,
    arms: int,
    name: str,
) -> Scene:
    """A lifetime with an informative arm, the last of `arms`: a row for each pull, in it the arm pulled.

    The target's column is framed. In the cells is what the pull paid.
    """
    left, top, rows = 0.9, 0.2, len(action)
    shapes: list[Shape] = [
        _cell(left + arm, top + row, "paper", "faint") for row in range(rows) for arm in range(arms)
    ]
    names = [*(str(arm + 1) for arm in range(arms - 1)), "i"]
    shapes += [Text(left + arm + 0.5, top + rows + 0.45, one, "edge") for arm, one in enumerate(names)]
    shapes += [Text(left - 0.4, top + row + 0.5, str(row + 1), "edge") for row in range(rows)]
    shapes.append(Rectangle(left + target, top, 1, rows, edge="ink", line=1.6))
    for row in range(pulls):
        arm = int(action[row])
        colour: Colour = "prize" if arm == target else "agent" if arm == arms - 1 else "grey"
        shapes.append(_cell(left + arm, top + row, colour, colour))
        shapes.append(Text(left + arm + 0.5, top + row + 0.5, f"{float(reward[row]):g}", "paper"))
    paid = float(reward[:pulls].sum())
    shapes.append(Text(left + arms / 2, top + rows + 1.2, f"paid {paid:.1f}", bold=True))
    return Scene(arms + 1.2, rows + 1.8, tuple(shapes), name, {"pull": pulls, "paid": paid})


def _cell(x: float, y: float, fill: Colour, edge: Colour) -> Rectangle:
    return Rectangle(x + 0.05, y + 0.05, 0.9, 0.9, fill, edge, line=0.8)
