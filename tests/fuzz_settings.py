"""Any value of any type for any field of any settings: accepted and good for use, or refused by name.

`test_fuzz.py` runs this in an interpreter in which no types are checked, as in a user's. By hand, with more
examples: `python tests/fuzz_settings.py 10000`.
"""

import dataclasses
import decimal
import fractions
import inspect
import json
import re
import tempfile
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
from fuzz_values import NUMBERS, VALUES, by_project, examples
from hypothesis import given
from hypothesis import strategies as st

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.agents.given import Given
from prefrontal.disk.serialisation import from_json, settings_of, to_json
from prefrontal.encoders import ENCODERS
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.drawn import Drawn
from prefrontal.growth import ProposedTasks
from prefrontal.learners import (
    A2C,
    DIAYN,
    LEARNERS,
    MAML,
    PPO,
    Evolution,
    Imitation,
    Joint,
    Reptile,
    SoftDIAYN,
)
from prefrontal.learners.outer import OUTERS
from prefrontal.learners.schedules import SCHEDULES, Cosine, Exponential, Linear, Piecewise
from prefrontal.memory import MEMORIES
from prefrontal.policies import POLICIES
from prefrontal.references import REFERENCES
from prefrontal.tasks import DISTRIBUTIONS, Environment, Growing
from prefrontal.tasks.images import IMAGES

CONDITION = Condition("lstm", "LSTM", A2C("bandit-independent"), keep=("units",))
PRESET = Preset((CONDITION,), (ReferencePolicy("ucb1", "UCB1"),), ("bandit-independent",), 1, 100, 1.0)
FOLDER = Path(tempfile.mkdtemp())
# Those that cannot be made without anything, and those that no registry has.
GIVEN = [
    CONDITION,
    PRESET,
    Experiment("name", "title", "question", "source", {"quick": PRESET}),
    ReferencePolicy("ucb1", "UCB1"),
    A2C("bandit-independent"),
    PPO("bandit-independent"),
    Evolution("bandit-independent"),
    Imitation("bandit-independent"),
    *(learner("navigation:episodes=40") for learner in (MAML, Reptile, Joint)),
    *(learner("skills-box") for learner in (DIAYN, SoftDIAYN)),
    ProposedTasks().environment,
    Linear(1, 0),
    Cosine(1, 0),
    Exponential(1, 0.1),
    Piecewise(((0, 1),)),
    Drawn(0.1, 1.0),
    AgentSettings(),
    PerceptSettings(),
    IMAGES["emoji"](fingerprint="0"),
    IMAGES["folder"](folder=FOLDER, fingerprint="0"),
]
REGISTRIES = (MEMORIES, ENCODERS, POLICIES, REFERENCES, LEARNERS, OUTERS, SCHEDULES, DISTRIBUTIONS, IMAGES)


def below(kind: type) -> set[type]:
    return {kind}.union(*(below(one) for one in kind.__subclasses__()))


def everything() -> dict[type, Any]:
    """An instance of every settings class of the project, and of those that are in their fields."""
    found = {type(one): one for one in GIVEN}
    waiting = [one for registry in REGISTRIES for one in below(registry.base)] + list(below(Environment))
    while waiting:
        kind = waiting.pop()
        if (
            not dataclasses.is_dataclass(kind)
            or inspect.isabstract(kind)
            or "prefrontal" not in kind.__module__
            or issubclass(kind, Given | Growing)  # which hold what is no setting
        ):
            continue
        if kind not in found:
            found[kind] = kind()
        for hint in get_type_hints(kind).values():
            waiting += [one for one in (hint, *get_args(hint)) if isinstance(one, type) and one not in found]
    return {kind: one for kind, one in found.items() if dataclasses.fields(kind)}


SETTINGS = everything()
INSIDE = [one for one in SETTINGS.values() if not isinstance(one, Experiment)]
WORDS = sorted({"off", "one-hot", "byte", "rmsprop", "regret", "held-out", *MEMORIES, *DISTRIBUTIONS})
ODD = st.sampled_from(
    [*INSIDE, *SETTINGS, fractions.Fraction(1, 3), decimal.Decimal("0.5"), FOLDER, len, {"quick": PRESET}]
)


@examples(2000)
@given(
    st.sampled_from([(kind, f.name) for kind in SETTINGS for f in dataclasses.fields(kind) if f.init]),
    VALUES | st.sampled_from(WORDS) | ODD | st.lists(NUMBERS | ODD, max_size=3).map(tuple),
)
def test_any_value_is_accepted_and_works_or_is_refused_by_name(which, value):
    kind, field = which
    try:
        made = dataclasses.replace(SETTINGS[kind], **{field: value})
    except ValueError as error:
        refused = error
    else:
        refused = None
        works(kind, made)
    if refused:
        names = "|".join([*(one.name for one in dataclasses.fields(kind)), "font with emoji"])
        assert by_project(refused), f"{kind.__name__}.{field}: {refused!r} is raised inside"
        assert re.search(rf"\b({names})\b", str(refused)), f"{kind.__name__}.{field}: {refused}"
        assert len(str(refused).splitlines()) == 1
        assert len(str(refused)) < 700


def works(kind, made):
    """It hashes, equals itself, and comes back from a file."""
    assert made == made
    if not isinstance(made, Experiment):  # it has a dictionary
        hash(made)
    written = json.loads(json.dumps(to_json(made), allow_nan=False))
    unkept = {
        one.name: getattr(made, one.name) for one in dataclasses.fields(kind) if one not in settings_of(kind)
    }
    back = from_json(kind, written)
    assert dataclasses.replace(back, **{name: getattr(made, name) for name in unkept}) == made


def test_all_settings_are_found():
    """By the count of them, so that one that is not found is missed."""
    names = {kind.__name__ for kind in SETTINGS}
    assert {"A2C", "Linear", "PerceptSettings", "Camera", "HarlowScreen", "StackedLSTMSettings"} <= names
    assert {
        "NewMazeInView",
        "TwoStep",
        "HybridSettings",
        "FolderImages",
        "Preset",
        "BernoulliBandit",
    } <= names
    assert len(SETTINGS) >= 40, sorted(names)


def test_numbers_of_numpy_become_pythons_and_lists_tuples():
    made = A2C("bandit-independent", lifetimes=np.int64(7), trace_decay=np.float32(0.5))
    assert (type(made.lifetimes), type(made.trace_decay)) == (int, float)
    assert MEMORIES.make("stacked-lstm", units=[3, np.int8(4)]).units == (3, 4)


if __name__ == "__main__":
    test_all_settings_are_found()
    test_numbers_of_numpy_become_pythons_and_lists_tuples()
    test_any_value_is_accepted_and_works_or_is_refused_by_name()
    print(f"{len(SETTINGS)} settings: all examples passed")
