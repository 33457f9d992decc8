"""What an agent would have done at every step of lifetimes that another agent lived."""

from functools import partial
from typing import Any

import jax
from jaxtyping import Array, Key, Shaped

from prefrontal.agents import Agent
from prefrontal.rollout.live import in_segments, revised
from prefrontal.tasks.checking import call
from prefrontal.types import Lifetimes, Task


def follow(
    agent: Agent, lifetimes: Lifetimes, tasks: Task, keys: Key[Array, "batch"]
) -> Shaped[Array, "T *action batch"]:
    """The actions that `agent` chooses at the percepts of these lifetimes, which another agent lived.

    Its memory goes along: the previous actions that it is given are those that were taken, not its own. An
    agent that revises itself does so where it would have.

    **Arguments:** `lifetimes`, each leaf `(T, ..., batch)`, with the environment's `state` where the agent is
    an oracle; `tasks` that they were lived in, batch axis last; `keys`, of the agent's randomness.
    """
    horizon = lifetimes.reward.shape[0]
    draw = jax.vmap(lambda key: call(agent, "noise", key))
    noise = jax.vmap(lambda key: draw(jax.random.split(key, horizon)), out_axes=-1)(keys)
    memory = jax.vmap(lambda _: call(agent, "initial_memory"), out_axes=-1)(keys)

    def step(memory: Any, given):
        lived, noise = given
        memory, action, residuals = agent.act_told(memory, lived.percept, noise, tasks, lived.state)
        return memory, (action, lived._replace(residuals=residuals))

    def revise(memory: Any, stacked):
        return revised(agent, memory, stacked[1])

    given = (lifetimes._replace(residuals=None), noise)
    actions, _ = in_segments(partial(jax.lax.scan, step), revise, memory, given, agent.segment)
    return actions
