"""Agent x tasks -> lifetimes: the one scan over time, the same for learnt agents and for references."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from prefrontal.agents import Agent
from prefrontal.tasks.base import Environment, TaskDistribution, sample_tasks
from prefrontal.types import Lifetimes, Noise, Percept, State, Step, Task


class _Noise(NamedTuple):
    """One lifetime's randomness at one step."""

    act: Noise
    step: Noise
    reset: Key[Array, ""]


class _Life(NamedTuple):
    """What one lifetime carries from step to step."""

    state: State
    memory: Any
    percept: Percept
    alive: Bool[Array, ""]


class _Lived(NamedTuple):
    percept: Percept
    action: Any
    step: Step
    expected_reward: Float[Array, ""] | None
    oracle_reward: Float[Array, ""] | None
    alive: Bool[Array, ""]
    trace: Any


def rollout(
    agent: Agent, distribution: TaskDistribution, keys: Key[Array, "batch"]
) -> tuple[Task, Lifetimes]:
    """Draw a task for each key and live a lifetime of `distribution.horizon` steps in each.

    A lifetime depends on its own key alone: not on the batch it is in, nor on the number of devices.

    **Returns:** the tasks and the lifetimes, the batch axis last.
    """
    life_keys = jax.vmap(lambda key: jax.random.split(key, 2), out_axes=1)(keys)
    tasks = sample_tasks(distribution, life_keys[0])
    return tasks, live(agent, distribution.environment, distribution.horizon, tasks, life_keys[1])


def live(
    agent: Agent, environment: Environment, horizon: int, tasks: Task, keys: Key[Array, "batch"]
) -> Lifetimes:
    """Lifetimes of at most `horizon` steps in tasks that the caller gives, batch axis last."""
    start_keys, noise_keys = jax.vmap(lambda key: jax.random.split(key, 2), out_axes=1)(keys)
    noise = jax.vmap(lambda key: _draw_noise(agent, environment, horizon, key), out_axes=-1)(noise_keys)
    life = jax.vmap(lambda key, task: _be_born(agent, environment, key, task), in_axes=-1, out_axes=-1)(
        start_keys, tasks
    )

    def step(life: _Life, noise_and_time):
        noise, time = noise_and_time
        one = lambda life, task, noise: _live_step(agent, environment, life, task, noise, time)  # noqa: E731
        return jax.vmap(one, in_axes=-1, out_axes=-1)(life, tasks, noise)

    _, lived = jax.lax.scan(step, life, (noise, jnp.arange(horizon)))
    return _lifetimes(lived)


def _draw_noise(agent: Agent, environment: Environment, horizon: int, key: Key[Array, ""]) -> _Noise:
    """All the randomness of one lifetime, each leaf `(horizon, ...)`."""
    act_key, step_key, reset_key = jax.random.split(key, 3)
    return _Noise(
        jax.vmap(agent.noise)(jax.random.split(act_key, horizon)),
        jax.vmap(environment.noise)(jax.random.split(step_key, horizon)),
        jax.random.split(reset_key, horizon),
    )


def _be_born(agent: Agent, environment: Environment, key: Key[Array, ""], task: Task) -> _Life:
    state, observation = environment.reset(key, task)
    percept = Percept(observation, jnp.array(-1), jnp.array(0.0), jnp.array(0), jnp.array(True))
    return _Life(state, agent.initial_memory(), percept, jnp.array(True))


def _live_step(
    agent: Agent, environment: Environment, life: _Life, task: Task, noise: _Noise, time
) -> tuple[_Life, _Lived]:
    memory, action, trace = agent.act(life.memory, life.percept, noise.act)
    expected = environment.expected_reward(task, life.state, action)
    oracle = environment.oracle_reward(task, life.state)
    step = environment.transition(noise.step, task, life.state, action)
    lived = _Lived(life.percept, action, step, expected, oracle, life.alive, trace)
    state, observation, fresh = _next_episode(environment, task, noise.reset, step)
    percept = Percept(observation, action, step.reward, time + 1, fresh)
    return _Life(state, memory, percept, life.alive & ~step.lifetime_over), lived


def _next_episode(environment: Environment, task: Task, key: Key[Array, ""], step: Step):
    """Where an episode is over or truncated, the start of the next in the same task. Memory is not told."""
    if not environment.restarts:
        return step.state, step.observation, jnp.array(False)
    fresh = step.episode_over | step.truncated
    start = environment.reset(key, task)
    state, observation = jax.tree.map(
        lambda new, old: jnp.where(fresh, new, old), start, (step.state, step.observation)
    )
    return state, observation, fresh


def _lifetimes(lived: _Lived) -> Lifetimes:
    """Stacked steps as lifetimes: what comes after a lifetime's end is padding, and is worth nothing."""
    step, alive = lived.step, lived.alive
    live_only = lambda values: jnp.where(alive, values, 0.0)  # noqa: E731
    # The world ends with the lifetime: at its horizon, or where the environment says so.
    last = jnp.zeros_like(alive).at[-1].set(True)
    ends = step.lifetime_over | last
    return Lifetimes(
        percept=lived.percept,
        action=lived.action,
        reward=live_only(step.reward),
        # Nothing, where the task does not know them: None is a tree without leaves.
        expected_reward=jax.tree.map(live_only, lived.expected_reward),
        oracle_reward=jax.tree.map(live_only, lived.oracle_reward),
        continues=jnp.where(alive & ~ends, 1.0, 0.0),
        alive=alive,
        episode_over=step.episode_over & alive,
        truncated=step.truncated & alive,
        trace=lived.trace,
    )
