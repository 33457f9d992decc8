"""Distributions that grow: environments as vectors of numbers, and what a grower made of them."""

import abc
import dataclasses
from math import inf
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from prefrontal.checks import check_kind, settle, shown
from prefrontal.disk.serialisation import from_json
from prefrontal.disk.storage import folder_of, read_object
from prefrontal.errors import DamagedFileError, UserError
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.types import RandomKey, Task

GROWN = "grown.json"  # the file of a grown distribution in a run's folder


class Growable(TaskDistribution):
    """A distribution that a grower can extend: its environments are vectors of numbers.

    An environment here is what POET calls one: a kind of course, of which every key makes another task. Its
    vector is POET's encoding. `sample` draws a vector with `drawn`, and then a task of it with `made`.
    """

    @property
    @abc.abstractmethod
    def units(self) -> tuple[float, ...]:
        """The unit of each number of a vector: distances between environments are measured in them."""

    @abc.abstractmethod
    def first(self) -> Float[Array, "numbers"]:
        """The simplest environment, with which growth begins."""

    @abc.abstractmethod
    def drawn(self, key: RandomKey) -> Float[Array, "numbers"]:
        """An environment drawn from the whole distribution."""

    @abc.abstractmethod
    def mutated(self, vector: Float[Array, "numbers"], key: RandomKey) -> Float[Array, "numbers"]:
        """A child of an environment: a small random change."""

    @abc.abstractmethod
    def made(self, vector: Float[Array, "numbers"], key: RandomKey) -> Task:
        """A task of an environment. The same vector and key always make the same task."""

    def sample(self, key: RandomKey) -> Task:
        drawn_key, made_key = jax.random.split(key)
        return self.made(self.drawn(drawn_key), made_key)


class Growing(eqx.Module, TaskDistribution):
    """The environments of a grower at one moment, as arrays: its `sample` draws one of them, then a task.

    A compiled program may change them from update to update, so that a learner can be trained on them while
    they grow. Its places are fixed: those of weight 0 are empty.
    """

    family: Growable = eqx.field(static=True)  # what makes tasks of the vectors
    vectors: Float[Array, "places numbers"]  # the environments
    weights: Float[Array, "places"]  # in proportion to how often each is drawn

    @property
    def environment(self) -> Environment:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.family.environment

    @property
    def horizon(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.family.horizon

    def sample(self, key: RandomKey) -> Task:
        place_key, made_key = jax.random.split(key)
        place = jax.random.categorical(place_key, jnp.log(self.weights))
        return self.family.made(self.vectors[place], made_key)


@dataclasses.dataclass(frozen=True)
class Grown(TaskDistribution):
    """The environments that a grower left, such as a POET run's. Each lifetime has a task of one of them.

    All environments are equally likely. An evaluation draws from those that the grower held out, if there
    are any. Outside D: what is outside the family's.

    **Arguments:**

    - `family`: what the grower extended, a `Growable` or its name.
    - `environments`, `unseen`: the vectors of the environments to train on, and of those to test on. Without
      any, eight of each are drawn from the family, always the same ones.
    """

    horizon: int = 0
    family: TaskDistribution | str = "course:horizon=160,once=true"
    environments: tuple[tuple[float, ...], ...] = ()
    unseen: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self):
        settle(self, horizon=(0, inf))
        object.__setattr__(self, "family", _growable(self.family))
        if not self.horizon:
            object.__setattr__(self, "horizon", self.growable.horizon)
        if not self.environments:
            with jax.ensure_compile_time_eval():
                drawn = np.asarray(jax.vmap(self.growable.drawn)(jax.random.split(jax.random.key(0), 16)))
            object.__setattr__(self, "environments", tuple(drawn[:8]))
            object.__setattr__(self, "unseen", self.unseen or tuple(drawn[8:]))
        for field in ("environments", "unseen"):
            object.__setattr__(self, field, tuple(_plain(vector) for vector in getattr(self, field)))
            for place, vector in enumerate(getattr(self, field)):
                if len(vector) != len(self.growable.units) or not np.all(np.isfinite(vector)):
                    raise UserError(
                        f"{field}[{place}] is {shown(vector)}; an environment of "
                        f"{type(self.family).__name__} is {len(self.growable.units)} numbers"
                    )

    @property
    def growable(self) -> Growable:
        return self.family  # pyright: ignore[reportReturnType]  # settled by __post_init__

    @property
    def environment(self) -> Environment:
        return self.growable.environment

    def sample(self, key: RandomKey) -> Task:
        place_key, made_key = jax.random.split(key)
        vectors = jnp.array(self.environments, jnp.float32)
        place = jax.random.randint(place_key, (), 0, len(vectors))
        return self.growable.made(vectors[place], made_key)

    def held_out(self) -> "Grown":
        if not self.unseen:
            return self
        return dataclasses.replace(self, environments=self.unseen, unseen=())

    def outside(self) -> TaskDistribution:
        return self.growable.outside()


def _plain(vector: Any) -> tuple[float, ...]:
    return tuple(float(number) for number in vector)


def _growable(family: Any) -> Growable:
    if isinstance(family, str):
        try:
            family = TaskDistribution.registry.make(family)
        except ValueError as error:
            raise UserError(f"family is {shown(family)}: {error}") from None
    check_kind("family", family, Growable)
    return family


def load_grown(folder: Path | str) -> Grown:
    """The distribution that the finished run of a grower left in `folder`.

    **Raises:** `UserError` if there is none; `DamagedFileError` if the file is cut short or altered.
    """
    path = folder_of(folder) / GROWN
    if not path.exists():
        raise UserError(
            f"{path.parent} holds no grown distribution: there is no {GROWN} in it, which a finished run of "
            "a grower, such as poet, leaves"
        )
    try:
        tasks = from_json(TaskDistribution, read_object(path)["tasks"], "tasks")
    except (UserError, KeyError) as error:
        raise DamagedFileError(f"{path} is damaged: {error}") from error
    if not isinstance(tasks, Grown):
        raise DamagedFileError(f"{path} is damaged: its tasks are {type(tasks).__name__}, not Grown")
    return tasks
