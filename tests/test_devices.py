"""On how many devices trainings run, and what is said of it."""

import os
import subprocess
import sys

import pytest

from prefrontal.cli import commands
from prefrontal.cli.commands import usable_cores


def use_devices_in_a_process(wanted: int | None, **told: str) -> subprocess.CompletedProcess:
    """What `use_devices` answers where JAX has not started."""
    program = f"from prefrontal.cli.commands import use_devices; print(use_devices({wanted}))"
    environment = {name: value for name, value in os.environ.items() if name != "JAX_NUM_CPU_DEVICES"}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment | told)


def test_every_core_that_may_be_used_is_a_device_unless_told_otherwise():
    finished = use_devices_in_a_process(None)
    assert finished.stdout == f"{usable_cores()}\n", finished.stderr


def test_more_devices_than_cores_are_refused_and_fewer_are_taken():
    """In processes of their own: in this one JAX has started, and what there is does not change."""
    finished = use_devices_in_a_process(usable_cores() + 97)
    wanted, rule = usable_cores() + 97, f"it must be a whole number, from 1 to {usable_cores()}"
    assert f"ValueError: devices is {wanted}; {rule}\n" in finished.stderr
    assert use_devices_in_a_process(1).stdout == "1\n"


def test_what_jax_was_told_of_devices_holds():
    assert use_devices_in_a_process(3, JAX_NUM_CPU_DEVICES="3").stdout == "3\n"
    assert "devices is 4; it must be a whole number, from 1 to 3" in (
        use_devices_in_a_process(4, JAX_NUM_CPU_DEVICES="3").stderr
    )


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes are not bound to cores")
def test_cores_that_a_process_may_not_use_are_not_counted():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_devices_that_jax_started_with_stay():
    assert commands.use_devices(None) == 2
    assert commands.use_devices(1) == 1
