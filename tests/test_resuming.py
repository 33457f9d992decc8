"""Trainings that were stopped, killed or damaged, and gone on with: the same weights to the last bit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import toy_learner
from test_checkpoints import assert_same_bits
from toy_learner import Toy
from toy_runs import OFTEN, Stopped, assert_each_update_logged_once, assert_same_run, interrupted, lines

from prefrontal.agents import AgentSettings
from prefrontal.disk.checkpoints import checkpoints
from prefrontal.disk.flags import xla_flags
from prefrontal.disk.runs import Run
from prefrontal.errors import DamagedFileError, DiskFullError, UserError
from prefrontal.learners.a2c import A2C
from prefrontal.memory import LSTMSettings
from prefrontal.tasks import IndependentArms
from prefrontal.training import train


def test_final_weights_that_were_damaged_are_made_again(tmp_path):
    learner, run = Toy(), tmp_path / "run"
    agent = train(learner, 0, run)
    whole = (run / "agent.safetensors").read_bytes()
    (run / "agent.safetensors").write_bytes(whole[:-7] + b"altered")
    with pytest.raises(DamagedFileError, match=r"agent\.safetensors.*training with --resume makes it again"):
        Run(run).agent(agent)
    with pytest.warns(UserWarning, match="made again") as warned:
        assert_same_bits(train(learner, 0, run, resume=True), agent)
    assert str(warned[0].message).endswith("; it is made again from the checkpoint of update 20")
    assert str(warned[0].message).count("made again") == 1
    assert (run / "agent.safetensors").read_bytes() == whole


def test_final_weights_without_a_checkpoint_are_trained_again(tmp_path):
    learner, run = Toy(), tmp_path / "run"
    agent = train(learner, 0, run)
    (run / "agent.safetensors").write_bytes(b"")
    for path in checkpoints(run):
        path.unlink()
    with pytest.warns(UserWarning, match="there is no checkpoint.*: the whole training runs again") as warned:
        assert_same_bits(train(learner, 0, run, resume=True), agent)
    assert "newest good" not in str(warned[0].message)
    assert_each_update_logged_once(run, 20)


def test_killed_training(tmp_path):
    """Processes killed by SIGKILL again and again end in the weights of one that never was."""
    cache = {
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "cache"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    command = [sys.executable, toy_learner.__file__, str(tmp_path), "2500", "6"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **cache})
    reached = json.loads(found.stdout.splitlines()[-1])
    assert len(reached) >= 3
    assert reached[-1] > reached[0]
    assert_same_run(tmp_path / "whole", tmp_path / "killed")
    assert_each_update_logged_once(tmp_path / "killed", 2500)


class Failing:
    """File operations of which one fails, and with `for_good` all after it: the process is no more."""

    def __init__(self, monkeypatch, error: BaseException, at: int, for_good: bool):
        self.count, self.error, self.at, self.for_good = 0, error, at, for_good
        for name in ("write", "fsync", "replace", "unlink"):
            monkeypatch.setattr(os, name, self._failing(name, getattr(os, name)))

    def _failing(self, name, operation):
        def act(*arguments):
            self.count += 1
            if self.count == self.at or (self.for_good and self.count > self.at):
                if name == "write" and self.count == self.at:
                    operation(arguments[0], arguments[1][: len(arguments[1]) // 2])
                raise self.error
            return operation(*arguments)

        return act


def operations_of_a_run(monkeypatch, folder: Path) -> int:
    with monkeypatch.context() as patch:
        counted = Failing(patch, Stopped(), 0, for_good=False)
        train(Toy(5), 0, folder, **OFTEN)
    return counted.count


@pytest.mark.parametrize("full", [False, True])
def test_a_run_may_end_between_any_two_file_operations(tmp_path, monkeypatch, full):
    """Killed there, with a write half done, or out of room: resumed, it ends as if nothing had been."""
    operations = operations_of_a_run(monkeypatch, tmp_path / "whole")
    assert operations > 40
    for at in range(1, operations + 1):
        folder = tmp_path / str(at)
        error = OSError(28, "No space left on device") if full else Stopped()
        with monkeypatch.context() as patch:
            Failing(patch, error, at, for_good=not full)
            with pytest.raises((Stopped, DiskFullError, OSError)):
                train(Toy(5), 0, folder, **OFTEN)
        if full:
            assert not list(folder.glob(".*"))
        train(Toy(5), 0, folder, resume=True, **OFTEN)
        assert_same_run(folder, tmp_path / "whole")
        assert_each_update_logged_once(folder, 5)
        assert not list(folder.glob(".checkpoint*"))
        assert Run(folder).outcome.updates == 5


@pytest.mark.filterwarnings("ignore:optax.global_norm:DeprecationWarning")
def test_a_learner_on_two_devices_goes_on_as_if_it_had_not_stopped(tmp_path):
    learner = A2C(
        IndependentArms(2, horizon=4),
        AgentSettings(memory=LSTMSettings(3)),
        lifetimes=48,
        microbatch=4,
        microbatches=2,
        optimiser="adam",
        learning_rate=0.01,
        devices=2,
    )
    train(learner, 0, tmp_path / "whole")
    interrupted(learner, tmp_path / "stopped", update=3)
    train(learner, 0, tmp_path / "stopped", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")


def test_a_damaged_checkpoint_is_passed_over(tmp_path):
    train(Toy(), 0, tmp_path / "whole")
    interrupted(Toy(), tmp_path / "hurt", update=12)
    newest = checkpoints(tmp_path / "hurt")[0]
    newest.write_bytes(newest.read_bytes()[:-1])
    with pytest.warns(
        UserWarning, match=r"checkpoint-0000000011.* continuing from the older .*checkpoint-0000000010"
    ):
        train(Toy(), 0, tmp_path / "hurt", resume=True, **OFTEN)
    assert_same_run(tmp_path / "whole", tmp_path / "hurt")
    assert_each_update_logged_once(tmp_path / "hurt", 20)


def test_no_good_checkpoint_is_an_error(tmp_path):
    interrupted(Toy(), tmp_path, update=12)
    for path in checkpoints(tmp_path):
        path.write_bytes(b"")
    with pytest.raises(DamagedFileError, match="remove the folder to begin again"):
        train(Toy(), 0, tmp_path, resume=True)


def test_the_log_may_be_cut_short(tmp_path):
    interrupted(Toy(), tmp_path, update=12)
    with (tmp_path / "metrics.jsonl").open("a") as log:
        log.write('{"first": 13, "last": 13}\n{"first": 14, "la')
    train(Toy(), 0, tmp_path, resume=True, **OFTEN)
    assert_each_update_logged_once(tmp_path, 20)


def test_seconds_add_up_over_sittings(tmp_path):
    interrupted(Toy(), tmp_path, update=12)
    log = tmp_path / "metrics.jsonl"
    log.write_text("".join(f"{json.dumps({**line, 'seconds': 1000.0})}\n" for line in lines(tmp_path)))
    train(Toy(), 0, tmp_path, resume=True)
    outcome = Run(tmp_path).outcome
    assert 1000 < outcome.seconds < 1100
    assert (outcome.updates, outcome.lifetimes, outcome.steps) == (20, 60, 300)
    assert outcome.steps_per_second == pytest.approx(300 / outcome.seconds)


@pytest.mark.parametrize(("field", "there"), [("devices", 2), ("platform", "gpu")])
def test_other_devices_cannot_go_on(tmp_path, field, there):
    interrupted(Toy(), tmp_path, update=5)
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: there}))
    with pytest.raises(UserError, match=f"cannot be resumed here: {field} is {there!r} there"):
        train(Toy(), 0, tmp_path, resume=True)


def test_other_versions_go_on_with_a_warning(tmp_path):
    interrupted(Toy(), tmp_path, update=5)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    config["versions"]["jax"] = "0.0.1"
    path.write_text(json.dumps(config))
    with pytest.warns(UserWarning, match=r"versions\.jax is '0\.0\.1' there and '.*' here; the last bits"):
        train(Toy(), 0, tmp_path, resume=True)


def flags(monkeypatch, text: str) -> None:
    """They are only written down: XLA has read its own when the first program was compiled."""
    monkeypatch.setenv("XLA_FLAGS", text)


def test_flags_that_round_otherwise_are_part_of_a_run(tmp_path, monkeypatch):
    flags(monkeypatch, "--xla_cpu_enable_fast_math --xla_dump_to=a")
    interrupted(Toy(), tmp_path, update=5)
    flags(monkeypatch, "")
    said = r"cannot be resumed here: xla_rounding\.xla_cpu_enable_fast_math is 'true' there and None here"
    with pytest.raises(UserError, match=said):
        train(Toy(), 0, tmp_path, resume=True)
    flags(monkeypatch, "--xla_force_host_platform_device_count=4 --xla_cpu_enable_fast_math=1")
    train(Toy(), 0, tmp_path, resume=True)  # without a warning, which would be an error here


def test_of_other_flags_a_run_that_goes_on_warns(tmp_path, monkeypatch):
    flags(monkeypatch, "--xla_cpu_use_fusion_emitters=false --xla_cpu_use_fusion_emitters=true")
    interrupted(Toy(), tmp_path, update=5)
    flags(monkeypatch, "--xla_cpu_multi_thread_eigen=false --xla_cpu_use_fusion_emitters=False")
    with pytest.warns(UserWarning, match=r"xla_cpu_use_fusion_emitters is 'true' there and 'false' here"):
        train(Toy(), 0, tmp_path, resume=True)


def test_a_run_of_an_earlier_version_goes_on_with_any_flags(tmp_path, monkeypatch):
    flags(monkeypatch, "")
    interrupted(Toy(), tmp_path, update=5)
    path = tmp_path / "config.json"
    there = json.loads(path.read_text())
    assert (there.pop("xla_rounding"), there.pop("xla_flags")) == ({}, {})
    path.write_text(json.dumps(there))
    flags(monkeypatch, "--xla_enable_fast_math")
    train(Toy(), 0, tmp_path, resume=True)


def test_flags_may_be_in_a_file(tmp_path, monkeypatch):
    (tmp_path / "flags").write_text("--xla_allow_excess_precision=false\n--xla_dump_to='a b'\n")
    flags(monkeypatch, str(tmp_path / "flags"))
    assert xla_flags()["xla_rounding"] == {"xla_allow_excess_precision": "false"}
    flags(monkeypatch, "nowhere")
    assert xla_flags() == {"xla_rounding": {}, "xla_flags": {}}
