"""Distributions of courses: encodings that are drawn, or one that stays the same, each on its own terrain."""

import dataclasses
from math import inf

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import settle
from prefrontal.tasks.course.body import CourseTask, CourseWorld
from prefrontal.tasks.course.terrain import (
    KINDS,
    MOST,
    Encoding,
    encoded,
    flat,
    mutated,
    terrain,
    vector_of,
)
from prefrontal.tasks.growing import Growable
from prefrontal.tasks.tabular.mdps import settle_episodes
from prefrontal.types import RandomKey


def course_of(encoding: Encoding, key: RandomKey) -> CourseTask:
    """The task that an encoding and a key make."""
    made = terrain(encoding, key)
    return CourseTask(encoding, made.ground, made.ceiling)


@dataclasses.dataclass(frozen=True)
class Course(Growable):
    """A body runs along a course of obstacles, which stays the same for a lifetime of several episodes.

    Each number of a course's encoding is uniform between `least` times the value given here and that value.
    Outside D: all values at their greatest.

    **Arguments:**

    - `length`: the most steps of an episode.
    - `episodes`: the number of whole episodes in a lifetime. It replaces `horizon`, which becomes `episodes`
      times `length`; `episodes` is None afterwards. A lifetime has more of them if some end early.
    - `once`: whether a lifetime ends with its first episode.
    - `roughness`, `gap`, `stump`, `stairs`, `steps`, `ceiling`: the greatest sizes of obstacles; there are
      none of those of size 0. See `Encoding`.
    - `least`: 1 if all courses have the same encoding, 0 if they have all from flat ground on.
    """

    horizon: int = 480
    length: int = 160
    episodes: int | None = None
    once: bool = False
    roughness: float = 2.0
    gap: float = 3.0
    stump: float = 0.8
    stairs: float = 0.4
    steps: float = 2.0
    ceiling: float = 0.5
    least: float = 0.0

    def __post_init__(self):
        settle(
            self,
            **dict.fromkeys(("horizon", "length", "episodes"), (1, inf)),
            **{name: (0.0, most) for name, most in MOST.items()},
            least=(0.0, 1.0),
        )
        settle_episodes(self)

    @property
    def environment(self) -> CourseWorld:
        return CourseWorld(self.length, self.once)

    def sample(self, key: RandomKey) -> CourseTask:
        encoding_key, terrain_key = jax.random.split(key)
        return course_of(self.encoding(encoding_key), terrain_key)

    @property
    def units(self) -> tuple[float, ...]:
        """The greatest values, so that every kind of obstacle weighs as much as another."""
        return tuple(MOST[name] for name in Encoding._fields for _ in range(1 + (name in KINDS)))

    def first(self) -> Float[Array, "numbers"]:
        return vector_of(flat())

    def drawn(self, key: RandomKey) -> Float[Array, "numbers"]:
        return vector_of(self.encoding(key))

    def mutated(self, vector: Float[Array, "numbers"], key: RandomKey) -> Float[Array, "numbers"]:
        return vector_of(mutated(encoded(vector), key))

    def made(self, vector: Float[Array, "numbers"], key: RandomKey) -> CourseTask:
        return course_of(encoded(vector), key)

    def encoding(self, key: RandomKey) -> Encoding:
        """The encoding that `sample` draws: every kind of obstacle has its own size."""
        drawn = jax.random.uniform(key, (len(MOST),), jnp.float32, self.least, 1.0)
        sizes = {name: share * getattr(self, name) for name, share in zip(MOST, drawn, strict=True)}
        ranges = {name: jnp.stack([sizes[name]] * 2) for name in KINDS}
        return Encoding(roughness=sizes["roughness"], steps=sizes["steps"], **ranges)

    def outside(self) -> "Course":
        return dataclasses.replace(self, **MOST, least=1.0)
