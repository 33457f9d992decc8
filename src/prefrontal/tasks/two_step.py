"""The two-step task: a choice, an uncertain transition, a reward (Wang et al. 2016, section 3.2.1).

After Daw et al. 2011, without their choice at the second step.

In S₁ action 0 leads mostly to S₂ and action 1 mostly to S₃; now and then (a *rare* transition) it is the
other way round. In S₂ and in S₃ there is nothing to choose: any action brings the reward, 1 or 0. One of the
two is the good state, which pays more often. A trial is these two steps.

The two versions differ in whether the good state changes. In 2016 it is fixed for a lifetime; in 2018 (Wang
et al., "Prefrontal cortex as a meta-reinforcement learning system") it may change before any trial but the
first. The whole course of it is drawn with the task, so that all policies meet the same one.
"""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float, Int

from prefrontal.checks import check_between, check_integer
from prefrontal.tasks.bandits.bernoulli import choose
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.types import RandomKey, Step

FIRST = 0  # the stage of the choice; stage 1 is S₂, stage 2 is S₃


class TwoStepTask(NamedTuple):
    good: Int[Array, "trials"]  # the good state of each trial: 0 for S₂, 1 for S₃
    common: Float[Array, ""]  # P(S₂ | action 0) = P(S₃ | action 1)


class TwoStepState(NamedTuple):
    stage: Int[Array, ""]  # 0 for S₁, 1 for S₂, 2 for S₃
    trial: Int[Array, ""]  # trials that are over


@dataclasses.dataclass(frozen=True)
class TwoStepWorld(Environment):
    """S₂ and S₃ pay with probability `high` while they are good, otherwise `low`. S₁ pays nothing.

    The state is observed, one-hot. A lifetime is one episode.
    """

    high: float = 0.9
    low: float = 0.1

    @property
    def observation_space(self) -> spaces.Box:
        return spaces.Box(0.0, 1.0, (3,), np.float32)

    @property
    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(2)

    @property
    def reward_range(self) -> tuple[float, float]:
        return (0.0, 1.0)

    @property
    def reward_values(self) -> tuple[float, ...]:
        return (0.0, 1.0)

    @property
    def restarts(self) -> bool:
        return False

    def reset(self, key: RandomKey, task: TwoStepTask):
        return TwoStepState(jnp.array(FIRST), jnp.array(0)), _observe(jnp.array(FIRST))

    def noise(self, key: RandomKey) -> Float[Array, ""]:
        """One uniform number: it decides the transition in S₁ and the reward in S₂ and S₃."""
        return jax.random.uniform(key)

    def transition(self, noise, task: TwoStepTask, state: TwoStepState, action: Int[Array, ""]) -> Step:
        choosing = state.stage == FIRST
        to_s3 = jnp.where(noise < task.common, action, 1 - action)
        stage = jnp.where(choosing, 1 + to_s3, FIRST)
        reward = (noise < self.expected_reward(task, state, action)).astype(jnp.float32)
        never = jnp.zeros((), bool)
        after = TwoStepState(stage, state.trial + ~choosing)
        return Step(after, _observe(stage), reward, never, never, never)

    def expected_reward(
        self, task: TwoStepTask, state: TwoStepState, action: Int[Array, ""]
    ) -> Float[Array, ""]:
        """P(reward | S₂ or S₃); 0 in S₁."""
        paying = jnp.where(state.stage == 1 + _good(task, state), self.high, self.low)
        return jnp.where(state.stage == FIRST, 0.0, paying)

    def oracle_reward(self, task: TwoStepTask, state: TwoStepState) -> Float[Array, ""]:
        """What one who knows the good state expects of a trial, at its second step.

        Where this lifetime's agent happens to be, in S₂ or in S₃, does not enter: an oracle's own transitions
        are as often rare.
        """
        likelier = jnp.maximum(task.common, 1.0 - task.common)
        trial = likelier * self.high + (1.0 - likelier) * self.low
        return jnp.where(state.stage == FIRST, 0.0, trial)


def _observe(stage: Int[Array, ""]) -> Float[Array, "3"]:
    return jax.nn.one_hot(stage, 3)


def _good(task: TwoStepTask, state: TwoStepState) -> Int[Array, ""]:
    """The good state of this trial; of the last trial that was drawn, if the lifetime goes on for longer."""
    last = task.good.shape[0] - 1
    return choose(task.good.astype(jnp.float32), jnp.minimum(state.trial, last)).astype(jnp.int32)


@dataclasses.dataclass(frozen=True)
class TwoStep(TaskDistribution):
    """Either state is good at first; before each later trial they change places with probability `reversal`.

    The defaults are the version of 2016. Outside D: each action mostly leads where the other one did.
    """

    common: float = 0.75
    high: float = 0.9
    low: float = 0.1
    reversal: float = 0.0
    horizon: int = 200  # steps: two to a trial

    def __post_init__(self):
        check_integer("horizon", self.horizon, 1)
        for field in ("common", "high", "reversal"):
            check_between(field, getattr(self, field), 0.0, 1.0)
        check_between("low", self.low, 0.0, self.high)

    @property
    def trials(self) -> int:
        return -(-self.horizon // 2)

    @property
    def environment(self) -> TwoStepWorld:
        return TwoStepWorld(self.high, self.low)

    def sample(self, key: RandomKey) -> TwoStepTask:
        good_key, reversal_key = jax.random.split(key)
        first = jax.random.bernoulli(good_key).astype(jnp.int32)
        reversed_ = jax.random.bernoulli(reversal_key, self.reversal, (self.trials - 1,)).astype(jnp.int32)
        good = jnp.mod(jnp.cumsum(jnp.concatenate([first[None], reversed_])), 2)
        return TwoStepTask(good, jnp.array(self.common))

    def outside(self) -> "TwoStep":
        return dataclasses.replace(self, common=1.0 - self.common)
