"""Frozen agents on held-out tasks."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toy_tasks import Corridor

from prefrontal import evaluation
from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.disk import growing, storage
from prefrontal.disk.records import Records, arrays_of
from prefrontal.errors import UserError
from prefrontal.evaluation import evaluate, task_fields
from prefrontal.memory import LSTMSettings, NoMemorySettings
from prefrontal.references import reference
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import BanditTask, DependentArms, HiddenTarget, IndependentArms, InformativeArm

TASKS = IndependentArms(horizon=6)


@pytest.fixture(scope="module")
def agent():
    settings = AgentSettings(memory=LSTMSettings(5))
    return settings.build(TASKS.environment, TASKS.horizon, key=jax.random.key(3))


def same(a, b) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("action", "reward", "alive"))


def test_records_are_the_rollout_of_the_validation_stream_unless_another_is_asked_for(agent):
    records = evaluate(agent, TASKS, lifetimes=7, seed=2)
    tasks, lived = rollout(agent, TASKS, lifetime_keys("validation", 2, jnp.arange(7)))
    np.testing.assert_array_equal(records.action, lived.action.T)
    np.testing.assert_array_equal(records.reward, lived.reward.T)
    np.testing.assert_array_equal(records.task["probabilities"], tasks.probabilities.T)
    best = np.asarray(tasks.probabilities).max(axis=0)
    regret = (best - np.asarray(lived.expected_reward)).sum(axis=0)
    np.testing.assert_allclose(records.regret[:, -1], regret, atol=1e-5)
    assert records.split == "validation"
    tasks, _ = rollout(agent, TASKS, lifetime_keys("test", 2, jnp.arange(7)))
    tested = evaluate(agent, TASKS, lifetimes=7, seed=2, split="test")
    np.testing.assert_array_equal(tested.task["probabilities"], tasks.probabilities.T)


def test_how_it_is_cut_into_batches_changes_nothing(agent, monkeypatch):
    whole = evaluate(agent, TASKS, lifetimes=10)
    monkeypatch.setattr(evaluation, "BATCH", 4)
    assert same(evaluate(agent, TASKS, lifetimes=10), whole)


def test_a_batch_stays_within_the_bytes_whatever_the_agent_keeps(agent, monkeypatch):
    """A step of the LSTM leaves seven arrays of its units, wanted for its units and values only."""
    lived = []
    whole = evaluate(agent, TASKS, lifetimes=10, keep=("units", "state"))
    one = sum(
        np.asarray(leaf).nbytes
        for leaf in jax.tree.leaves(rollout(agent, TASKS, lifetime_keys("validation", 0, jnp.arange(1))))
    )
    columns = evaluation._columns
    monkeypatch.setattr(evaluation, "_columns", lambda *given: lived.append(given[2]) or columns(*given))
    monkeypatch.setattr(evaluation, "BYTES", 4 * one)
    cut = evaluate(agent, TASKS, lifetimes=10, keep=("units", "state"))
    assert [batch.reward.shape[-1] for batch in lived] == [4, 4, 2]
    assert same(cut, whole)
    np.testing.assert_allclose(cut.units, whole.units, atol=1e-6)
    lived.clear()
    assert same(evaluate(agent, TASKS, lifetimes=10), whole)
    assert [(batch.reward.shape[-1], batch.residuals) for batch in lived] == [(10, None)]


def test_records_written_while_they_are_made_are_those_in_memory(agent, monkeypatch, tmp_path):
    """Whether a file is read whole, or is so large that its arrays stay there until they are used."""
    monkeypatch.setattr(evaluation, "BATCH", 4)
    keep = ("units", "value", "logits", "observation")
    whole = evaluate(agent, TASKS, lifetimes=10, keep=keep)
    read = evaluate(agent, TASKS, lifetimes=10, keep=keep, path=tmp_path / "records.safetensors")
    monkeypatch.setattr(storage, "MAPPED", 0)
    mapped = evaluate(agent, TASKS, lifetimes=10, keep=keep, path=str(tmp_path / "records.safetensors"))
    assert mapped.units is not None
    assert mapped.units.base is not None
    assert not mapped.units.flags.writeable
    for records in (read, mapped):
        assert (records.policy, records.distribution, records.horizon) == ("agent", "IndependentArms", 6)
        arrays = arrays_of(records)
        assert arrays.keys() == arrays_of(whole).keys()
        for name, array in arrays_of(whole).items():
            np.testing.assert_array_equal(arrays[name], array)
            assert arrays[name].dtype == array.dtype
    assert [path.name for path in tmp_path.iterdir()] == ["records.safetensors"]


def test_what_does_not_fit_into_memory_is_refused_and_can_be_written_to_a_file(agent, monkeypatch, tmp_path):
    monkeypatch.setattr(growing, "usable_ram", lambda: 7 * 6 * 5 * 4)
    with pytest.raises(
        UserError, match=r"records of 7 lifetimes take .* GiB .*; keep less, .* or name a file"
    ):
        evaluate(agent, TASKS, lifetimes=7, keep=("units",))
    path = tmp_path / "records.safetensors"
    assert evaluate(agent, TASKS, lifetimes=7, keep=("units",), path=path).units is not None
    with pytest.raises(UserError, match="there is no folder"):
        evaluate(agent, TASKS, lifetimes=7, path=tmp_path / "none" / "records.safetensors")


def test_an_evaluation_that_fails_leaves_the_file_that_was_there(agent, monkeypatch, tmp_path):
    monkeypatch.setattr(evaluation, "BATCH", 4)
    path = tmp_path / "records.safetensors"
    path.write_text("another")
    lived = []
    check = evaluation._check_world
    monkeypatch.setattr(
        evaluation,
        "_check_world",
        lambda *given: lived.append(given) or check(*given) or 1 / (2 - len(lived)),
    )
    with pytest.raises(ZeroDivisionError):
        evaluate(agent, TASKS, lifetimes=10, path=path)
    assert [one.read_text() for one in tmp_path.iterdir()] == ["another"]


def test_one_program_lives_in_all_distributions_of_an_environment(agent, monkeypatch):
    traced, lives = [], evaluation.live
    monkeypatch.setattr(evaluation, "live", lambda *given: traced.append(given) or lives(*given))
    for better in (0.9, 0.6):
        evaluate(agent, DependentArms(better, horizon=7), lifetimes=9)
    assert len(traced) == 1


def test_fewer_lifetimes_are_the_first_of_more(agent):
    few, many = (evaluate(agent, TASKS, lifetimes=n) for n in (3, 8))
    np.testing.assert_array_equal(few.action, many.action[:3])


def test_every_policy_meets_the_same_tasks(agent):
    others = (agent, reference("thompson", TASKS), reference("random", TASKS))
    tasks = [evaluate(one, TASKS, lifetimes=5).task["probabilities"] for one in others]
    for task in tasks[1:]:
        np.testing.assert_array_equal(task, tasks[0])


@pytest.mark.parametrize("other", [{"seed": 1}, {"split": "train"}, {"split": "test"}, {"split": "outside"}])
def test_other_seeds_and_splits_are_other_tasks(agent, other):
    first, second = evaluate(agent, TASKS, lifetimes=50), evaluate(agent, TASKS, lifetimes=50, **other)
    shared = np.isin(first.task["probabilities"], second.task["probabilities"])
    assert not shared.any()


def test_outside_is_another_distribution():
    records = evaluate(reference("random", InformativeArm()), InformativeArm(), lifetimes=20, split="outside")
    assert records.split == "outside"
    np.testing.assert_array_equal(records.task["code"], 9 - records.task["target"])


def test_units_are_the_hidden_states_recomputed(agent):
    records = evaluate(agent, TASKS, lifetimes=4, keep=("units",))
    _, lived = rollout(agent, TASKS, lifetime_keys("validation", 0, jnp.arange(4)))
    again = agent.memory.unroll(jax.vmap(agent.encoder)(lived.percept))
    assert records.units is not None
    np.testing.assert_allclose(records.units, np.moveaxis(np.asarray(again), -1, 0), atol=1e-6)


def test_every_unit_of_the_control_is_recorded_too():
    settings = AgentSettings(PerceptSettings(time=False), NoMemorySettings(3))
    control = settings.build(TASKS.environment, TASKS.horizon, key=jax.random.key(0))
    records = evaluate(control, TASKS, lifetimes=4, keep=("units",))
    assert records.units is not None
    assert records.units.shape == (4, 6, 3)


def test_weights_are_frozen(agent):
    before = jax.tree.map(jnp.copy, agent)
    evaluate(agent, TASKS, lifetimes=3)
    assert jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), before, agent))


def test_an_agent_may_live_longer_than_it_was_trained(agent):
    assert evaluate(agent, IndependentArms(horizon=9), lifetimes=2).action.shape == (2, 9)


def test_units_of_a_reference_are_refused():
    with pytest.raises(ValueError, match="units can be recorded of a trained agent only, not of Thompson"):
        evaluate(reference("thompson", TASKS), TASKS, lifetimes=2, keep=("units",))


@pytest.mark.parametrize("split", ["weights", "tset"])
def test_an_unknown_split_and_an_inner_stream_are_refused(agent, split, unchecked):
    with pytest.raises(ValueError, match=r"it must be one of train, validation, test, outside$"):
        unchecked(evaluate)(agent, TASKS, lifetimes=2, split=split)


def test_no_lifetimes_are_refused(agent):
    with pytest.raises(ValueError, match="lifetimes is 0; it must be a whole number, from 1 to"):
        evaluate(agent, TASKS, lifetimes=0)


def test_fields_of_any_task_have_names():
    assert set(task_fields({"goal": jnp.zeros(2), "maze": (jnp.ones(1), jnp.ones(1))})) == {
        "goal",
        "maze.0",
        "maze.1",
    }
    assert set(task_fields(jnp.zeros(2))) == {"task"}


def test_what_is_kept_is_what_the_agent_saw_thought_and_met():
    world = Corridor()
    settings = AgentSettings(memory=LSTMSettings(4))
    walker = settings.build(world.environment, world.horizon, key=jax.random.key(1))
    records = evaluate(walker, world, lifetimes=5, keep=("value", "observation", "state"))
    _, lived = rollout(walker, world, lifetime_keys("validation", 0, jnp.arange(5)), states=True)
    np.testing.assert_allclose(records.observation, np.moveaxis(lived.percept.observation, -1, 0))
    np.testing.assert_allclose(records.value, walker.replay(lived).value.T, atol=1e-6)
    np.testing.assert_array_equal(records.state["place"], lived.state.place.T)
    # The state is that before the step: it is what is observed then.
    np.testing.assert_allclose(records.state["place"] / 4, records.observation[:, :, 0], atol=1e-6)


def test_only_what_can_be_kept_is(agent):
    with pytest.raises(ValueError, match="value can be recorded of a trained agent only"):
        evaluate(reference("thompson", TASKS), TASKS, lifetimes=2, keep=("value",))
    assert evaluate(agent, TASKS, lifetimes=2).state == {}


@dataclasses.dataclass(frozen=True)
class Pool(IndependentArms):
    """Bandits whose arms are of a finite pool; the held-out ones are below a half."""

    low: float = 0.5

    def sample(self, key):
        task = super().sample(key)
        return BanditTask(self.low + task.probabilities / 2)

    def held_out(self):
        return dataclasses.replace(self, low=0.0)


def test_tests_are_on_the_held_out_part_of_a_pool(agent):
    world = Pool(horizon=3)
    tuned, tested, trained = (
        evaluate(agent, world, lifetimes=20, split=split) for split in ("validation", "test", "train")
    )
    assert tuned.task["probabilities"].max() < 0.5
    assert tested.task["probabilities"].max() < 0.5 < trained.task["probabilities"].min()


def test_a_batch_is_no_larger_than_memory_allows(monkeypatch):
    settings, world = AgentSettings(memory=LSTMSettings(4)), Corridor()
    walker = settings.build(world.environment, world.horizon, key=jax.random.key(1))
    whole = evaluate(walker, world, lifetimes=10)
    tasks, lived = jax.eval_shape(
        lambda: rollout(walker, world, lifetime_keys("validation", 0, jnp.arange(1)))
    )
    one = sum(
        leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves((tasks, lived._replace(residuals=None)))
    )
    monkeypatch.setattr(evaluation, "BYTES", 3 * one)
    assert evaluation._batch(walker, world, (), 10) == 3
    assert same(evaluate(walker, Corridor(), lifetimes=10), whole)


def test_the_law_is_the_one_that_the_actions_were_drawn_from(agent):
    records = evaluate(agent, TASKS, lifetimes=4, keep=("logits",))
    _, lived = rollout(agent, TASKS, lifetime_keys("validation", 0, jnp.arange(4)))
    logits = np.moveaxis(np.asarray(agent.replay(lived).law.logits), -1, 0)
    assert list(records.law) == ["logits"]
    assert records.logits.shape == (4, TASKS.horizon, 2)
    np.testing.assert_allclose(records.logits, logits, atol=1e-6)
    assert (records.value, records.units) == (None, None)
    whole = evaluate(agent, TASKS, lifetimes=4, keep=["law", "value"])
    np.testing.assert_array_equal(whole.logits, records.logits)
    assert whole.value is not None
    without = evaluate(agent, TASKS, lifetimes=2)
    with pytest.raises(ValueError, match="these records have no logits"):
        _ = without.logits


def test_a_law_has_columns_by_the_names_of_its_parameters(tmp_path):
    world = HiddenTarget(horizon=5)
    walker = AgentSettings(memory=LSTMSettings(3)).build(world.environment, 5, key=jax.random.key(0))
    records = evaluate(walker, world, lifetimes=4, keep=("law",))
    _, lived = rollout(walker, world, lifetime_keys("validation", 0, jnp.arange(4)))
    law = walker.replay(lived).law
    assert {name: values.shape for name, values in records.law.items()} == {
        "mean": (4, 5, 1),
        "log_deviation": (4, 5, 1),
    }
    np.testing.assert_allclose(records.law["mean"], np.moveaxis(law.mean, -1, 0), atol=1e-6)
    records.save(tmp_path / "law.safetensors")
    again = Records.load(tmp_path / "law.safetensors")
    for name, values in records.law.items():
        np.testing.assert_array_equal(again.law[name], values)


def test_logits_that_there_are_not_are_refused_before_anything_is_lived(monkeypatch):
    world = HiddenTarget(horizon=5)
    walker = AgentSettings(memory=LSTMSettings(3)).build(world.environment, 5, key=jax.random.key(0))
    monkeypatch.setattr(evaluation, "_columns", None)
    with pytest.raises(ValueError, match=r"keep has 'logits', .* has mean, log_deviation: keep 'law'"):
        evaluate(walker, world, lifetimes=2, keep=("logits",))
    with pytest.raises(ValueError, match="logits can be recorded of a trained agent only, not of Thompson"):
        evaluate(reference("thompson", TASKS), TASKS, lifetimes=2, keep=("logits",))
