"""Agent x tasks -> lifetimes: one scan over time, the same for trained agents and for references."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from prefrontal.agents import Agent
from prefrontal.errors import UserError
from prefrontal.rollout.apart import can_be_apart, live_apart
from prefrontal.rollout.world import World
from prefrontal.tasks.base import Environment, TaskDistribution, sample_tasks
from prefrontal.tasks.checking import call, check_arrays, check_kept, checked_action, shown
from prefrontal.types import Lifetimes, Noise, Percept, State, Step, Task


class _Noise(NamedTuple):
    """One lifetime's randomness at one step."""

    act: Noise
    step: Noise
    reset: Key[Array, ""]


class _Life(NamedTuple):
    """What one lifetime carries from step to step, in addition to the agent's memory."""

    state: State
    percept: Percept
    alive: Bool[Array, ""]


class _Lived(NamedTuple):
    """One step of one lifetime, without the agent's residuals."""

    percept: Percept
    action: Any
    step: Step
    expected_reward: Float[Array, ""] | None
    oracle_reward: Float[Array, ""] | None
    alive: Bool[Array, ""]


def rollout(
    agent: Agent, distribution: TaskDistribution, keys: Key[Array, "batch"], states: bool = False
) -> tuple[Task, Lifetimes]:
    """Draw a task for each key, and run a lifetime of `distribution.horizon` steps in each task.

    A lifetime depends only on its own key, not on its batch or on the number of devices.

    **Arguments:** `states`, whether to keep the environment's state before each step.

    **Returns:** the tasks and the lifetimes, the batch axis last.
    """
    tasks, life_keys = draw(distribution, keys)
    return tasks, live(agent, distribution.environment, distribution.horizon, tasks, life_keys, states)


def draw(distribution: TaskDistribution, keys: Key[Array, "batch"]) -> tuple[Task, Key[Array, "batch"]]:
    """A task for each key, the batch axis last, and the key of the lifetime in this task."""
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
    """Lifetimes of at most `horizon` steps in the given tasks, the batch axis last.

    An agent with a `segment` is revised after every whole segment, except the one that ends the lifetime.

    **Raises:** `UserError` if tasks do not fit the environment, if the environment returns anything other
    than it declares, or if the agent acts outside the action space or changes the shape of its memory;
    ValueError if the agent cannot handle so many steps.
    """
    _check_fits(agent, environment, horizon)
    environment.check_task(tasks)
    world = World.of(environment, tasks)
    start_keys, noise_keys = jax.vmap(lambda key: jax.random.split(key, 2), out_axes=1)(keys)
    noise = jax.vmap(lambda key: _draw_noise(agent, world, horizon, key), out_axes=-1)(noise_keys)
    born = jax.vmap(lambda key, task: _be_born(agent, world, key, task), in_axes=-1, out_axes=-1)

    def step(memory_and_life, noise_and_time):
        (memory, life), (noise, time) = memory_and_life, noise_and_time
        before = life.state if states else None
        memory, action, residuals = _act(agent, world, memory, life, noise.act, tasks)
        one = lambda *of_one: _live_step(world, time, *of_one)  # noqa: E731
        life, lived = jax.vmap(one, in_axes=-1, out_axes=-1)(life, action, tasks, noise)
        return (memory, life), (lived, residuals, before)

    def revise(memory_and_life, stacked):
        memory, life = memory_and_life
        return revised(agent, memory, _lifetimes(*stacked, ends=False)), life

    def side_by_side(memory_and_life, noise_and_time):
        (memory, life), (noise, times) = memory_and_life, noise_and_time
        one = lambda *of_one: _live_apart(agent, world, times, states, *of_one)  # noqa: E731
        life, stacked = jax.vmap(one, in_axes=-1, out_axes=-1)(memory, life, tasks, noise)
        return (memory, life), stacked

    apart = can_be_apart(agent, environment, horizon)
    live_segment = side_by_side if apart else partial(jax.lax.scan, step)
    alive, steps = born(start_keys, tasks), (noise, jnp.arange(horizon, dtype=jnp.int32))
    return _lifetimes(*in_segments(live_segment, revise, alive, steps, agent.segment))


def in_segments(live_segment, revise, carry, steps, segment: int | None) -> Any:
    """`steps` segment by segment. Between two segments `revise(carry, stacked)` gives the next carry.

    **Arguments:** `live_segment`, like a scan: of the carry and of steps, it gives the carry after them, and
    what was lived at every step, stacked.

    **Returns:** what was lived at every step.
    """
    if segment is None:
        return live_segment(carry, steps)[1]
    revisions = -(-jax.tree.leaves(steps)[0].shape[0] // segment) - 1
    split = revisions * segment
    before = jax.tree.map(lambda leaf: leaf[:split].reshape(revisions, segment, *leaf.shape[1:]), steps)
    rest = jax.tree.map(lambda leaf: leaf[split:], steps)

    def whole_segment(carry, steps):
        carry, stacked = live_segment(carry, steps)
        return revise(carry, stacked), stacked

    carry, whole = jax.lax.scan(whole_segment, carry, before)
    last = live_segment(carry, rest)[1]
    joined = lambda first, then: jnp.concatenate([first.reshape(split, *first.shape[2:]), then])  # noqa: E731
    return jax.tree.map(joined, whole, last)


def revised(agent: Agent, memory: Any, lived: Lifetimes) -> Any:
    """The memories of a batch after a segment, checked to be of the same shapes, the batch axis last."""
    revise = lambda *given: call(agent, "revise", *given)  # noqa: E731
    new = jax.vmap(revise, in_axes=-1, out_axes=-1)(memory, lived)
    check_kept(agent, "revise", "memory of the batch", new, memory)
    return new


def _check_fits(agent: Agent, environment: Environment, horizon: int) -> None:
    """Raise a ValueError if an agent cannot handle `horizon` steps, or would revise within an episode."""
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
    if None not in (agent.episode_length, length) and agent.episode_length != length:
        raise ValueError(
            f"{name} learns from episodes of {agent.episode_length} steps, and an episode of "
            f"{type(environment).__name__} has {length} steps"
        )
    if segment is not None and (segment < 1 or segment % (length or 1)):
        raise ValueError(
            f"{name} revises itself after every {segment} steps; it must be a whole number of episodes, and "
            f"an episode of {type(environment).__name__} has {length or 'any number of'} steps"
        )


def _draw_noise(agent: Agent, world: World, horizon: int, key: Key[Array, ""]) -> _Noise:
    """All the randomness of one lifetime, each leaf `(horizon, ...)`."""
    act_key, step_key, reset_key = jax.random.split(key, 3)
    return _Noise(
        jax.vmap(lambda key: call(agent, "noise", key))(jax.random.split(act_key, horizon)),
        jax.vmap(world.noise)(jax.random.split(step_key, horizon)),
        jax.random.split(reset_key, horizon),
    )


def _be_born(agent: Agent, world: World, key: Key[Array, ""], task: Task) -> tuple[Any, _Life]:
    state, observation = world.reset(key, task)
    nothing = jnp.array(0.0, jnp.float32)
    time, fresh, allowed = jnp.array(0, jnp.int32), jnp.array(True), world.allowed(task, state)
    percept = Percept(observation, world.actions.none(), nothing, time, fresh, allowed)
    memory = call(agent, "initial_memory")
    check_arrays(f"{type(agent).__name__}.initial_memory", "a memory", memory)
    return memory, _Life(state, percept, jnp.array(True))


def _act(agent: Agent, world: World, memory: Any, life: _Life, noise: Noise, tasks: Task):
    """The agent's step in every lifetime of a batch: its memory, its actions and its residuals."""
    acted = agent.act_told(memory, life.percept, noise, tasks, life.state)
    name, space = type(agent).__name__, world.environment.action_space
    if not isinstance(acted, tuple) or len(acted) != 3:
        raise UserError(
            f"{name}.act returned {shown(acted)}; it must return three things: the memory, the action, and "
            "residuals or None"
        )
    kept, action, residuals = acted
    check_kept(agent, "act", "memory of the batch", kept, memory)
    return kept, checked_action(name, world.actions, space, action, life.alive.shape), residuals


def _live_step(
    world: World, time, life: _Life, action: Any, task: Task, noise: _Noise
) -> tuple[_Life, _Lived]:
    """The environment gets the action inside its space; percepts and lifetimes keep the chosen action."""
    done = world.actions.inside(action)
    expected = world.expected_reward(task, life.state, done)
    oracle = world.oracle_reward(task, life.state)
    step = world.transition(noise.step, task, life.state, done)
    lived = _Lived(life.percept, action, step, expected, oracle, life.alive)
    state, observation, fresh = _next_episode(world, task, noise.reset, step)
    allowed = world.allowed(task, state)
    percept = Percept(observation, action, step.reward, time + 1, fresh, allowed)
    return _Life(state, percept, life.alive & ~step.lifetime_over), lived


def _live_apart(
    agent: Agent, world: World, times, states: bool, memory: Any, life: _Life, task: Task, noise: _Noise
):
    """A segment of one lifetime, its episodes side by side: the life after it, and what was lived."""
    begun = (life.state, life.percept)
    (state, percept), lived = live_apart(agent, world, memory, task, begun, noise, times)
    percepts, action, step, expected, oracle, residuals, before = lived
    over = jnp.cumsum(step.lifetime_over) > 0
    alive = life.alive & ~jnp.concatenate([jnp.zeros_like(over[:1]), over[:-1]])
    stacked = _Lived(percepts, action, step, expected, oracle, alive)
    return _Life(state, percept, life.alive & ~over[-1]), (stacked, residuals, before if states else None)


def _next_episode(world: World, task: Task, key: Key[Array, ""], step: Step):
    """If an episode is over or truncated, the start of the next one in the same task. Memory is kept."""
    if not world.environment.restarts:
        return step.state, step.observation, jnp.array(False)
    fresh = step.episode_over | step.truncated
    start = world.restart(key, task, step.state)
    state, observation = jax.tree.map(
        lambda new, old: jnp.where(fresh, new, old), start, (step.state, step.observation)
    )
    return state, observation, fresh


def _lifetimes(lived: _Lived, residuals: Any, state: State, ends: bool = True) -> Lifetimes:
    """Stacked steps as lifetimes. After the end of a lifetime its steps are padding, with zero reward.

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
        continues=jnp.where(alive & ~over, jnp.float32(1.0), 0.0),
        alive=alive,
        episode_over=step.episode_over & alive,
        truncated=step.truncated & alive,
        residuals=residuals,
        state=state,
    )
