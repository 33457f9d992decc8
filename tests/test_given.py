"""Parts of one's own: objects and settings that nobody registered, in agents, in files, and refused."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toy_tasks import Corridor

from prefrontal.actions import Choice
from prefrontal.affine import Affine
from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.disk.runs import Run, load_agent
from prefrontal.disk.serialisation import from_json, to_json
from prefrontal.encoders import Encoder
from prefrontal.evaluation import evaluate
from prefrontal.experiments.base import Condition
from prefrontal.experiments.controls import without_memory
from prefrontal.learners.a2c import A2C
from prefrontal.memory import GRU, AttentionSettings, Memory, MemorySettings, NoMemory, Parts
from prefrontal.policies import Categorical
from prefrontal.tasks import IndependentArms
from prefrontal.training import train

TASKS = IndependentArms(horizon=5)
KEY = jax.random.key(0)
INPUTS = 4  # of the usual percept on two arms


class Counting(Memory):
    """Counts what it was fed, and squashes it."""

    gain: jax.Array
    size: int = eqx.field(static=True)

    def initial(self, batch=()):
        return jnp.zeros((self.size, *batch))

    def step(self, state, inputs):
        state = state + inputs
        return state, jnp.tanh(self.gain * state), state

    def unroll(self, inputs):
        return jnp.tanh(self.gain * jnp.cumsum(inputs, 0))

    def units(self, residuals):
        return residuals


class Mistaken(Counting):
    """Its size is not that of its output."""

    def initial(self, batch=()):
        return jnp.zeros((INPUTS, *batch))


@dataclasses.dataclass(frozen=True)
class CountingSettings(MemorySettings):
    gain: float = 0.5

    def build(self, parts: Parts, horizon, *, key):
        return Counting(gain=jnp.float32(self.gain), size=parts.size)


class Doubled(Encoder):
    layer: Affine
    size: int = eqx.field(static=True)

    def __call__(self, observation):
        return self.layer(2 * observation)


def a_policy(units: int, actions: int = 2) -> Categorical:
    layer = Affine(units, actions, key=KEY)
    return Categorical(layer.weights, layer.bias, Choice(actions))


def test_objects_are_parts_of_an_agent_as_they_are():
    world, memory, encoder = (
        Corridor(),
        GRU(3 + 2 + 1 + 1, 6, key=KEY),
        Doubled(layer=Affine(2, 3, key=KEY), size=3),
    )
    settings = AgentSettings(memory=memory, encoder=encoder, policy=a_policy(6))
    one, other = (settings.build(world.environment, world.horizon, key=jax.random.key(k)) for k in (0, 1))
    assert one.memory is memory
    assert one.encoder.observer is encoder
    assert eqx.tree_equal(one.policy, other.policy)
    assert not eqx.tree_equal(one.value, other.value)
    assert settings == dataclasses.replace(settings, percept=PerceptSettings())
    assert hash(settings) == hash(dataclasses.replace(settings))
    assert settings != dataclasses.replace(settings, memory=GRU(7, 6, key=KEY))


def learner_of(memory, **changes) -> A2C:
    return A2C(TASKS, AgentSettings(memory=memory), lifetimes=8, microbatch=4, microbatches=1, **changes)


def test_a_run_with_an_object_says_which_it_was_and_is_loaded_by_an_agent_like_it(tmp_path):
    learner = learner_of(Counting(gain=jnp.float32(0.5), size=INPUTS))
    agent = train(learner, 0, tmp_path / "run")
    assert agent.memory.gain != 0.5  # it learns
    assert learner.architecture.memory.part.gain == 0.5
    kept = Run(tmp_path / "run").config["settings"]["architecture"]["memory"]
    assert kept.pop("weights").isalnum()
    assert kept == {"is": "GivenMemory", "of": f"{__name__}.Counting"}
    with pytest.raises(
        ValueError, match=r"files do not store, test_given.Counting.*load_agent\(folder, like=agent\)"
    ):
        load_agent(tmp_path / "run")
    loaded = load_agent(tmp_path / "run", like=learner.agent(learner.init(0)))
    assert eqx.tree_equal(loaded, agent)
    units = evaluate(loaded, TASKS, lifetimes=3, keep=("units",)).units
    assert units is not None
    np.testing.assert_array_equal(units[:, 0], 0)  # before the first action all inputs are zeros
    again = learner_of(Counting(gain=jnp.float32(0.5), size=INPUTS))
    assert eqx.tree_equal(train(again, 0, tmp_path / "run", resume=True), agent)
    with pytest.raises(ValueError, match=r"a run of other settings: settings.architecture.memory.weights"):
        train(learner_of(Counting(gain=jnp.float32(0.4), size=INPUTS)), 0, tmp_path / "run", resume=True)


def test_settings_that_nobody_registered_are_kept_by_their_class(tmp_path):
    learner = learner_of(CountingSettings(0.25))
    written = to_json(learner.architecture)
    assert written["memory"] == {"is": "CountingSettings", "gain": 0.25}
    assert from_json(AgentSettings, written) == learner.architecture
    unknown = written | {"memory": {"is": "MyOwnSettings"}}
    with pytest.raises(
        ValueError, match="memory 'MyOwnSettings', which is not known here; import the module"
    ):
        from_json(AgentSettings, unknown)
    named = dataclasses.replace(learner, tasks="bandit-independent:horizon=5")
    agent = train(named, 0, tmp_path / "run")
    assert eqx.tree_equal(load_agent(tmp_path / "run"), agent)


def test_of_two_classes_of_one_name_the_newest_is_meant():
    @dataclasses.dataclass(frozen=True)
    class CountingSettings(MemorySettings):  # as a notebook's cell that is run again
        def build(self, parts, horizon, *, key):
            raise NotImplementedError

    assert type(from_json(MemorySettings, to_json(CountingSettings()))) is CountingSettings


def test_a_class_that_is_called_like_a_registered_one_is_not_written():
    kind = dataclasses.make_dataclass("gru", [], bases=(CountingSettings,), frozen=True)
    with pytest.raises(ValueError, match=r"the class gru has the name of a registered memory.*rename it"):
        to_json(kind())


def test_the_control_has_as_many_units_as_the_object():
    learner = learner_of(Counting(gain=jnp.float32(0.5), size=INPUTS))
    control = without_memory(Condition("counting", "counting", learner))
    assert control.learner.architecture.memory.units == INPUTS


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"memory": GRU(5, 6, key=KEY)}, "memory prefrontal.memory.gru.GRU does not take the 4 inputs"),
        (
            {"memory": Counting(gain=jnp.float32(1), size=9)},
            "memory test_given.Counting does not take the 4 inputs",
        ),
        (
            {"memory": Mistaken(gain=jnp.float32(1), size=9)},
            r"memory test_given.Mistaken makes \(4,\) of the 4 inputs",
        ),
        (
            {"memory": AttentionSettings(4).build(Parts(observation=4), 3, key=KEY)},
            "Attention lives for 3 steps at most; lifetimes have 5",
        ),
        ({"policy": a_policy(48, actions=3)}, "Categorical is for the actions 3; here they are 2"),
        ({"policy": a_policy(7)}, "Categorical reads 7 units; the memory has 48"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(parts, said):
    with pytest.raises(ValueError, match=said):
        AgentSettings(**parts).build(TASKS.environment, TASKS.horizon, key=KEY)


def test_an_encoder_that_does_not_fit_is_refused():
    settings = AgentSettings(encoder=Doubled(layer=Affine(3, 3, key=KEY), size=3))
    with pytest.raises(ValueError, match=r"encoder test_given.Doubled does not take observations of Box"):
        settings.build(Corridor().environment, 5, key=KEY)


def test_weights_that_no_file_could_hold_are_refused(unchecked):
    with pytest.raises(
        ValueError, match=r"test_given.Counting has the leaf \.gain, 0.5; it must be a jax array"
    ):
        AgentSettings(memory=Counting(gain=0.5, size=INPUTS))
    build = unchecked(AgentSettings.__init__)
    with pytest.raises(ValueError, match="memory is the class NoMemory"):
        build(AgentSettings(), memory=NoMemory)
