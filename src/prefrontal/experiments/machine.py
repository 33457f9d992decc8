"""The machine that an experiment's numbers come from."""

import contextlib
import os
import platform
import time
from pathlib import Path
from typing import Any

import jax

import prefrontal


def machine(devices: int) -> dict[str, Any]:
    """The description of the machine, and the number of devices used for training."""
    return {
        "processor": processor(),
        "cores": usable_cores(),
        "devices": devices,
        "backend": jax.default_backend(),
        "device": jax.devices()[0].device_kind,
        "python": platform.python_version(),
        "jax": jax.__version__,
        "prefrontal": prefrontal.__version__,
    }


def processor() -> str:
    """The processor's name, as the system reports it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def usable_cores() -> int:
    """The cores that this process may use, if the system reports them (as after `taskset`); otherwise all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def idle_cores(seconds: float = 0.25) -> float:
    """The number of usable cores that are idle while this process sleeps for this long.

    If the system does not report this, all usable cores less those that were busy in the last minute.
    """
    before = _idle_time()
    time.sleep(seconds)
    after = _idle_time()
    spans = [
        (idle - before[core][0], whole - before[core][1])
        for core, (idle, whole) in after.items()
        if core in before
    ]
    if spans and all(whole > 0 for _, whole in spans):
        return sum(idle / whole for idle, whole in spans)
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(0.0, usable_cores() - busy)


def _idle_time() -> dict[str, tuple[int, int]]:
    """For each usable core: its idle ticks and all its ticks, as Linux reports them."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    names, found = {f"cpu{number}" for number in usable}, {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/stat").read_text().splitlines():
            name, *ticks = line.split()
            if name in names:
                count = [int(tick) for tick in ticks[:8]]  # guests' ticks are counted as the user's already
                found[name] = (count[3] + count[4], sum(count))  # idle, and waiting for a disk
    return found
