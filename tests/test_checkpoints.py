"""Checkpoints: equal to the last bit, damage noticed, a full disk harmless."""

import ast
import errno
import os
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from full_disk import no_file_longer_than

import prefrontal
from prefrontal.disk.checkpoints import (
    checkpoints,
    load_latest,
    load_tree,
    on_its_own,
    save_checkpoint,
    save_tree,
)
from prefrontal.disk.storage import append_line, write_atomically
from prefrontal.errors import DamagedFileError, DiskFullError, UserError
from prefrontal.learners.base import LearnerState


class State(LearnerState):
    weights: Any


def state(update: int = 1, weights: Any = None) -> State:
    weights = jnp.arange(3.0) + update if weights is None else weights
    return State(jnp.array(update, jnp.uint32), jnp.array(0, jnp.uint32), weights)


class Pair(NamedTuple):
    first: Any
    second: Any


def odd_tree():
    """Leaves of every kind, with the bits that a careless conversion loses."""
    nans = np.array([0x7FC01234, 0xFFC00001, 0x7F800001, 0x80000000, 0x00000001], np.uint32).view(np.float32)
    halves = np.array([0x7FC1, 0xFFFF, 0x8000, 0x0001, 0x3F80], np.uint16)
    return {
        "floats": jnp.array(nans),
        "bfloat16": jax.lax.bitcast_convert_type(jnp.array(halves), jnp.bfloat16),
        "float16": jax.lax.bitcast_convert_type(jnp.array(halves), jnp.float16),
        "float8": jnp.arange(4.0).astype(jnp.float8_e4m3fn),
        "complex": jnp.array([1 + 2j, -0.0 - 1j], jnp.complex64),
        "ints": [jnp.array([-(2**31), 2**31 - 1]), jnp.array(200, jnp.uint8), jnp.array(-7, jnp.int16)],
        "flags": Pair(jnp.array([True, False]), jnp.array(False)),
        "keys": (jax.random.key(3), jax.random.split(jax.random.key(4, impl="rbg"), 3)),
        "empty": jnp.zeros((0, 3)),
        "scalar": jnp.array(1.5),
        "transposed": jnp.arange(6.0).reshape(2, 3).T,
        "absent": None,
        "module": eqx.nn.Linear(2, 3, key=jax.random.key(0)),
    }


def bits(leaf: jax.Array) -> tuple[str, tuple[int, ...], bytes]:
    data = jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf
    return str(leaf.dtype), leaf.shape, np.asarray(data).tobytes()


def assert_same_bits(one: Any, other: Any) -> None:
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        assert bits(a) == bits(b)


def test_a_tree_comes_back_to_the_last_bit(tmp_path):
    tree, path = odd_tree(), tmp_path / "tree.safetensors"
    save_tree(path, tree, kind="checkpoint")
    like = jax.tree.map(
        lambda leaf: leaf if str(leaf.dtype).startswith("key") else jnp.zeros_like(leaf), tree
    )
    assert_same_bits(load_tree(path, like, kind="checkpoint"), tree)
    assert_same_bits(on_its_own(tree), tree)


def test_equal_trees_are_equal_files(tmp_path):
    for name in "ab":
        save_tree(tmp_path / name, odd_tree(), kind="checkpoint")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_copy_shares_nothing_and_has_no_weak_types():
    shared = jnp.ones(3)
    copy = on_its_own((shared, shared, jnp.asarray(1.0)))
    pointers = {leaf.unsafe_buffer_pointer() for leaf in (shared, *copy)}
    assert len(pointers) == 4
    assert not copy[2].weak_type


@pytest.mark.parametrize(
    ("like", "message"),
    [
        (
            {"a": jnp.zeros(3), "b": jnp.zeros(2)},
            r"\['a'\] is float32 \(2,\) there, where float32 \(3,\) is wanted",
        ),
        (
            {"a": jnp.zeros(2, int), "b": jnp.zeros(2)},
            r"\['a'\] is float32 \(2,\) there, where int32 \(2,\) is wanted",
        ),
        ({"a": jnp.zeros(2)}, r"\['b'\] is float32 \(2,\) there, where absent is wanted"),
        ({"a": jnp.zeros(2), "b": jnp.zeros(2), "c": jnp.zeros(1)}, r"\['c'\] is absent there"),
        (
            {"a": jnp.zeros(2), "b": jax.random.key(0)},
            r"\['b'\] is float32 \(2,\) there, where key<fry> \(\) is wanted",
        ),
    ],
)
def test_a_tree_that_does_not_fit_is_refused(tmp_path, like, message):
    path = tmp_path / "tree.safetensors"
    save_tree(path, {"a": jnp.zeros(2), "b": jnp.zeros(2)}, kind="checkpoint")
    with pytest.raises(UserError, match=message):
        load_tree(path, like, kind="checkpoint")


def test_leaves_that_are_no_arrays_are_refused(tmp_path):
    with pytest.raises(TypeError, match=r"\['a'\] is 3.0; it must be a jax array"):
        save_tree(tmp_path / "x", {"a": 3.0}, kind="checkpoint")


def test_the_last_three_are_kept(tmp_path):
    for update in (1, 5, 20, 100, 1000):
        save_checkpoint(tmp_path, state(update))
    assert [int(load_tree(p, state(), kind="checkpoint").update) for p in checkpoints(tmp_path)] == [
        1000,
        100,
        20,
    ]
    (tmp_path / ".checkpoint-0000000400.safetensors.tmp").write_text("left by a kill")
    save_checkpoint(tmp_path, state(500))  # a run that went back to 100, for 1000 was damaged
    assert [path.name[-16:-12] for path in checkpoints(tmp_path)] == ["0500", "0100", "0020"]
    assert len(list(tmp_path.iterdir())) == 3


def test_an_empty_folder_has_no_checkpoint(tmp_path):
    assert load_latest(tmp_path, state()) is None
    assert load_latest(tmp_path / "absent", state()) is None


def test_no_damage_goes_unnoticed(tmp_path):
    """Whichever byte is altered, and wherever the file is cut, what is loaded is never something else."""
    path, tree = tmp_path / "tree.safetensors", {"a": jnp.arange(4.0), "b": jnp.array([True, False])}
    save_tree(path, tree, kind="checkpoint")
    whole = path.read_bytes()
    altered = [
        whole[:i] + bytes([whole[i] ^ bit]) + whole[i + 1 :] for i in range(len(whole)) for bit in (1, 128)
    ]
    for data in [*altered, *(whole[:length] for length in range(len(whole))), whole + b"\0"]:
        path.write_bytes(data)
        with pytest.raises(DamagedFileError, match=r"tree\.safetensors"):
            load_tree(path, tree, kind="checkpoint")


@pytest.mark.parametrize(
    ("there", "altered"), [(b"[2,3]", b"[3,2]"), (b'"F32"', b'"I32"'), (b"['a']", b"['b']")]
)
def test_another_shape_type_or_name_for_the_same_bytes_is_noticed(tmp_path, there, altered):
    path, tree = tmp_path / "tree.safetensors", {"a": jnp.ones((2, 3))}
    save_tree(path, tree, kind="checkpoint")
    whole = path.read_bytes()
    assert there in whole
    path.write_bytes(whole.replace(there, altered, 1))
    with pytest.raises(DamagedFileError, match="checksum"):
        load_tree(path, tree, kind="checkpoint")


@pytest.mark.parametrize("harm", ["cut", "altered", "empty"])
def test_the_one_before_is_taken_with_a_warning(tmp_path, harm):
    older, newer = save_checkpoint(tmp_path, state(10)), save_checkpoint(tmp_path, state(20))
    data = newer.read_bytes()
    newer.write_bytes({"cut": data[:-3], "altered": data[:-3] + b"abc", "empty": b""}[harm])
    with pytest.warns(UserWarning, match=rf"{newer.name} .*continuing from the older .*{older.name}"):
        assert_same_bits(load_latest(tmp_path, state()), state(10))
    older.write_bytes(b"")
    with pytest.raises(DamagedFileError, match=r"no checkpoint in .* is good"):
        load_latest(tmp_path, state())


def test_a_full_disk_costs_nothing_already_written(tmp_path):
    kept = save_checkpoint(tmp_path, state(10))
    with no_file_longer_than(2000), pytest.raises(DiskFullError) as caught:
        save_checkpoint(tmp_path, state(20, jnp.zeros(10_000)))
    assert list(tmp_path.iterdir()) == [kept]
    assert_same_bits(load_latest(tmp_path, state()), state(10))
    assert isinstance(caught.value, OSError)
    assert caught.value.errno == errno.EFBIG
    assert caught.value.path.name == "checkpoint-0000000020.safetensors"
    assert "checkpoint-0000000020.safetensors cannot be written: the file is larger" in str(caught.value)
    assert f"({caught.value.free:,} bytes are free)" in str(caught.value)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("operation", ["open", "write", "fsync", "replace"])
def test_room_may_run_out_at_any_operation(tmp_path, monkeypatch, code, operation):
    path = tmp_path / "config.json"
    write_atomically(path, b"old")

    def fails(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, operation, fails)
    with pytest.raises(DiskFullError, match=r"config\.json cannot be written: the disk"):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_other_errors_of_the_system_stay_what_they_are(tmp_path):
    with pytest.raises(FileNotFoundError):
        append_line(tmp_path / "absent" / "log", "line")


def test_nothing_is_pickled():
    for path in Path(prefrontal.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            )
            modules = [*names, getattr(node, "module", None) or ""]
            assert not {"pickle", "cloudpickle", "dill", "shelve", "joblib"} & set(modules), path
