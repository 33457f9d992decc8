"""Policies that nobody trained, with which trained agents are compared.

Each is an `Agent` and goes through the same rollout as a trained one. The rooms are `bandits/`, `two_step/`,
`mazes/`, and `exact/` for expected return and regret, where they can be computed. What depends on the tasks
is a `functools.singledispatch` on their distribution, with which each file registers its own.
"""

from typing import Any

import equinox as eqx

from prefrontal.actions import Choice, actions_of
from prefrontal.agents import Agent
from prefrontal.disk.serialisation import settings_of
from prefrontal.references.bandits import (  # noqa: F401  (they register)
    continuous,
    informative,
    majority,
    restless,
    two_arms,
)
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
from prefrontal.references.random_choice import RandomChoice, RandomSettings
from prefrontal.references.two_step import good_state, return_or_leave  # noqa: F401
from prefrontal.references.two_step.daw import HybridSettings, ModelBasedSettings, ModelFreeSettings
from prefrontal.registry import Registry
from prefrontal.suggest import lookup
from prefrontal.tasks import TaskDistribution
from prefrontal.tasks import distribution as tasks_named
from prefrontal.types import Noise, Percept, RandomKey

REFERENCES = Registry(
    "reference",
    ReferenceSettings,
    {
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
    },
)


def parameters(name: str) -> dict[str, Any]:
    """The parameters of the reference registered under `name`, with their defaults."""
    settings = lookup("reference", name, REFERENCES)()
    return {field.name: getattr(settings, field.name) for field in settings_of(settings)}


def reference(name: str, distribution: TaskDistribution | str, **values: Any) -> Agent:
    """The reference registered under `name`, for the tasks and the horizon of `distribution`.

    **Arguments:** `name`, which may have parameters behind it: `gittins:discount=0.9`; `values`, parameters
    that are not to have their defaults.

    **Raises:** ValueError if there is no such reference or parameter, if a value is out of its range, or if
    the reference does not apply to `distribution`.
    """
    tasks = tasks_named(distribution)
    known = parameters(name.partition(":")[0])
    for value in values:
        if not known:
            raise ValueError(f"{name!r} has no parameters, but {value!r} is given")
        lookup(f"parameter of {name!r}", value, known)
    agent = REFERENCES.make(name, **values).build(tasks)
    actions = actions_of(tasks.environment.action_space)
    first = actions.start if isinstance(actions, Choice) and not isinstance(agent, RandomChoice) else 0
    return CountedFrom(agent, first) if first else agent


class CountedFrom(Agent):
    """A reference, which counts actions from 0, where they are counted from `first`."""

    agent: Agent
    first: int = eqx.field(static=True)

    @property
    def longest(self) -> int | None:
        return self.agent.longest

    def initial_memory(self) -> Any:
        return self.agent.initial_memory()

    def noise(self, key: RandomKey) -> Noise:
        return self.agent.noise(key)

    def act(self, memory: Any, percept: Percept, noise: Noise):
        counted = percept._replace(previous_action=percept.previous_action - self.first)
        memory, action, kept = self.agent.act(memory, counted, noise)
        return memory, action + self.first, kept


__all__ = ["REFERENCES", "ReferenceSettings", "parameters", "reference"]
