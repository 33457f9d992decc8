"""The Bayes-optimal policy for the grid with a hidden goal: a walk until the goal is found.

Moves are certain, and a goal shows itself when it is stepped on. So until then nothing is learnt but where
it is not, and a policy is one walk through all episodes. Once the goal is found, the best is to go straight
to it and stay. A goal at the distance d that the walk first meets at step t of episode e (counted from 1, of
E episodes of L steps) earns, beside what never finding it costs, reward + cost times

    L - t + 1 + (E - e) max(0, L - d + 1).

The best walk has the highest sum of this over all goals. It is found by A* search. What is still to be
gained is bounded from above by this: every goal yet to be met is either met in this episode, one at a step
and none before its distance allows, or at the earliest step of the next.
"""

import functools
import heapq
import itertools
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from prefrontal.actions import Choice
from prefrontal.agents import Agent
from prefrontal.references.bayes_optimal import optimal_policy, unknown_optimum
from prefrontal.tasks.gridworld import MOVES, STAY, GridWorld, HiddenGoal
from prefrontal.types import Noise, Percept

MOST_STATES = 200_000  # of the search: some seconds
Cell = tuple[int, int]


class Walk(NamedTuple):
    actions: tuple[int, ...]  # at each step of a lifetime
    met: tuple[int, ...]  # the step of the lifetime, from 0, at which each goal is first met; -1 for never


class _State(NamedTuple):
    """Where a walk has got to: the key by which the search knows it again."""

    time: int  # steps made
    cell: Cell
    left: frozenset[Cell]  # goals not met yet


class _Search:
    def __init__(self, tasks: HiddenGoal):
        self.tasks, self.start = tasks, tasks.environment.start
        self.episodes = -(-tasks.horizon // tasks.length)

    def steps_of(self, episode: int) -> int:
        """L; the last episode may be cut short by the end of the lifetime."""
        return min(self.tasks.length, self.tasks.horizon - episode * self.tasks.length)

    @functools.cached_property
    def later(self) -> dict[tuple[int, int], int]:
        """By episode and distance: how often a known goal is stood on in this episode and all after it."""
        found = {}
        for away in range(1, 2 * self.tasks.size):
            found[self.episodes, away] = found[self.episodes + 1, away] = 0
            for episode in reversed(range(self.episodes)):
                now = max(0, self.steps_of(episode) - away + 1)
                found[episode, away] = now + found[episode + 1, away]
        return found

    def gain(self, time: int, goal: Cell) -> int:
        """How often a goal first met with step `time` is stood on."""
        episode, step = divmod(time, self.tasks.length)
        return self.steps_of(episode) - step + self.later[episode + 1, distance(self.start, goal)]

    def bound(self, state: _State) -> int:
        """The most that the goals left can gain."""
        episode, step = divmod(state.time, self.tasks.length)
        from_next = sum(self.later[episode + 1, distance(self.start, goal)] for goal in state.left)
        last, now = step, 0
        for away in sorted(distance(state.cell, goal) for goal in state.left):
            last = max(last + 1, step + away)  # the earliest step with which so many can have been met
            if last > self.steps_of(episode):
                break
            now += self.steps_of(episode) - last + 1
        return from_next + now

    def after(self, state: _State, action: int) -> tuple[_State, int]:
        """The next state, and what its step gains."""
        size = self.tasks.size
        row, column = (min(max(a + b, 0), size - 1) for a, b in zip(state.cell, MOVES[action], strict=True))
        gained = self.gain(state.time, (row, column)) if (row, column) in state.left else 0
        time = state.time + 1
        cell = self.start if time % self.tasks.length == 0 else (row, column)
        return _State(time, cell, state.left - {(row, column)}), gained

    def best(self) -> tuple[int, ...] | None:
        """The actions of the best walk, or None where the search would go through too many states."""
        first = _State(0, self.start, frozenset(self.tasks.goals))
        order = itertools.count()
        waiting: list[Any] = [(-self.bound(first), 0, next(order), 0, first, None)]
        done: set[_State] = set()
        while waiting:
            _, _, _, gained, state, way = heapq.heappop(waiting)
            if state.time == self.tasks.horizon or not state.left:
                return _unwound(way, self.tasks.horizon)
            if state in done:
                continue
            done.add(state)
            if len(done) > MOST_STATES:
                return None
            for action in range(len(MOVES)):
                new, more = self.after(state, action)
                total = gained + more
                if new not in done:
                    # Of equal bounds the longest walk first.
                    key = (-total - self.bound(new), -new.time, next(order))
                    heapq.heappush(waiting, (*key, total, new, (action, way)))
        return None


def distance(one: Cell, other: Cell) -> int:
    """Steps between two cells."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _unwound(way, horizon: int) -> tuple[int, ...]:
    actions: list[int] = []
    while way is not None:
        action, way = way
        actions.append(action)
    return tuple(actions[::-1] + [STAY] * (horizon - len(actions)))


@functools.lru_cache(maxsize=16)
def best_walk(tasks: HiddenGoal) -> Walk:
    """The walk of the Bayes-optimal policy.

    **Raises:** ValueError where the search would go through more than `MOST_STATES` states.
    """
    search = _Search(tasks)
    actions = search.best()
    if actions is None:
        raise unknown_optimum(tasks)
    state, met = _State(0, search.start, frozenset(tasks.goals)), dict.fromkeys(tasks.goals, -1)
    for time, action in enumerate(actions):
        new, _ = search.after(state, action)
        met.update(dict.fromkeys(state.left - new.left, time))
        state = new
    return Walk(actions, tuple(met.values()))


class Found(NamedTuple):
    cell: Int[Array, "2"]  # where the last action led
    goal: Int[Array, "2"]
    known: Bool[Array, ""]


class SearchThenServe(Agent):
    """Walks the best walk until a step pays; then goes straight to that cell in each episode, and stays."""

    world: GridWorld = eqx.field(static=True)
    goals: tuple[Cell, ...] = eqx.field(static=True)  # where it searches
    actions: tuple[int, ...] = eqx.field(static=True)

    @property
    def acts(self) -> Choice:
        return Choice(len(MOVES))

    @property
    def longest(self) -> int:
        return len(self.actions)

    def initial_memory(self) -> Found:
        cell = jnp.asarray(self.world.start, jnp.int32)
        return Found(cell, cell, jnp.zeros((), bool))

    def noise(self, key) -> tuple[()]:
        return ()

    def act(self, memory: Found, percept: Percept, noise: Noise):
        middle = (self.world.reward - self.world.cost) / 2
        paid = (percept.previous_reward > middle) & (percept.time > 0)
        goal = jnp.where(paid, memory.cell, memory.goal)
        known = memory.known | paid
        rows, columns = jnp.split(percept.observation, 2)
        here = jnp.stack([jnp.argmax(rows), jnp.argmax(columns)]).astype(jnp.int32)
        action = jnp.where(known, straight(here, goal), jnp.asarray(self.actions, jnp.int32)[percept.time])
        return Found(self.world.moved(here, action), goal, known), action, None


def straight(here: Int[Array, "2"], goal: Int[Array, "2"]) -> Int[Array, ""]:
    """The first step of a shortest way: along the column first, then along the row; to stay at the goal."""
    down, right = goal[0] - here[0], goal[1] - here[1]
    north, east, south, west = 1, 2, 3, 4
    along = jnp.where(right > 0, east, jnp.where(right < 0, west, STAY))
    return jnp.where(down < 0, north, jnp.where(down > 0, south, along)).astype(jnp.int32)


@optimal_policy.register(HiddenGoal)
def hidden_goal_optimum(distribution: HiddenGoal) -> SearchThenServe:
    return SearchThenServe(distribution.environment, distribution.goals, best_walk(distribution).actions)


def walk_rewards(tasks: HiddenGoal) -> Float[np.ndarray, "T"]:
    """The expected reward of each step of the Bayes-optimal policy, over all goals."""
    start, paid = tasks.environment.start, np.zeros(tasks.horizon)
    times = np.arange(tasks.horizon)
    for goal, met in zip(tasks.goals, best_walk(tasks).met, strict=True):
        first = (met // tasks.length + 1) * tasks.length  # the episode after the one of the first meeting
        there = (times >= met) & (times < first) if met >= 0 else np.zeros(tasks.horizon, bool)
        again = (times >= first) & (times % tasks.length + 1 >= distance(start, goal)) & (met >= 0)
        paid += there | again
    return (tasks.reward + tasks.cost) * paid / len(tasks.goals) - tasks.cost
