"""On how many devices a command trains."""

import contextlib
from pathlib import Path

import jax

from prefrontal.checks import check_integer
from prefrontal.disk.storage import read_object
from prefrontal.experiments.machine import idle_cores, usable_cores


def devices_for(out: Path, wanted: int | None) -> tuple[int, bool]:
    """How many devices the trainings in `out` may use, and whether that must be told to make them again.

    `wanted`, where it is given; as many as they were begun with, where they were; or else as many as there
    are. But of a processor's cores a new run leaves those that other processes are at: two that wait for
    each other are slower than one.
    """
    told, there = _told(), use_devices(wanted)
    if wanted is not None:
        return wanted, True
    config = out / "config.json"
    if config.is_file():
        machine = read_object(config).get("machine")
        begun = machine.get("devices", there) if isinstance(machine, dict) else there
        return min(begun, there), False
    if told or jax.default_backend() != "cpu" or there == 1:
        return there, False
    idle = min(there, max(1, round(idle_cores())))
    return idle, idle < there


def use_devices(wanted: int | None) -> int:
    """How many devices a training may use: `wanted`, or as many as there are.

    A processor counts as one device for each core that this process may use, or as what
    `JAX_NUM_CPU_DEVICES` says. This must be said before JAX starts; once it has started, what it started with
    stays.
    """
    if wanted is not None:
        check_integer("devices", wanted, 1)
    most = _told() or usable_cores()
    with contextlib.suppress(RuntimeError):  # it has started
        jax.config.update("jax_num_cpu_devices", min(wanted or most, most))
    there = len(jax.devices())
    if wanted is not None:
        check_integer("devices", wanted, 1, there)
    return wanted or there


def _told() -> int:
    """How many devices JAX was told that a processor has; 0 if nothing."""
    said: int = jax.config.jax_num_cpu_devices  # pyright: ignore[reportAttributeAccessIssue]
    return max(0, said)
