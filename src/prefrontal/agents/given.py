"""Parts of an agent that are objects instead of settings: a `Memory`, an `Encoder` or a `Policy`.

It is taken as it is: its weights are those that every training begins with, whatever its seed. A run's
`config.json` names its class and has a hash of its weights, by which a run that is resumed is known. It does
not hold the object: `load_agent` needs an agent that has one like it.
"""

import dataclasses
import hashlib
from collections.abc import Callable
from typing import Any

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np

from prefrontal.actions import Actions
from prefrontal.encoders import Encoder, EncoderSettings
from prefrontal.errors import UserError
from prefrontal.memory import Memory, MemorySettings, Parts
from prefrontal.observations import shape_of
from prefrontal.policies import Policy, PolicySettings
from prefrontal.types import RandomKey


@dataclasses.dataclass(frozen=True, eq=False)
class Given:
    """A ready-made part as settings: `build` gives the part itself, once it is known to fit.

    **Raises:** `UserError` where a leaf is no jax array, and where it comes from a file, without the part.
    """

    part: Any = dataclasses.field(default=None, metadata={"setting": False})
    of: str = ""  # its class
    weights: str = ""  # a hash

    def __post_init__(self):
        if self.part is None:
            raise UserError(
                f"this agent has a part that files do not store, {self.of or 'an object'}; "
                "pass an agent with an equal part: load_agent(folder, like=agent)"
            )
        object.__setattr__(self, "of", f"{type(self.part).__module__}.{type(self.part).__qualname__}")
        object.__setattr__(self, "weights", _hash(self.of, self.part))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Given) and self.part is other.part

    def __hash__(self) -> int:
        return hash(id(self.part))


@dataclasses.dataclass(frozen=True, eq=False)
class GivenMemory(Given, MemorySettings):
    """A `Memory` object."""

    @property
    def units(self) -> int:
        """The size of its output."""
        return self.part.size

    def build(self, parts: Parts, horizon: int, *, key: RandomKey) -> Memory:
        memory = self.part
        if memory.longest is not None and memory.longest < horizon:
            raise UserError(
                f"the memory {self.of} lives for {memory.longest} steps at most; lifetimes have {horizon}"
            )
        inputs = jax.ShapeDtypeStruct((parts.size,), jnp.float32)
        step = lambda inputs: memory.step(memory.initial(), inputs)[1]  # noqa: E731
        _check_output(
            f"memory {self.of}", step, inputs, memory.size, f"the {parts.size} inputs of this percept"
        )
        return memory


@dataclasses.dataclass(frozen=True, eq=False)
class GivenEncoder(Given, EncoderSettings):
    """An `Encoder` object."""

    def build(self, space: gymnasium.Space, *, key: RandomKey) -> Encoder:
        seen = jax.ShapeDtypeStruct(shape_of(space), jax.dtypes.canonicalize_dtype(space.dtype or np.float32))
        _check_output(f"encoder {self.of}", self.part, seen, self.part.size, f"observations of {space}")
        return self.part


@dataclasses.dataclass(frozen=True, eq=False)
class GivenPolicy(Given, PolicySettings):
    """A `Policy` object."""

    def build(self, actions: Actions, units: int, *, key: RandomKey) -> Policy:
        policy = self.part
        if policy.actions != actions:
            raise UserError(
                f"the policy {self.of} is for the actions {policy.actions}; here they are {actions}"
            )
        if policy.weights.shape[1] != units:
            raise UserError(
                f"the policy {self.of} reads {policy.weights.shape[1]} units; the memory has {units}"
            )
        return policy


def _check_output(what: str, function: Callable, given: Any, size: int, of: str) -> None:
    """A UserError where what is given, called `of`, does not become `size` features."""
    try:
        output = jax.eval_shape(function, given)
    except (TypeError, ValueError) as error:
        raise UserError(f"the {what} does not take {of}: {str(error).splitlines()[0]}") from error
    if output.shape != (size,):
        raise UserError(f"the {what} makes {output.shape} of {of}; its size is {size}")


def _hash(of: str, part: Any) -> str:
    """32 digits of the hash of all arrays of a part, under their names."""
    digest = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(part):
        name = jax.tree_util.keystr(path)
        if not isinstance(leaf, jax.Array):
            raise UserError(
                f"{of} has the leaf {name}, {leaf!r}; it must be a jax array, or its field static: "
                "equinox.field(static=True)"
            )
        digest.update(f"{name} {leaf.dtype} {leaf.shape}".encode() + np.asarray(leaf).tobytes())
    return digest.hexdigest()[:32]
