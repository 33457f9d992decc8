"""Exact values of `stay` and of the oracle on the tasks in the plane.

*Navigation.* Goals are uniform in the frame between two squares of half widths i and o. If M(h) is a mean
over the square of half width h, the mean over the frame is (o² M(o) - i² M(i)) / (o² - i²). Let the
coordinates of a goal be uniform with absolute values up to h. After t steps of length s, with c = s t, a
coordinate x has not been reached (|x| > c) with probability (h - c) / h; what is left of it is then uniform
up to d = h - c. The mean length of a vector that is uniform in a square of half width d is m d, with

    m = (√2 + asinh 1) / 3.

So the mean remaining distance is (d/h)² m d + 2 (d/h) (c/h) d/2, and its mean square is 2 (d/h) d²/3.

*Rotation.* To the oracle the direction of the goal is uniform, whatever the start, because the actuators'
angle is uniform. So its value is a mean over the start's distance and over this direction, by quadrature.
"""

import functools
import itertools
from typing import Any

import numpy as np
from jaxtyping import Float

from prefrontal.agents import Agent
from prefrontal.references.exact.base import (
    Rewards,
    expected_rewards,
    mean_rewards,
    oracle_rewards,
    rewards_on,
)
from prefrontal.references.plane.oracle import BestCourse
from prefrontal.references.plane.stay import Stay
from prefrontal.tasks import TaskDistribution
from prefrontal.tasks.plane.corners import FourCorners
from prefrontal.tasks.plane.navigation import Navigation
from prefrontal.tasks.plane.rotation import Rotation
from prefrontal.tasks.plane.runner import DirectionRunner

MEAN_LENGTH = (np.sqrt(2.0) + np.arcsinh(1.0)) / 3.0
NODES = 32  # of a quadrature, in each interval


@expected_rewards.register(BestCourse)
def rewards_of_the_best_course(agent: BestCourse, distribution: TaskDistribution) -> Rewards | None:
    return oracle_rewards(distribution) if agent.world == distribution.environment else None


@oracle_rewards.register(Navigation)
def navigation_oracle(distribution: Navigation) -> Rewards:
    ways = distribution.speed * np.arange(1, distribution.length + 1)
    return _whole(distribution, [-_mean_left(distribution, way) for way in ways])


@rewards_on.register(Navigation)
def rewards_on_navigation(distribution: Navigation, agent: Agent) -> Rewards | None:
    if isinstance(agent, Stay):
        return np.full(distribution.horizon, -_mean_left(distribution, 0.0))
    return None


@mean_rewards.register(Navigation)
def navigation_mean(distribution: Navigation) -> Rewards | None:
    """Only for squared distances: t random moves add t s²/3 along each axis to the mean square."""
    if not distribution.squared:
        return None
    moves = np.arange(1, distribution.length + 1)
    spread = 2 * moves * distribution.speed**2 / 3
    return _whole(distribution, -_mean_left(distribution, 0.0) - spread)


@oracle_rewards.register(Rotation)
def rotation_oracle(distribution: Rotation) -> Rewards:
    ways = distribution.speed * np.arange(1, distribution.length + 1) / distribution.outer
    return _whole(distribution, [-distribution.outer * _mean_left_turned(float(way)) for way in ways])


@rewards_on.register(Rotation)
def rewards_on_rotation(distribution: Rotation, agent: Agent) -> Rewards | None:
    if isinstance(agent, Stay):
        return np.full(distribution.horizon, -MEAN_LENGTH * distribution.outer)
    return None


@oracle_rewards.register(FourCorners)
def corners_oracle(distribution: FourCorners) -> Rewards:
    """All four goals are equally far away, so the oracle earns the same in every task."""
    moves, (x, y) = np.arange(1, distribution.length + 1), np.abs(distribution.goals[0])
    left = [np.maximum(size - distribution.speed * moves, 0.0) for size in (x, y)]
    return _whole(distribution, np.maximum(1.0 - np.hypot(*left) / distribution.radius, 0.0))


@rewards_on.register(FourCorners)
def rewards_on_corners(distribution: FourCorners, agent: Agent) -> Rewards | None:
    return np.zeros(distribution.horizon) if isinstance(agent, Stay) else None


@oracle_rewards.register(DirectionRunner)
def runner_oracle(distribution: DirectionRunner) -> Rewards:
    return _whole(distribution, distribution.environment.gait.rewards)


@rewards_on.register(DirectionRunner)
def rewards_on_runner(distribution: DirectionRunner, agent: Agent) -> Rewards | None:
    return np.zeros(distribution.horizon) if isinstance(agent, Stay) else None


@mean_rewards.register(DirectionRunner)
def runner_mean(distribution: DirectionRunner) -> Rewards:
    """Forward and backward cancel. Two numbers uniform in -1..1 have absolute values whose mean sum is 1."""
    return np.full(distribution.horizon, -distribution.cost)


def _whole(distribution, episode) -> Rewards:
    """A lifetime of such episodes; the horizon may cut the last one short."""
    return np.resize(np.asarray(episode, float), distribution.horizon)


def _mean_left(distribution: Navigation, way: float) -> float:
    """The mean remaining distance to the goal, or its mean square, after moving `way` along each axis."""
    inner, outer = distribution.inner, distribution.outer
    parts = [half**2 * _left_in_square(half, way, distribution.squared) for half in (inner, outer)]
    return (parts[1] - parts[0]) / (outer**2 - inner**2)


def _left_in_square(half: float, way: float, squared: bool) -> float:
    beyond = max(half - way, 0.0)
    if not beyond:
        return 0.0
    chance = beyond / half
    if squared:
        return 2 * chance * beyond**2 / 3
    return chance**2 * MEAN_LENGTH * beyond + chance * (1 - chance) * beyond


def _mean_left_turned(way: float) -> float:
    """The mean remaining distance after `way` along each rotated axis, from the square of half width 1.

    The integral is in polar coordinates, between the distances at which it has kinks: one coordinate can
    exceed `way` from `way` on, both can from √2 `way` on, and beyond 1 a circle is only partly in the square.
    """
    root, total = float(np.sqrt(2.0)), 0.0
    ends = sorted({min(max(end, way), root) for end in (way, root * way, 1.0, root)})
    for low, high in itertools.pairwise(ends):
        if low < 1.0:
            distance, width = _between(low, high)
            share = 1.0
        else:  # as 1 / cos a, in which the share of a circle that is in the square is smooth
            angle, width = _between(np.arccos(1.0 / low), np.arccos(1.0 / high))
            distance, share = 1.0 / np.cos(angle), 1.0 - 4.0 / np.pi * angle
            width = width * np.sin(angle) / np.cos(angle) ** 2
        total += np.sum(width * share * np.pi * distance / 2.0 * _mean_over_angles(distance, way))
    return float(total)


def _mean_over_angles(distance: Float[np.ndarray, "n"], way: float) -> Float[np.ndarray, "n"]:
    """The same for starts at these distances: a mean over an eighth of the circle (all eight are alike)."""
    both = np.arcsin(
        np.minimum(way / distance, np.sqrt(0.5))
    )  # from this angle on, both coordinates exceed `way`
    one = np.minimum(np.arccos(np.minimum(way / distance, 1.0)), both)
    mean = distance * np.sin(one) - way * one
    angle, width = _between(both, np.full_like(both, np.pi / 4.0))
    left = np.hypot(distance * np.cos(angle) - way, distance * np.sin(angle) - way)
    return (mean + np.sum(width * left, axis=0)) * 4.0 / np.pi


def _between(low: Any, high: Any) -> tuple[np.ndarray, np.ndarray]:
    """The nodes and the weights of the integral from `low` to `high`, along the first axis."""
    nodes, weights = (one.reshape(-1, *(1,) * np.ndim(low)) for one in _gauss_legendre())
    return low + (high - low) * (nodes + 1.0) / 2.0, (high - low) / 2.0 * weights


@functools.cache
def _gauss_legendre() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(NODES)
