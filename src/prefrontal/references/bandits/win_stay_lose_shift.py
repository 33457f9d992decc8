"""Win-stay, lose-shift: a policy that needs no memory."""

import dataclasses
import functools
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.actions import Choice
from prefrontal.agents import Agent
from prefrontal.references.base import ReferenceSettings, arms_of, finite_range
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import Percept, RandomKey


class ShiftNoise(NamedTuple):
    first: Int[Array, ""]  # the arm to begin with
    shift: Int[Array, ""]  # how many arms further to go after a loss


class WinStayLoseShift(Agent):
    """The same arm after a win, any other after a loss, the first at random.

    It has no memory: the percept contains the last action and its reward. A win is a reward above
    `threshold`, the middle of the range of rewards.
    """

    arms: int = eqx.field(static=True)
    threshold: float = eqx.field(static=True)

    @property
    def acts(self) -> Choice:
        return Choice(self.arms)

    def initial_memory(self) -> tuple[()]:
        return ()

    def noise(self, key: RandomKey) -> ShiftNoise:
        first_key, shift_key = jax.random.split(key)
        return ShiftNoise(
            jax.random.randint(first_key, (), 0, self.arms, jnp.int32),
            jax.random.randint(shift_key, (), 1, self.arms, jnp.int32),
        )

    def act(
        self, memory: tuple[()], percept: Percept, noise: ShiftNoise
    ) -> tuple[tuple[()], Int[Array, ""], None]:
        won = self.wins(percept.previous_reward)
        again = jnp.mod(percept.previous_action + jnp.where(won, 0, noise.shift), self.arms)
        return memory, jnp.where(percept.time == 0, noise.first, again), None

    def wins(self, reward: Float[Array, "*shape"]) -> Array:
        return reward > self.threshold


@functools.singledispatch
def stay_or_shift(distribution: TaskDistribution) -> Agent:
    """Win-stay, lose-shift for a distribution: over its arms, unless the distribution registers its own."""
    arms = arms_of("win-stay-lose-shift", distribution.environment)
    low, high = finite_range("win-stay-lose-shift", distribution.environment)
    return WinStayLoseShift(arms, (low + high) / 2)


@dataclasses.dataclass(frozen=True)
class WinStayLoseShiftSettings(ReferenceSettings):
    description: ClassVar[str] = (
        "pulls the same arm again after a win and another one after a loss; has no memory"
    )

    def build(self, distribution: TaskDistribution) -> Agent:
        return stay_or_shift(distribution)
