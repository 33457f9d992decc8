"""Checkpoints: a learner's whole state on disk, identical to the last bit when it is read again.

Every leaf is stored under its path in the state. Types that safetensors' numpy interface does not know (such
as bfloat16) are stored as bytes, and random keys as their data; the file's notes record the original types.
"""

import contextlib
import json
import os
import warnings
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from prefrontal.disk.storage import load_arrays, save_arrays
from prefrontal.errors import DamagedFileError, UserError

KEEP = 3  # the newest that are kept

Tree = Any  # a pytree of jax arrays


def save_tree(path: Path, tree: Tree, *, kind: str) -> None:
    """Write a pytree of arrays to a safetensors file with a checksum. See `storage.save_arrays`."""
    leaves = _named_leaves(tree)
    described = {name: _describe(leaf) for name, leaf in leaves.items()}
    arrays = {name: _to_numpy(leaf) for name, leaf in leaves.items()}
    save_arrays(path, kind, arrays, {"schema": "1", "leaves": json.dumps(described)})


def load_tree(path: Path, like: Tree, *, kind: str) -> Tree:
    """The tree stored in `path`. Its leaves must have the names, shapes and types of the leaves of `like`.

    **Raises:** `DamagedFileError` if the file is cut short or altered, `UserError` if it does not fit.
    """
    arrays, notes = load_arrays(path, kind)
    leaves = _named_leaves(like)
    _check_fit(path, json.loads(notes["leaves"]), {name: _describe(leaf) for name, leaf in leaves.items()})
    loaded = [_from_numpy(arrays[name], leaf) for name, leaf in leaves.items()]
    return jax.tree.unflatten(jax.tree.structure(like), loaded)


def on_its_own(tree: Tree) -> Tree:
    """A copy whose leaves share no memory, with exactly the types that a checkpoint restores."""
    leaves = [_from_numpy(_to_numpy(leaf), leaf) for leaf in _named_leaves(tree).values()]
    return jax.tree.unflatten(jax.tree.structure(tree), leaves)


def save_checkpoint(folder: Path, state: Tree) -> Path:
    """Write `state` as checkpoint number `state.update`, and keep only it and the two before it.

    Checkpoints of later updates are also removed: they were found damaged when the run was resumed.
    """
    update = int(state.update)
    path = folder / f"checkpoint-{update:010d}.safetensors"
    save_tree(path, state, kind="checkpoint")
    others = [other for other in checkpoints(folder) if other != path]
    kept = [other for other in others if _update(other) < update][: KEEP - 1]
    for unwanted in [*(other for other in others if other not in kept), *folder.glob(".checkpoint-*.tmp")]:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unwanted)
    return path


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, newest first."""
    return sorted(folder.glob("checkpoint-*.safetensors"), key=_update, reverse=True)


def newest_good(folder: Path) -> Path | None:
    """The newest checkpoint whose contents match their checksum, or None if there is none."""
    for path in checkpoints(folder):
        with contextlib.suppress(DamagedFileError):
            load_arrays(path, "checkpoint")
            return path
    return None


def load_latest(folder: Path, like: Tree) -> Tree | None:
    """The newest good checkpoint in `folder`, or None if there are no checkpoints.

    If the newest is cut short or altered, a warning says so and the one before it is used.

    **Raises:** `DamagedFileError` if there are checkpoints but none is good.
    """
    found = checkpoints(folder)
    damaged: list[str] = []
    for path in found:
        try:
            state = load_tree(path, like, kind="checkpoint")
        except DamagedFileError as error:
            damaged.append(str(error))
            continue
        for reason in damaged:
            warnings.warn(f"{reason}; continuing from the older {path}", stacklevel=2)
        return state
    if found:
        raise DamagedFileError(
            f"no checkpoint in {folder} is good; remove the folder to begin again: {damaged[0]}"
        )
    return None


def _update(path: Path) -> int:
    digits = path.name.removeprefix("checkpoint-").removesuffix(".safetensors")
    return int(digits) if digits.isdecimal() else -1


def _named_leaves(tree: Tree) -> dict[str, jax.Array]:
    """The leaves by their paths, in the tree's order."""
    leaves = {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(tree)}
    for name, leaf in leaves.items():
        if not isinstance(leaf, jax.Array):
            raise TypeError(f"the leaf {name} is {leaf!r}; it must be a jax array, or a static field")
    return leaves


def _describe(leaf: jax.Array) -> str:
    return f"{leaf.dtype} {leaf.shape}"


def _is_key(leaf: jax.Array) -> bool:
    return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _to_numpy(leaf: jax.Array) -> np.ndarray:
    """The bits of a leaf, in a type that safetensors supports."""
    array = np.asarray(jax.random.key_data(leaf) if _is_key(leaf) else leaf)
    if array.dtype.kind in "biuf":
        return array
    return np.frombuffer(array.tobytes(), np.uint8)


def _from_numpy(array: np.ndarray, like: jax.Array) -> jax.Array:
    """A copy of the leaf that `_to_numpy` encoded, with the type and shape of `like`."""
    if _is_key(like):
        return jax.random.wrap_key_data(jnp.array(array, copy=True), impl=jax.random.key_impl(like))
    if array.dtype != like.dtype:
        array = np.frombuffer(array.tobytes(), like.dtype).reshape(like.shape)
    return jnp.array(array, copy=True)


def _check_fit(path: Path, there: dict[str, str], here: dict[str, str]) -> None:
    for name in [*here, *there]:
        if there.get(name) != here.get(name):
            found, wanted = (leaves.get(name, "absent") for leaves in (there, here))
            raise UserError(f"{path} does not fit: {name} is {found} there, where {wanted} is wanted")
