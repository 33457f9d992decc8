"""Users' errors: each names the field, the value and the rule; an unknown name, the nearest known one."""

import math
import re

import pytest

from prefrontal.agents import PerceptSettings
from prefrontal.checks import check_between, check_integer
from prefrontal.learners.schedules import Linear
from prefrontal.memory import MEMORIES, LSTMSettings, NoMemorySettings, StackedLSTMSettings
from prefrontal.suggest import lookup
from prefrontal.tasks import DependentArms, IndependentArms, InformativeArm, Restless, distribution

KNOWN = {"bandit-independent": 1, "bandit-restless": 2, "lstm": 3}


def message(call, *arguments, **named) -> str:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the message is what the caller tests)
        call(*arguments, **named)
    return str(raised.value)


@pytest.mark.parametrize("value", [1, 2, 7])
def test_a_whole_number_in_range_passes(value):
    check_integer("arms", value, 1, 7)


@pytest.mark.parametrize("value", [0, 8, -1, 2.0, 2.5, math.nan, math.inf, True, "3", None])
def test_anything_else_is_refused_with_field_value_and_rule(value):
    assert message(check_integer, "arms", value, 1, 7) == (
        f"arms is {value!r}; it must be a whole number, from 1 to 7"
    )


def test_a_whole_number_without_an_upper_limit():
    check_integer("horizon", 10**12, 1)
    assert message(check_integer, "horizon", 0, 1) == "horizon is 0; it must be a whole number, at least 1"


@pytest.mark.parametrize("value", [0, 1, 0.0, 1.0, 0.5])
def test_a_number_in_range_passes(value):
    check_between("discount", value, 0.0, 1.0)


@pytest.mark.parametrize("value", [-1e-9, 1.0000001, math.nan, math.inf, -math.inf, True, "0.5", None])
def test_a_number_out_of_range_is_refused(value):
    assert message(check_between, "discount", value, 0.0, 1.0) == (
        f"discount is {value!r}; it must be a number from 0 to 1"
    )


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_no_limit_does_not_mean_infinity(value):
    assert (
        message(check_between, "prize", value, 1.0) == f"prize is {value!r}; it must be a number at least 1"
    )


def test_a_known_name_is_looked_up():
    assert lookup("experiment", "bandit-restless", KNOWN) == 2


def test_a_misspelt_name_is_answered_with_the_nearest():
    assert message(lookup, "memory", "ltsm", KNOWN) == "no memory is called 'ltsm'. Did you mean 'lstm'?"


def test_a_name_like_no_other_is_answered_with_all():
    assert message(lookup, "experiment", "?", KNOWN) == (
        "no experiment is called '?'. Known: bandit-independent, bandit-restless, lstm."
    )


def test_names_of_the_registries():
    assert message(distribution, "bandit-dependant-easy") == (
        "no task distribution is called 'bandit-dependant-easy'. Did you mean 'bandit-dependent-easy'?"
    )
    assert "Did you mean 'lstm'?" in message(MEMORIES.make, "LSTM")


@pytest.mark.parametrize(
    ("make", "wrong", "text"),
    [
        (IndependentArms, {"arms": 1}, "arms is 1; it must be a whole number, at least 2"),
        (IndependentArms, {"horizon": 0}, "horizon is 0; it must be a whole number, at least 1"),
        (IndependentArms, {"a": 0.0}, "a is 0.0; it must be a number from 0.001 to 1000"),
        (IndependentArms, {"b": math.nan}, "b is nan; it must be a number from 0.001 to 1000"),
        (DependentArms, {"better": 0.4}, "better is 0.4; it must be a number from 0.5 to 1"),
        (DependentArms, {"horizon": -3}, "horizon is -3; it must be a whole number, at least 1"),
        (InformativeArm, {"targets": 1}, "targets is 1; it must be a whole number, at least 2"),
        (InformativeArm, {"prize": 0.5}, "prize is 0.5; it must be a number at least 1"),
        (Restless, {"volatilities": (0.1, 1.5)}, "volatilities is 1.5; it must be a number from 0 to 1"),
        (Restless, {"volatilities": ()}, "volatilities is (); it must hold at least one number"),
        (Restless, {"n": 1}, "n is 1; it must be a whole number, at least 2"),
        (LSTMSettings, {"units": 0}, "units is 0; it must be a whole number, at least 1"),
        (NoMemorySettings, {"units": 0}, "units is 0; it must be a whole number, at least 1"),
        (StackedLSTMSettings, {"units": (64, 0)}, "units is 0; it must be a whole number, at least 1"),
        (PerceptSettings, {"time_scale": 0.0}, "time_scale is 0.0; it must be a number from 1e-06 to 1e+09"),
        (
            Linear,
            {"start": 1.0, "end": 0.0, "begin": 0.5, "finish": 0.5},
            "begin is 0.5 and finish 0.5; they must be 0 <= begin < finish <= 1",
        ),
    ],
)
def test_settings_out_of_range(make, wrong, text):
    assert re.fullmatch(re.escape(text), message(make, **wrong))
