"""The two-step task: a choice, an uncertain transition, a reward (Wang et al. 2016, section 3.2.1).

After Daw et al. 2011, without their choice at the second step.

In S₁, action 0 mostly leads to S₂ and action 1 mostly leads to S₃; in a *rare* transition it is the other way
round. In S₂ and S₃ there is nothing to choose: any action brings the reward, 1 or 0. One of the two is the
good state, which pays more often. A trial consists of these two steps.

The two versions differ in whether the good state changes. In 2016 it is fixed for a lifetime; in 2018 (Wang
et al., "Prefrontal cortex as a meta-reinforcement learning system") it may change before any trial but the
first. The good states of all trials are drawn with the task, so all policies meet the same sequence.
"""

import dataclasses
from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float, Int

from prefrontal.checks import check_between, settle
from prefrontal.tasks.bandits.bernoulli import choose
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.tasks.checking import check_field
from prefrontal.types import RandomKey, Step, Task

FIRST = 0  # the stage of the choice; stage 1 is S₂, stage 2 is S₃


class TwoStepTask(NamedTuple):
    good: Int[Array, "trials"]  # the good state of each trial: 0 for S₂, 1 for S₃
    common: Float[Array, ""]  # P(S₂ | action 0) = P(S₃ | action 1)


class TwoStepState(NamedTuple):
    stage: Int[Array, ""]  # 0 for S₁, 1 for S₂, 2 for S₃
    trial: Int[Array, ""]  # trials that are over


@dataclasses.dataclass(frozen=True)
class TwoStepWorld(Environment):
    """S₂ and S₃ pay with probability `high` while good, otherwise with probability `low`. S₁ pays nothing.

    The state is observed, one-hot. A lifetime is one episode.
    """

    high: float = 0.9  # P(reward) in the good state
    low: float = 0.1  # P(reward) in the other state

    def __post_init__(self):
        settle(self, high=(0.0, 1.0))
        check_between("low", self.low, 0.0, self.high)

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
        return TwoStepState(jnp.array(FIRST, jnp.int32), jnp.array(0, jnp.int32)), _observe(jnp.array(FIRST))

    def noise(self, key: RandomKey) -> Float[Array, ""]:
        """One uniform number, which decides the transition in S₁ and the reward in S₂ and S₃."""
        return jax.random.uniform(key, (), jnp.float32)

    def check_task(self, task: Task) -> None:
        check_field(self, task, "good", ("trials",), 0, 1)
        check_field(self, task, "common", (), 0, 1)

    def transition(self, noise, task: TwoStepTask, state: TwoStepState, action: Int[Array, ""]) -> Step:
        choosing = state.stage == FIRST
        to_s3 = jnp.where(noise < task.common, action, 1 - action)
        stage = jnp.where(choosing, 1 + to_s3, FIRST)
        reward = (noise < self.expected_reward(task, state, action)).astype(jnp.float32)
        never = jnp.zeros((), bool)
        after = TwoStepState(stage, state.trial + (~choosing).astype(jnp.int32))
        return Step(after, _observe(stage), reward, never, never, never)

    def expected_reward(
        self, task: TwoStepTask, state: TwoStepState, action: Int[Array, ""]
    ) -> Float[Array, ""]:
        """P(reward | S₂ or S₃); 0 in S₁."""
        paying = jnp.where(state.stage == 1 + _good(task, state), self.high, self.low)
        return jnp.where(state.stage == FIRST, 0.0, paying)

    def oracle_reward(self, task: TwoStepTask, state: TwoStepState) -> Float[Array, ""]:
        """The expected reward of a trial for an oracle that knows the good state, given at the second step.

        It does not depend on whether the agent is in S₂ or in S₃: the oracle's own transitions are rare
        equally often.
        """
        likelier = jnp.maximum(task.common, 1.0 - task.common)
        trial = likelier * self.high + (1.0 - likelier) * self.low
        return jnp.where(state.stage == FIRST, 0.0, trial)


def _observe(stage: Int[Array, ""]) -> Float[Array, "3"]:
    return jax.nn.one_hot(stage, 3, dtype=jnp.float32)


def _good(task: TwoStepTask, state: TwoStepState) -> Int[Array, ""]:
    """The good state of this trial, or that of the last drawn trial if the lifetime is longer."""
    last = task.good.shape[0] - 1
    return choose(task.good.astype(jnp.float32), jnp.minimum(state.trial, last)).astype(jnp.int32)


@dataclasses.dataclass(frozen=True)
class TwoStep(TaskDistribution):
    """The two-step task: one of two states is good; they swap before a trial with probability `reversal`.

    They never swap before the first trial. The defaults are the version of 2016. Outside D: each action
    mostly leads to the state that the other one led to. If `common` is 0.5, so neither state is more likely,
    `common` is 0.8 instead.
    """

    common: float = 0.75  # P(S₂ | action 0) = P(S₃ | action 1)
    high: float = 0.9  # P(reward) in the good state
    low: float = 0.1  # P(reward) in the other state
    reversal: float = 0.0  # P(the good state changes) before a trial
    horizon: int = 200  # steps: two to a trial

    def __post_init__(self):
        settle(self, common=(0.0, 1.0), high=(0.0, 1.0), reversal=(0.0, 1.0), horizon=(1, inf))
        check_between("low", self.low, 0.0, self.high)

    @property
    def trials(self) -> int:
        return -(-self.horizon // 2)

    @property
    def environment(self) -> TwoStepWorld:
        return TwoStepWorld(self.high, self.low)

    def sample(self, key: RandomKey) -> TwoStepTask:
        good_key, reversal_key = jax.random.split(key)
        first = jax.random.bernoulli(good_key, jnp.float32(0.5)).astype(jnp.int32)
        reversed_ = jax.random.bernoulli(reversal_key, jnp.float32(self.reversal), (self.trials - 1,)).astype(
            jnp.int32
        )
        good = jnp.mod(jnp.cumsum(jnp.concatenate([first[None], reversed_])), 2)
        return TwoStepTask(good.astype(jnp.int32), jnp.array(self.common, jnp.float32))

    def outside(self) -> "TwoStep":
        return dataclasses.replace(self, common=0.8 if self.common == 0.5 else 1.0 - self.common)
