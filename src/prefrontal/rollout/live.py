"""Agent x tasks -> lifetimes: the one scan over time, the same for learnt agents and for references."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from prefrontal.actions import actions_of
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
    """One step of one lifetime, beside the agent's residuals."""

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
    """Lifetimes of at most `horizon` steps in tasks that the caller gives, batch axis last.

    An agent that revises itself does so after every whole segment but where the lifetime ends with it.
    """
    _check_fits(agent, environment, horizon)
    start_keys, noise_keys = jax.vmap(lambda key: jax.random.split(key, 2), out_axes=1)(keys)
    noise = jax.vmap(lambda key: _draw_noise(agent, environment, horizon, key), out_axes=-1)(noise_keys)
    born = jax.vmap(lambda key, task: _be_born(agent, environment, key, task), in_axes=-1, out_axes=-1)

    def step(memory_and_life, noise_and_time):
        (memory, life), (noise, time) = memory_and_life, noise_and_time
        before = life.state if states else None
        memory, action, residuals = agent.act_told(memory, life.percept, noise.act, tasks, life.state)
        one = lambda *of_one: _live_step(environment, time, *of_one)  # noqa: E731
        life, lived = jax.vmap(one, in_axes=-1, out_axes=-1)(life, action, tasks, noise)
        return (memory, life), (lived, residuals, before)

    def segment(memory_and_life, noise_and_time):
        (memory, life), stacked = jax.lax.scan(step, memory_and_life, noise_and_time)
        lived = _lifetimes(*stacked, ends=False)
        return (jax.vmap(agent.revise, in_axes=-1, out_axes=-1)(memory, lived), life), stacked

    alive, steps = born(start_keys, tasks), (noise, jnp.arange(horizon))
    if agent.segment is None:
        return _lifetimes(*jax.lax.scan(step, alive, steps)[1])
    revisions = -(-horizon // agent.segment) - 1
    split = revisions * agent.segment
    before, rest = (
        jax.tree.map(lambda leaf: leaf[:split], steps),
        jax.tree.map(lambda leaf: leaf[split:], steps),
    )
    by_segment = jax.tree.map(lambda leaf: leaf.reshape(revisions, agent.segment, *leaf.shape[1:]), before)
    alive, whole = jax.lax.scan(segment, alive, by_segment)
    last = jax.lax.scan(step, alive, rest)[1]
    joined = lambda first, then: jnp.concatenate([first.reshape(split, *first.shape[2:]), then])  # noqa: E731
    return _lifetimes(*jax.tree.map(joined, whole, last))


def _check_fits(agent: Agent, environment: Environment, horizon: int) -> None:
    """A ValueError where an agent cannot live so long, or would revise itself within an episode."""
    name, longest, segment, length = (
        type(agent).__name__,
        agent.longest,
        agent.segment,
        environment.episode_length,
    )
    if longest is not None and horizon > longest:
        raise ValueError(
            f"{name} was built for lifetimes of at most {longest} steps, and here they have {horizon}; "
            "build it for a distribution of this horizon"
        )
    if segment is not None and (segment < 1 or segment % (length or 1)):
        raise ValueError(
            f"{name} revises itself after every {segment} steps; it must be a whole number of episodes, and "
            f"an episode of {type(environment).__name__} has {length or 'any number of'} steps"
        )


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
    none = actions_of(environment.action_space).none()
    percept = Percept(observation, none, jnp.array(0.0), jnp.array(0), jnp.array(True))
    return agent.initial_memory(), _Life(state, percept, jnp.array(True))


def _live_step(
    environment: Environment, time, life: _Life, action: Any, task: Task, noise: _Noise
) -> tuple[_Life, _Lived]:
    """The world is given the action inside its space; percepts and lifetimes keep it as it was chosen."""
    done = actions_of(environment.action_space).inside(action)
    expected = environment.expected_reward(task, life.state, done)
    oracle = environment.oracle_reward(task, life.state)
    step = environment.transition(noise.step, task, life.state, done)
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


def _lifetimes(lived: _Lived, residuals: Any, state: State, ends: bool = True) -> Lifetimes:
    """Stacked steps as lifetimes: what comes after a lifetime's end is padding, and is worth nothing.

    **Arguments:** `ends`, whether the world ends with the last of these steps.
    """
    step, alive = lived.step, lived.alive
    live_only = lambda values: jnp.where(alive, values, 0.0)  # noqa: E731
    # The world ends with the lifetime: at its horizon, or where the environment says so.
    last = jnp.zeros_like(alive).at[-1].set(ends)
    over = step.lifetime_over | last
    return Lifetimes(
        percept=lived.percept,
        action=lived.action,
        reward=live_only(step.reward),
        # Nothing, where the task does not know them: None is a tree without leaves.
        expected_reward=jax.tree.map(live_only, lived.expected_reward),
        oracle_reward=jax.tree.map(live_only, lived.oracle_reward),
        continues=jnp.where(alive & ~over, 1.0, 0.0),
        alive=alive,
        episode_over=step.episode_over & alive,
        truncated=step.truncated & alive,
        residuals=residuals,
        state=state,
    )
