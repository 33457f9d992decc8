"""The agent, the same agent trained from sampled rewards, and the controls with one part taken away."""

import dataclasses
from typing import Any

from prefrontal.agents import AgentSettings
from prefrontal.analysis.signals import SAID
from prefrontal.experiments.base import Condition, ReferencePolicy, changed
from prefrontal.learners import Learner
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


def lstm(learner: Learner, name: str = "lstm", kind: str = "", **options: Any) -> Condition:
    """An LSTM whose label says what it learns from; `kind` names the tasks if there are several."""
    return agent("LSTM", learner, name, kind, **options)


def agent(memory: str, learner: Learner, name: str, kind: str = "", **options: Any) -> Condition:
    """The same for a memory of another kind; `memory` is what a label calls it."""
    label = ", ".join(part for part in (memory, kind, SAID[_signal(learner)]) if part)
    return Condition(name, label, learner, **options)


def from_samples(condition: Condition, **changes: Any) -> Condition:
    """The same training from sampled rewards, without expectations that only the task knows.

    None of its lifetimes are kept in detail, and it is evaluated on its training distribution.

    **Arguments:** `changes`, further fields of its learner, where samples need a recipe of their own.
    """
    first, dash, kind = condition.name.partition("-")
    label = condition.label.replace(SAID[_signal(condition.learner)], SAID["sampled"])
    made = changed(condition, f"{first}-sampled{dash}{kind}", label, signal="sampled", **changes)
    return dataclasses.replace(made, evaluate_on=(), keep=(), kept_needed="none")


def _signal(learner: Learner) -> str:
    signal = getattr(learner, "signal", None)
    if signal not in SAID:
        raise ValueError(f"{type(learner).__name__} has no signal that it learns from: {', '.join(SAID)}")
    return signal


def controls(condition: Condition) -> tuple[Condition, ...]:
    """No memory, no reward input, no time input.

    Each is the whole training of `condition` without that one part; no lifetimes are kept in detail.
    """
    return (without_memory(condition), without_reward(condition), without_time(condition))


def without_memory(condition: Condition) -> Condition:
    """One layer without memory, with as many units as the output of the memory."""
    architecture = _architecture(condition)
    units = getattr(architecture.memory, "units", 48)
    blank = NoMemorySettings(units[-1] if isinstance(units, tuple) else units)
    return _control(condition, "no-memory", "no memory", dataclasses.replace(architecture, memory=blank))


def without_reward(condition: Condition) -> Condition:
    """The same training without the reward input."""
    return _control(
        condition, "no-reward", "no reward input", _with_percept(condition, previous_reward="off")
    )


def without_time(condition: Condition) -> Condition:
    """The same training without the time input."""
    return _control(condition, "no-time", "no time input", _with_percept(condition, time=False))


def without_episode_start(condition: Condition) -> Condition:
    """The same training without the input that an episode begins."""
    return _control(condition, "no-start", "no episode start", _with_percept(condition, episode_start=False))


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
        raise ValueError(f"{name} has no architecture to take a part from, so it has no controls")
    return architecture
