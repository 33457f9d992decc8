"""The arm that pays most, from the first pull on: what regret is measured against."""

import dataclasses
import functools
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from prefrontal.actions import actions_of
from prefrontal.agents import Agent
from prefrontal.errors import UserError
from prefrontal.references.base import ReferenceSettings, arms_of
from prefrontal.tasks.base import Environment, TaskDistribution, sample_tasks
from prefrontal.types import Noise, Percept, State, Task


class Oracle(Agent):
    """It knows the task and the state, and pulls the first arm of the highest expected reward."""

    environment: Environment = eqx.field(static=True)
    arms: int = eqx.field(static=True)
    first: int = eqx.field(static=True)  # how the environment numbers its first arm

    def initial_memory(self) -> tuple[()]:
        return ()

    def act(self, memory: tuple[()], percept: Percept, noise: Noise):
        """An error: a percept does not say which arm is best."""
        raise ValueError("oracle acts on the task and the state; call act_told, as the rollout does")

    def act_told(
        self, memory: tuple[()], percept: Percept, noise: Noise, task: Task, state: State
    ) -> tuple[tuple[()], Int[Array, "batch"], None]:
        arms = self.first + jnp.arange(self.arms, dtype=jnp.int32)
        pays = jax.vmap(self.environment.expected_reward, in_axes=(-1, -1, None), out_axes=-1)
        rewards: Any = jax.vmap(pays, in_axes=(None, None, 0))(task, state, arms)
        return memory, jnp.argmax(rewards, axis=0).astype(jnp.int32), None


@functools.singledispatch
def oracle_policy(distribution: TaskDistribution) -> Agent:
    """The agent that knows the task, for a distribution that has registered one, and for bandits.

    **Raises:** ValueError if it is for neither.
    """
    environment = distribution.environment
    arms = arms_of("oracle", environment)
    tasks = jax.eval_shape(lambda key: sample_tasks(distribution, key[None]), jax.random.key(0))
    first = actions_of(environment.action_space).start  # pyright: ignore  # `arms_of` saw that it is a Choice
    return Oracle(_that_knows(environment, tasks), arms, first)


@dataclasses.dataclass(frozen=True)
class OracleSettings(ReferenceSettings):
    description: ClassVar[str] = "knows the task, and pulls the best arm of the moment or goes the best way"

    def build(self, distribution: TaskDistribution) -> Agent:
        return oracle_policy(distribution)


def _that_knows(environment: Environment, tasks: Task) -> Environment:
    """The environment, or an error if it does not know what its arms pay."""
    one = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[:-1], leaf.dtype), tasks)
    action = jax.ShapeDtypeStruct((), jnp.int32)

    def pays(key, task, action):
        state, _ = environment.reset(key, task)
        return environment.expected_reward(task, state, action)

    if jax.eval_shape(pays, jax.random.key(0), one, action) is None:
        raise UserError(
            f"oracle must know what an arm pays, and {type(environment).__name__} has no expected_reward"
        )
    return environment
