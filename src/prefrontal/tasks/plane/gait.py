"""How a foot moves a body, and the best gait, by dynamic programming.

A foot at (x, z) moves to (x', z'). It grips the ground the better the lower it is, and what grips does not
slip: the body goes the other way by g (x' - x), where

    g = (1 - (z + z') / 2) / 2

is 1 with the foot down at -1, and 0 with the foot up at 1. Around a closed course the body moves by half the
area inside; along one and back it does not move at all.

*The best gait lies on a lattice.* Foot and action are in -1..1, and `strides` whole actions are as far as
from the middle to the end. Given the course of z, the best course of x is a linear programme in which only
the differences between successive steps are constrained, and what they cost has its kinks at 0: one of its
solutions has every x on the lattice of width 1 / `strides`. The same holds for z, given x. So from any best
gait two exchanges, of which neither loses anything, lead to one on the lattice. Its actions are -1, 0 or 1,
and dynamic programming over the lattice finds it.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

ACTIONS = np.array([(0, 0), *(pair for pair in itertools.product((-1, 0, 1), repeat=2) if any(pair))])


class Gait(NamedTuple):
    actions: Int[np.ndarray, "length size size 2"]  # the best one at each step, x and z of the lattice
    rewards: Float[np.ndarray, "length"]  # of the course that begins in the middle


def grip(z, z_after):
    """The part of the foot's way along the ground that moves the body, from 0 to 1."""
    return (1.0 - (z + z_after) / 2.0) / 2.0


@functools.lru_cache(maxsize=16)
def best_gait(length: int, strides: int, cost: float) -> Gait:
    """The gait of the most reward in an episode of `length` steps: forward, towards positive positions.

    A step's reward is how far the body goes, where a whole action moves the foot by 1, less `cost` times the
    sum of the action's two sizes.
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
    """Of each action at each point of the lattice: its reward, and the point that it leads to."""
    size = 2 * strides + 1
    points = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), axis=-1)
    after = np.clip(points + ACTIONS[:, None, None], 0, size - 1)
    height = np.arange(-strides, strides + 1) / strides
    gripped = grip(height[points[..., 1]], height[after[..., 1]])
    advance = -gripped * (after[..., 0] - points[..., 0])
    return advance - cost * np.abs(ACTIONS).sum(axis=1)[:, None, None], after
