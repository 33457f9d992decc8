"""Win-stay, lose-shift for the two-step task."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

from prefrontal.agents import Agent
from prefrontal.references.bandits.win_stay_lose_shift import stay_or_shift
from prefrontal.references.two_step.base import at_first_step
from prefrontal.tasks.two_step import TwoStep
from prefrontal.types import Percept, RandomKey


class ReturnOrLeave(Agent):
    """Win-stay, lose-shift on states: returns to the rewarded state, and leaves an unrewarded one.

    It has no memory. At the second step, where actions do not matter, it takes the action that mostly leads
    to its current state. At the next first step the percept shows that action and its reward. The first
    choice is random.
    """

    common: float = eqx.field(static=True)

    def initial_memory(self) -> tuple[()]:
        return ()

    def noise(self, key: RandomKey) -> Int[Array, ""]:
        return jax.random.randint(key, (), 0, 2, jnp.int32)

    def act(self, memory: tuple[()], percept: Percept, noise: Int[Array, ""]):
        in_s3 = (percept.observation[2] > 0.5).astype(jnp.int32)
        to_where_it_is = in_s3 if self.common >= 0.5 else 1 - in_s3
        before = percept.previous_action
        again = jnp.where(percept.previous_reward > 0.5, before, 1 - before)
        first = jnp.where(percept.time == 0, noise, again)
        return memory, jnp.where(at_first_step(percept), first, to_where_it_is), None


@stay_or_shift.register(TwoStep)
def return_or_leave(distribution: TwoStep) -> ReturnOrLeave:
    return ReturnOrLeave(distribution.common)
