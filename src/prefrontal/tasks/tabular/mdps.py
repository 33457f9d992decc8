"""Random tabular MDPs: a lifetime is many short episodes in one MDP (Duan et al. 2016, section 3.2).

The mean reward of each state and action is drawn from N(1, 1), and rewards have unit noise. Transitions are
drawn from a flat Dirichlet distribution. Episodes of ten steps begin in the same state. What the agent learns
about the MDP in one episode helps it in all later ones.
"""

import dataclasses
from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float, Int

from prefrontal.checks import LARGEST_WHOLE, check_integer, settle
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.tasks.checking import check_field
from prefrontal.tasks.tabular.planning import (
    action_values,
    best_plan,
    expected_course,
    sum_in_order,
)
from prefrontal.types import RandomKey, Step, Task


class TabularTask(NamedTuple):
    rewards: Float[Array, "states actions"]  # their means
    transitions: Float[Array, "states actions next"]
    # The expected reward of an optimal policy at each step of its own episode, not in the agent's states.
    optimum: Float[Array, "length"]


class TabularState(NamedTuple):
    place: Int[Array, ""]
    time: Int[Array, ""]  # steps since the start of the episode


class TabularNoise(NamedTuple):
    place: Float[Array, ""]  # uniform
    reward: Float[Array, ""]  # standard normal


@dataclasses.dataclass(frozen=True)
class TabularWorld(Environment):
    """An MDP with few states. The agent sees the state, one-hot, and not the time within the episode."""

    states: int = 10
    actions: int = 5
    length: int = 10  # steps of an episode
    start: int = 0
    reward_noise: float = 1.0  # the standard deviation of rewards around their means

    def __post_init__(self):
        settle(self, states=(1, inf), actions=(2, inf), length=(1, inf), reward_noise=(0.0, inf))
        check_integer("start", self.start, 0, self.states - 1)

    @property
    def observation_space(self) -> spaces.Box:
        return spaces.Box(0.0, 1.0, (self.states,), np.float32)

    @property
    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(self.actions)

    @property
    def episode_length(self) -> int:
        return self.length

    def reset(self, key: RandomKey, task: TabularTask):
        state = TabularState(jnp.array(self.start, jnp.int32), jnp.array(0, jnp.int32))
        return state, self._observe(state)

    def noise(self, key: RandomKey) -> TabularNoise:
        place_key, reward_key = jax.random.split(key)
        return TabularNoise(
            jax.random.uniform(place_key, (), jnp.float32), jax.random.normal(reward_key, (), jnp.float32)
        )

    def check_task(self, task: Task) -> None:
        check_field(self, task, "rewards", (self.states, self.actions), -inf, inf)
        check_field(self, task, "transitions", (self.states, self.actions, self.states), 0, 1)
        check_field(self, task, "optimum", (self.length,), -inf, inf)

    def transition(self, noise: TabularNoise, task: TabularTask, state: TabularState, action) -> Step:
        # Gathering a whole row is faster than a masked sum over all rows, even inside a compiled loop.
        place = drawn_place(task.transitions[state.place, action], noise.place)
        after = TabularState(place, state.time + 1)
        reward = self.expected_reward(task, state, action) + self.reward_noise * noise.reward
        over, never = after.time >= self.length, jnp.zeros((), bool)
        return Step(after, self._observe(after), reward, over, never, never)

    def expected_reward(self, task: TabularTask, state: TabularState, action) -> Float[Array, ""]:
        return task.rewards[state.place, action]

    def oracle_reward(self, task: TabularTask, state: TabularState) -> Float[Array, ""]:
        """The expected reward, at this step of an episode, of an optimal policy that knows the MDP.

        The expectation is over the states that this policy reaches itself, not over those of the agent. Its
        sum over an episode is V₀(start), so an episode's regret is V₀(start) minus what its actions earn.
        """
        return task.optimum[state.time]

    def _observe(self, state: TabularState) -> Float[Array, "states"]:
        return jax.nn.one_hot(state.place, self.states, dtype=jnp.float32)


@dataclasses.dataclass(frozen=True)
class TabularMDPs(TaskDistribution):
    """Random tabular MDPs, with normal mean rewards and Dirichlet transitions; episodes of few steps.

    **Arguments:**

    - `episodes`: the number of episodes in a lifetime. It replaces `horizon`, which becomes `episodes` times
      `length`; `episodes` is None afterwards.
    - `start`: the number of the state in which every episode begins.
    - `reward_mean`, `reward_spread`: mean rewards are drawn from N(reward_mean, reward_spread²).
    - `reward_noise`: the standard deviation of rewards around their means.
    - `concentration`: the parameter of the symmetric Dirichlet distribution of the next states. Outside D it
      is .1, so each action leads to only a few states; if it is .1 in D, it is 1 outside.
    """

    horizon: int = 100
    states: int = 10  # the number of states
    actions: int = 5  # the number of actions
    length: int = 10  # steps of an episode
    episodes: int | None = None
    start: int = 0
    reward_mean: float = 1.0
    reward_spread: float = 1.0
    reward_noise: float = 1.0
    concentration: float = 1.0

    def __post_init__(self):
        spread = dict.fromkeys(("reward_spread", "reward_noise", "concentration"), (1e-3, 1e6))
        whole = dict.fromkeys(("horizon", "states", "length", "episodes"), (1, inf))
        settle(self, **whole, **spread, actions=(2, inf), reward_mean=(-1e6, 1e6))
        check_integer("start", self.start, 0, self.states - 1)
        settle_episodes(self)

    @property
    def environment(self) -> TabularWorld:
        return TabularWorld(self.states, self.actions, self.length, self.start, self.reward_noise)

    def sample(self, key: RandomKey) -> TabularTask:
        reward_key, transition_key = jax.random.split(key)
        shape = (self.states, self.actions)
        means = self.reward_mean + self.reward_spread * jax.random.normal(reward_key, shape, jnp.float32)
        return self.solved(means, self._transitions(transition_key))

    def solved(self, rewards: Float[Array, "s a"], transitions: Float[Array, "s a next"]) -> TabularTask:
        """The task made from an MDP: the MDP, and the expected rewards of its oracle."""
        plan = best_plan(action_values(rewards, transitions, self.length))
        return TabularTask(rewards, transitions, expected_course(rewards, transitions, plan, self.start))

    def _transitions(self, key: RandomKey) -> Float[Array, "states actions next"]:
        shape = (self.states, self.actions, self.states)
        if self.concentration == 1.0:
            drawn = jax.random.exponential(key, shape, jnp.float32)
        else:  # by logarithms, because most draws of a low concentration are close to zero
            logs = jax.random.loggamma(key, self.concentration, shape, jnp.float32)
            drawn = jnp.exp(logs - logs.max(axis=-1, keepdims=True))
        return drawn / sum_in_order(drawn)[..., None]

    def outside(self) -> "TabularMDPs":
        return dataclasses.replace(self, concentration=1.0 if self.concentration == 0.1 else 0.1)


def drawn_place(chances: Float[Array, "states"], uniform: Float[Array, ""]) -> Int[Array, ""]:
    """The state that a uniform number selects: the first whose cumulative probability is above the number.

    The sums are taken in order, because a lifetime must not depend on its batch.
    """
    place, below = jnp.array(0, jnp.int32), jnp.zeros((), chances.dtype)
    for chance in chances[:-1]:
        below = below + chance
        place = place + (uniform >= below).astype(jnp.int32)
    return place


def settle_episodes(tasks) -> None:
    """If `episodes` is given, set `horizon` to `episodes` times `length`, and `episodes` to None.

    So a person may give either of the two, and only one number is stored.
    """
    if tasks.episodes is not None:
        steps = tasks.episodes * tasks.length
        check_integer("horizon (episodes times length)", steps, 1, LARGEST_WHOLE)
        object.__setattr__(tasks, "horizon", steps)
        object.__setattr__(tasks, "episodes", None)
