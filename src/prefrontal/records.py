"""Records: what is kept of evaluated lifetimes, and its schema on disk. They are read without jax."""

import dataclasses
import json
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Integer, Shaped

from prefrontal.errors import UserError
from prefrontal.storage import load_arrays, save_arrays

SCHEMA = 1
_NAMES = ("policy", "distribution", "split", "seed", "horizon")
_BOOLEANS = ("alive", "episode_over", "truncated")
_OPTIONAL = ("expected_reward", "oracle_reward", "units")
_TASK = "task."  # before the name of a task's field, in the file
_ACTION_TYPES = (np.uint8, np.int16, np.int32)


@dataclasses.dataclass(frozen=True, eq=False)
class Records:
    """The evaluated lifetimes of one policy on one distribution: `N` lifetimes of `T` steps, lifetimes first.

    After a lifetime's end its steps are padding: `alive` is False there and rewards are zero.
    """

    policy: str
    distribution: str
    split: str
    seed: int
    horizon: int
    action: Integer[np.ndarray, "N T"]
    reward: Float[np.ndarray, "N T"]
    expected_reward: (
        Float[np.ndarray, "N T"] | None
    )  # where the task knows it, and for one who knows the task:
    oracle_reward: Float[np.ndarray, "N T"] | None
    alive: Bool[np.ndarray, "N T"]
    episode_over: Bool[np.ndarray, "N T"]
    truncated: Bool[np.ndarray, "N T"]
    task: dict[str, Shaped[np.ndarray, "N ..."]]  # the task's fields by name
    units: Float[np.ndarray, "N T units"] | None = None  # the memory's units after each step

    def __post_init__(self):
        for name, array in _arrays(self).items():
            wanted = self.action.shape[:1] if name.startswith(_TASK) else (len(self.action), self.horizon)
            if array.shape[: len(wanted)] != wanted:
                raise ValueError(f"{name} has the shape {array.shape}; it must begin with {wanted}")

    @property
    def lifetimes(self) -> int:
        return len(self.action)

    @property
    def total_return(self) -> Float[np.ndarray, "N"]:
        """The sum of the rewards of each lifetime."""
        return self.reward.sum(axis=1, dtype=np.float64)

    @property
    def regret(self) -> Float[np.ndarray, "N T"]:
        """Cumulative expected regret up to and with each step: Σ (oracle_reward - expected_reward)."""
        oracle, expected = self._expectations()
        return np.cumsum(oracle.astype(np.float64) - expected, axis=1)

    @property
    def suboptimal(self) -> Bool[np.ndarray, "N T"]:
        """Whether an oracle would have expected more of this step."""
        oracle, expected = self._expectations()
        return oracle > expected

    def _expectations(self) -> tuple[np.ndarray, np.ndarray]:
        if self.oracle_reward is None or self.expected_reward is None:
            raise ValueError(
                f"{self.distribution!r} does not know its expected_reward and oracle_reward: no regret"
            )
        return self.oracle_reward, self.expected_reward

    def save(self, path: Path) -> None:
        """Write a safetensors file: rewards as float32, actions in the smallest integers that hold them."""
        arrays = {name: _compact(name, array) for name, array in _arrays(self).items()}
        described = json.dumps({name: getattr(self, name) for name in _NAMES})
        save_arrays(path, "records", arrays, {"schema": str(SCHEMA), "records": described})

    @classmethod
    def load(cls, path: Path) -> "Records":
        """Read what `save` wrote. Actions are int32 again.

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
        task = {
            name.removeprefix(_TASK): arrays.pop(name) for name in sorted(arrays) if name.startswith(_TASK)
        }
        absent = dict.fromkeys(_OPTIONAL)
        return cls(**names, **{**absent, **arrays, "action": arrays["action"].astype(np.int32)}, task=task)


def _arrays(records: Records) -> dict[str, np.ndarray]:
    """All arrays by their names in the file."""
    names = ("action", "reward", *_BOOLEANS, *_OPTIONAL)
    steps = {name: getattr(records, name) for name in names if getattr(records, name) is not None}
    return {**steps, **{f"{_TASK}{name}": array for name, array in records.task.items()}}


def _compact(name: str, array: np.ndarray) -> np.ndarray:
    if name == "action":
        return array.astype(_action_type(array))
    if name.startswith(_TASK) or name in _BOOLEANS:
        return array
    return array.astype(np.float32)


def _action_type(action: np.ndarray) -> type:
    """The smallest type that holds every action."""
    for kind in _ACTION_TYPES:
        limits = np.iinfo(kind)
        if action.size == 0 or (limits.min <= action.min() and action.max() <= limits.max):
            return kind
    raise ValueError(f"action goes up to {action.max()}; it must fit 32 bits")
