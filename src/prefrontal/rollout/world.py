"""The environment as the rollout uses it: what its methods return is checked, and cast if necessary."""

from typing import Any, NamedTuple

import jax
from jaxtyping import Array, Bool, Float, Shaped

from prefrontal.actions import Actions, actions_of
from prefrontal.errors import UserError
from prefrontal.tasks.base import Environment
from prefrontal.tasks.checking import (
    call,
    cast,
    check_arrays,
    checked_allowed,
    checked_reward,
    checked_start,
    checked_step,
    common_dtype,
)
from prefrontal.types import Noise, RandomKey, State, Step, Task

_MOST_STEPS = 4  # until the dtypes of a state that holds Python numbers are known


class World(NamedTuple):
    """The methods of an environment, for one lifetime.

    Each raises a `UserError` that names the method, the returned value and the declaration.
    """

    environment: Environment
    actions: Actions
    dtypes: tuple[Any, ...]  # of the arrays of a state

    @classmethod
    def of(cls, environment: Environment, tasks: Task) -> "World":
        """Call every method once, with shapes only. `tasks` have their batch axis last."""
        actions = actions_of(environment.action_space)
        found: list[tuple[Any, ...]] = []
        jax.eval_shape(
            lambda all_tasks: found.append(_dtypes(cls(environment, actions, ()), all_tasks)), tasks
        )
        return cls(environment, actions, found[0])

    def reset(self, key: RandomKey, task: Task) -> tuple[State, Shaped[Array, "*observation"]]:
        """The start of an episode."""
        state, observation = checked_start(self.environment, call(self.environment, "reset", key, task))
        return _in_dtypes(state, self.dtypes), observation

    def restart(
        self, key: RandomKey, task: Task, state: State
    ) -> tuple[State, Shaped[Array, "*observation"]]:
        """The start of a later episode."""
        started = call(self.environment, "restart", key, task, state)
        state, observation = checked_start(self.environment, started)
        return _in_dtypes(state, self.dtypes), observation

    def noise(self, key: RandomKey) -> Noise:
        """The randomness of one step."""
        noise = call(self.environment, "noise", key)
        check_arrays(f"{type(self.environment).__name__}.noise", "noise", noise)
        return noise

    def transition(self, noise: Noise, task: Task, state: State, action: Shaped[Array, "*action"]) -> Step:
        """The outcome of an action inside the space."""
        step = call(self.environment, "transition", noise, task, state, action)
        return checked_step(self.environment, step, state)

    def expected_reward(
        self, task: Task, state: State, action: Shaped[Array, "*action"]
    ) -> Float[Array, ""] | None:
        """The expected reward of an action, or None."""
        expected = call(self.environment, "expected_reward", task, state, action)
        return checked_reward(self.environment, "expected_reward", expected)

    def oracle_reward(self, task: Task, state: State) -> Float[Array, ""] | None:
        """The oracle's expected reward at this step, or None."""
        oracle = call(self.environment, "oracle_reward", task, state)
        return checked_reward(self.environment, "oracle_reward", oracle)

    def allowed(self, task: Task, state: State) -> Bool[Array, "choices"] | None:
        """The action mask of a state, or None."""
        return checked_allowed(self.environment, self.actions, call(self.environment, "allowed", task, state))


def _dtypes(world: World, tasks: Task) -> tuple[Any, ...]:
    """The dtypes that a state keeps from step to step. A Python number gets the dtype of its next value."""
    key, task = jax.random.key(0), jax.tree.map(lambda leaf: leaf[..., 0], tasks)
    action = world.actions.none()
    state = world.reset(key, task)[0]
    for _ in range(_MOST_STEPS):
        world.expected_reward(task, state, action)
        world.oracle_reward(task, state)
        world.allowed(task, state)
        after = jax.tree.leaves(world.transition(world.noise(key), task, state, action).state)
        before = jax.tree.leaves(state)
        dtypes = tuple(common_dtype(*pair) for pair in zip(before, after, strict=True))
        if dtypes == tuple(jax.typeof(leaf).dtype for leaf in before):
            return dtypes
        state = _in_dtypes(state, dtypes)
    raise UserError(
        f"the state of {type(world.environment).__name__} has another dtype after every transition; give its "
        "numbers dtypes in reset, as in jnp.array(0, jnp.int32)"
    )


def _in_dtypes(state: State, dtypes: tuple[Any, ...]) -> State:
    """A state's arrays in these dtypes; unchanged if no dtypes are given."""
    leaves, structure = jax.tree.flatten(state)
    if not dtypes:
        return state
    return jax.tree.unflatten(structure, [cast(*pair) for pair in zip(leaves, dtypes, strict=True)])
