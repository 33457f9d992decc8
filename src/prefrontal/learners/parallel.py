"""Data parallelism: the same gradient, summed over devices and over micro-batches.

One device is a mesh of one. A batch that is too large for the processor's cache is processed in
micro-batches.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jax.sharding import AxisType, PartitionSpec
from jaxtyping import Array, Key

Sums = TypeVar("Sums")
_AXIS = "data"


def mean_over_batches(
    function: Callable[[Key[Array, "microbatch"]], Sums],
    keys: Key[Array, "batch"],
    microbatch: int,
    devices: int,
) -> Sums:
    """The mean of `function` over all micro-batches of `keys`, distributed over `devices` devices.

    What `function` closes over is copied to every device, and gradients are taken inside `function`, on one
    device: the mean over devices is taken here, once, after them.
    """
    if keys.shape[0] % (microbatch * devices):
        raise ValueError(
            f"a batch of {keys.shape[0]} lifetimes cannot be divided among {devices} devices in "
            f"micro-batches of {microbatch}; it must be a multiple of {microbatch * devices}"
        )
    return on_devices(
        lambda keys: mean_over_devices(_mean_over_microbatches(function, keys, microbatch)), keys, devices
    )


def on_devices(function: Callable[..., Sums], dealt: Any, devices: int, *copied: Any) -> Sums:
    """`function` of each device's share of `dealt`, whose leaves are divided along the first axis.

    Its result must be the same on every device. What it closes over is copied to each device. Whatever
    depends on the share must go through `mean_over_devices`.

    **Arguments:** `copied`, further arguments of `function`, copied whole. A gradient through a loop over
    time needs what it differentiates here: arrays that are closed over belong to the world outside.
    """
    mesh = jax.make_mesh((devices,), (_AXIS,), axis_types=(AxisType.Auto,), devices=jax.devices()[:devices])
    # Without the check of varying axes `jax.grad` inside adds nothing over devices: the one mean is ours.
    return jax.shard_map(
        function,
        mesh=mesh,
        in_specs=(PartitionSpec(_AXIS), *(PartitionSpec() for _ in copied)),
        out_specs=PartitionSpec(),
        check_vma=False,
    )(dealt, *copied)


def mean_over_devices(tree: Sums) -> Sums:
    """The mean of each device's `tree`. Only inside `on_devices`."""
    # As one vector, for the devices must meet once for every array that they exchange.
    mean, unravel = ravel_pytree(tree)
    return unravel(jax.lax.pmean(mean, _AXIS))


def _mean_over_microbatches(
    function: Callable[[Key[Array, "m"]], Sums], keys: Key[Array, "n"], microbatch: int
) -> Sums:
    batches = keys.reshape(-1, microbatch)
    if batches.shape[0] == 1:
        return function(batches[0])

    def add(total: Sums, batch: Key[Array, "m"]):
        return jax.tree.map(jnp.add, total, function(batch)), None

    zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), jax.eval_shape(function, batches[0]))
    total, _ = jax.lax.scan(add, zeros, batches)
    return jax.tree.map(lambda leaf: leaf / batches.shape[0], total)
