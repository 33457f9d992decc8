"""The driver of trainings: the same weights however it is cut, killed and resumed; and what it refuses."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import toy_learner
from test_checkpoints import assert_same_bits
from toy_learner import Toy

from prefrontal import training
from prefrontal.agents import AgentSettings
from prefrontal.checkpoints import checkpoints, load_latest, load_tree, on_its_own
from prefrontal.errors import BusyError, DamagedFileError, DiskFullError, Failure, NotFiniteError, UserError
from prefrontal.learners.a2c import A2C, A2CSettings
from prefrontal.runs import Run, load_agent
from prefrontal.tasks import IndependentArms
from prefrontal.training import compiled, train

OFTEN = {"checkpoint_seconds": 0.0, "chunk_seconds": 0.0}  # a checkpoint after every update


class Stopped(BaseException):
    """The process ends here."""


def stop_at(update: int):
    """A progress callback that ends the process after so many updates."""

    def progress(now):
        if now.update >= update:
            raise Stopped

    return progress


def interrupted(learner, folder: Path, update: int, **options) -> None:
    with pytest.raises(Stopped):
        train(learner, 0, folder, progress=stop_at(update), **{**OFTEN, **options})


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def assert_each_update_logged_once(folder: Path, updates: int) -> None:
    ranges = [(line["first"], line["last"]) for line in lines(folder)]
    assert [number for first, last in ranges for number in range(first, last + 1)] == list(
        range(1, updates + 1)
    )


def assert_same_run(one: Path, other: Path) -> None:
    assert (one / "agent.safetensors").read_bytes() == (other / "agent.safetensors").read_bytes()
    newest = [checkpoints(folder)[0] for folder in (one, other)]
    assert newest[0].name == newest[1].name
    assert newest[0].read_bytes() == newest[1].read_bytes()


def test_two_runs_are_equal_however_they_are_cut(tmp_path):
    """Compiled anew each time, with chunks of one update and with chunks as long as they can be."""
    agent = train(Toy(50), 0, tmp_path / "a", **OFTEN)
    training._compile_once.cache_clear()
    train(Toy(50), 0, tmp_path / "b", chunk_seconds=100.0)
    assert len(lines(tmp_path / "a")) == 50
    assert [line["last"] for line in lines(tmp_path / "b")] == [1, 5, 21, 50]
    assert_same_run(tmp_path / "a", tmp_path / "b")
    assert_same_bits(
        load_agent(
            tmp_path / "a", like=toy_learner.AGENT.build(IndependentArms().environment, key=jax.random.key(0))
        ),
        agent,
    )


def test_seeds_differ(tmp_path):
    ends = [train(Toy(), seed, tmp_path / str(seed)).policy.weights for seed in (0, 1)]
    assert not np.array_equal(*ends)


def test_the_program_does_what_single_steps_do():
    learner = Toy(updates=4)
    state, sums, start = learner.init(0), 0.0, on_its_own(learner.init(0))
    chunk = compiled(learner)(start, 3)
    for _ in range(3):
        state, metrics = learner.step(state)
        sums += metrics["loss"]
    assert int(chunk.count) == 3
    assert int(chunk.state.update) == 3
    np.testing.assert_allclose(chunk.sums["loss"], sums, rtol=1e-5)
    np.testing.assert_allclose(chunk.last["loss"], metrics["loss"], rtol=1e-5)
    np.testing.assert_allclose(chunk.state.average.policy.weights, state.average.policy.weights, rtol=1e-5)


@dataclasses.dataclass(frozen=True)
class Weighty(Toy):
    """Holds an array, so that it cannot be hashed; one of its state's leaves is weakly typed."""

    weight: Any = dataclasses.field(default_factory=lambda: jnp.ones(2))

    def init(self, seed: int):
        return dataclasses.replace(super().init(seed), half=jnp.asarray(0.5))


def test_learners_that_hold_arrays_train_too(tmp_path):
    agent = train(Weighty(), 0, tmp_path, config={})
    assert_same_bits(train(Weighty(), 0, tmp_path, config={}, resume=True), agent)


def test_metrics_are_means_over_the_chunk(tmp_path):
    told = []
    train(Toy(50), 0, tmp_path, chunk_seconds=100.0, progress=told.append)
    for line, now in zip(lines(tmp_path), told, strict=True):
        assert line["metrics"]["update"] == pytest.approx((line["first"] + line["last"]) / 2)
        assert now.metrics == line["metrics"]
        assert (now.update, now.updates, now.lifetimes, now.steps) == (
            line["last"],
            50,
            3 * now.update,
            15 * now.update,
        )
    assert told[-1].seconds_left == 0
    assert told[0].seconds_left > 0
    assert [now.seconds for now in told] == sorted(now.seconds for now in told)


def test_final_weights_that_were_damaged_are_made_again(tmp_path):
    learner, run = Toy(), tmp_path / "run"
    agent = train(learner, 0, run)
    whole = (run / "agent.safetensors").read_bytes()
    (run / "agent.safetensors").write_bytes(whole[:-7] + b"altered")
    with pytest.raises(DamagedFileError, match=r"agent\.safetensors.*training with --resume makes it again"):
        Run(run).agent(agent)
    with pytest.warns(
        UserWarning, match=r"agent\.safetensors.*it is made again from the newest good checkpoint"
    ):
        assert_same_bits(train(learner, 0, run, resume=True), agent)
    assert (run / "agent.safetensors").read_bytes() == whole


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
    settings = A2CSettings(lifetimes=48, microbatch=4, microbatches=2, optimiser="adam", learning_rate=0.01)
    learner = A2C(IndependentArms(2, horizon=4), AgentSettings(units=3), settings, devices=2)
    train(learner, 0, tmp_path / "whole")
    interrupted(learner, tmp_path / "stopped", update=3)
    train(learner, 0, tmp_path / "stopped", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")


@pytest.mark.parametrize("resumed", [False, True])
@pytest.mark.parametrize(("spoilt", "what"), [("loss", "loss is inf"), ("weights", "the weights are not")])
def test_what_is_not_finite_stops_the_run_and_names_the_update(tmp_path, spoilt, what, resumed):
    learner = Toy(spoilt=spoilt, spoilt_at=13)
    if resumed:
        interrupted(learner, tmp_path, update=11)
    with pytest.raises(NotFiniteError, match=f"not finite at update 13: {what}") as caught:
        train(learner, 0, tmp_path, resume=resumed, **(OFTEN if resumed else {"chunk_seconds": 100.0}))
    assert caught.value.update == 13
    assert isinstance(caught.value, Failure)
    assert not Run(tmp_path).finished
    if resumed:
        assert f"the last good checkpoint is {checkpoints(tmp_path)[0]}" in str(caught.value)
        state = load_latest(tmp_path, learner.init(0))
        assert state is not None
        assert int(state.update) == 12
        assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(state.weights))
    else:
        assert "no checkpoint had been written yet" in str(caught.value)
        assert not checkpoints(tmp_path)


def test_a_damaged_checkpoint_is_passed_over(tmp_path):
    train(Toy(), 0, tmp_path / "whole")
    interrupted(Toy(), tmp_path / "hurt", update=12)
    newest = checkpoints(tmp_path / "hurt")[0]
    newest.write_bytes(newest.read_bytes()[:-1])
    with pytest.warns(
        UserWarning, match=r"checkpoint-0000000011.* going on from the older .*checkpoint-0000000010"
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


def test_a_finished_run_is_returned_at_once(tmp_path, monkeypatch):
    agent = train(Toy(), 0, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    monkeypatch.setattr(training, "compiled", None)
    monkeypatch.setattr(training, "machine", lambda: {"platform": "gpu", "device": "other", "versions": {}})
    again = train(Toy(), 0, tmp_path, resume=True)
    assert_same_bits(again, agent)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_run_is_not_overwritten(tmp_path):
    interrupted(Toy(), tmp_path, update=5)
    with pytest.raises(UserError, match="already holds this run; go on with --resume"):
        train(Toy(), 0, tmp_path)


@pytest.mark.parametrize(
    ("changes", "seed", "message"),
    [
        ({"config": {"agent": {"units": 3}, "lr": 0.1}}, 0, r"settings\.agent\.units is 2 there and 3 here"),
        ({"config": {"agent": {"units": 2}, "lr": 0.2}}, 0, r"settings\.lr is 0\.1 there and 0\.2 here"),
        ({"config": {"agent": {"units": 2}}}, 0, r"settings\.lr is 0\.1 there and None here"),
        ({}, 1, "seed is 0 there and 1 here"),
        ({"updates": 21}, 0, "updates is 20 there and 21 here"),
    ],
)
@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_of_other_settings_is_refused(tmp_path, changes, seed, message, resume):
    config = {"agent": {"units": 2}, "lr": 0.1}
    interrupted(Toy(), tmp_path, update=5, config=config)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(UserError, match=f"holds a run of other settings: {message}"):
        train(
            Toy(changes.get("updates", 20)),
            seed,
            tmp_path,
            config=changes.get("config", config),
            resume=resume,
        )
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_without_a_config_the_learner_is_the_config(tmp_path):
    interrupted(Toy(rate=3.8), tmp_path, update=5)
    assert Run(tmp_path).config["settings"]["is"] == "Toy"
    with pytest.raises(UserError, match=r"settings\.rate is 3\.8 there and 3\.9 here"):
        train(Toy(), 0, tmp_path, resume=True)


@pytest.mark.parametrize(("field", "there"), [("devices", 2), ("platform", "gpu")])
def test_other_devices_cannot_go_on(tmp_path, field, there):
    interrupted(Toy(), tmp_path, update=5)
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: there}))
    with pytest.raises(UserError, match=f"cannot go on here: {field} is {there!r} there"):
        train(Toy(), 0, tmp_path, resume=True)


def test_other_versions_go_on_with_a_warning(tmp_path):
    interrupted(Toy(), tmp_path, update=5)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text())
    config["versions"]["jax"] = "0.0.1"
    path.write_text(json.dumps(config))
    with pytest.warns(UserWarning, match=r"versions\.jax is '0\.0\.1' there and '.*' here; the last bits"):
        train(Toy(), 0, tmp_path, resume=True)


def test_folders_that_hold_something_else_are_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(UserError, match="is not empty and holds no run"):
        train(Toy(), 0, tmp_path)
    (tmp_path / "thesis.tex").rename(tmp_path / "config.json")
    with pytest.raises(DamagedFileError, match=r"config\.json is damaged: it is not JSON"):
        train(Toy(), 0, tmp_path)


def test_two_processes_cannot_train_in_one_folder(tmp_path):
    def progress(_):
        train(Toy(), 0, tmp_path, resume=True)

    with pytest.raises(BusyError, match="another process is training in"):
        train(Toy(), 0, tmp_path, progress=progress)


@dataclasses.dataclass(frozen=True)
class Uncounted(Toy):
    def step(self, state):
        after, metrics = super().step(state)
        return dataclasses.replace(after, update=state.update), metrics


@dataclasses.dataclass(frozen=True)
class Unreduced(Toy):
    def step(self, state):
        state, metrics = super().step(state)
        return state, {**metrics, "losses": jnp.zeros(3)}


@pytest.mark.parametrize(
    ("learner", "message"),
    [
        (Uncounted(), "after 1 updates Uncounted's state.update is 0"),
        (Unreduced(), r"the metric 'losses' has the shape \(3,\); it must be a scalar"),
    ],
)
def test_learners_that_break_their_promises_are_told(tmp_path, learner, message):
    with pytest.raises(ValueError, match=message):
        train(learner, 0, tmp_path)


def test_memory_does_not_grow_with_updates(tmp_path):
    sizes = []
    count = lambda _: sizes.append(sum(array.nbytes for array in jax.live_arrays()))  # noqa: E731
    train(Toy(200), 0, tmp_path, progress=count, checkpoint_seconds=100.0, chunk_seconds=0.0)
    assert len(sizes) == 200
    assert sizes[-1] == sizes[2]


def test_the_agent_of_a_registered_distribution_needs_only_its_folder(tmp_path):
    config = {
        "distribution": "bandit-independent",
        "agent": dataclasses.asdict(toy_learner.AGENT),
        "label": "x",
    }
    agent = train(Toy(), 0, tmp_path, config=config)
    assert_same_bits(load_agent(tmp_path), agent)
    assert_same_bits(load_tree(tmp_path / "agent.safetensors", agent, kind="agent"), agent)


def test_agents_that_cannot_be_had_are_explained(tmp_path):
    with pytest.raises(UserError, match=r"holds no run: there is no config\.json"):
        load_agent(tmp_path)
    interrupted(Toy(), tmp_path, update=5)
    with pytest.raises(UserError, match="do not name agent and distribution"):
        load_agent(tmp_path)
    with pytest.raises(UserError, match="it is not finished; go on with --resume"):
        load_agent(tmp_path, like=Toy().agent(Toy().init(0)))
    with pytest.raises(UserError, match="is not finished"):
        _ = Run(tmp_path).outcome
