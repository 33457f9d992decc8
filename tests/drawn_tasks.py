"""Tasks as a distribution draws them, for the tests."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from prefrontal.streams import lifetime_keys
from prefrontal.tasks.base import sample_tasks


def keys_of(split: str, count: int, seed: int = 0):
    return lifetime_keys(split, seed, jnp.arange(count))


@functools.cache
def sampler(world):
    return jax.jit(functools.partial(sample_tasks, world))


def draw(world, keys):
    """Their tasks, drawn in batches of one size."""
    lacking = -len(keys) % 200
    whole = jnp.concatenate([keys, jax.random.split(jax.random.key(0), lacking)])
    drawn = [sampler(world)(whole[k : k + 200]) for k in range(0, len(whole), 200)]
    return jax.tree.map(lambda *parts: np.concatenate(parts, -1)[..., : len(keys)], *drawn)
