"""Agent x tasks -> lifetimes: the one scan over time, the same for learnt agents and for references."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from prefrontal.agents import Agent
from prefrontal.tasks.base import Environment, TaskDistribution, sample_tasks
from prefrontal.types import Lifetimes, Noise, Percept, State, Step, Task


class _Noise(NamedTuple):
    """One lifetime's randomness at one step."""

    act: Noise
    step: Noise
    reset: Key[Array, ""]


class _Life(NamedTuple):
    """What one lifetime carries from step to step, beside the agent's memory."""

    state: State
    percept: Percept
    alive: Bool[Array, ""]


class _Lived(NamedTuple):
    """One step of one lifetime, beside the agent's trace."""

    percept: Percept
    action: Any
    step: Step
    expected_reward: Float[Array, ""] | None
    oracle_reward: Float[Array, ""] | None
    alive: Bool[Array, ""]


def rollout(
    agent: Agent, distribution: TaskDistribution, keys: Key[Array, "batch"], states: bool = False
) -> tuple[Task, Lifetimes]:
    """Draw a task for each key and live a lifetime of `distribution.horizon` steps in each.

    A lifetime depends on its own key alone: not on the batch it is in, nor on the number of devices.

    **Arguments:** `states`, also keep the environment's state before each step.

    **Returns:** the tasks and the lifetimes, the batch axis last.
    """
    tasks, life_keys = draw(distribution, keys)
    return tasks, live(agent, distribution.environment, distribution.horizon, tasks, life_keys, states)


def draw(distribution: TaskDistribution, keys: Key[Array, "batch"]) -> tuple[Task, Key[Array, "batch"]]:
    """A task for each key, the batch axis last, and the key of the lifetime that is lived in it."""
    task_keys, life_keys = jax.vmap(lambda key: jax.random.split(key, 2), out_axes=1)(keys)
    return sample_tasks(distribution, task_keys), life_keys


def live(
    agent: Agent,
    environment: Environment,
    horizon: int,
    tasks: Task,
    keys: Key[Array, "batch"],
    states: bool = False,
) -> Lifetimes:
    """Lifetimes of at most `horizon` steps in tasks that the caller gives, batch axis last."""
    if agent.longest is not None and horizon > agent.longest:
        raise ValueError(
            f"{type(agent).__name__} was built for lifetimes of at most {agent.longest} steps, "
            f"and here they have {horizon}; build it for a distribution of this horizon"
        )
    start_keys, noise_keys = jax.vmap(lambda key: jax.random.split(key, 2), out_axes=1)(keys)
    noise = jax.vmap(lambda key: _draw_noise(agent, environment, horizon, key), out_axes=-1)(noise_keys)
    born = jax.vmap(lambda key, task: _be_born(agent, environment, key, task), in_axes=-1, out_axes=-1)

    def step(memory_and_life, noise_and_time):
        (memory, life), (noise, time) = memory_and_life, noise_and_time
        before = life.state if states else None
        memory, action, trace = agent.act_told(memory, life.percept, noise.act, tasks, life.state)
        one = lambda *of_one: _live_step(environment, time, *of_one)  # noqa: E731
        life, lived = jax.vmap(one, in_axes=-1, out_axes=-1)(life, action, tasks, noise)
        return (memory, life), (lived, trace, before)

    _, (lived, trace, state) = jax.lax.scan(step, born(start_keys, tasks), (noise, jnp.arange(horizon)))
    return _lifetimes(lived, trace, state)


def _draw_noise(agent: Agent, environment: Environment, horizon: int, key: Key[Array, ""]) -> _Noise:
    """All the randomness of one lifetime, each leaf `(horizon, ...)`."""
    act_key, step_key, reset_key = jax.random.split(key, 3)
    return _Noise(
        jax.vmap(agent.noise)(jax.random.split(act_key, horizon)),
        jax.vmap(environment.noise)(jax.random.split(step_key, horizon)),
        jax.random.split(reset_key, horizon),
    )


def _be_born(agent: Agent, environment: Environment, key: Key[Array, ""], task: Task) -> tuple[Any, _Life]:
    state, observation = environment.reset(key, task)
    percept = Percept(observation, jnp.array(-1), jnp.array(0.0), jnp.array(0), jnp.array(True))
    return agent.initial_memory(), _Life(state, percept, jnp.array(True))


def _live_step(
    environment: Environment, time, life: _Life, action: Int[Array, ""], task: Task, noise: _Noise
) -> tuple[_Life, _Lived]:
    expected = environment.expected_reward(task, life.state, action)
    oracle = environment.oracle_reward(task, life.state)
    step = environment.transition(noise.step, task, life.state, action)
    lived = _Lived(life.percept, action, step, expected, oracle, life.alive)
    state, observation, fresh = _next_episode(environment, task, noise.reset, step)
    percept = Percept(observation, action, step.reward, time + 1, fresh)
    return _Life(state, percept, life.alive & ~step.lifetime_over), lived


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


def _lifetimes(lived: _Lived, trace: Any, state: State) -> Lifetimes:
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
        trace=trace,
        state=state,
    )
