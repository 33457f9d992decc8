"""Settings as JSON and back."""

import dataclasses
import json
from typing import Literal

import pytest

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.disk.serialisation import difference, from_json, to_json
from prefrontal.errors import UserError
from prefrontal.learners.a2c import A2CSettings
from prefrontal.learners.schedules import Linear


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
        A2CSettings(discount=Linear(0.8, 1.0), learning_rate=1e-3),
        AgentSettings(PerceptSettings(previous_reward="one-hot", time=False), "none", 7),
    ],
)
def test_settings_come_back(value):
    assert from_json(type(value), json.loads(json.dumps(to_json(value)))) == value


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
        ({"either": "x"}, r"settings\.either is 'x'; it must be null"),
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
