"""Analysis of the ways to a goal that is found repeatedly in the same lifetime.

A *journey* goes from a random start to the goal, between two arrivals. The end of the lifetime cuts off its
last journey, which does not arrive. If it were left out, slow journeys would be missing, especially among
those that begin late. Therefore a journey counts if it begins at least `window` steps before the end of the
lifetime, whether it arrives or not, and a journey of more than `window` steps counts as `window`. So every
counted journey is observed for as long as it counts. The mean is the restricted mean (Royston and Parmar
2013, "Restricted mean survival time").

Tasks differ in how far away the goal is and how easy it is to find, and an agent that finds it early makes
more journeys. First and later journeys are therefore compared within a task, and tasks are weighted by their
number of lifetimes. So a policy without memory shows no drop. If no task occurs twice, a lifetime counts if
it has a later journey that counts. This leaves out the longest searches, and makes a drop smaller, not
larger.
"""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer, Shaped

from prefrontal.analysis.measures import Measure, estimated
from prefrontal.analysis.statistics.intervals import Estimate
from prefrontal.checks import check_integer
from prefrontal.disk.records import Records


@dataclasses.dataclass(frozen=True, eq=False)
class Journeys:
    """Every journey of every lifetime, in order. `length` is in steps; one not `arrived` was cut off."""

    life: Integer[np.ndarray, "n"]
    number: Integer[np.ndarray, "n"]  # 0 for a lifetime's first
    begin: Integer[np.ndarray, "n"]  # the step of the lifetime
    length: Integer[np.ndarray, "n"]
    arrived: Bool[np.ndarray, "n"]
    horizon: int

    def counted(self, window: int) -> "Journeys":
        """The journeys that begin at least `window` steps before the end, with length at most `window`."""
        check_integer("window", window, 1, self.horizon)
        in_time = self.take(self.begin + window <= self.horizon)
        within = in_time.arrived & (in_time.length <= window)
        return dataclasses.replace(in_time, length=np.minimum(in_time.length, window), arrived=within)

    def take(self, rows: Bool[np.ndarray, "n"]) -> "Journeys":
        life, number, begin = self.life[rows], self.number[rows], self.begin[rows]
        return Journeys(life, number, begin, self.length[rows], self.arrived[rows], self.horizon)


class Ways(NamedTuple):
    """For each task: the mean steps of first and later journeys, and of the shortest way."""

    lifetimes: Float[np.ndarray, "tasks"]  # that were lived in the task: its weight
    first: Float[np.ndarray, "tasks"]
    later: Float[np.ndarray, "tasks"]
    shortest: Float[np.ndarray, "tasks"]

    def mean(self, values: Float[np.ndarray, "tasks"]) -> float:
        return float(np.average(values, weights=self.lifetimes))

    @property
    def first_steps(self) -> float:
        return self.mean(self.first)

    @property
    def later_steps(self) -> float:
        return self.mean(self.later)

    @property
    def kept(self) -> float:
        """Steps of later journeys divided by steps of the first: 1 if nothing was learnt."""
        return self.later_steps / self.first_steps

    @property
    def detour(self) -> float:
        """Steps of later journeys divided by those of the shortest way."""
        return self.later_steps / self.mean(self.shortest)

    def error(self, name: str, resamples: int = 400, seed: int = 0) -> float:
        """Standard error of `first_steps`, `later_steps`, `kept` or `detour` over tasks, by bootstrap."""
        rng, n = np.random.default_rng(seed), len(self.first)
        rows = (rng.integers(n, size=n) for _ in range(resamples))
        return float(np.std([getattr(Ways(*(column[row] for column in self)), name) for row in rows]))


def journeys(records: Records) -> Journeys:
    """All journeys; the last of each lifetime has the steps up to the end."""
    lives, ends = np.nonzero(records.episode_over)
    last = np.arange(records.lifetimes)
    life = np.concatenate([lives, last])
    end = np.concatenate([ends + 1, records.alive.sum(axis=1)])
    arrived = np.concatenate([np.ones(len(lives), bool), np.zeros(len(last), bool)])
    order = np.lexsort((~arrived, end, life))
    life, end, arrived = life[order], end[order], arrived[order]
    opens = np.diff(life, prepend=-1) > 0
    begin = np.where(opens, 0, np.roll(end, 1))
    number = np.arange(len(life)) - np.flatnonzero(opens)[life]
    kept = end > begin  # an arrival at a lifetime's last step leaves nothing after it
    found = Journeys(life, number, begin, end - begin, arrived, records.horizon)
    return found.take(kept)


def window(records: Records) -> int:
    """The largest number of steps that a journey counts for: a third of a lifetime."""
    return records.horizon // 3


def journey_cells(records: Records, life: int, most: int) -> tuple[list[Float[np.ndarray, "_ 2"]], list[int]]:
    """The first `most` journeys of a lifetime: their cells (row, column), and their steps.

    The goal is the last cell of a journey that reached it.
    """
    made = journeys(records)
    made = made.take((made.life == life) & (made.number < most))
    goal, found = records.task["goal"][life][None].astype(float), []
    for begin, length, arrived in zip(made.begin, made.length, made.arrived, strict=True):
        cells = places(records, "position")[life, begin : begin + length].astype(float)
        found.append(np.concatenate([cells, goal]) if arrived else cells)
    return found, [int(steps) for steps in made.length]


def places(records: Records, what: str) -> Shaped[np.ndarray, "N T ..."]:
    """The `position` or the `heading` before each step, whether or not episodes are counted beside it."""
    return records.state[what if what in records.state else f"place.{what}"]


def shortest_ways(records: Records) -> Float[np.ndarray, "N"]:
    """The shortest way from a random start to the goal, on average over the starts there can be."""
    steps = records.task["steps"]
    starts = (steps > 0) & ~records.task["walls"][:, None]
    return np.where(starts, steps, 0).sum(axis=(1, 2, 3)) / starts.sum(axis=(1, 2, 3))


def ways(records: Records, window: int) -> Ways:
    """First and later journeys task by task.

    **Raises:** ValueError if no task has a later journey that counts.
    """
    counted = journeys(records).counted(window)
    task = _tasks(records)
    tasks = int(task.max()) + 1
    of = task[counted.life]
    mean_first = _means(of, counted.length, counted.number == 0, tasks)
    mean_later = _means(of, counted.length, counted.number > 0, tasks)
    both = np.isfinite(mean_later) & np.isfinite(mean_first)
    if not both.any():
        raise ValueError(
            f"no lifetime has a second journey that begins {window} steps before its end, at step "
            f"{records.horizon}; take a smaller window or longer lifetimes"
        )
    lifetimes = np.bincount(task, minlength=tasks).astype(float)
    shortest = np.bincount(task, shortest_ways(records), tasks) / lifetimes
    return Ways(lifetimes[both], mean_first[both], mean_later[both], shortest[both])


def measured(name: str, what: str, by_seed: Sequence[Ways]) -> Measure:
    """One of the numbers of `Ways`, for each training seed, with its error over tasks."""
    return estimated(name, [_estimate(one, what) for one in by_seed])


def measured_beside(name: str, what: str, by_seed: Sequence[Ways], other: Ways) -> Measure:
    """The same divided by another policy's number on the same tasks; the error is of both (delta method)."""
    under, pairs = _estimate(other, what), [_estimate(one, what) for one in by_seed]
    ratios = [one.value / under.value for one in pairs]
    errors = [
        float(np.hypot(one.error, ratio * under.error)) / under.value
        for one, ratio in zip(pairs, ratios, strict=True)
    ]
    return estimated(name, [Estimate(*pair) for pair in zip(ratios, errors, strict=True)])


def _estimate(one: Ways, what: str) -> Estimate:
    return Estimate(getattr(one, what), one.error(what))


def _tasks(records: Records) -> Integer[np.ndarray, "N"]:
    """The number of each lifetime's task. Lifetimes with the same layout and goal have the same number."""
    walls = np.packbits(records.task["walls"].reshape(records.lifetimes, -1), axis=1)
    rows = np.concatenate([walls.astype(np.int64), records.task["goal"].astype(np.int64)], axis=1)
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)


def _means(task, length, chosen, tasks: int) -> Float[np.ndarray, "tasks"]:
    """The mean length of the chosen journeys of each task; NaN if a task has none."""
    total = np.bincount(task[chosen], length[chosen], tasks)
    count = np.bincount(task[chosen], minlength=tasks)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def arrived_within(records: Records, window: int, later: bool) -> Float[np.ndarray, "window_and_1"]:
    """The share of first (or later) journeys that have reached the goal after 0, 1, ... steps.

    It is computed for each task and then averaged over tasks, weighted by their lifetimes, as in `ways`. So
    easy goals do not count more because they have more journeys. Zeros if no task has both a first and a
    later journey that count.
    """
    counted, task = journeys(records).counted(window), _tasks(records)
    tasks = int(task.max()) + 1
    of, chosen = task[counted.life], (counted.number > 0) == later
    made, others = (np.bincount(of[rows], minlength=tasks) for rows in (chosen, ~chosen))
    arrived = np.zeros((tasks, window + 1))
    there = chosen & counted.arrived
    np.add.at(arrived, (of[there], counted.length[there]), 1.0)
    both = (made > 0) & (others > 0)
    if not both.any():
        return np.zeros(window + 1)
    share = np.cumsum(arrived[both], axis=1) / made[both, None]
    return np.average(share, axis=0, weights=np.bincount(task, minlength=tasks)[both])


class Arrivals(NamedTuple):
    """The share of journeys at the goal after 0, 1, ... steps, for each training seed and on average."""

    by_seed: Float[np.ndarray, "seeds window_and_1"]
    mean: Float[np.ndarray, "window_and_1"]


def arrivals_over_seeds(records: Sequence[Records], later: bool) -> Arrivals:
    """`arrived_within` for the window of each `Records`, one for each training seed."""
    by_seed = np.stack([arrived_within(one, window(one), later) for one in records])
    return Arrivals(by_seed, by_seed.mean(axis=0))


class Around(NamedTuple):
    """The critic's value around arrivals. Step 0 is the arriving step, with the value before it."""

    steps: Integer[np.ndarray, "steps"]
    mean: Float[np.ndarray, "steps"]  # NaN where no arrival has such a step
    error: Float[np.ndarray, "steps"]  # standard error over lifetimes


def value_around_arrivals(records: Records, later: bool, before: int = 20, after: int = 10) -> Around:
    """The mean value before and after first (or later) arrivals.

    Steps before an arrival belong to the same journey, and steps after it belong to the next one. Arrivals in
    the last quarter of a lifetime are left out, because less and less reward is to come towards its end. The
    arrivals of a lifetime are averaged first, so the standard error is over lifetimes.

    **Raises:** ValueError if values were not recorded.
    """
    value = _value(records)
    steps = np.arange(-before, after + 1)
    made = journeys(records)
    chosen = made.take(
        made.arrived & ((made.number > 0) == later) & (made.begin + made.length <= 0.75 * records.horizon)
    )
    end = chosen.begin + chosen.length - 1
    following = {(int(a), int(b)): int(c) for a, b, c in zip(made.life, made.begin, made.length, strict=True)}
    there = np.array(
        [following.get((int(a), int(b) + 1), 0) for a, b in zip(chosen.life, end, strict=True)], int
    )
    inside = (steps[None] > -chosen.length[:, None]) & (steps[None] <= there[:, None])
    place = np.clip(end[:, None] + steps[None], 0, records.horizon - 1)
    return _over_lifetimes(steps, chosen.life, value[chosen.life[:, None], place], inside)


def _value(records: Records) -> Float[np.ndarray, "N T"]:
    if records.value is None:
        raise ValueError(f"the records of {records.policy!r} hold no value; evaluate with keep=('value',)")
    return records.value


def _over_lifetimes(steps, life, values, inside) -> Around:
    """Means of the values inside, first within each lifetime and then over lifetimes."""
    lives, of = np.unique(life, return_inverse=True)
    total, count = np.zeros((len(lives), len(steps))), np.zeros((len(lives), len(steps)))
    np.add.at(total, of, np.where(inside, values, 0.0))
    np.add.at(count, of, inside)
    own = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    n = np.maximum((count > 0).sum(axis=0), 1)
    mean = np.where((count > 0).any(axis=0), np.nansum(own, axis=0) / n, np.nan)
    squares = np.nansum((own - mean[None]) ** 2, axis=0) / np.maximum(n - 1, 1)
    return Around(steps, mean, np.sqrt(squares / n))


def value_rises(records: Records, later: bool, back: int = 5) -> Float[np.ndarray, "lifetimes"]:
    """The value at the arriving step less that `back` steps before, averaged over a lifetime's arrivals.

    One number for each lifetime with a first (or a later) journey of at least this length. Arrivals in the
    last quarter of a lifetime are left out, as in `value_around_arrivals`.
    """
    value = _value(records)
    made = journeys(records)
    in_time = made.begin + made.length <= 0.75 * records.horizon
    chosen = made.take(made.arrived & ((made.number > 0) == later) & in_time & (made.length > back))
    end = chosen.begin + chosen.length - 1
    rise = value[chosen.life, end].astype(np.float64) - value[chosen.life, end - back]
    _, life = np.unique(chosen.life, return_inverse=True)
    return np.bincount(life, rise) / np.bincount(life)
