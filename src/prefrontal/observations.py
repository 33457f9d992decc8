"""The kinds of observation spaces: shape, dtype and code of an observation."""

import gymnasium
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces

from prefrontal.actions import Actions, actions_of
from prefrontal.errors import UserError

_KINDS = "Box, Discrete, MultiDiscrete or MultiBinary"


def shape_of(space: gymnasium.Space) -> tuple[int, ...]:
    """The shape of an observation.

    **Raises:** `UserError` if an observation is not a single array. The error says how to flatten it.
    """
    if isinstance(space, spaces.Box | spaces.Discrete | spaces.MultiDiscrete | spaces.MultiBinary):
        return tuple(space.shape or ())
    if isinstance(space, gymnasium.Space):
        raise UserError(
            f"observation_space is {space}; it must be {_KINDS}. Flatten it: gymnasium.spaces.flatten_space "
            "gives the flat space, and gymnasium.wrappers.FlattenObservation flattens the observations of a "
            "gymnasium environment"
        )
    raise UserError(f"observation_space is {space!r}; it must be a gymnasium space: {_KINDS}")


def dtype_of(space: gymnasium.Space) -> np.dtype:
    """The dtype in which observations of a space are kept: its own, but 32 bits instead of 64."""
    declared = np.dtype(space.dtype)
    narrow = {"i": jnp.int32, "u": jnp.uint32, "f": jnp.float32}
    return np.dtype(narrow[declared.kind]) if declared.itemsize == 8 else declared


def code_of(space: gymnasium.Space) -> Actions | None:
    """The one-hot code of an observation that is one or several choices; None if it is numbers."""
    return actions_of(space) if isinstance(space, spaces.Discrete | spaces.MultiDiscrete) else None
