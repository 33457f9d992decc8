"""Frozen agent x held-out tasks -> records."""

import math
from collections.abc import Sequence
from typing import Any, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from prefrontal.agents import Agent, PredictingAgent
from prefrontal.checks import check_integer
from prefrontal.compilation import keep_programs
from prefrontal.disk.records import Records
from prefrontal.errors import UserError
from prefrontal.rollout.live import draw, live
from prefrontal.streams import Split, lifetime_keys
from prefrontal.tasks import Environment, TaskDistribution
from prefrontal.tasks import distribution as tasks_named
from prefrontal.types import Lifetimes, Task

Kept = Literal["units", "value", "observation", "state"]
KEPT = get_args(Kept)

BATCH = 1000  # lifetimes lived at once: bounds the memory that an evaluation takes
BYTES = 2**28  # of observations in a batch, likewise


def evaluate(
    agent: Agent,
    distribution: TaskDistribution | str,
    *,
    policy: str = "agent",
    name: str = "",
    lifetimes: int = 10_000,
    seed: int = 0,
    split: Split = "test",
    keep: Sequence[Kept] = (),
) -> Records:
    """Live `lifetimes` lifetimes in held-out tasks, the agent's weights frozen.

    Every policy evaluated with one `seed` and `split` meets the same tasks, so that policies are compared in
    pairs. With `split="test"` tasks come from `distribution.held_out()`, with `split="outside"` from
    `distribution.outside()`.

    **Arguments:** `policy` and `name`, what the records call the policy and the distribution; `keep`, what
    else to record of every step: `units`, every unit of a trained agent's memory, `value`, its critic's
    word, `observation`, and `state`, the environment's state before the step.
    """
    keep_programs()
    if not isinstance(agent, Agent):
        swapped = isinstance(agent, TaskDistribution | str) and isinstance(distribution, Agent)
        hint = "it comes first: evaluate(agent, tasks)" if swapped else "load one with load_agent(folder)"
        raise UserError(f"agent is {type(agent).__name__}, {agent!r}; it must be an Agent: {hint}")
    check_integer("lifetimes", lifetimes, 1)
    _check_kept(agent, keep)
    given = tasks_named(distribution)
    drawn = {"test": given.held_out, "outside": given.outside}.get(split, lambda: given)()
    parts, batch = [], _batch(drawn)
    for start in range(0, lifetimes, batch):
        numbers = start + jnp.arange(min(batch, lifetimes - start), dtype=jnp.uint32)
        tasks, keys = _draw(drawn, lifetime_keys(split, seed, numbers))
        lived = _live(agent, drawn.environment, drawn.horizon, tasks, keys, "state" in keep)
        parts.append(_columns(agent, tasks, lived, keep))
    columns: dict[str, Any] = {key: _joined([part[key] for part in parts]) for key in parts[0]}
    return Records(
        policy=policy,
        distribution=name or (distribution if isinstance(distribution, str) else type(drawn).__name__),
        split=split,
        seed=seed,
        horizon=drawn.horizon,
        **columns,
    )


def _check_kept(agent: Agent, keep: Sequence[Kept]) -> None:
    for name in keep:
        if name not in KEPT:
            raise ValueError(f"keep has {name!r}; it may have {', '.join(KEPT)}")
        if name in ("units", "value") and not isinstance(agent, PredictingAgent):
            raise ValueError(f"{name} can be recorded of a trained agent only, not of {type(agent).__name__}")


def _batch(distribution: TaskDistribution) -> int:
    """How many lifetimes to live at once."""
    space = distribution.environment.observation_space
    step = math.prod(space.shape or ()) * (space.dtype.itemsize if space.dtype is not None else 4)
    return max(1, min(BATCH, BYTES // max(1, step * distribution.horizon)))


# Two programs, so that what is expensive to compile is compiled once for all distributions of an environment.
@eqx.filter_jit
def _draw(distribution: TaskDistribution, keys):
    return draw(distribution, keys)


@eqx.filter_jit
def _live(agent: Agent, environment: Environment, horizon: int, tasks: Task, keys, states: bool):
    return live(agent, environment, horizon, tasks, keys, states)


@eqx.filter_jit
def _values(agent: PredictingAgent, lived: Lifetimes):
    return agent.recall(lived).value


def _columns(agent: Agent, tasks: Task, lived: Lifetimes, keep: Sequence[Kept]) -> dict[str, Any]:
    """What records hold of a batch, lifetimes first."""
    names = ("action", "reward", "expected_reward", "oracle_reward", "alive", "episode_over", "truncated")
    columns: dict[str, Any] = {name: _lifetimes_first(getattr(lived, name)) for name in names}
    columns["task"] = {name: _lifetimes_first(value) for name, value in task_fields(tasks).items()}
    if "observation" in keep:
        columns["observation"] = _lifetimes_first(lived.percept.observation)
    if "state" in keep:
        state = task_fields(lived.state, whole="state")
        columns["state"] = {name: _lifetimes_first(leaf) for name, leaf in state.items()}
    if "units" in keep and isinstance(agent, PredictingAgent):
        columns["units"] = _lifetimes_first(agent.units(lived.residuals))
    if "value" in keep and isinstance(agent, PredictingAgent):
        columns["value"] = _lifetimes_first(_values(agent, lived))
    return columns


def _lifetimes_first(array: Any) -> Any:
    return None if array is None else np.moveaxis(np.asarray(array), -1, 0)


def task_fields(task: Task, whole: str = "task") -> dict[str, Any]:
    """The arrays of a task (or of a state) by name; `whole` is the name of one that has no fields.

    A NamedTuple's or dataclass's fields, a dictionary's keys, or the path in the pytree.
    """
    leaves, _ = jax.tree_util.tree_flatten_with_path(task)
    return {jax.tree_util.keystr(path, simple=True, separator=".") or whole: leaf for path, leaf in leaves}


def _joined(parts: list[Any]) -> Any:
    if parts[0] is None:
        return None
    if isinstance(parts[0], dict):
        return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return np.concatenate(parts)
