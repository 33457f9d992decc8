"""The same training with one part taken away."""

import dataclasses

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
    variants = (
        ("no-memory", "no memory", dataclasses.replace(agent, memory="none")),
        (
            "no-reward",
            "no reward input",
            _with_percept(agent, dataclasses.replace(percept, previous_reward="off")),
        ),
        ("no-time", "no time input", _with_percept(agent, dataclasses.replace(percept, time=False))),
    )
    prefix = "" if condition.name == "lstm" else f"{condition.name}-"
    return tuple(
        dataclasses.replace(
            condition,
            name=prefix + name,
            label=label,
            agent=variant,
            control=True,
            evaluate_on=(),
            keep=(),
            kept_needed="none",
        )
        for name, label, variant in variants
    )


def _with_percept(agent, percept):
    return dataclasses.replace(agent, percept=percept)
