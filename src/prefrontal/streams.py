"""Streams of random keys: every lifetime has its own key.

A key is `(stream, seed, number)` packed into 64 bits and put through Threefry-2x32 under a fixed cipher key.
For a fixed cipher key Threefry is a permutation of its 64-bit blocks (Salmon et al. 2011), so different
triples give different keys. The lifetimes of train, validation, test and outside-D, of different seeds, and
within one stream are therefore disjoint by construction, not just with high probability.
"""

from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
from jax.extend.random import threefry_2x32
from jaxtyping import Array, Integer, Key

from prefrontal.checks import check_integer, check_one_of

Split = Literal["train", "validation", "test", "outside"]
SPLITS = get_args(Split)
MAX_SEED = 2**29
MAX_LIFETIMES = 2**32

# The first half of a key's block is one of these plus the seed. A stream that was there before `validation`
# has the place that it had then, a multiple of 2³⁰, so that its keys are the same for ever.
_PLACES = {"train": 0, "validation": 2**29, "test": 2**30, "outside": 2 * 2**30, "weights": 3 * 2**30}

_CIPHER_KEY = (0x70726566, 0x726F6E74)


def check_seed(seed: Any) -> int:
    """The seed as Python's own number; a ValueError if it is out of range."""
    check_integer("seed", seed, 0, MAX_SEED - 1)
    return int(seed)


def lifetime_keys(
    split: Split, seed: int | Integer[Array, ""], numbers: Integer[Array, "n"]
) -> Key[Array, "n"]:
    """One key for each lifetime of a stream.

    **Arguments:** `split`, the name of the stream; `seed`, from 0 to 2²⁹ - 1; `numbers`, the lifetimes'
    positions in the stream, from 0 to 2³² - 1.
    """
    check_split(split)
    return _keys(split, seed, numbers)


def check_split(split: object) -> None:
    check_one_of("split", split, SPLITS)


def weights_key(seed: int) -> Key[Array, ""]:
    """The key for a training's initial weights. No lifetime has this key."""
    return _keys("weights", seed, jnp.zeros(1, jnp.uint32))[0]


def update_key(seed: int | Integer[Array, ""], update: Integer[Array, ""]) -> Key[Array, ""]:
    """The key for a learner's own randomness in update number `update` (from 0). No lifetime has this key.

    Use it for everything except lifetimes: minibatches, mutations, perturbed weights. Split it if several
    keys are needed.
    """
    return _keys("weights", seed, (update + 1).astype(jnp.uint32)[None])[0]


def _keys(stream: str, seed: Any, numbers: Integer[Array, "n"]) -> Key[Array, "n"]:
    if not isinstance(seed, jax.Array):  # an array is a learner's, checked when its state was made
        check_seed(seed)
    word = jnp.uint32(_PLACES[stream]) + jnp.asarray(seed, jnp.uint32)
    numbers = numbers.astype(jnp.uint32)
    # threefry_2x32 pairs the first half of its counters with the second half: one block for each lifetime.
    blocks = threefry_2x32(
        jnp.array(_CIPHER_KEY, jnp.uint32), jnp.concatenate([jnp.full_like(numbers, word), numbers])
    )
    return jax.random.wrap_key_data(blocks.reshape(2, -1).T, impl="threefry2x32")
