"""Worlds so small that what must be learnt in them, and what cannot be, is known beforehand."""

import dataclasses
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces

from prefrontal.tasks import BanditTask, BernoulliBandit
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.types import Step

NEVER = jnp.zeros((), bool)


class ProbeWorld(Environment):
    """Two actions, one observation in [0, 1], and a state that counts the steps of an episode."""

    @property
    def observation_space(self) -> spaces.Box:
        return spaces.Box(0.0, 1.0, (1,), np.float32)

    @property
    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(2)

    def reset(self, key, task):
        return jnp.array(0), self.observe(task, jnp.array(0))

    def observe(self, task, time):
        return jnp.zeros(1)


@dataclasses.dataclass(frozen=True)
class RecallWorld(ProbeWorld):
    """A bit is told at the first step, by observation or reward. Step `delay` pays for the same action."""

    told_by: Literal["observation", "reward"]
    delay: int

    def observe(self, task, time):
        return jnp.where((time == 0) & (self.told_by == "observation"), task.astype(jnp.float32), 0.0)[None]

    def transition(self, noise, task, state, action) -> Step:
        told = jnp.where((state == 0) & (self.told_by == "reward"), task, 0)
        reward = told + jnp.where(state == self.delay, action == task, 0)
        state = state + 1
        return Step(state, self.observe(task, state), reward.astype(jnp.float32), NEVER, NEVER, NEVER)


@dataclasses.dataclass(frozen=True)
class Recall(TaskDistribution):
    """Who remembers is paid 1 by the last step, others 1/2 on average. A bit told as reward is paid too."""

    told_by: Literal["observation", "reward"] = "observation"
    horizon: int = 4

    @property
    def environment(self) -> RecallWorld:
        return RecallWorld(self.told_by, self.horizon - 1)

    def sample(self, key):
        return jax.random.bernoulli(key).astype(jnp.int32)


class RoundsTask(NamedTuple):
    cut_short: jax.Array  # whether episodes are truncated, or come to their end in the world


@dataclasses.dataclass(frozen=True)
class RoundsWorld(ProbeWorld):
    """Nothing to decide: an episode lasts two steps, and the second pays 1. Then comes the next."""

    def transition(self, noise, task: RoundsTask, state, action) -> Step:
        ends = state == 1
        reward = ends.astype(jnp.float32)
        return Step(state + 1, jnp.zeros(1), reward, ends & ~task.cut_short, ends & task.cut_short, NEVER)


@dataclasses.dataclass(frozen=True)
class Rounds(TaskDistribution):
    horizon: int = 6

    @property
    def environment(self) -> RoundsWorld:
        return RoundsWorld()

    def sample(self, key) -> RoundsTask:
        return RoundsTask(jax.random.bernoulli(key))

    def value(self, discount: float) -> list[float]:
        """Of each step of a lifetime: 1 from every odd step to come, whichever episode it is of."""
        return [
            sum(discount ** (k - t) for k in range(t, self.horizon) if k % 2) for t in range(self.horizon)
        ]


@dataclasses.dataclass(frozen=True)
class LeaveWorld(ProbeWorld):
    """Action 0 stays and is paid `staying`; action 1 is paid 1 and ends the lifetime.

    It offers no oracle's reward: as actions end the lifetime, what an oracle is paid in it depends on them.
    """

    staying: float

    def transition(self, noise, task, state, action) -> Step:
        reward = self.expected_reward(task, state, action)
        return Step(state + 1, jnp.zeros(1), reward, NEVER, NEVER, action == 1)

    def expected_reward(self, task, state, action):
        return jnp.where(action == 1, 1.0, self.staying)


@dataclasses.dataclass(frozen=True)
class Leave(TaskDistribution):
    """Staying to the last is worth 0.4 (T - 1) + 1; who thinks little of tomorrow leaves at once, for 1."""

    horizon: int = 4
    staying: float = 0.4

    @property
    def environment(self) -> LeaveWorld:
        return LeaveWorld(self.staying)

    def sample(self, key):
        return jnp.zeros(())


@dataclasses.dataclass(frozen=True)
class FewBandits(TaskDistribution):
    """Bernoulli bandits of two arms, each of `tasks` equally likely: a mean over them is a short sum."""

    tasks: tuple[tuple[float, float], ...] = ((0.9, 0.3), (0.5, 0.7), (0.3, 0.1))
    horizon: int = 3

    @property
    def environment(self) -> BernoulliBandit:
        return BernoulliBandit(2)

    def sample(self, key) -> BanditTask:
        which = jax.random.randint(key, (), 0, len(self.tasks))
        return BanditTask(jnp.array(self.tasks)[which])
