"""Streams of keys: disjoint by construction, reproducible for ever."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.streams import (
    _CIPHER_KEY,
    _PLACES,
    MAX_LIFETIMES,
    MAX_SEED,
    SPLITS,
    lifetime_keys,
    update_key,
    weights_key,
)

MASK = 2**32 - 1
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def key_schedule(key: tuple[int, int]) -> tuple[int, int, int]:
    return (*key, key[0] ^ key[1] ^ 0x1BD11BDA)


def encrypt(key: tuple[int, int], block: tuple[int, int]) -> tuple[int, int]:
    """Threefry-2x32 with 20 rounds, from its definition (Salmon et al. 2011, section 4.2)."""
    ks = key_schedule(key)
    a, b = (block[0] + ks[0]) & MASK, (block[1] + ks[1]) & MASK
    for group in range(5):
        for turn in ROTATIONS[group % 2]:
            a = (a + b) & MASK
            b = ((b << turn | b >> (32 - turn)) & MASK) ^ a
        a = (a + ks[(group + 1) % 3]) & MASK
        b = (b + ks[(group + 2) % 3] + group + 1) & MASK
    return a, b


def decrypt(key: tuple[int, int], block: tuple[int, int]) -> tuple[int, int]:
    """The inverse: that there is one is why no two lifetimes can share a key."""
    ks = key_schedule(key)
    a, b = block
    for group in reversed(range(5)):
        a = (a - ks[(group + 1) % 3]) & MASK
        b = (b - ks[(group + 2) % 3] - group - 1) & MASK
        for turn in reversed(ROTATIONS[group % 2]):
            b ^= a
            b = (b >> turn | b << (32 - turn)) & MASK
            a = (a - b) & MASK
    return (a - ks[0]) & MASK, (b - ks[1]) & MASK


def raw(split: str, seed: int, numbers) -> np.ndarray:
    return np.asarray(jax.random.key_data(lifetime_keys(split, seed, jnp.asarray(numbers, jnp.uint32))))


def test_the_cipher_of_this_test_meets_its_published_answers():
    """The known answers of Random123's `kat_vectors`, threefry2x32 with 20 rounds."""
    assert encrypt((0, 0), (0, 0)) == (0x6B200159, 0x99BA4EFE)
    assert encrypt((MASK, MASK), (MASK, MASK)) == (0x1CB996FC, 0xBB002BE7)
    assert encrypt((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3)) == (0xC4923A9C, 0x483DF7A0)


def test_a_stream_that_there_was_before_validation_has_its_place_and_no_two_streams_meet():
    """Of version 0.1: the number of the stream times 2³⁰, and a seed below that."""
    before = {name: number * 2**30 for number, name in enumerate(("train", "test", "outside", "weights"))}
    assert {name: _PLACES[name] for name in before} == before
    places = sorted(_PLACES.values())
    ranges = list(itertools.pairwise([*places, 2**32]))
    assert set(_PLACES) == {*SPLITS, "weights"}
    assert all(low + MAX_SEED <= high for low, high in ranges)


@pytest.mark.parametrize("name", ["weights", "", "Test"])
def test_no_lifetime_is_of_an_inner_stream(unchecked, name):
    with pytest.raises(ValueError, match=r"it must be one of train, validation, test, outside$"):
        unchecked(lifetime_keys)(name, 0, jnp.arange(1))


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("seed", [0, 1, 12345, MAX_SEED - 1])
def test_a_key_is_its_triple_enciphered_and_can_be_deciphered(split, seed):
    numbers = [0, 1, 2, 99_999, 2**31 - 1, 2**31, MAX_LIFETIMES - 1]
    for number, key in zip(numbers, raw(split, seed, numbers), strict=True):
        block = (_PLACES[split] + seed, number)
        assert tuple(key.tolist()) == encrypt(_CIPHER_KEY, block)
        assert decrypt(_CIPHER_KEY, tuple(key.tolist())) == block


def test_all_keys_of_a_block_of_triples_differ():
    seeds = [*range(8), MAX_SEED - 1]
    keys = np.concatenate([raw(split, seed, range(1000)) for split, seed in itertools.product(SPLITS, seeds)])
    assert len(np.unique(keys, axis=0)) == len(SPLITS) * len(seeds) * 1000


def test_keys_are_the_same_for_ever():
    """Golden values: were they to change, no published number could be reproduced."""
    assert raw("train", 0, [0, 1]).tolist() == [[1838460086, 303133513], [1866474890, 1926166500]]
    assert raw("test", 7, [3]).tolist() == [[1268944806, 3524885122]]
    assert raw("outside", 7, [3]).tolist() == [[3740326533, 902473239]]
    assert raw("validation", 7, [3]).tolist() == [[3359141654, 1785300711]]
    assert jax.random.key_data(weights_key(5)).tolist() == [3577583359, 405760816]


def test_a_key_depends_on_its_own_number_alone():
    together = raw("train", 3, range(10))
    for number in range(10):
        np.testing.assert_array_equal(raw("train", 3, [number])[0], together[number])


def test_a_seed_that_is_an_array_gives_the_same_keys_inside_a_compiled_program():
    compiled = jax.jit(lambda seed: jax.random.key_data(lifetime_keys("train", seed, jnp.arange(4))))
    np.testing.assert_array_equal(compiled(jnp.array(11)), raw("train", 11, range(4)))
    np.testing.assert_array_equal(compiled(jnp.array(MAX_SEED - 1)), raw("train", MAX_SEED - 1, range(4)))


def test_initial_weights_share_no_key_with_a_lifetime():
    weights = np.asarray(jax.random.key_data(weights_key(0)))
    lives = np.concatenate([raw(split, 0, range(1000)) for split in SPLITS])
    assert not (lives == weights).all(1).any()


def own(seed, update) -> np.ndarray:
    return np.asarray(jax.random.key_data(update_key(seed, jnp.asarray(update, jnp.uint32))))


def test_an_updates_own_key_is_shared_with_no_lifetime_nor_with_the_weights_nor_another_update():
    seeds, updates = (0, 1, MAX_SEED - 1), range(300)
    keys = np.stack([own(seed, update) for seed in seeds for update in updates])
    weights = np.stack([jax.random.key_data(weights_key(seed)) for seed in seeds])
    lives = [raw(split, seed, range(1000)) for split in SPLITS for seed in seeds]
    every = np.concatenate([keys, weights, *lives])
    assert len(np.unique(every, axis=0)) == len(every)


@pytest.mark.parametrize("seed", [0, 12345])
@pytest.mark.parametrize("update", [0, 1, 99_999, 2**31])
def test_an_updates_own_key_is_of_the_stream_of_weights_behind_theirs(seed, update):
    """By the cipher's definition: disjoint for every update that a run can have."""
    block = (_PLACES["weights"] + seed, update + 1)
    assert tuple(own(seed, update).tolist()) == encrypt(_CIPHER_KEY, block)


def test_an_updates_own_key_is_the_same_inside_a_compiled_program():
    compiled = jax.jit(lambda seed, update: jax.random.key_data(update_key(seed, update)))
    np.testing.assert_array_equal(compiled(jnp.array(11, jnp.uint32), jnp.array(5, jnp.uint32)), own(11, 5))


@pytest.mark.parametrize("seed", [-1, MAX_SEED])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=rf"seed is {seed}; it must be a whole number, from 0 to 536870911"):
        lifetime_keys("train", seed, jnp.arange(1))


def test_an_unknown_split_is_refused(unchecked):
    with pytest.raises(ValueError, match="split is 'valid'; it must be one of train, "):
        unchecked(lifetime_keys)("valid", 0, jnp.arange(1))


def test_a_seed_that_is_not_whole_is_refused(unchecked):
    with pytest.raises(ValueError, match=r"seed is 1\.5; it must be a whole number"):
        unchecked(lifetime_keys)("train", 1.5, jnp.arange(1))
