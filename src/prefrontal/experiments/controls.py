"""The same training with one part taken away."""

import dataclasses
from typing import Any

from prefrontal.agents import AgentSettings
from prefrontal.experiments.base import Condition, ReferencePolicy, changed
from prefrontal.memory import NoMemorySettings

BANDIT_REFERENCES = (
    ReferencePolicy("bayes-optimal", "bayes-optimal"),
    ReferencePolicy("gittins", "gittins"),
    ReferencePolicy("thompson", "thompson"),
    ReferencePolicy("ucb1", "ucb1"),
    ReferencePolicy("epsilon-greedy", "epsilon-greedy"),
    ReferencePolicy("greedy", "greedy"),
    ReferencePolicy("win-stay-lose-shift", "win-stay-lose-shift"),
    ReferencePolicy("rescorla-wagner", "rescorla-wagner"),
    ReferencePolicy("random", "random"),
)


def controls(condition: Condition) -> tuple[Condition, ...]:
    """No memory, no reward input, no time input.

    Each the whole training of `condition` but for that one part; nothing of it is kept at length.
    """
    return (without_memory(condition), without_reward(condition), without_time(condition))


def without_memory(condition: Condition) -> Condition:
    """One layer that keeps nothing, with as many units as the memory's output has."""
    architecture = _architecture(condition)
    units = getattr(architecture.memory, "units", 48)
    blank = NoMemorySettings(units[-1] if isinstance(units, tuple) else units)
    return _control(condition, "no-memory", "no memory", dataclasses.replace(architecture, memory=blank))


def without_reward(condition: Condition) -> Condition:
    """No reward input, and the rest of the training as it is."""
    return _control(
        condition, "no-reward", "no reward input", _with_percept(condition, previous_reward="off")
    )


def without_time(condition: Condition) -> Condition:
    """No time input, and the rest of the training as it is."""
    return _control(condition, "no-time", "no time input", _with_percept(condition, time=False))


def _control(condition: Condition, name: str, label: str, architecture: AgentSettings) -> Condition:
    prefix = "" if condition.name == "lstm" else f"{condition.name}-"
    control = changed(condition, prefix + name, label, architecture=architecture)
    return dataclasses.replace(control, control=True, evaluate_on=(), keep=(), kept_needed="none")


def _with_percept(condition: Condition, **changes: Any) -> AgentSettings:
    architecture = _architecture(condition)
    return dataclasses.replace(architecture, percept=dataclasses.replace(architecture.percept, **changes))


def _architecture(condition: Condition) -> AgentSettings:
    architecture = getattr(condition.learner, "architecture", None)
    if not isinstance(architecture, AgentSettings):
        name = type(condition.learner).__name__
        raise ValueError(f"{name} has no architecture to take a part from, so that it has no controls")
    return architecture
