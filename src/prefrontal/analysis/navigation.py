"""Ways to a goal that is found once and then again and again in the same lifetime.

A *journey* is what lies between two arrivals: from a random start to the goal. The last journey of a lifetime
is cut off by its end, and is no arrival. Were it left out, slow journeys would be missing, and more of them
among those that begin late. Therefore a journey counts if it begins at least `window` steps before the
lifetime's end, arrived or not, and one that takes more than `window` steps counts as `window`: every journey
that counts is then known for as long as it counts. Its mean is the restricted mean (Royston and Parmar 2013,
"Restricted mean survival time").

Tasks differ in how far the goal is and how easily it is found, and who finds it soon travels again more
often. First and later journeys are therefore compared within a task, and tasks count by their lifetimes: a
policy that keeps nothing in mind has no drop. Where no task comes twice, a lifetime counts if there is a
later journey that does; this leaves out the longest of searches, and makes a drop smaller, not larger.
"""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer

from prefrontal.analysis.measures import Measure, measure
from prefrontal.checks import check_integer
from prefrontal.disk.records import Records


@dataclasses.dataclass(frozen=True, eq=False)
class Journeys:
    """Every journey of every lifetime, in order. `length` is in steps; one not arrived was cut off."""

    life: Integer[np.ndarray, "n"]
    number: Integer[np.ndarray, "n"]  # 0 for a lifetime's first
    begin: Integer[np.ndarray, "n"]  # the step of the lifetime
    length: Integer[np.ndarray, "n"]
    arrived: Bool[np.ndarray, "n"]
    horizon: int

    def counted(self, window: int) -> "Journeys":
        """Those that begin `window` steps before the end or earlier, the longer ones as `window` steps."""
        check_integer("window", window, 1, self.horizon)
        in_time = self.take(self.begin + window <= self.horizon)
        within = in_time.arrived & (in_time.length <= window)
        return dataclasses.replace(in_time, length=np.minimum(in_time.length, window), arrived=within)

    def take(self, rows: Bool[np.ndarray, "n"]) -> "Journeys":
        life, number, begin = self.life[rows], self.number[rows], self.begin[rows]
        return Journeys(life, number, begin, self.length[rows], self.arrived[rows], self.horizon)


class Ways(NamedTuple):
    """Steps of first and later journeys in each task that came, and of the shortest way there on average."""

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
        """Steps of later journeys as a share of those of the first: 1 where nothing was learnt."""
        return self.later_steps / self.first_steps

    @property
    def detour(self) -> float:
        """Steps of later journeys as a multiple of the shortest way."""
        return self.later_steps / self.mean(self.shortest)

    def error(self, name: str, resamples: int = 400, seed: int = 0) -> float:
        """Standard error of `first_steps`, `later_steps`, `kept` or `detour` over tasks, by bootstrap."""
        rng, n = np.random.default_rng(seed), len(self.first)
        rows = (rng.integers(n, size=n) for _ in range(resamples))
        return float(np.std([getattr(Ways(*(column[row] for column in self)), name) for row in rows]))


def journeys(records: Records) -> Journeys:
    """All journeys, the last of each lifetime with the steps that there were for it."""
    lives, ends = np.nonzero(records.episode_over)
    last = np.arange(records.lifetimes)
    life = np.concatenate([lives, last])
    end = np.concatenate([ends + 1, np.full(records.lifetimes, records.horizon)])
    arrived = np.concatenate([np.ones(len(lives), bool), np.zeros(len(last), bool)])
    order = np.lexsort((~arrived, end, life))
    life, end, arrived = life[order], end[order], arrived[order]
    opens = np.diff(life, prepend=-1) > 0
    begin = np.where(opens, 0, np.roll(end, 1))
    number = np.arange(len(life)) - np.flatnonzero(opens)[life]
    kept = end > begin  # an arrival at the last step leaves nothing after it
    found = Journeys(life, number, begin, end - begin, arrived, records.horizon)
    return found.take(kept)


def window(records: Records) -> int:
    """A journey counts for as long as a third of a lifetime."""
    return records.horizon // 3


def journey_cells(records: Records, life: int, most: int) -> tuple[list[Float[np.ndarray, "_ 2"]], list[int]]:
    """The first `most` journeys of a lifetime: their cells (row, column), and their steps.

    The goal is the last cell of a journey that reached it.
    """
    made = journeys(records)
    made = made.take((made.life == life) & (made.number < most))
    goal, found = records.task["goal"][life][None].astype(float), []
    for begin, length, arrived in zip(made.begin, made.length, made.arrived, strict=True):
        cells = records.state["position"][life, begin : begin + length].astype(float)
        found.append(np.concatenate([cells, goal]) if arrived else cells)
    return found, [int(steps) for steps in made.length]


def shortest_ways(records: Records) -> Float[np.ndarray, "N"]:
    """The shortest way from a random start to the goal, on average over the starts there can be."""
    steps = records.task["steps"]
    starts = (steps > 0) & ~records.task["walls"][:, None]
    return np.where(starts, steps, 0).sum(axis=(1, 2, 3)) / starts.sum(axis=(1, 2, 3))


def ways(records: Records, window: int) -> Ways:
    """First and later journeys task by task.

    **Raises:** ValueError if in no task there is a later journey that counts.
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
    """One of the numbers of `Ways`, for each training seed; with one seed its interval is over tasks."""
    values = np.array([getattr(one, what) for one in by_seed])
    return measure(name, values, by_seed[0].error(what))


def _tasks(records: Records) -> Integer[np.ndarray, "N"]:
    """The number of each lifetime's task: lifetimes of the same layout and goal have the same."""
    walls = np.packbits(records.task["walls"].reshape(records.lifetimes, -1), axis=1)
    rows = np.concatenate([walls.astype(np.int64), records.task["goal"].astype(np.int64)], axis=1)
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)


def _means(task, length, chosen, tasks: int) -> Float[np.ndarray, "tasks"]:
    """The mean length of the chosen journeys of each task; NaN where there is none."""
    total = np.bincount(task[chosen], length[chosen], tasks)
    count = np.bincount(task[chosen], minlength=tasks)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def arrived_within(records: Records, window: int, later: bool) -> Float[np.ndarray, "window_and_1"]:
    """The share of first (or of later) journeys that are at the goal after 0, 1, ... steps.

    Of each task by itself, and then over tasks by their lifetimes, as in `ways`: easy goals, to which there
    are more journeys, count no more for it. Zeros where no task has a first and a later journey that count.
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
    """The share of journeys at the goal after 0, 1, ... steps, of each training seed, and their mean."""

    by_seed: Float[np.ndarray, "seeds window_and_1"]
    mean: Float[np.ndarray, "window_and_1"]


def arrivals_over_seeds(records: Sequence[Records], later: bool) -> Arrivals:
    """`arrived_within` the window of each `Records`, one for each training seed."""
    by_seed = np.stack([arrived_within(one, window(one), later) for one in records])
    return Arrivals(by_seed, by_seed.mean(axis=0))


class Around(NamedTuple):
    """The critic's word around arrivals; step 0 is the one that arrives, with the value before it."""

    steps: Integer[np.ndarray, "steps"]
    mean: Float[np.ndarray, "steps"]  # NaN where no arrival has such a step
    error: Float[np.ndarray, "steps"]  # standard error over lifetimes


def value_around_arrivals(records: Records, later: bool, before: int = 20, after: int = 10) -> Around:
    """The mean value before and after first (or later) arrivals.

    Steps before an arrival are of the same journey, and those after it of the next one. Arrivals in the last
    quarter of a lifetime are left out: towards its end there is less and less to come. A lifetime's arrivals
    are averaged first, so that the standard error is over lifetimes.

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
    """Means of the values inside, a lifetime's own first."""
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
    """The value at the step that arrives less that `back` steps before, the mean over a lifetime's arrivals.

    One number for each lifetime that has a first (or a later) arrival so long on its way; the last quarter of
    lifetimes is left out, as in `value_around_arrivals`.
    """
    value = _value(records)
    made = journeys(records)
    in_time = made.begin + made.length <= 0.75 * records.horizon
    chosen = made.take(made.arrived & ((made.number > 0) == later) & in_time & (made.length > back))
    end = chosen.begin + chosen.length - 1
    rise = value[chosen.life, end].astype(np.float64) - value[chosen.life, end - back]
    _, life = np.unique(chosen.life, return_inverse=True)
    return np.bincount(life, rise) / np.bincount(life)
