"""Policies that nobody trained, with which trained agents are compared.

Each is an `Agent` and goes through the same rollout as a trained one. The rooms are `bandits/`, `two_step/`,
`mazes/`, and `exact/` for expected return and regret, where they can be computed. What depends on the tasks
is a `functools.singledispatch` on their distribution, with which each file registers its own.
"""

import dataclasses
from typing import Any

from prefrontal.agents import Agent
from prefrontal.references.bandits import informative, majority, restless, two_arms  # noqa: F401  (they register)
from prefrontal.references.bandits.epsilon_greedy import EpsilonGreedySettings
from prefrontal.references.bandits.gittins import GittinsSettings
from prefrontal.references.bandits.greedy import GreedySettings
from prefrontal.references.bandits.rescorla_wagner import RescorlaWagnerSettings
from prefrontal.references.bandits.thompson import ThompsonSettings
from prefrontal.references.bandits.ucb1 import UCB1Settings
from prefrontal.references.bandits.win_stay_lose_shift import WinStayLoseShiftSettings
from prefrontal.references.base import ReferenceSettings
from prefrontal.references.bayes_optimal import BayesOptimalSettings
from prefrontal.references.mazes.shortest_path import ShortestPathSettings
from prefrontal.references.random_choice import RandomSettings
from prefrontal.references.two_step import good_state, return_or_leave  # noqa: F401
from prefrontal.references.two_step.daw import HybridSettings, ModelBasedSettings, ModelFreeSettings
from prefrontal.suggest import lookup
from prefrontal.tasks.base import TaskDistribution

REFERENCES: dict[str, type[ReferenceSettings]] = {
    "bayes-optimal": BayesOptimalSettings,
    "gittins": GittinsSettings,
    "thompson": ThompsonSettings,
    "ucb1": UCB1Settings,
    "epsilon-greedy": EpsilonGreedySettings,
    "greedy": GreedySettings,
    "win-stay-lose-shift": WinStayLoseShiftSettings,
    "rescorla-wagner": RescorlaWagnerSettings,
    "model-based": ModelBasedSettings,
    "model-free": ModelFreeSettings,
    "hybrid": HybridSettings,
    "shortest-path": ShortestPathSettings,
    "random": RandomSettings,
}


def parameters(name: str) -> dict[str, Any]:
    """The parameters of the reference registered under `name`, with their defaults."""
    settings = lookup("reference", name, REFERENCES)
    return {field.name: field.default for field in dataclasses.fields(settings)}


def reference(name: str, distribution: TaskDistribution, **values: Any) -> Agent:
    """The reference registered under `name`, for the tasks and the horizon of `distribution`.

    **Arguments:** `values`, parameters of that reference that are not to have their defaults.

    **Raises:** ValueError if there is no such reference or parameter, if a value is out of its range, or if
    the reference does not apply to `distribution`.
    """
    known = parameters(name)
    for value in values:
        if not known:
            raise ValueError(f"{name!r} has no parameters, but {value!r} is given")
        lookup(f"parameter of {name!r}", value, known)
    return REFERENCES[name](**values).build(distribution)


__all__ = ["REFERENCES", "ReferenceSettings", "parameters", "reference"]
