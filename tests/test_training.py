"""The driver of trainings: the same weights however they are cut into chunks; and what it refuses."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import toy_learner
from test_checkpoints import assert_same_bits
from toy_learner import Toy
from toy_runs import OFTEN, assert_same_run, interrupted, lines

from prefrontal import training
from prefrontal.disk.checkpoints import checkpoints, load_latest, load_tree, on_its_own
from prefrontal.disk.runs import Run, load_agent
from prefrontal.errors import BusyError, DamagedFileError, Failure, NotFiniteError, UserError
from prefrontal.learners.base import Learner
from prefrontal.tasks import IndependentArms
from prefrontal.training import compiled, train


def test_two_runs_are_equal_however_they_are_cut(tmp_path):
    """Compiled anew each time, with chunks of one update and with chunks as long as they can be."""
    agent = train(Toy(50), 0, tmp_path / "a", **OFTEN)
    training._compile_once.cache_clear()
    train(Toy(50), 0, tmp_path / "b", chunk_seconds=100.0)
    assert len(lines(tmp_path / "a")) == 50
    assert [line["last"] for line in lines(tmp_path / "b")] == [1, 5, 21, 50]
    assert_same_run(tmp_path / "a", tmp_path / "b")
    like = toy_learner.AGENT.build(IndependentArms().environment, Toy().horizon, key=jax.random.key(0))
    assert_same_bits(load_agent(tmp_path / "a", like=like), agent)


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


def test_an_update_is_traced_once_for_its_program(monkeypatch):
    traced = []
    monkeypatch.setattr(Toy, "step", lambda self, state: traced.append(self) or Learner.step(self, state))
    training._compile(Toy())
    assert traced == [Toy()]


@dataclasses.dataclass(frozen=True)
class Weighty(Toy):
    """Holds an array, so that it cannot be hashed; one of its state's leaves is weakly typed."""

    weight: Any = dataclasses.field(default_factory=lambda: jnp.ones(2))

    def init(self, seed: int, agent=None):
        return dataclasses.replace(super().init(seed, agent), half=jnp.asarray(0.5))


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
        assert "there is no good checkpoint" in str(caught.value)
        assert not checkpoints(tmp_path)


def test_what_is_not_finite_names_a_checkpoint_that_loads(tmp_path, monkeypatch):
    """The newest is cut short and the one before it altered while the run goes on."""
    save = training.save_checkpoint

    def save_and_harm(folder, state):
        path = save(folder, state)
        if int(state.update) >= 11:
            data = path.read_bytes()
            path.write_bytes(data[:-3] + b"abc" if int(state.update) == 11 else data[:-1])

    monkeypatch.setattr(training, "save_checkpoint", save_and_harm)
    with pytest.raises(NotFiniteError) as caught:
        train(Toy(spoilt="loss", spoilt_at=13), 0, tmp_path, **OFTEN)
    assert caught.value.kept == checkpoints(tmp_path)[2]
    with pytest.warns(UserWarning, match="continuing from the older"):
        assert int(load_latest(tmp_path, Toy().init(0)).update) == int(caught.value.kept.name[11:21])


def test_a_finished_run_is_returned_at_once(tmp_path, monkeypatch):
    agent = train(Toy(), 0, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    monkeypatch.setattr(training, "compiled", None)
    flags = {"xla_rounding": {"xla_enable_fast_math": "true"}, "xla_flags": {}}
    elsewhere = {"platform": "gpu", "device": "other", "versions": {}, "jax": {}, **flags}
    monkeypatch.setattr(training, "begun_with", lambda: elsewhere)
    again = train(Toy(), 0, tmp_path, resume=True)
    assert_same_bits(again, agent)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_run_is_not_overwritten(tmp_path):
    interrupted(Toy(), tmp_path, update=5)
    with pytest.raises(UserError, match="already holds this run; continue it with --resume"):
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


def test_folders_that_hold_something_else_are_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(UserError, match="is not empty and holds no run"):
        train(Toy(), 0, tmp_path)
    (tmp_path / ".git").mkdir()
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
    def learn(self, state, tasks):
        after, metrics = super().learn(state, tasks)
        return dataclasses.replace(after, update=state.update), metrics


@dataclasses.dataclass(frozen=True)
class Unreduced(Toy):
    def learn(self, state, tasks):
        state, metrics = super().learn(state, tasks)
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


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("tasks", [IndependentArms(horizon=5), "bandit-independent:horizon=5"])
def test_an_agent_whose_settings_say_which_learner_it_was_needs_only_its_folder(tmp_path, tasks, within):
    """The learner's own settings, or those of an experiment's condition, which hold them."""
    learner = Toy(tasks=tasks)
    config = {"learner": learner, "label": "x"} if within else None
    agent = train(learner, 0, tmp_path, config=config)
    assert_same_bits(load_agent(tmp_path), agent)
    assert_same_bits(load_tree(tmp_path / "agent.safetensors", agent, kind="agent"), agent)


def test_an_agent_of_the_version_before_needs_only_its_folder(tmp_path):
    """It named the distribution and had the agent's parts beside it, time in units of 100 steps."""
    percept = {"previous_reward": "scalar", "time": True, "time_scale": 100.0}
    config = {
        "distribution": "bandit-independent",
        "agent": {"percept": percept, "memory": "lstm", "units": 2, "encoder": "auto", "start": None},
        "label": "x",
    }
    agent = train(Toy(tasks=IndependentArms()), 0, tmp_path, config=config)
    again = load_agent(tmp_path)
    assert_same_bits(jax.tree.leaves(again), jax.tree.leaves(agent))
    assert again.encoder.time_scale == agent.encoder.time_scale == 100.0


def test_agents_that_cannot_be_had_are_explained(tmp_path):
    with pytest.raises(UserError, match=r"holds no run: there is no config\.json"):
        load_agent(tmp_path)
    interrupted(Toy(), tmp_path, update=5, config={"label": "x"})
    with pytest.raises(UserError, match="do not say which learner it was; pass `like`, an agent like it"):
        load_agent(tmp_path)
    with pytest.raises(UserError, match="it is not finished; continue it with --resume"):
        load_agent(tmp_path, like=Toy().agent(Toy().init(0)))
    with pytest.raises(UserError, match="is not finished"):
        _ = Run(tmp_path).outcome


def test_a_training_is_compiled_also_where_jax_compiles_nothing(tmp_path):
    """Before, it ended in an error from inside JAX under JAX_DISABLE_JIT=1."""
    compiled = train(Toy(updates=3), 0, tmp_path / "compiled")
    with jax.disable_jit():
        again = train(Toy(updates=3), 0, tmp_path / "again")
    assert jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), compiled, again))
