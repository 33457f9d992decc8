"""Streams of random keys, one key for each lifetime that will ever be lived.

A key is `(split, seed, number)` packed into 64 bits and put through Threefry-2x32 under a fixed cipher key.
For a fixed cipher key Threefry is a permutation of its 64-bit blocks (Salmon et al. 2011), so different
triples give different keys: train, test and outside-D lifetimes, those of different seeds, and those within
one stream are disjoint by construction and not merely by luck.
"""

from typing import Literal, get_args

import jax
import jax.numpy as jnp
from jax.extend.random import threefry_2x32
from jaxtyping import Array, Integer, Key

from prefrontal.checks import check_integer

Split = Literal["train", "test", "outside", "weights"]
SPLITS = get_args(Split)
MAX_SEED = 2**30
MAX_LIFETIMES = 2**32

_CIPHER_KEY = (0x70726566, 0x726F6E74)


def check_seed(seed: object) -> None:
    check_integer("seed", seed, 0, MAX_SEED - 1)


def lifetime_keys(
    split: Split, seed: int | Integer[Array, ""], numbers: Integer[Array, "n"]
) -> Key[Array, "n"]:
    """One key for each lifetime of a stream.

    **Arguments:** `split`, which stream; `seed`, from 0 to 2³⁰ - 1; `numbers`, the lifetimes' places in the
    stream, from 0 to 2³² - 1.
    """
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; it must be one of {', '.join(SPLITS)}")
    if not isinstance(seed, jax.Array):  # an array is a learner's, checked when its state was made
        check_seed(seed)
    word = jnp.uint32(SPLITS.index(split) * MAX_SEED) + jnp.asarray(seed, jnp.uint32)
    numbers = numbers.astype(jnp.uint32)
    # threefry_2x32 pairs the first half of its counters with the second half: one block for each lifetime.
    blocks = threefry_2x32(
        jnp.array(_CIPHER_KEY, jnp.uint32), jnp.concatenate([jnp.full_like(numbers, word), numbers])
    )
    return jax.random.wrap_key_data(blocks.reshape(2, -1).T, impl="threefry2x32")


def weights_key(seed: int) -> Key[Array, ""]:
    """The key from which a training's initial weights are drawn: shared with no lifetime's."""
    return lifetime_keys("weights", seed, jnp.zeros(1, jnp.uint32))[0]


def update_key(seed: int | Integer[Array, ""], update: Integer[Array, ""]) -> Key[Array, ""]:
    """A learner's own randomness for the update after `update` others: shared with no lifetime's.

    For all that is drawn but the lifetimes: minibatches, mutations, perturbed weights. Split it for several.
    """
    return lifetime_keys("weights", seed, (update + 1).astype(jnp.uint32)[None])[0]
