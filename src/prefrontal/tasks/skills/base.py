"""A controlled Markov process with skills: the task is a skill z, which the agent sees, and nothing pays.

A learner such as DIAYN makes the reward, from what it can tell of the skill by the states that it leads to
(Eysenbach et al. 2018, section 3).
"""

import abc
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float

from prefrontal.tasks.base import Environment
from prefrontal.tasks.checking import check_field
from prefrontal.types import RandomKey, State, Step, Task

MOST_SKILLS = 1000


class SkillTask(NamedTuple):
    skill: Float[Array, "skills"]  # z, one-hot


class SkillWorld(Environment):
    """The observation is what the process shows, followed by the skill, one-hot. The reward is always 0.

    Subclasses are frozen dataclasses with the fields `length`, the number of steps in an episode, and
    `skills`, how many there are. Their states have a field `time`, the number of steps since the episode
    began. What happens does not depend on the skill: only the agent does.
    """

    length: int
    skills: int

    @property
    @abc.abstractmethod
    def size(self) -> int:
        """How many numbers the process shows, without the skill."""

    @property
    def observation_space(self) -> spaces.Box:
        return spaces.Box(-np.inf, np.inf, (self.size + self.skills,), np.float32)

    @property
    def reward_range(self) -> tuple[float, float]:
        return (0.0, 0.0)

    @property
    def episode_length(self) -> int:
        return self.length

    def check_task(self, task: Task) -> None:
        check_field(self, task, "skill", (self.skills,), 0.0, 1.0)

    def noise(self, key: RandomKey) -> tuple[()]:
        """No noise: a step is deterministic."""
        return ()

    def reset(self, key: RandomKey, task: SkillTask) -> tuple[State, Float[Array, "numbers"]]:
        state = self.begun(key)
        return state, self._told(task, state)

    def transition(self, noise: tuple[()], task: SkillTask, state: Any, action: Any) -> Step:
        after, never = self.after(state, action), jnp.zeros((), bool)
        over = after.time >= self.length
        return Step(after, self._told(task, after), jnp.zeros((), jnp.float32), over, never, never)

    @abc.abstractmethod
    def begun(self, key: RandomKey) -> State:
        """The state in which an episode begins."""

    @abc.abstractmethod
    def after(self, state: State, action: Any) -> State:
        """The state that an action leads to."""

    @abc.abstractmethod
    def seen(self, state: State) -> Float[Array, "size"]:
        """What the process shows in a state."""

    def _told(self, task: SkillTask, state: State) -> Float[Array, "numbers"]:
        return jnp.concatenate([self.seen(state), task.skill])


def any_skill(key: RandomKey, skills: int) -> SkillTask:
    """A skill drawn from the uniform p(z), which stays the same through a training (section 3.1)."""
    return SkillTask(_one_hot(jax.random.randint(key, (), 0, skills, jnp.int32), skills))


def any_mixture(key: RandomKey, skills: int) -> SkillTask:
    """Two different skills told at once, each with ½: what no agent is told in training."""
    two = jax.random.choice(key, skills, (2,), replace=False)
    return SkillTask((_one_hot(two[0], skills) + _one_hot(two[1], skills)) / 2)


def _one_hot(number: Any, skills: int) -> Float[Array, "skills"]:
    return jax.nn.one_hot(number, skills, dtype=jnp.float32)
