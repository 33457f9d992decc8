"""The oracle of tabular MDPs: it knows the MDP and plans by value iteration."""

import dataclasses
from functools import partial
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from prefrontal.actions import Choice
from prefrontal.agents import Agent
from prefrontal.references.base import ReferenceSettings
from prefrontal.references.tabular.base import tabular_of
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.tabular.mdps import TabularState, TabularTask
from prefrontal.tasks.tabular.planning import Plan, action_values, best_plan
from prefrontal.types import Noise, Percept, RandomKey

_batched = partial(jax.vmap, in_axes=-1, out_axes=-1)


class ValueIteration(Agent):
    """Follows the optimal plan of the true MDP. It makes the plan at the first step and remembers it."""

    states: int = eqx.field(static=True)
    length: int = eqx.field(static=True)
    actions: int = eqx.field(static=True)

    @property
    def acts(self) -> Choice:
        return Choice(self.actions)

    def initial_memory(self) -> Plan:
        return jnp.zeros((self.length, self.states), jnp.int32)

    def noise(self, key: RandomKey) -> tuple[()]:
        return ()

    def act(self, memory: Plan, percept: Percept, noise: Noise):
        """**Raises:** ValueError, because a percept does not say which MDP it is."""
        raise ValueError("value-iteration acts on the task and the state; call act_told, as the rollout does")

    def act_told(self, memory: Any, percept: Percept, noise: Noise, task: TabularTask, state: TabularState):
        made = lambda: _batched(self._made)(memory, percept, task)  # noqa: E731
        memory = jax.lax.cond(jnp.any(percept.time == 0), made, lambda: memory)
        return memory, _batched(lambda plan, where: plan[where.time, where.place])(memory, state), None

    def _made(self, memory: Plan, percept: Percept, task: TabularTask) -> Plan:
        plan = best_plan(action_values(task.rewards, task.transitions, self.length))
        return jnp.where(percept.time == 0, plan, memory)


@dataclasses.dataclass(frozen=True)
class ValueIterationSettings(ReferenceSettings):
    description: ClassVar[str] = "knows the MDP and takes the best action of each state and step (an oracle)"

    def build(self, distribution: TaskDistribution) -> ValueIteration:
        tasks = tabular_of("value-iteration", distribution)
        return ValueIteration(tasks.states, tasks.length, tasks.actions)
