"""The kinds of action spaces: how an action is coded, and how it is kept inside the space."""

import abc
import dataclasses
import functools
import itertools
import math

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Bool, Float, Shaped

from prefrontal.errors import UserError
from prefrontal.types import RandomKey

_BOUNDLESS = 1e30  # a bound as large as this is none


class Actions(abc.ABC):
    """One kind of action: frozen, for static fields. Any axes after an action's own are the batch."""

    shape: tuple[int, ...]

    @property
    @abc.abstractmethod
    def features(self) -> int:
        """The length of an action's code."""

    @property
    @abc.abstractmethod
    def entropy_unit(self) -> float:
        """The largest entropy of a choice, in nats; for real numbers, how many there are."""

    @property
    def dtype(self) -> type:
        return jnp.int32

    def none(self) -> Shaped[Array, "*action"]:
        """The previous action of the first percept, when `time` is 0: zeros, which are not coded."""
        return jnp.zeros(self.shape, self.dtype)

    @abc.abstractmethod
    def drawn(self, key: RandomKey) -> Shaped[Array, "*action"]:
        """A random action: uniform, or normal for numbers without bounds."""

    @abc.abstractmethod
    def code(self, action: Shaped[Array, "..."]) -> Float[Array, "features *batch"]:
        """The features of an action `(*shape, *batch)` in a percept."""

    def inside(self, action: Shaped[Array, "..."]) -> Shaped[Array, "..."]:
        """The action that the environment gets: the nearest one in the space."""
        return action

    @abc.abstractmethod
    def misses(self, action: Shaped[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
        """Which parts of actions `(*shape, *batch)` cannot be brought into the space by `inside`."""


class Choices(Actions):
    """Choices among a few values each. A mask of them has an entry for each entry of an action's code."""

    @abc.abstractmethod
    def parted(self, numbers: Shaped[Array, "features *batch"]) -> list[Shaped[Array, "size *batch"]]:
        """The numbers that belong to each choice."""

    @abc.abstractmethod
    def best(self, scores: Float[Array, "features *batch"]) -> Shaped[Array, "..."]:
        """The action `(*shape, *batch)` whose values have the highest scores."""

    @abc.abstractmethod
    def named(self, allowed: Bool[np.ndarray, "features"]) -> list:
        """The values that a mask allows; a list of them for each choice, where there are several."""

    def drawn_among(self, key: RandomKey, allowed: Bool[Array, "features"]) -> Shaped[Array, "*action"]:
        """A random action of those that a mask allows, all of them equally probable."""
        return self.best(jnp.where(allowed, jax.random.gumbel(key, allowed.shape, jnp.float32), -jnp.inf))

    def barred(
        self, action: Shaped[Array, "..."], allowed: Bool[Array, "features *batch"]
    ) -> Bool[Array, "*batch"]:
        """Whether a mask forbids actions `(*shape, *batch)`. It forbids none outside the space."""
        return jnp.any((self.code(action) > 0) & ~allowed, axis=0)

    def stuck(self, allowed: Bool[Array, "features *batch"]) -> Bool[Array, "*batch"]:
        """Whether a mask forbids every value of a choice."""
        return ~jnp.all(jnp.stack([jnp.any(part, axis=0) for part in self.parted(allowed)]), axis=0)


@dataclasses.dataclass(frozen=True)
class Choice(Choices):
    """One of `n`, counted from `start`: gymnasium's Discrete. Coded one-hot."""

    n: int
    start: int = 0
    shape = ()

    def __str__(self) -> str:
        return f"{self.n}" + (f" from {self.start}" if self.start else "")

    @property
    def features(self) -> int:
        return self.n

    @property
    def entropy_unit(self) -> float:
        return math.log(self.n) or 1.0

    def code(self, action):
        return jax.nn.one_hot(
            action - self.start if self.start else action, self.n, dtype=jnp.float32, axis=0
        )

    def drawn(self, key):
        return jax.random.randint(key, (), self.start, self.start + self.n, jnp.int32)

    def parted(self, numbers):
        return [numbers]

    def best(self, scores):
        chosen = jnp.argmax(scores, axis=0)
        return chosen + self.start if self.start else chosen

    def named(self, allowed):
        return [self.start + int(place) for place in np.flatnonzero(allowed)]

    def misses(self, action):
        return (action < self.start) | (action >= self.start + self.n)


@dataclasses.dataclass(frozen=True)
class Factors(Choices):
    """Several choices at once, `sizes[k]` counted from `starts[k]`: MultiDiscrete and MultiBinary."""

    sizes: tuple[int, ...]
    starts: tuple[int, ...]
    shape: tuple[int, ...]

    def __str__(self) -> str:
        return f"choices of {self.sizes}"

    @property
    def features(self) -> int:
        return sum(self.sizes)

    @property
    def entropy_unit(self) -> float:
        return math.fsum(map(math.log, self.sizes)) or 1.0

    def code(self, action):
        """The concatenated one-hot codes of the choices."""
        flat = action.reshape(len(self.sizes), *action.shape[len(self.shape) :])
        parts = zip(flat, self.sizes, self.starts, strict=True)
        return jnp.concatenate(
            [jax.nn.one_hot(one - start, size, dtype=jnp.float32, axis=0) for one, size, start in parts]
        )

    def drawn(self, key):
        least, sizes = jnp.array(self.starts, jnp.int32), jnp.array(self.sizes, jnp.int32)
        return jax.random.randint(key, least.shape, least, least + sizes, jnp.int32).reshape(self.shape)

    def parted(self, numbers):
        ends = itertools.accumulate(self.sizes)
        return [numbers[end - size : end] for end, size in zip(ends, self.sizes, strict=True)]

    def best(self, scores):
        pairs = zip(self.parted(scores), self.starts, strict=True)
        stacked = jnp.stack([start + jnp.argmax(one, 0) for one, start in pairs])
        return stacked.reshape(*self.shape, *stacked.shape[1:])

    def named(self, allowed):
        pairs = zip(self.parted(jnp.asarray(allowed)), self.starts, strict=True)
        return [[start + int(place) for place in np.flatnonzero(one)] for one, start in pairs]

    def misses(self, action):
        places = (*self.shape, *(1,) * (action.ndim - len(self.shape)))
        least, sizes = (np.reshape(limits, places) for limits in (self.starts, self.sizes))
        return (action < least) | (action >= least + sizes)


@dataclasses.dataclass(frozen=True)
class Vector(Actions):
    """Real numbers: gymnasium's Box of floats.

    `low` and `high` are flat. `centre` and `scale` are the centre and half width of the box where it is
    bounded, elsewhere 0 and 1. An agent's numbers are in these units, so the entries of an action's code are
    about 1.
    """

    shape: tuple[int, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def __str__(self) -> str:
        return f"numbers of shape {self.shape}, from {self.low} to {self.high}"

    @property
    def features(self) -> int:
        return math.prod(self.shape)

    @property
    def entropy_unit(self) -> float:
        return float(max(self.features, 1))

    @property
    def dtype(self) -> type:
        return jnp.float32

    @property
    def centre(self) -> tuple[float, ...]:
        return tuple((low + high) / 2 if bounded else 0.0 for low, high, bounded in self._bounds)

    @property
    def scale(self) -> tuple[float, ...]:
        return tuple((high - low) / 2 if bounded else 1.0 for low, high, bounded in self._bounds)

    @property
    def bounded(self) -> bool:
        """Whether the box has bounds along every axis."""
        return all(bounded for _, _, bounded in self._bounds)

    @property
    def _bounds(self) -> list[tuple[float, float, bool]]:
        """Low, high, and whether both are bounds; the largest floats mean no bound."""
        pairs = zip(self.low, self.high, strict=True)
        return [(low, high, low < high and max(-low, high) < _BOUNDLESS) for low, high in pairs]

    def code(self, action):
        """(a - centre) / scale, flat."""
        flat = action.reshape(self.features, *action.shape[len(self.shape) :])
        return (flat - spread(self.centre, flat.ndim)) / spread(self.scale, flat.ndim)

    def drawn(self, key):
        uniform_key, normal_key = jax.random.split(key)
        uniform = jax.random.uniform(uniform_key, (self.features,), jnp.float32, minval=-1.0)
        bounded = jnp.array([bounds[2] for bounds in self._bounds])
        flat = jnp.where(bounded, uniform, jax.random.normal(normal_key, (self.features,), jnp.float32))
        return (spread(self.centre, 1) + spread(self.scale, 1) * flat).reshape(self.shape)

    def inside(self, action):
        batch = action.ndim - len(self.shape)
        low, high = (
            spread(bound, 1 + batch).reshape(*self.shape, *(1,) * batch) for bound in (self.low, self.high)
        )
        return jnp.clip(action, low, high)

    def misses(self, action):
        return ~np.isfinite(action)


def spread(values: tuple[float, ...], axes: int) -> Float[Array, "n *ones"]:
    """Numbers as an array with this many axes: their own, and axes of length one for the batch."""
    return jnp.array(values, jnp.float32).reshape(-1, *(1,) * (axes - 1))


@functools.singledispatch
def actions_of(space: gymnasium.Space) -> Actions:
    """The kind of action of a space.

    **Raises:** `UserError`, which names the space and the supported kinds.
    """
    raise UserError(
        f"action_space is {space}; it must be Discrete, MultiDiscrete, MultiBinary, or a Box of floats"
    )


def choices_of(space: gymnasium.Space) -> Choice:
    """The choices of a Discrete space; a `UserError` for any other space."""
    actions = actions_of(space)
    if not isinstance(actions, Choice):
        raise UserError(f"action_space is {space}; it must be Discrete")
    return actions


@actions_of.register
def _(space: spaces.Discrete) -> Choice:
    _check_counted(space, int(space.start), int(space.n))
    return Choice(int(space.n), int(space.start))


@actions_of.register
def _(space: spaces.MultiDiscrete) -> Factors:
    sizes, starts = (tuple(int(one) for one in np.ravel(numbers)) for numbers in (space.nvec, space.start))
    for size, start in zip(sizes, starts, strict=True):
        _check_counted(space, start, size)
    return Factors(sizes, starts, tuple(space.shape))


def _check_counted(space: gymnasium.Space, start: int, size: int) -> None:
    """A `UserError` where actions are numbered beyond 32 bits."""
    least, most = np.iinfo(np.int32).min, np.iinfo(np.int32).max
    if start < least or start + size > most:
        raise UserError(f"action_space is {space}; its actions must be numbered from {least} to {most - 1}")


@actions_of.register
def _(space: spaces.MultiBinary) -> Factors:
    count = math.prod(space.shape)
    return Factors((2,) * count, (0,) * count, tuple(space.shape))


@actions_of.register
def _(space: spaces.Box) -> Vector:
    if not np.issubdtype(space.dtype, np.floating):
        raise UserError(f"action_space is {space}; a Box must be of floats, and whole numbers MultiDiscrete")
    low, high = (tuple(float(one) for one in np.ravel(bound)) for bound in (space.low, space.high))
    return Vector(tuple(space.shape), low, high)
