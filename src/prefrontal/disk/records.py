"""Records of evaluated lifetimes, and their schema on disk. Reading them does not need jax."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Shaped

from prefrontal.checks import check_integer, check_kind, check_text, path_of
from prefrontal.disk.growing import GrowingArrays, GrowingFile, growing
from prefrontal.disk.storage import check_place, load_arrays, save_arrays
from prefrontal.errors import UserError

SCHEMA = 1
Kept = Literal["units", "value", "law", "logits", "observation", "state"]  # only where it is asked for
KEPT = get_args(Kept)
_BOOLEANS = ("alive", "episode_over", "truncated")
_OPTIONAL = ("expected_reward", "oracle_reward", "units", "value", "observation")
# Before the name of a field, in the file: of a task's, of a law's, and of an environment's state.
TASK, LAW, STATE = "task.", "law.", "state."
_DESCRIBED = ("policy", "distribution", "split", "seed", "horizon")
_ACTION_TYPES = (np.uint8, np.int16, np.int32)


@dataclasses.dataclass(frozen=True, eq=False)
class Records:
    """The evaluated lifetimes of one policy on one distribution: `N` lifetimes of `T` steps, lifetimes first.

    Actions keep their shape and kind of number: `(N, T)` for one choice, `(N, T, 2)` for two numbers.

    The steps after the end of a lifetime are padding: `alive` is False there, and rewards are zero.

    In column `t` the order of events is: the percept with `observation[:, t]` arrives (and brings the reward
    of step `t - 1`), the memory is updated to `units[:, t]`, `action[:, t]` is chosen, and `reward[:, t]` is
    paid. So `units[:, t]` is after percept `t` and before reward `t`. The first units that can depend on
    `reward[:, t]` are `units[:, t + 1]`.
    """

    policy: str  # what the policy is called
    distribution: str  # what the distribution is called
    split: str  # the stream of the tasks
    seed: int  # of the stream
    horizon: int  # `T`
    action: Shaped[np.ndarray, "N T ..."]  # as it was chosen, not clipped to a box
    reward: Float[np.ndarray, "N T"]  # sampled, in units of the task; 0 after the end of the lifetime
    expected_reward: Float[np.ndarray, "N T"] | None  # what the action pays on average; None if not known
    oracle_reward: Float[np.ndarray, "N T"] | None  # the same for an oracle that knows the task
    alive: Bool[np.ndarray, "N T"]  # False after the end of the lifetime
    episode_over: Bool[np.ndarray, "N T"]  # an episode ended in the world at this step
    truncated: Bool[np.ndarray, "N T"]  # an episode was cut short at this step
    task: dict[str, Shaped[np.ndarray, "N ..."]]  # the task's fields by name
    # Kept only on request:
    units: Float[np.ndarray, "N T units"] | None = None  # after percept t, before action and reward t
    value: Float[np.ndarray, "N T"] | None = None  # the critic's estimate, at the same time
    # The parameters of the law that the action was drawn from, by name: `logits` (N, T, actions) for discrete
    # actions; `mean` and `log_deviation` (N, T, numbers) for real numbers, in the action's own units.
    law: dict[str, Float[np.ndarray, "N T ..."]] = dataclasses.field(default_factory=dict)
    observation: Shaped[np.ndarray, "N T ..."] | None = None  # before the action
    state: dict[str, Shaped[np.ndarray, "N T ..."]] = dataclasses.field(default_factory=dict)  # before it

    def __post_init__(self):
        for name in ("policy", "distribution", "split"):
            check_text(name, getattr(self, name))
        for name in ("seed", "horizon"):
            check_integer(name, getattr(self, name), 0)
        for name in ("task", "law", "state"):
            check_kind(name, getattr(self, name), Mapping, ": arrays by their names")
        for name in ("action", "reward", *_BOOLEANS):
            check_kind(name, getattr(self, name), np.ndarray)
        count = self.action.shape[:1]
        for name, array in arrays_of(self).items():
            check_kind(name, array, np.ndarray)
            wanted = count if name.startswith(TASK) else (*count, self.horizon)
            if array.shape[: len(wanted)] != wanted:
                raise ValueError(f"{name} has the shape {array.shape}; it must begin with {wanted}")
            kinds, said = ("b", "True or False") if name in _BOOLEANS else ("biuf", "numbers")
            if array.dtype.kind not in kinds:
                raise ValueError(f"{name} has the type {array.dtype}; it must hold {said}")

    @property
    def lifetimes(self) -> int:
        """The number of lifetimes, `N`."""
        return len(self.action)

    @property
    def total_return(self) -> Float[np.ndarray, "N"]:
        """The sum of the sampled rewards of each lifetime."""
        return self.reward.sum(axis=1, dtype=np.float64)

    @property
    def returns_by_episode(self) -> Float[np.ndarray, "N E"]:
        """The sum of the rewards of each finished episode; `E` is the most that a lifetime finished.

        An episode is finished if it was over or truncated, or if its lifetime was over before the horizon.
        All other entries are NaN: an episode that the horizon cut off, and episodes that never began. Rewards
        of an unfinished episode count only in `total_return`. Padding is never counted. `E` is 0 if no
        episode ends before the horizon, as with bandits.
        """
        last = np.zeros_like(self.alive)
        last[:, :-1] = self.alive[:, :-1] & ~self.alive[:, 1:]
        ends = self.alive & (self.episode_over | self.truncated | last)
        finished, earned = ends.sum(axis=1), np.cumsum(self.reward, axis=1, dtype=np.float64)
        returns = np.full((self.lifetimes, int(finished.max(initial=0))), np.nan)
        returns[np.arange(returns.shape[1]) < finished[:, None]] = earned[ends]  # both lifetime by lifetime
        return np.diff(returns, axis=1, prepend=0.0)

    @property
    def logits(self) -> Float[np.ndarray, "N T actions"]:
        """The logits of the law at each step; their softmax gives the probabilities of the actions.

        Actions are in ascending order. If an action consists of several choices, the logits of all choices
        are concatenated, and each choice has its own softmax.

        **Raises:** ValueError if they were not recorded with `evaluate(..., keep=("logits",))`.
        """
        if "logits" not in self.law:
            raise ValueError(
                'these records have no logits; evaluate(agent, tasks, keep=("logits",)) has them'
            )
        return self.law["logits"]

    @property
    def knows_regret(self) -> bool:
        """Whether regret is defined: the task gives the expected rewards of the agent and of an oracle."""
        return self.expected_reward is not None and self.oracle_reward is not None

    @property
    def regret(self) -> Float[np.ndarray, "N T"]:
        """Cumulative expected regret up to and including each step: Σ (oracle_reward - expected_reward).

        It is in units of reward (Wang et al. 2016, section 3.1).

        **Raises:** ValueError if the task does not give these rewards (`knows_regret` is False).
        """
        oracle, expected = self._expectations()
        return np.cumsum(oracle.astype(np.float64) - expected, axis=1)

    @property
    def suboptimal(self) -> Bool[np.ndarray, "N T"]:
        """Whether the oracle's expected reward is higher than the agent's at each step.

        **Raises:** ValueError if the task does not give these rewards (`knows_regret` is False).
        """
        oracle, expected = self._expectations()
        return oracle > expected

    def _expectations(self) -> tuple[np.ndarray, np.ndarray]:
        if self.oracle_reward is None or self.expected_reward is None:
            raise ValueError(
                f"{self.distribution!r} does not know its expected_reward and oracle_reward: no regret"
            )
        return self.oracle_reward, self.expected_reward

    def save(self, path: Path | str) -> None:
        """Write a safetensors file: real numbers as float32, actions in the smallest type that fits.

        **Raises:** `UserError` if there is no such folder: none is made.
        """
        path = path_of("path", path)
        check_place("path", path)
        arrays = {name: _compact(name, array) for name, array in arrays_of(self).items()}
        described = {name: getattr(self, name) for name in _DESCRIBED}
        save_arrays(path, "records", arrays, notes_of(**described))

    @classmethod
    def load(cls, path: Path | str) -> "Records":
        """Read a file that `save` wrote. Actions are converted back to int32 or float32.

        **Raises:** `DamagedFileError` where the file is cut short or altered; `UserError` where there is no
        file, where it is of another kind, or of a schema newer than this version's.
        """
        path = path_of("path", path)
        if not path.exists():
            raise UserError(
                f"{path} is not there; it must be a file of records, as `Records.save` writes one"
            )
        arrays, notes = load_arrays(path, "records")
        if int(notes["schema"]) > SCHEMA:
            raise UserError(
                f"{path} has records of schema {notes['schema']}, and this version reads up to {SCHEMA}: "
                "update prefrontal"
            )
        return records_of(arrays | {"action": _action(arrays["action"])}, **json.loads(notes["records"]))


def records_of(arrays: Mapping[str, np.ndarray], **described: Any) -> Records:
    """Records whose arrays have the names that they have in a file; `described` are the other fields."""
    rest = dict(arrays)
    task, law, state = (_taken(rest, prefix) for prefix in (TASK, LAW, STATE))
    columns: dict[str, Any] = {**dict.fromkeys(_OPTIONAL), **rest, **described}
    return Records(**columns, task=task, law=law, state=state)


def notes_of(**described: Any) -> dict[str, str]:
    """What a file of records says about them."""
    plain = {name: value if isinstance(value, str) else int(value) for name, value in described.items()}
    return {"schema": str(SCHEMA), "records": json.dumps(plain)}


def _taken(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Remove the arrays whose names begin with `prefix`, and return them by the rest of their names."""
    names = sorted(name for name in arrays if name.startswith(prefix))
    return {name.removeprefix(prefix): arrays.pop(name) for name in names}


def arrays_of(records: Records) -> dict[str, np.ndarray]:
    """All arrays, by their names in the file."""
    names = ("action", "reward", *_BOOLEANS, *_OPTIONAL)
    steps = {name: getattr(records, name) for name in names if getattr(records, name) is not None}
    groups = ((TASK, records.task), (LAW, records.law), (STATE, records.state))
    return steps | {f"{prefix}{name}": array for prefix, group in groups for name, array in group.items()}


def _compact(name: str, array: np.ndarray) -> np.ndarray:
    if name == "action":
        return array.astype(_action_type(array))
    if name.startswith((TASK, STATE)) or name in (*_BOOLEANS, "observation"):
        return array
    return array.astype(np.float32, copy=False)


@contextlib.contextmanager
def collected(path: Path | None, rows: int, **described: Any) -> Iterator[GrowingArrays | GrowingFile]:
    """A context in which the arrays of so many records are collected: in a file if `path` is given."""
    if path is None:
        yield GrowingArrays(rows)
        return
    with growing(path, "records", notes_of(**described), rows, _in_file) as file:
        yield file


def _in_file(name: str, array: np.ndarray) -> np.ndarray:
    """A part of a column as it is stored. The type of actions cannot depend on all of them."""
    return _action(array) if name == "action" else _compact(name, array)


def _action(kept: np.ndarray) -> np.ndarray:
    return kept.astype(np.float32 if kept.dtype.kind == "f" else np.int32)


def _action_type(action: np.ndarray) -> type:
    """The smallest type that holds every action; for real numbers, the type of the other columns."""
    if action.dtype.kind == "f":
        return np.float32
    for kind in _ACTION_TYPES:
        limits = np.iinfo(kind)
        if action.size == 0 or (limits.min <= action.min() and action.max() <= limits.max):
            return kind
    raise ValueError(f"action goes up to {action.max()}; it must fit 32 bits")
