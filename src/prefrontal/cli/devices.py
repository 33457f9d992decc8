"""The number of devices that a command trains on."""

import contextlib
from pathlib import Path

import jax

from prefrontal.checks import check_integer
from prefrontal.compilation import check_device
from prefrontal.disk.storage import read_object
from prefrontal.experiments.machine import idle_cores, usable_cores


def devices_for(out: Path, wanted: int | None) -> tuple[int, bool]:
    """How many devices the trainings in `out` may use, and whether the command must name the number.

    It is `wanted` if given, else the number that the trainings were started with, else the number of devices.
    But on a processor a new run does not use the cores that other processes are using: two processes that
    wait for each other are slower than one.
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
    """How many devices a training may use: `wanted`, or all devices.

    A processor counts as one device for each core that this process may use, or as `JAX_NUM_CPU_DEVICES`
    devices. This must be set before JAX starts and cannot be changed afterwards.
    """
    if wanted is not None:
        check_integer("devices", wanted, 1)
    most = _told() or usable_cores()
    with contextlib.suppress(RuntimeError):  # it has started
        jax.config.update("jax_num_cpu_devices", min(wanted or most, most))
    check_device()
    there = len(jax.devices())
    if wanted is not None:
        check_integer("devices", wanted, 1, there)
    return wanted or there


def _told() -> int:
    """The number of devices that JAX is set to make of a processor; 0 if it is not set."""
    said: int = jax.config.jax_num_cpu_devices  # pyright: ignore[reportAttributeAccessIssue]
    return max(0, said)
