"""Settings as JSON and back."""

import dataclasses
import json
from typing import Literal

import pytest

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.disk.serialisation import difference, from_json, to_json
from prefrontal.errors import UserError
from prefrontal.learners import A2C, Learner
from prefrontal.learners.schedules import Linear
from prefrontal.memory import NoMemorySettings
from prefrontal.tasks import Restless


@dataclasses.dataclass(frozen=True)
class Inner:
    rate: float


@dataclasses.dataclass(frozen=True)
class Outer:
    count: int
    inner: Inner
    names: tuple[str, ...] = ()
    pair: tuple[int, float] = (1, 2.0)
    either: float | Inner | None = None
    word: Literal["a", "b"] = "a"
    table: dict[str, Inner] = dataclasses.field(default_factory=dict)


@pytest.mark.parametrize(
    "value",
    [
        Outer(3, Inner(0.5), ("x", "y"), (4, 0.25), Inner(1.0), "b", {"k": Inner(2.0)}),
        Outer(3, Inner(0.5), either=0.125),
        A2C("bandit-restless", discount=Linear(0.8, 1.0), learning_rate=1e-3),
        A2C(Restless(volatilities=(0.1, 0.2)), AgentSettings(memory="stacked-lstm")),
        AgentSettings(PerceptSettings(previous_reward="one-hot", time=False), NoMemorySettings(7)),
    ],
)
def test_settings_come_back(value):
    assert from_json(type(value), json.loads(json.dumps(to_json(value)))) == value


def test_a_learner_comes_back_from_json_that_says_which_it_is():
    """On how many devices it runs is no setting of it."""
    learner = A2C(Restless(horizon=7), AgentSettings(memory=NoMemorySettings(3)), lifetimes=64)
    written = json.loads(json.dumps(to_json(dataclasses.replace(learner, devices=2))))
    assert (written["is"], written["tasks"]["is"]) == ("a2c", "Restless")
    assert written["architecture"]["memory"] == {"is": "none", "units": 3}
    assert "devices" not in written
    assert from_json(Learner, written) == learner


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"is": "a3c"}, "learner is of the learner 'a3c', which is not known here; import the module that"),
        ({"tasks": {"is": "Bandits"}}, "tasks is of the task distribution 'Bandits', which is not known"),
        ({"architecture": {"memory": {"is": "lstm", "unit": 3}}}, "Did you mean 'units'"),
        ({"architecture": {"memory": {"is": "lstm", "units": 0}}}, "units is 0; it must be a whole number"),
        ({"devices": 2}, r"no field of learner is called 'devices'"),
    ],
)
def test_what_json_says_a_learner_is_must_be_known(changes, message):
    with pytest.raises(ValueError, match=message):
        from_json(Learner, to_json(A2C("bandit-restless")) | changes, "learner")


GOOD = {"count": 3, "inner": {"rate": 0.5}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cuont": 3}, r"no field of settings is called 'cuont'\. Did you mean 'count'\?"),
        ({"count": 3.5}, r"settings\.count is 3\.5; it must be of type int"),
        ({"count": True}, r"settings\.count is True; it must be of type int"),
        ({"inner": 3}, r"settings\.inner is 3; it must be the settings of Inner"),
        ({"inner": {"rate": "fast"}}, r"settings\.inner\.rate is 'fast'; it must be of type float"),
        ({"inner": {}}, r"settings\.inner lacks rate; Inner needs it"),
        ({"names": ["a", 3]}, r"settings\.names\[1\] is 3; it must be of type str"),
        ({"names": "ab"}, r"settings\.names is 'ab'; it must be an array"),
        ({"pair": [1]}, r"settings\.pair is \[1\]; it must be an array of 2"),
        ({"word": "c"}, r"settings\.word is 'c'; it must be one of 'a', 'b'"),
        ({"either": "x"}, r"settings\.either is 'x'; it must be the settings of Inner"),
        ({"table": []}, r"settings\.table is \[\]; it must be an object"),
    ],
)
def test_wrong_settings_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        from_json(Outer, {**GOOD, **changes})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), 1j])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(UserError, match=r"settings\.a\[0\] is .*; only finite numbers"):
        to_json({"a": [value]})


@pytest.mark.parametrize(
    ("here", "found"),
    [
        ({"a": {"b": [1, 2]}}, None),
        ({"a": {"b": [1, 3]}}, ("s.a.b[1]", 2, 3)),
        ({"a": {"b": [1]}}, ("s.a.b", [1, 2], [1])),
        ({"a": {"b": [1, 2], "c": 0}}, ("s.a.c", None, 0)),
        ({"a": {}}, ("s.a.b", [1, 2], None)),
        ({"a": {"b": [True, 2]}}, ("s.a.b[0]", 1, True)),
    ],
)
def test_the_first_difference_is_found(here, found):
    assert difference({"a": {"b": [1, 2]}}, here, "s") == found
