"""Names with fields, tags in files, and what is said of mistakes: the same for every registry."""

import dataclasses
import json

import pytest

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.disk.serialisation import from_json, to_json
from prefrontal.encoders import ENCODERS, ConvSettings
from prefrontal.learners import A2C, LEARNERS, Learner
from prefrontal.learners.schedules import Linear
from prefrontal.memory import MEMORIES, LSTMSettings, MemorySettings, StackedLSTMSettings
from prefrontal.policies import POLICIES, GaussianSettings
from prefrontal.tasks import DISTRIBUTIONS, IndependentArms, Maze, Restless, TwoStep, distribution

REGISTRIES = {"memory": MEMORIES, "encoder": ENCODERS, "policy": POLICIES, "task distribution": DISTRIBUTIONS}


def through_json(kind, value):
    return from_json(kind, json.loads(json.dumps(to_json(value))))


@pytest.mark.parametrize(("kind", "registry"), REGISTRIES.items())
def test_every_name_makes_a_thing_of_its_kind(kind, registry):
    assert registry.kind == kind
    for name in registry:
        if name.startswith("harlow-"):  # warns where there is no font
            continue
        thing = registry.make(name)
        assert isinstance(thing, registry.base)
        assert registry.make(thing) is thing
        assert through_json(registry.base, thing) == thing


def test_fields_by_name():
    assert distribution("bandit-independent:arms=10,horizon=500") == IndependentArms(10, 500)
    assert distribution("bandit-restless:volatilities=[0.1,0.2],n=50") == Restless((0.1, 0.2), n=50)
    assert distribution("two-step-2018:common=.75,reversal=1.") == TwoStep(common=0.75, reversal=1.0)
    assert distribution("bandit-restless:volatilities=[.1,-.0,1.]") == Restless((0.1, 0.0, 1.0))
    assert distribution("two-step-2018:reversal=0.1") == TwoStep(common=0.8, reversal=0.1)
    assert distribution("bandit-dependent-easy:better=null").better is None
    assert distribution("maze", horizon=7) == Maze(horizon=7)
    assert distribution("maze:horizon=7", horizon=9) == Maze(horizon=9)
    assert MEMORIES.make("lstm:units=64,forget_bias=2") == LSTMSettings(64, 2.0)
    assert MEMORIES.make("stacked-lstm:units=[3,4]") == StackedLSTMSettings((3, 4))
    assert ENCODERS.make("conv", features=7) == ConvSettings(features=7)
    assert POLICIES.make("gaussian:spread=0.1") == GaussianSettings(0.1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "bandit-independnt",
            "no task distribution is called 'bandit-independnt'. Did you mean 'bandit-independent'?",
        ),
        (
            "bandit-independent:arm=10",
            "no field of 'bandit-independent' is called 'arm'. Did you mean 'arms'?",
        ),
        ("bandit-independent:arms=1", "arms is 1; it must be a whole number, at least 2"),
        ("bandit-independent:arms=two", "arms is 'two'; it must be of type int"),
        ("bandit-independent:horizon=2.5", "horizon is 2.5; it must be of type int"),
        ("bandit-independent:arms=3,=4", "has '=4' after the colon; it must be field=value"),
        ("bandit-independent:arms", "has 'arms' after the colon; it must be field=value"),
        ("bandit-independent:", "has '' after the colon; it must be field=value"),
        ("bandit-independent:arms=2,arms=3", "has 'arms' twice after the colon; it may be given once"),
        ("bandit-restless:volatilities=[2]", "volatilities is 2.0; it must be a number from 0 to 1"),
        ("bandit-independent:photos", "has 'photos' after the colon; it must be field=value, as in bandit"),
    ],
)
def test_mistakes_are_named(text, said):
    with pytest.raises(ValueError, match=r".") as error:
        distribution(text)
    assert said in str(error.value)


def test_what_is_no_name_at_all_is_named():
    with pytest.raises(
        ValueError, match=r"memory is 48; it must be a MemorySettings, or the name of one: lstm"
    ):
        MEMORIES.make(48)
    with pytest.raises(ValueError, match=r"no memory is called 'ltsm'\. Did you mean 'lstm'"):
        AgentSettings(memory="ltsm")


def test_settings_say_what_they_are():
    settings = AgentSettings(PerceptSettings(time=False), "lstm:units=7", ConvSettings((4,), (3,), (1,)))
    written = to_json(settings)
    assert written["memory"] == {"is": "lstm", "units": 7, "forget_bias": 1.0, "recurrent_gain": 1.0}
    assert written["encoder"]["is"] == "conv"
    assert written["policy"] == {"is": "auto"}
    assert through_json(AgentSettings, settings) == settings


def test_a_learner_is_its_own_configuration():
    learner = A2C("bandit-independent", AgentSettings(memory="none"), discount=Linear(0.5, 0.9))
    written = to_json(learner)
    assert (written["is"], written["tasks"]) == ("a2c", "bandit-independent")
    assert "devices" not in written
    assert through_json(Learner, learner) == learner
    on_tasks = dataclasses.replace(learner, tasks=TwoStep(reversal=0.1))
    assert through_json(Learner, on_tasks) == on_tasks
    assert LEARNERS.make("a2c:lifetimes=64", tasks="maze") == A2C("maze", lifetimes=64)


def test_one_of_ones_own_needs_no_registering():
    @dataclasses.dataclass(frozen=True)
    class Own(MemorySettings):
        units: int = 3

        def build(self, parts, horizon, *, key):
            return LSTMSettings(self.units).build(parts, horizon, key=key)

    settings = AgentSettings(memory=Own(4))
    assert to_json(settings)["memory"] == {"is": "Own", "units": 4}
    assert through_json(AgentSettings, settings) == settings


def test_a_file_of_what_is_not_known_here_says_so():
    with pytest.raises(ValueError, match=r"memory is of the memory 'gone', which is not known here; import"):
        from_json(AgentSettings, {"memory": {"is": "gone"}}, "settings")


def test_a_taken_name_is_refused():
    with pytest.raises(ValueError, match="a memory is called 'lstm' already"):
        MEMORIES.add("lstm", LSTMSettings)
