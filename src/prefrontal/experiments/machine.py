"""The machine that an experiment's numbers come from."""

import os
import platform
from pathlib import Path
from typing import Any

import jax

import prefrontal


def machine(devices: int) -> dict[str, Any]:
    """What it is, and on how many devices of it trainings ran."""
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
    """The processor's name, as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def usable_cores() -> int:
    """The cores that this process may use, where the system says which (as after `taskset`); or else all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
