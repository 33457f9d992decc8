"""Lives the episodes of a segment in parallel, if nothing passes from one to the next.

The results are the same as those of the sequential rollout. But the longest chain of steps is only as long as
an episode, not as long as a segment.
"""

from typing import Any

import jax
import jax.numpy as jnp

from prefrontal.agents import Agent
from prefrontal.rollout.world import World
from prefrontal.tasks.base import Environment
from prefrontal.tasks.checking import call, checked_action
from prefrontal.types import Percept, Task


def can_be_apart(agent: Agent, environment: Environment, horizon: int) -> bool:
    """Whether episodes have one length, and neither memory, percepts nor state pass from one to the next."""
    length = environment.episode_length
    starts_anew = environment.restarts and type(environment).restart is Environment.restart
    return bool(agent.segment and agent.apart and length and starts_anew and horizon % length == 0)


def live_apart(agent: Agent, world: World, memory: Any, task: Task, begun: tuple[Any, Percept], noise, times):
    """The episodes of one lifetime's segment of `n` steps. No argument has a batch axis.

    **Arguments:** `begun`, the state and percept at the start of the segment; `noise`, of every step, each
    leaf `(n, ...)`; `times`, the steps since the start of the lifetime `(n,)`.

    **Returns:** the state and percept at the start of the next segment; and of every step, each leaf
    `(n, ...)`: the percept, the action, the environment's step, the expected reward, the oracle's, the
    residuals, the state before.
    """
    length = world.environment.episode_length or 1
    states, seen = jax.vmap(lambda key: world.reset(key, task))(noise.reset[length - 1 :: length])
    first = lambda start, later: jnp.concatenate([start[None], later[:-1]])  # noqa: E731
    started = jax.tree.map(first, (begun[0], begun[1].observation), (states, seen))

    def step(now, given):
        (state, observation), (noise, time) = now, given
        nothing = jnp.array(0.0, jnp.float32)
        fresh, allowed = time % length == 0, world.allowed(task, state)
        percept = Percept(observation, world.actions.none(), nothing, time, fresh, allowed)
        _, action, residuals = call(agent, "act", memory, percept, noise.act)
        name, space = type(agent).__name__, world.environment.action_space
        action = checked_action(name, world.actions, space, action)
        done = world.actions.inside(action)
        expected = world.expected_reward(task, state, done)
        oracle = world.oracle_reward(task, state)
        after = world.transition(noise.step, task, state, done)
        return (after.state, after.observation), (
            percept, action, after, expected, oracle, residuals, state,
        )  # fmt: skip

    def episode(start, given):
        return jax.lax.scan(step, start, given)[1]

    count = len(times) // length  # reshape cannot find it for arrays without entries, such as no observation
    divided = jax.tree.map(lambda leaf: leaf.reshape(count, length, *leaf.shape[1:]), (noise, times))
    episodes = jax.vmap(episode)(started, divided)
    lived = jax.tree.map(lambda leaf: leaf.reshape(count * length, *leaf.shape[2:]), episodes)
    percept, action, after, *rest = lived
    percept, following = _with_the_last(percept, action, after.reward, begun[1])
    end = following._replace(observation=seen[-1], time=times[-1] + 1, episode_start=jnp.array(True))
    state = jax.tree.map(lambda leaf: leaf[-1], states)
    end = end._replace(allowed=world.allowed(task, state))
    return (state, end), (percept, action, after, *rest)


def _with_the_last(percept: Percept, action, reward, begun: Percept) -> tuple[Percept, Percept]:
    """The percepts with the action and the reward of the step before, and those after the last step.

    The agent, which is apart, was not shown them.
    """
    previous = (percept.previous_action, percept.previous_reward)
    shifted = lambda start, values: jnp.concatenate([start[None], values])  # noqa: E731
    starts, values = (begun.previous_action, begun.previous_reward), (action, reward)
    whole = [
        shifted(start, value.astype(old.dtype))
        for start, value, old in zip(starts, values, previous, strict=True)
    ]
    with_them = percept._replace(previous_action=whole[0][:-1], previous_reward=whole[1][:-1])
    return with_them, begun._replace(previous_action=whole[0][-1], previous_reward=whole[1][-1])
