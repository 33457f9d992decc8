"""The same training with one part taken away."""

import dataclasses

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, ReferencePolicy

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
    agent, percept = condition.agent, condition.agent.percept
    return (
        _control(condition, "no-memory", "no memory", dataclasses.replace(agent, memory="none")),
        without_reward(condition),
        _control(
            condition,
            "no-time",
            "no time input",
            _with_percept(agent, dataclasses.replace(percept, time=False)),
        ),
    )


def without_reward(condition: Condition) -> Condition:
    """No reward input, and the rest of the training as it is."""
    percept = dataclasses.replace(condition.agent.percept, previous_reward="off")
    return _control(condition, "no-reward", "no reward input", _with_percept(condition.agent, percept))


def _control(condition: Condition, name: str, label: str, agent: AgentSettings) -> Condition:
    prefix = "" if condition.name == "lstm" else f"{condition.name}-"
    return dataclasses.replace(
        condition,
        name=prefix + name,
        label=label,
        agent=agent,
        control=True,
        evaluate_on=(),
        keep=(),
        kept_needed="none",
    )


def _with_percept(agent: AgentSettings, percept: PerceptSettings) -> AgentSettings:
    return dataclasses.replace(agent, percept=percept)
