"""Memories of several layers, for their tests: weights that all matter, and a normalisation in numpy."""

from typing import TypeVar

import jax
import numpy as np

from prefrontal.memory import Memory

AnyMemory = TypeVar("AnyMemory", bound=Memory)


def moved(made: AnyMemory, by: float) -> AnyMemory:
    """With weights that are all moved: zeros and ones would hide one that is left out."""
    leaves, structure = jax.tree.flatten(made)
    keys = jax.random.split(jax.random.key(2), len(leaves))
    changed = [leaf + by * jax.random.normal(key, leaf.shape) for leaf, key in zip(leaves, keys, strict=True)]
    return jax.tree.unflatten(structure, changed)


def norm(layer, x):
    return layer.scale * (x - x.mean()) / np.sqrt(x.var() + 1e-5) + layer.shift
