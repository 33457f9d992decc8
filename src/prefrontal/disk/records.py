"""Records: what is kept of evaluated lifetimes, and its schema on disk. They are read without jax."""

import dataclasses
import json
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Shaped

from prefrontal.disk.storage import load_arrays, save_arrays
from prefrontal.errors import UserError

SCHEMA = 1
_NAMES = ("policy", "distribution", "split", "seed", "horizon")
_BOOLEANS = ("alive", "episode_over", "truncated")
_OPTIONAL = ("expected_reward", "oracle_reward", "units", "value", "observation")
# Before the name of a field, in the file: of a task's, and of an environment's state.
_TASK, _STATE = "task.", "state."
_ACTION_TYPES = (np.uint8, np.int16, np.int32)


@dataclasses.dataclass(frozen=True, eq=False)
class Records:
    """The evaluated lifetimes of one policy on one distribution: `N` lifetimes of `T` steps, lifetimes first.

    An action keeps its shape and its kind of number: `(N, T)` for one choice, `(N, T, 2)` for two numbers.

    After a lifetime's end its steps are padding: `alive` is False there and rewards are zero.

    In column `t` the order of events is: the percept with `observation[:, t]` arrives (and brings the
    reward of step `t - 1`), the memory is updated to `units[:, t]`, `action[:, t]` is chosen, and
    `reward[:, t]` is paid. So `units[:, t]` is after percept `t` and before reward `t`: the first units that
    can know `reward[:, t]` are `units[:, t + 1]`.
    """

    policy: str
    distribution: str
    split: str
    seed: int
    horizon: int
    action: Shaped[np.ndarray, "N T ..."]  # as it was chosen: a number outside its box is not cut
    reward: Float[np.ndarray, "N T"]
    expected_reward: (
        Float[np.ndarray, "N T"] | None
    )  # where the task knows it, and for one who knows the task:
    oracle_reward: Float[np.ndarray, "N T"] | None
    alive: Bool[np.ndarray, "N T"]
    episode_over: Bool[np.ndarray, "N T"]
    truncated: Bool[np.ndarray, "N T"]
    task: dict[str, Shaped[np.ndarray, "N ..."]]  # the task's fields by name
    # What is kept only where it is asked for:
    units: Float[np.ndarray, "N T units"] | None = None  # after percept t, before action and reward t
    value: Float[np.ndarray, "N T"] | None = None  # what the critic said then
    observation: Shaped[np.ndarray, "N T ..."] | None = None  # what was seen at each step
    state: dict[str, Shaped[np.ndarray, "N T ..."]] = dataclasses.field(default_factory=dict)  # before it

    def __post_init__(self):
        for name, array in _arrays(self).items():
            wanted = self.action.shape[:1] if name.startswith(_TASK) else (len(self.action), self.horizon)
            if array.shape[: len(wanted)] != wanted:
                raise ValueError(f"{name} has the shape {array.shape}; it must begin with {wanted}")

    @property
    def lifetimes(self) -> int:
        """How many lifetimes these are: `N`."""
        return len(self.action)

    @property
    def total_return(self) -> Float[np.ndarray, "N"]:
        """The sum of the rewards of each lifetime."""
        return self.reward.sum(axis=1, dtype=np.float64)

    @property
    def returns_by_episode(self) -> Float[np.ndarray, "N E"]:
        """The sum of the rewards of each finished episode; `E` is the most that any lifetime finished.

        An episode is finished where it was over or truncated, or where its lifetime was over before the
        horizon. NaN stands for the rest: an episode that the horizon cut off, and all that were never begun.
        Rewards of an unfinished episode count in `total_return` only. Padding counts nowhere. `E` is 0 where
        no episode ends before the horizon, as with bandits.
        """
        last = np.zeros_like(self.alive)
        last[:, :-1] = self.alive[:, :-1] & ~self.alive[:, 1:]
        ends = self.alive & (self.episode_over | self.truncated | last)
        finished, earned = ends.sum(axis=1), np.cumsum(self.reward, axis=1, dtype=np.float64)
        returns = np.full((self.lifetimes, int(finished.max(initial=0))), np.nan)
        returns[np.arange(returns.shape[1]) < finished[:, None]] = earned[ends]  # both lifetime by lifetime
        return np.diff(returns, axis=1, prepend=0.0)

    @property
    def knows_regret(self) -> bool:
        """Whether the task knows what was to be expected, so that there is a regret."""
        return self.expected_reward is not None and self.oracle_reward is not None

    @property
    def regret(self) -> Float[np.ndarray, "N T"]:
        """Cumulative expected regret up to and with each step: Σ (oracle_reward - expected_reward).

        **Raises:** ValueError where the task does not know them (`knows_regret` is False).
        """
        oracle, expected = self._expectations()
        return np.cumsum(oracle.astype(np.float64) - expected, axis=1)

    @property
    def suboptimal(self) -> Bool[np.ndarray, "N T"]:
        """Whether an oracle would have expected more of this step.

        **Raises:** ValueError where the task does not know its expected rewards.
        """
        oracle, expected = self._expectations()
        return oracle > expected

    def _expectations(self) -> tuple[np.ndarray, np.ndarray]:
        if self.oracle_reward is None or self.expected_reward is None:
            raise ValueError(
                f"{self.distribution!r} does not know its expected_reward and oracle_reward: no regret"
            )
        return self.oracle_reward, self.expected_reward

    def save(self, path: Path) -> None:
        """Write a safetensors file: numbers as float32, whole ones in the smallest type that holds them."""
        arrays = {name: _compact(name, array) for name, array in _arrays(self).items()}
        described = json.dumps({name: getattr(self, name) for name in _NAMES})
        save_arrays(path, "records", arrays, {"schema": str(SCHEMA), "records": described})

    @classmethod
    def load(cls, path: Path) -> "Records":
        """Read what `save` wrote. Actions are int32 again, or float32.

        **Raises:** `DamagedFileError` where the file is cut short or altered; `UserError` where it is of
        another kind, or of a schema newer than this version's.
        """
        arrays, notes = load_arrays(path, "records")
        if int(notes["schema"]) > SCHEMA:
            raise UserError(
                f"{path} has records of schema {notes['schema']}, and this version reads up to {SCHEMA}: "
                "update prefrontal"
            )
        names = json.loads(notes["records"])
        task, state = _taken(arrays, _TASK), _taken(arrays, _STATE)
        columns = {**dict.fromkeys(_OPTIONAL), **arrays, "action": _action(arrays["action"])}
        return cls(**names, **columns, task=task, state=state)


def _taken(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The arrays whose names begin with `prefix`, by the rest of their names; they are taken out."""
    names = sorted(name for name in arrays if name.startswith(prefix))
    return {name.removeprefix(prefix): arrays.pop(name) for name in names}


def _arrays(records: Records) -> dict[str, np.ndarray]:
    """All arrays by their names in the file."""
    names = ("action", "reward", *_BOOLEANS, *_OPTIONAL)
    steps = {name: getattr(records, name) for name in names if getattr(records, name) is not None}
    task = {f"{_TASK}{name}": array for name, array in records.task.items()}
    return {**steps, **task, **{f"{_STATE}{name}": array for name, array in records.state.items()}}


def _compact(name: str, array: np.ndarray) -> np.ndarray:
    if name == "action":
        return array.astype(_action_type(array))
    if name.startswith((_TASK, _STATE)) or name in (*_BOOLEANS, "observation"):
        return array
    return array.astype(np.float32)


def _action(kept: np.ndarray) -> np.ndarray:
    return kept.astype(np.float32 if kept.dtype.kind == "f" else np.int32)


def _action_type(action: np.ndarray) -> type:
    """The smallest type that holds every action; of real numbers, the type of every other column."""
    if action.dtype.kind == "f":
        return np.float32
    for kind in _ACTION_TYPES:
        limits = np.iinfo(kind)
        if action.size == 0 or (limits.min <= action.min() and action.max() <= limits.max):
            return kind
    raise ValueError(f"action goes up to {action.max()}; it must fit 32 bits")
