"""Weights are built only if they fit into memory."""

import math
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import jax

from prefrontal.checks import shown
from prefrontal.errors import UserError
from prefrontal.ram import gibibytes, usable_ram
from prefrontal.types import RandomKey

Built = TypeVar("Built")


def built(settings: Any, make: Callable[[RandomKey], Built], key: RandomKey, *sizes: str) -> Built:
    """What `make` builds, unless its weights take more memory than this process may use.

    **Arguments:** `make`, a function that JAX can trace; `sizes`, the fields of `settings` that decide how
    many weights there are.

    **Raises:** `UserError`, with the values of these fields and the memory that the weights would take.
    """
    needed, there = size_of(make, key), usable_ram()
    if needed > there:
        known = {field: getattr(settings, field) for field in sizes}
        given = " and ".join(
            f"{field} is {shown(value)}" for field, value in known.items() if value is not None
        )
        raise UserError(
            f"{given}; the weights of {type(settings).__name__} would take {gibibytes(needed)} of memory, "
            f"and this process may use {gibibytes(there)}: choose smaller numbers"
        )
    return make(key)


def size_of(make: Callable[[RandomKey], Any], key: RandomKey) -> int:
    """The bytes of all arrays that `make` would build. Nothing is built."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of places beyond 32 bits
        shapes = jax.eval_shape(lambda key: jax.tree.leaves(make(key)), key)
    return sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in shapes)
