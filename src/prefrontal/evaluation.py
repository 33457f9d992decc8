"""Frozen agent x held-out tasks -> records."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Key

from prefrontal.actions import Choices, actions_of
from prefrontal.agents import Agent, PredictingAgent, check_fits
from prefrontal.checks import check_integer, check_kind, check_text, path_of, shown
from prefrontal.compilation import check_device, keep_programs
from prefrontal.disk.growing import GrowingArrays
from prefrontal.disk.records import KEPT, LAW, STATE, TASK, Kept, Records, collected, records_of
from prefrontal.disk.storage import check_place
from prefrontal.errors import UserError
from prefrontal.rollout.live import draw, live
from prefrontal.streams import MAX_LIFETIMES, Split, check_seed, check_split, lifetime_keys
from prefrontal.tasks import Environment, TaskDistribution, warn_of_draws
from prefrontal.tasks import distribution as tasks_named
from prefrontal.tasks.checking import nothing_allowed
from prefrontal.types import Lifetimes, Task

_LAW = {"law", "logits"}
_SAID = {"value", *_LAW}  # by the heads of a trained agent

BATCH = 1000  # lifetimes lived at once, at most
BYTES = 2**30  # at most, for all that is kept of them: percepts, actions, states and residuals


def evaluate(
    agent: Agent,
    distribution: TaskDistribution | str,
    *,
    policy: str = "agent",
    name: str = "",
    lifetimes: int = 10_000,
    seed: int = 0,
    split: Split = "validation",
    keep: Sequence[Kept] = (),
    path: Path | str | None = None,
) -> Records:
    """Evaluate an agent with frozen weights on `lifetimes` held-out lifetimes.

    Every policy evaluated with the same `seed` and `split` meets the same tasks, so policies can be compared
    task by task. Use `"validation"` while you tune, and `"test"` for the numbers that you publish: the tasks
    of both come from `distribution.held_out()`; those of `"outside"` come from `distribution.outside()`.

    **Arguments:**

    - `agent`: a trained agent, a reference or your own; `distribution`: tasks, or the name of a distribution.
    - `policy` and `name`: what the records call the policy and the distribution.
    - `lifetimes`: how many, `N`; `seed`: which lifetimes of the stream, a whole number from 0.
    - `keep`: what else to record at every step. For a trained agent: `units`, every unit of its memory;
      `value`, the critic's estimate; `law`, the parameters of the law that the action was drawn from; and,
      for discrete actions, `logits`, which are its law. For any agent: `observation`, and `state`, the
      environment's before the step. Column `t` of `units`, `value` and `law` is after percept `t` and before
      action and reward `t`.
    - `path`: a file to which the records are written while they are made, as `Records.save` would write them.
      Memory then holds one batch only (a few GiB at most); arrays of large files stay there until used.

    **Returns:** records with arrays `(N, T, ...)`, where `T` is the horizon.

    **Raises:** `UserError` if there is not enough memory for the records, or no folder for the file;
    ValueError for fewer than 1 lifetime, for a name in `keep` that the agent lacks, if the agent does not fit
    the tasks or acts outside the action space, or if an environment breaks its declarations.
    """
    keep_programs()
    check_device()
    _check_given(agent, distribution, policy, name)
    check_seed(seed)
    check_split(split)
    check_integer("lifetimes", lifetimes, 1, MAX_LIFETIMES)
    keep, path = _kept(agent, keep), None if path is None else _place(path)
    given = tasks_named(distribution)
    drawn = given if split == "train" else given.outside() if split == "outside" else given.held_out()
    name = name or (distribution if isinstance(distribution, str) else type(drawn).__name__)
    check_fits(agent, drawn.environment, name)
    batch = _batch(agent, drawn, keep, min(BATCH, lifetimes))
    if not isinstance(distribution, str) and lifetimes > 1:
        warn_of_draws(drawn)
    what = {"policy": policy, "distribution": name, "split": split, "seed": int(seed)}
    what["horizon"] = int(drawn.horizon)
    with collected(path, int(lifetimes), **what) as records:
        for start in range(0, lifetimes, batch):
            numbers = start + jnp.arange(min(batch, lifetimes - start), dtype=jnp.uint32)
            records.write(start, _evaluated(agent, drawn, lifetime_keys(split, seed, numbers), keep, start))
    if isinstance(records, GrowingArrays):
        return records_of(records.arrays, **what)
    return Records.load(records.place)


def _place(path: Path | str) -> Path:
    place = path_of("path", path)
    check_place("path", place)
    return place


def _evaluated(
    agent: Agent, drawn: TaskDistribution, keys: Key[Array, "n"], keep: tuple[Kept, ...], start: int
) -> dict[str, np.ndarray]:
    """The columns of a batch of lifetimes, once what the agent and the world did is checked.

    `start` counts the lifetimes before them.
    """
    tasks, keys = _draw(drawn, keys)
    drawn.environment.check_task(tasks)
    horizon = int(drawn.horizon)  # numpy's would be traced
    lived = _live(agent, drawn.environment, horizon, tasks, keys, *_parts(keep))
    _check_actions(agent, drawn.environment, lived, start)
    _check_world(drawn.environment, lived, start)
    return _columns(agent, tasks, lived, keep)


def _check_given(agent: Any, distribution: Any, policy: Any, name: Any) -> None:
    if not isinstance(agent, Agent):
        swapped = isinstance(agent, TaskDistribution | str) and isinstance(distribution, Agent)
        hint = "it comes first: evaluate(agent, tasks)" if swapped else "load one with load_agent(folder)"
        check_kind("agent", agent, Agent, f": {hint}")
    check_text("policy", policy)
    check_text("name", name)


def _kept(agent: Agent, keep: Sequence[Kept]) -> tuple[Kept, ...]:
    if isinstance(keep, str) or not isinstance(keep, Sequence):
        raise UserError(f"keep is {shown(keep)}; it must be a tuple of names, such as ('units',)")
    for name in keep:
        if not isinstance(name, str) or name not in KEPT:
            raise ValueError(f"keep has {name!r}; it may have {', '.join(KEPT)}")
        if name in {"units", *_SAID} and not isinstance(agent, PredictingAgent):
            raise ValueError(f"{name} can be recorded of a trained agent only, not of {type(agent).__name__}")
    return tuple(keep)


def _check_actions(agent: Agent, environment: Environment, lived: Lifetimes, start: int) -> None:
    """Raise a `UserError` that names the first action outside the space, or the first that is not allowed.

    `start` counts lifetimes.
    """
    actions = actions_of(environment.action_space)
    chosen = np.moveaxis(np.asarray(lived.action), 0, len(actions.shape))  # (*shape, T, batch)
    missed = actions.misses(chosen).any(axis=tuple(range(len(actions.shape)))) & np.asarray(lived.alive)
    if missed.any():
        time, lifetime = np.argwhere(missed)[0]
        raise UserError(
            f"the action of {type(agent).__name__} is {chosen[..., time, lifetime]} at step {time} of "
            f"lifetime {start + lifetime}; action_space is {environment.action_space}"
        )

    if lived.percept.allowed is not None and isinstance(actions, Choices):
        _check_allowed(agent, environment, actions, lived, jnp.moveaxis(lived.percept.allowed, 0, 1), start)


def _check_allowed(
    agent, environment, actions: Choices, lived: Lifetimes, allowed: Array, start: int
) -> None:
    """The same of masks `(choices, T, batch)`, which must allow something, and of actions against them."""
    chosen = np.moveaxis(np.asarray(lived.action), 0, len(actions.shape))
    stuck, barred = (
        np.argwhere(np.asarray(wrong & lived.alive))
        for wrong in (actions.stuck(allowed), actions.barred(jnp.asarray(chosen), allowed))
    )
    if len(stuck):
        time, lifetime = stuck[0]
        raise UserError(nothing_allowed(environment, f"at step {time} of lifetime {start + lifetime}"))
    if len(barred):
        time, lifetime = barred[0]
        there = np.asarray(allowed[:, time, lifetime])
        raise UserError(
            f"the action of {type(agent).__name__} is {chosen[..., time, lifetime]} at step {time} of "
            f"lifetime {start + lifetime}; allowed there are {actions.named(there)}"
        )


def _check_world(environment: Environment, lived: Lifetimes, start: int) -> None:
    """Raise a `UserError` for the first reward or observation that the environment does not declare."""
    _check_observations(environment, lived, start)
    values = environment.reward_values
    for name in ("reward", "expected_reward", "oracle_reward"):
        if (given := getattr(lived, name)) is None:
            continue
        paid = np.asarray(given)
        wrong, must = ~np.isfinite(paid), "be a finite number"
        if name == "reward" and values and not wrong[np.asarray(lived.alive)].any():
            near = np.abs(paid[..., None] - np.asarray(values, paid.dtype)) <= 1e-5 * (1 + np.abs(values))
            wrong, must = ~near.any(axis=-1), f"be one of its reward_values, {shown(values)}"
        _refuse(wrong & np.asarray(lived.alive), paid, f"the {name} of {_kind(environment)}", must, start)


def _check_observations(environment: Environment, lived: Lifetimes, start: int) -> None:
    """The same of observations: finite numbers, or each one of a few."""
    space = environment.observation_space
    seen = np.moveaxis(np.asarray(lived.percept.observation), -1, 1)  # (T, batch, ...)
    if isinstance(space, spaces.Discrete):
        wrong = (seen < space.start) | (seen >= space.start + space.n)
    elif isinstance(space, spaces.MultiDiscrete | spaces.MultiBinary):
        most = space.nvec if isinstance(space, spaces.MultiDiscrete) else 2
        first = space.start if isinstance(space, spaces.MultiDiscrete) else 0
        wrong = (seen < first) | (seen >= first + most)
    else:
        wrong = ~np.isfinite(seen)
    wrong = wrong.any(axis=tuple(range(2, seen.ndim))) & np.asarray(lived.alive)
    must = "be of finite numbers" if isinstance(space, spaces.Box) else f"be in its space, {space}"
    _refuse(wrong, seen, f"the observation of {_kind(environment)}", must, start)


def _refuse(wrong: np.ndarray, values: np.ndarray, what: str, must: str, start: int) -> None:
    """Raise a `UserError` that names the first wrong one of `values` by step and lifetime, from `start`."""
    if wrong.any():
        time, lifetime = np.argwhere(wrong)[0]
        where = f"at step {time} of lifetime {start + lifetime}"
        raise UserError(f"{what} is {' '.join(str(values[time, lifetime]).split())} {where}; it must {must}")


def _kind(environment: Environment) -> str:
    return type(environment).__name__


def _parts(keep: tuple[Kept, ...]) -> tuple[bool, bool]:
    """Whether the states of a rollout are needed, and whether its residuals are."""
    return "state" in keep, not {"units", *_SAID}.isdisjoint(keep)


def _batch(agent: Agent, distribution: TaskDistribution, keep: tuple[Kept, ...], most: int) -> int:
    """How many lifetimes to run at once: at most `most`, and no more than fit into `BYTES`."""
    keys = jax.eval_shape(lambda: lifetime_keys("test", 0, jnp.arange(most, dtype=jnp.uint32)))
    tasks, keys = eqx.filter_eval_shape(_draw, distribution, keys)
    environment, horizon = distribution.environment, int(distribution.horizon)
    lived = eqx.filter_eval_shape(_live, agent, environment, horizon, tasks, keys, *_parts(keep))
    said = () if _SAID.isdisjoint(keep) else eqx.filter_eval_shape(_said, agent, lived, keep)
    leaves = jax.tree.leaves((tasks, lived, said))
    size = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in leaves)
    return max(1, min(most, most * BYTES // max(1, size)))


# Two programs, so that what is expensive to compile is compiled once for all distributions of an environment.
@eqx.filter_jit
def _draw(distribution: TaskDistribution, keys):
    return draw(distribution, keys)


@eqx.filter_jit
def _live(
    agent: Agent, environment: Environment, horizon: int, tasks: Task, keys, states: bool, residuals: bool
):
    lived = live(agent, environment, horizon, tasks, keys, states)
    return lived if residuals else lived._replace(residuals=None)  # so that they are not kept at all


@eqx.filter_jit
def _said(agent: PredictingAgent, lived: Lifetimes, keep: tuple[Kept, ...]) -> dict[str, Any]:
    """The outputs of the heads at every step that `keep` asks for: the value and the law's parameters."""
    prediction = agent.recall(lived)
    law = task_fields(prediction.law, whole="law")
    if "logits" in keep and "logits" not in law:
        raise ValueError(f"keep has 'logits', but the law of this agent has {', '.join(law)}: keep 'law'")
    said: dict[str, Any] = {"value": prediction.value} if "value" in keep else {}
    return said if _LAW.isdisjoint(keep) else said | {"law": law}


def _columns(agent: Agent, tasks: Task, lived: Lifetimes, keep: tuple[Kept, ...]) -> dict[str, np.ndarray]:
    """The columns of records for a batch by their names in a file, lifetimes first."""
    names = ("action", "reward", "expected_reward", "oracle_reward", "alive", "episode_over", "truncated")
    columns: dict[str, Any] = {name: getattr(lived, name) for name in names}
    columns |= _prefixed(TASK, task_fields(tasks))
    if "observation" in keep:
        columns["observation"] = lived.percept.observation
    if "state" in keep:
        columns |= _prefixed(STATE, task_fields(lived.state, whole="state"))
    if isinstance(agent, PredictingAgent):
        if "units" in keep:
            columns["units"] = agent.units(lived.residuals)
        if not _SAID.isdisjoint(keep):
            said = _said(agent, lived, keep)
            columns |= _prefixed(LAW, said.pop("law", {})) | said
    return {name: np.moveaxis(np.asarray(one), -1, 0) for name, one in columns.items() if one is not None}


def _prefixed(prefix: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in fields.items()}


def task_fields(task: Task, whole: str = "task") -> dict[str, Any]:
    """The arrays of a task (or of a state) by name; `whole` is the name if there are no fields.

    The names are a NamedTuple's or dataclass's fields, a dictionary's keys, or paths in the pytree.
    """
    leaves, _ = jax.tree_util.tree_flatten_with_path(task)
    return {jax.tree_util.keystr(path, simple=True, separator=".") or whole: leaf for path, leaf in leaves}
