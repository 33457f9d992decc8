"""How a foot moves a body, and the best gait, by dynamic programming.

A foot moves from (x, z) to (x', z'). The lower the foot is, the better it grips the ground. The body moves in
the opposite direction by g (x' - x), where

    g = (1 - (z + z') / 2) / 2

is 1 if the foot is down at -1, and 0 if it is up at 1. If the foot moves around a closed curve, the body
moves by half the area inside. If the foot moves along a curve and back, the body does not move at all.

*A best gait lies on a lattice.* Foot and action are in -1..1, and `strides` whole actions lead from the
middle to the end. Given the course of z, the best course of x is the solution of a linear programme. Only the
differences between successive steps are constrained, and their cost has its kinks at 0. So there is a
solution with every x on the lattice of width 1 / `strides`. The same is true of z, given x. So any best gait
can be changed in two steps, without a loss, into one on the lattice. Its actions are -1, 0 or 1, and dynamic
programming over the lattice finds it.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

ACTIONS = np.array([(0, 0), *(pair for pair in itertools.product((-1, 0, 1), repeat=2) if any(pair))])


class Gait(NamedTuple):
    actions: Int[np.ndarray, "length size size 2"]  # the best one at each step, for x and z on the lattice
    rewards: Float[np.ndarray, "length"]  # of the episode that begins in the middle


def grip(z, z_after):
    """The share of the foot's movement along the ground that moves the body, from 0 to 1."""
    return (1.0 - (z + z_after) / 2.0) / 2.0


@functools.lru_cache(maxsize=16)
def best_gait(length: int, strides: int, cost: float) -> Gait:
    """The gait with the highest return in an episode of `length` steps forward, towards positive positions.

    The reward of a step is the distance that the body moves, in units of the distance that a whole action
    moves the foot, minus `cost` times the sum of the absolute values of the action's two numbers.
    """
    size = 2 * strides + 1
    value, plan = np.zeros((size, size)), np.zeros((length, size, size), int)
    reward, after = _outcomes(strides, cost)
    for step in reversed(range(length)):
        worth = reward + value[after[..., 0], after[..., 1]]
        plan[step], value = worth.argmax(axis=0), worth.max(axis=0)
    place, earned = (strides, strides), []
    for step in range(length):
        chosen = plan[(step, *place)]
        earned.append(reward[(chosen, *place)])
        place = tuple(after[(chosen, *place)].tolist())
    return Gait(ACTIONS[plan], np.array(earned))


def _outcomes(strides: int, cost: float) -> tuple[Float[np.ndarray, "9 size size"], Int[np.ndarray, "..."]]:
    """The reward of each action at each point of the lattice, and the point that it leads to."""
    size = 2 * strides + 1
    points = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), axis=-1)
    after = np.clip(points + ACTIONS[:, None, None], 0, size - 1)
    height = np.arange(-strides, strides + 1) / strides
    gripped = grip(height[points[..., 1]], height[after[..., 1]])
    advance = -gripped * (after[..., 0] - points[..., 0])
    return advance - cost * np.abs(ACTIONS).sum(axis=1)[:, None, None], after
