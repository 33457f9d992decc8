"""On how many devices trainings run, and what is said of it."""

import json
import os
import subprocess
import sys

import pytest

from prefrontal.cli import devices
from prefrontal.cli.devices import devices_for, use_devices
from prefrontal.experiments import machine, pipeline
from prefrontal.experiments.machine import idle_cores, usable_cores


def use_devices_in_a_process(wanted: int | None, **told: str) -> subprocess.CompletedProcess:
    """What `use_devices` answers where JAX has not started."""
    program = f"from prefrontal.cli.devices import use_devices; print(use_devices({wanted}))"
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
    assert f"UserError: devices is {wanted}; {rule}\n" in finished.stderr
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
    assert use_devices(None) == 2
    assert use_devices(1) == 1


@pytest.fixture
def nothing_told(monkeypatch):
    """JAX has two devices, and was told of none: how many to use is left to the load."""
    monkeypatch.setattr(devices, "_told", lambda: 0)


@pytest.mark.usefixtures("nothing_told")
@pytest.mark.parametrize(("idle", "used"), [(0.1, 1), (1.4, 1), (1.6, 2), (64.0, 2)])
def test_a_new_run_leaves_busy_cores_to_those_who_are_at_them(monkeypatch, tmp_path, idle, used):
    monkeypatch.setattr(devices, "idle_cores", lambda: idle)
    assert devices_for(tmp_path / "new", None) == (used, used < 2)
    assert devices_for(tmp_path / "new", 2) == (2, True)


@pytest.mark.usefixtures("nothing_told")
@pytest.mark.parametrize(("noted", "used"), [({"machine": {"devices": 1}}, 1), ({"machine": {}}, 2), ({}, 2)])
def test_a_run_goes_on_with_what_it_was_begun_with_whatever_the_load(monkeypatch, tmp_path, noted, used):
    monkeypatch.setattr(devices, "idle_cores", lambda: 0.0 if used == 2 else 2.0)
    (tmp_path / "config.json").write_text(json.dumps(noted))
    assert devices_for(tmp_path, None) == (used, False)


@pytest.mark.usefixtures("nothing_told")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--seeds", -1), "seeds is -1; it must be a whole number, at least 1"),
        (("--first-seed", -1), "first-seed is -1"),
        (("--out", "."), "is not empty and holds no experiment"),
    ],
)
def test_a_mistake_is_all_that_is_said_where_cores_are_busy(mistake, monkeypatch, tmp_path, given, said):
    monkeypatch.setattr(devices, "idle_cores", lambda: 0.0)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").touch()
    assert said in mistake("run", "bandit-independent", *given)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.usefixtures("nothing_told")
def test_busy_cores_are_announced_before_anything_is_trained(prefrontal, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(devices, "idle_cores", lambda: 0.0)
    monkeypatch.setattr(pipeline, "train_all", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        prefrontal("run", "bandit-independent", "--out", tmp_path / "out")
    said = "other processes are busy, so trainings run on 1 core; --devices sets another number"
    assert said in capsys.readouterr().err


def test_what_jax_was_told_holds_whatever_the_load(monkeypatch, tmp_path):
    monkeypatch.setattr(devices, "idle_cores", lambda: 0.0)
    assert devices_for(tmp_path / "new", None) == (2, False)


def test_idle_cores_are_those_of_this_process(monkeypatch):
    """Of three cores it may use two: one that idles three quarters of the time, and one that is busy."""
    said = iter(
        [
            "cpu 0 0 0 0\ncpu0 10 0 0 10 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\ncpu2 5 0 0 5 0 0 0 0 0 0\n",
            "cpu 9 9 9 9\ncpu0 15 0 0 25 0 0 0 0 0 0\ncpu1 0 0 0 20 0 0 0 0 0 0\ncpu2 25 0 0 5 0 0 0 0 0 0\n",
        ]
    )
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2}, raising=False)
    monkeypatch.setattr(machine.Path, "read_text", lambda _: next(said))
    assert idle_cores(0.0) == pytest.approx(0.75)


def test_where_the_system_does_not_say_the_last_minute_does(monkeypatch):
    monkeypatch.setattr(machine, "_idle_time", dict)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.5, 9.0, 9.0))
    assert idle_cores(0.0) == usable_cores() - 0.5
