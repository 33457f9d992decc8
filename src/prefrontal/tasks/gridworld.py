"""A grid with a hidden goal: it is found in one episode and served in the next (Zintgraf et al. 2020, 4.1).

A lifetime is four episodes of 15 steps in a grid of 5 x 5 cells. Each episode begins in the lower left
corner. The goal is drawn with the task, stays for the lifetime and is not seen. A step that ends on it pays
1, and any other costs .1; standing on it pays again at every step. An episode ends only after its length.
"""

import dataclasses
from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float, Int

from prefrontal.checks import check_integer, settle
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.tasks.checking import check_field
from prefrontal.tasks.tabular.mdps import settle_episodes
from prefrontal.types import RandomKey, Step, Task

# Row and column: stay, north, east, south, west. North is row 0.
MOVES = ((0, 0), (-1, 0), (0, 1), (1, 0), (0, -1))
STAY = 0


class GridTask(NamedTuple):
    goal: Int[Array, "2"]  # row and column


class GridState(NamedTuple):
    position: Int[Array, "2"]  # row and column
    time: Int[Array, ""]  # steps since the start of the episode


@dataclasses.dataclass(frozen=True)
class GridWorld(Environment):
    """Moves to a neighbouring cell, or stays; the edge stops a move. Seen is a one-hot row and column."""

    size: int = 5
    length: int = 15  # steps of an episode
    reward: float = 1.0
    cost: float = 0.1

    def __post_init__(self):
        settle(self, size=(2, inf), length=(1, inf), reward=(0.0, inf), cost=(0.0, inf))

    @property
    def observation_space(self) -> spaces.Box:
        return spaces.Box(0.0, 1.0, (2 * self.size,), np.float32)

    @property
    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(len(MOVES))

    @property
    def reward_range(self) -> tuple[float, float]:
        return (-self.cost, self.reward)

    @property
    def reward_values(self) -> tuple[float, ...]:
        return tuple(sorted({-self.cost, self.reward}))

    @property
    def episode_length(self) -> int:
        return self.length

    @property
    def start(self) -> tuple[int, int]:
        return (self.size - 1, 0)

    def reset(self, key: RandomKey, task: GridTask):
        state = GridState(jnp.asarray(self.start, jnp.int32), jnp.array(0, jnp.int32))
        return state, self._observe(state)

    def noise(self, key: RandomKey) -> tuple[()]:
        """A step is certain."""
        return ()

    def check_task(self, task: Task) -> None:
        check_field(self, task, "goal", (2,), 0, self.size - 1)

    def moved(self, position: Int[Array, "2"], action: Int[Array, ""]) -> Int[Array, "2"]:
        """The cell that an action leads to."""
        return jnp.clip(position + jnp.asarray(MOVES, jnp.int32)[action], 0, self.size - 1)

    def transition(self, noise: tuple[()], task: GridTask, state: GridState, action) -> Step:
        after = GridState(self.moved(state.position, action), state.time + 1)
        over, never = after.time >= self.length, jnp.zeros((), bool)
        reward = self.expected_reward(task, state, action)
        return Step(after, self._observe(after), reward, over, never, never)

    def expected_reward(self, task: GridTask, state: GridState, action) -> Float[Array, ""]:
        there = jnp.all(self.moved(state.position, action) == task.goal)
        return jnp.where(there, jnp.float32(self.reward), jnp.float32(-self.cost))

    def oracle_reward(self, task: GridTask, state: GridState) -> Float[Array, ""]:
        """The reward of an oracle that goes straight to the goal and stays, wherever the agent is."""
        away = jnp.sum(jnp.abs(task.goal - jnp.asarray(self.start)))
        return jnp.where(state.time + 1 >= away, jnp.float32(self.reward), jnp.float32(-self.cost))

    def _observe(self, state: GridState) -> Float[Array, "seen"]:
        row, column = state.position
        return jnp.concatenate([jax.nn.one_hot(one, self.size, dtype=jnp.float32) for one in (row, column)])


@dataclasses.dataclass(frozen=True)
class HiddenGoal(TaskDistribution):
    """A grid with a hidden goal, which stays for a lifetime of several episodes.

    The goal is a cell that is more than `clear` rows or columns from the start; all such cells are equally
    likely. Outside D: also goals next to the start (`clear` is 0), or `clear` 1 if D itself has `clear` 0.

    **Arguments:** `episodes`, the number of episodes in a lifetime. It replaces `horizon`, which becomes
    `episodes` times `length`; `episodes` is None afterwards.
    """

    horizon: int = 60
    size: int = 5  # of the grid: rows and columns
    length: int = 15  # steps of an episode
    episodes: int | None = None
    clear: int = 1
    reward: float = 1.0  # of a step that ends on the goal
    cost: float = 0.1  # of any other step

    def __post_init__(self):
        whole = dict.fromkeys(("horizon", "length", "episodes"), (1, inf))
        settle(self, **whole, size=(3, 99), clear=(0, inf), reward=(0.0, inf), cost=(0.0, inf))
        check_integer("clear", self.clear, 0, self.size - 2)
        settle_episodes(self)

    @property
    def environment(self) -> GridWorld:
        return GridWorld(self.size, self.length, self.reward, self.cost)

    @property
    def goals(self) -> tuple[tuple[int, int], ...]:
        """The cells where the goal may be, row by row."""
        low, every = self.size - 1, range(self.size)
        return tuple(
            (row, column) for row in every for column in every if max(low - row, column) > self.clear
        )

    def sample(self, key: RandomKey) -> GridTask:
        which = jax.random.randint(key, (), 0, len(self.goals), jnp.int32)
        return GridTask(jnp.asarray(self.goals, jnp.int32)[which])

    def outside(self) -> "HiddenGoal":
        return dataclasses.replace(self, clear=0 if self.clear else 1)
