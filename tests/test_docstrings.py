"""Every public name, and every public method and property of the seams, says what it is."""

import inspect

import pytest

import prefrontal
from prefrontal.agents import PredictingAgent
from prefrontal.encoders import Encoder
from prefrontal.learners import Learner
from prefrontal.memory import Memory, MemorySettings
from prefrontal.policies import Law, Policy, PolicySettings

SEAMS = (
    prefrontal.Environment,
    prefrontal.TaskDistribution,
    prefrontal.Agent,
    PredictingAgent,
    Encoder,
    Memory,
    MemorySettings,
    Policy,
    PolicySettings,
    Law,
    Learner,
    prefrontal.Records,
)


@pytest.mark.parametrize("name", prefrontal.__all__)
def test_public_names_have_docstrings(name):
    """Of their own: a dataclass without one has its signature in its place."""
    said = getattr(prefrontal, name).__doc__
    assert said
    assert not said.startswith(f"{name}(")


def public(seam: type) -> list[str]:
    """The methods and properties that the class itself defines."""
    kinds = (property, staticmethod, classmethod)
    return [
        name
        for name, value in vars(seam).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or isinstance(value, kinds) or _wraps(value))
    ]


def _wraps(value: object) -> bool:
    """Equinox keeps the methods of its modules in wrappers."""
    return hasattr(value, "method") or hasattr(value, "__wrapped__")


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.__name__)
def test_methods_of_the_seams_have_docstrings(seam):
    assert public(seam) or seam is MemorySettings
    assert [name for name in public(seam) if not (getattr(seam, name).__doc__ or "").strip()] == []
