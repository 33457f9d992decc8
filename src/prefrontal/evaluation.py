"""Frozen agent x held-out tasks -> records."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from prefrontal.agents import Agent, RecurrentAgent
from prefrontal.checks import check_integer
from prefrontal.records import Records
from prefrontal.rollout import rollout
from prefrontal.streams import Split, lifetime_keys
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import Lifetimes, Task

BATCH = 1000  # lifetimes lived at once: bounds the memory that an evaluation takes


def evaluate(
    agent: Agent,
    distribution: TaskDistribution,
    *,
    policy: str = "agent",
    name: str = "",
    lifetimes: int = 10_000,
    seed: int = 0,
    split: Split = "test",
    units: bool = False,
) -> Records:
    """Live `lifetimes` lifetimes in held-out tasks, the agent's weights frozen.

    Every policy evaluated with one `seed` and `split` meets the same tasks, so that policies are compared in
    pairs. With `split="outside"` tasks come from `distribution.outside()`.

    **Arguments:** `policy` and `name`, what the records call the policy and the distribution; `units`, also
    record every unit of a trained agent's memory at every step, `(lifetimes, T, units)`.
    """
    check_integer("lifetimes", lifetimes, 1)
    if units and not isinstance(agent, RecurrentAgent):
        raise ValueError(f"units can be recorded of a trained agent only, not of {type(agent).__name__}")
    if split == "outside":
        distribution = distribution.outside()
    parts = []
    for start in range(0, lifetimes, BATCH):
        numbers = start + jnp.arange(min(BATCH, lifetimes - start), dtype=jnp.uint32)
        tasks, lived = _live(agent, distribution, lifetime_keys(split, seed, numbers))
        parts.append(_columns(agent, tasks, lived, units))
    columns: dict[str, Any] = {key: _joined([part[key] for part in parts]) for key in parts[0]}
    return Records(
        policy=policy,
        distribution=name or type(distribution).__name__,
        split=split,
        seed=seed,
        horizon=distribution.horizon,
        **columns,
    )


@eqx.filter_jit
def _live(agent: Agent, distribution: TaskDistribution, keys):
    return rollout(agent, distribution, keys)


def _columns(agent: Agent, tasks: Task, lived: Lifetimes, units: bool) -> dict[str, Any]:
    """What records hold of a batch, lifetimes first."""
    lifetimes_first = lambda array: None if array is None else np.moveaxis(np.asarray(array), -1, 0)  # noqa: E731
    names = ("action", "reward", "expected_reward", "oracle_reward", "alive", "episode_over", "truncated")
    columns: dict[str, Any] = {name: lifetimes_first(getattr(lived, name)) for name in names}
    columns["task"] = {name: lifetimes_first(value) for name, value in task_fields(tasks).items()}
    recorded = agent.memory.units(lived.trace) if units and isinstance(agent, RecurrentAgent) else None
    columns["units"] = lifetimes_first(recorded)
    return columns


def task_fields(task: Task) -> dict[str, Any]:
    """A task's arrays by name.

    A NamedTuple's or dataclass's fields, a dictionary's keys, or the path in the pytree.
    """
    leaves, _ = jax.tree_util.tree_flatten_with_path(task)
    return {jax.tree_util.keystr(path, simple=True, separator=".") or "task": leaf for path, leaf in leaves}


def _joined(parts: list[Any]) -> Any:
    if parts[0] is None:
        return None
    if isinstance(parts[0], dict):
        return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return np.concatenate(parts)
