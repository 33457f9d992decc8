"""Checks whether all the randomness of tasks comes from their keys, and warns if it does not."""

import functools
import warnings
from collections.abc import Callable
from typing import Any

import jax
from jax.extend.core import ClosedJaxpr
from jaxtyping import Array, Key

from prefrontal.actions import actions_of
from prefrontal.jaxprs import jaxpr_hasher, uses_its_input
from prefrontal.tasks.base import TaskDistribution, sample_tasks


def warn_of_draws(distribution: TaskDistribution, stacklevel: int = 2) -> None:
    """Warn if something is drawn from outside the keys, or if every draw is the same task.

    Nothing is drawn for this check. The programs are traced twice: whatever differs was drawn while tracing.
    """
    try:
        hash(distribution)
    except TypeError:  # one that holds arrays, for instance
        found = _found(distribution)
    else:
        found = _found_once(distribution)
    if found:
        warnings.warn(found, stacklevel=stacklevel + 1)


def check_draws(distribution: TaskDistribution, keys: Key[Array, "n"]) -> None:
    """Raise a `UserError` if a user's distribution draws tasks that do not fit its environment.

    A compiled training knows only the shapes of tasks. So a few tasks are drawn before it, one for each key.
    """
    if type(distribution).__module__.partition(".")[0] != __name__.partition(".")[0]:
        distribution.environment.check_task(jax.jit(lambda: sample_tasks(distribution, keys))())


def _found(distribution: TaskDistribution) -> str:
    """The text of the warning; empty if there is nothing to warn about."""
    name, environment = type(distribution).__name__, distribution.environment
    world = f"reset, noise or transition of {type(environment).__name__}"
    for what, function in ((f"{name}.sample", distribution.sample), (world, _one_step(distribution))):
        if not _is_the_same_again(function):
            return (
                f"{what} seems to draw from outside its key, with numpy.random or Python's random. It is "
                "compiled, so it would be drawn only once for all lifetimes: use jax.random and the key"
            )
    if distribution.one_task:
        return ""
    drawn = _traced(distribution.sample)
    if not drawn.out_avals or uses_its_input(drawn):
        return ""
    return (
        f"{name}.sample does not use its key: every lifetime has the same task. Draw tasks with jax.random "
        "and the key. If one task is meant, say so in the class: one_task = True"
    )


_found_once = functools.lru_cache(maxsize=64)(_found)


def _one_step(distribution: TaskDistribution) -> Callable[[Any], Any]:
    """A function of a key that starts an episode and takes a step."""
    environment = distribution.environment

    def start_and_step(key: Any) -> Any:
        task = distribution.sample(key)
        state, observation = environment.reset(key, task)
        noise = environment.noise(key)
        action = actions_of(environment.action_space).none()
        return observation, environment.transition(noise, task, state, action)

    return start_and_step


def _is_the_same_again(function: Callable[[Any], Any]) -> bool:
    first, second = (jaxpr_hasher()(_traced(function)) for _ in range(2))
    return first == second


def _traced(function: Callable[[Any], Any]) -> ClosedJaxpr:
    # A new function each time, because jax caches traces by function.
    return jax.make_jaxpr(lambda key: function(key))(jax.random.key(0))
