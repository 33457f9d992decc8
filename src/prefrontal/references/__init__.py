"""Untrained policies to compare trained agents with.

Each is an `Agent` and goes through the same rollout as a trained one. The rooms are `bandits/`, `two_step/`,
`mazes/`, `tabular/`, `gridworld/`, `plane/`, and `exact/` for expected return and regret, where they can be
computed. What depends on the tasks is a `functools.singledispatch` on their distribution, with which each
file registers its own.
"""

from typing import Any

import equinox as eqx

from prefrontal.actions import Choice, actions_of
from prefrontal.agents import Agent
from prefrontal.checks import check_text
from prefrontal.disk.serialisation import settings_of
from prefrontal.references.bandits import (  # noqa: F401  (they register)
    continuous,
    informative,
    majority,
    restless,
    two_arms,
)
from prefrontal.references.bandits.epsilon_greedy import EpsilonGreedySettings
from prefrontal.references.bandits.finite_gittins import FiniteGittinsSettings
from prefrontal.references.bandits.gittins import GittinsSettings
from prefrontal.references.bandits.greedy import GreedySettings
from prefrontal.references.bandits.optimistic_thompson import OptimisticThompsonSettings
from prefrontal.references.bandits.oracle import OracleSettings
from prefrontal.references.bandits.rescorla_wagner import RescorlaWagnerSettings
from prefrontal.references.bandits.thompson import ThompsonSettings
from prefrontal.references.bandits.ucb1 import UCB1Settings
from prefrontal.references.bandits.win_stay_lose_shift import WinStayLoseShiftSettings
from prefrontal.references.base import ReferenceSettings
from prefrontal.references.bayes_optimal import BayesOptimalSettings
from prefrontal.references.gridworld import walk  # noqa: F401
from prefrontal.references.mazes.shortest_path import ShortestPathSettings
from prefrontal.references.plane import oracle  # noqa: F401
from prefrontal.references.plane.stay import StaySettings
from prefrontal.references.random_choice import RandomChoice, RandomSettings
from prefrontal.references.tabular.count_bonus import BEBSettings, CountBonusSettings
from prefrontal.references.tabular.greedy import MDPEpsilonGreedySettings, MDPGreedySettings
from prefrontal.references.tabular.posterior_sampling import OPSRLSettings, PSRLSettings
from prefrontal.references.tabular.ucrl2 import UCRL2Settings
from prefrontal.references.tabular.value_iteration import ValueIterationSettings
from prefrontal.references.two_step import good_state, return_or_leave  # noqa: F401
from prefrontal.references.two_step.daw import HybridSettings, ModelBasedSettings, ModelFreeSettings
from prefrontal.registry import Registry
from prefrontal.suggest import lookup
from prefrontal.tasks import TaskDistribution
from prefrontal.tasks import distribution as tasks_named
from prefrontal.types import Lifetimes, Noise, Percept, RandomKey, State, Task

REFERENCES = Registry(
    "reference",
    ReferenceSettings,
    {
        "bayes-optimal": BayesOptimalSettings,
        "gittins": GittinsSettings,
        "finite-gittins": FiniteGittinsSettings,
        "thompson": ThompsonSettings,
        "optimistic-thompson": OptimisticThompsonSettings,
        "ucb1": UCB1Settings,
        "epsilon-greedy": EpsilonGreedySettings,
        "greedy": GreedySettings,
        "win-stay-lose-shift": WinStayLoseShiftSettings,
        "rescorla-wagner": RescorlaWagnerSettings,
        "model-based": ModelBasedSettings,
        "model-free": ModelFreeSettings,
        "hybrid": HybridSettings,
        "shortest-path": ShortestPathSettings,
        "value-iteration": ValueIterationSettings,
        "psrl": PSRLSettings,
        "opsrl": OPSRLSettings,
        "ucrl2": UCRL2Settings,
        "beb": BEBSettings,
        "count-bonus": CountBonusSettings,
        "mdp-epsilon-greedy": MDPEpsilonGreedySettings,
        "mdp-greedy": MDPGreedySettings,
        "oracle": OracleSettings,
        "stay": StaySettings,
        "random": RandomSettings,
    },
)


def parameters(name: str) -> dict[str, Any]:
    """The parameters of the reference that `name` stands for: their defaults, or the values in `name`."""
    settings = REFERENCES.make(name)
    return {field.name: getattr(settings, field.name) for field in settings_of(settings)}


def reference(name: str, distribution: TaskDistribution | str, **values: Any) -> Agent:
    """The reference registered under `name`, for the tasks and the horizon of `distribution`.

    **Arguments:** `name`, which may include parameters, as in `gittins:discount=0.9`; `distribution`, tasks
    or the name of a distribution; `values`, parameters by name that replace their defaults.

    **Raises:** ValueError if there is no such reference or parameter, if a value is out of its range, or if
    the reference does not apply to `distribution`.
    """
    check_text("name", name)
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
    """A reference, which counts actions from 0, for an action space that counts from `first`."""

    agent: Agent
    first: int = eqx.field(static=True)

    @property
    def acts(self) -> Choice | None:
        built = self.agent.acts
        return Choice(built.n, self.first) if isinstance(built, Choice) else None

    @property
    def longest(self) -> int | None:
        return self.agent.longest

    @property
    def segment(self) -> int | None:
        return self.agent.segment

    def initial_memory(self) -> Any:
        return self.agent.initial_memory()

    def noise(self, key: RandomKey) -> Noise:
        return self.agent.noise(key)

    def act(self, memory: Any, percept: Percept, noise: Noise):
        memory, action, kept = self.agent.act(memory, self._counted(percept), noise)
        return memory, action + self.first, kept

    def act_told(self, memory: Any, percept: Percept, noise: Noise, task: Task, state: State):
        memory, action, kept = self.agent.act_told(memory, self._counted(percept), noise, task, state)
        return memory, action + self.first, kept

    def revise(self, memory: Any, lived: Lifetimes) -> Any:
        counted = lived._replace(percept=self._counted(lived.percept), action=lived.action - self.first)
        return self.agent.revise(memory, counted)

    def _counted(self, percept: Percept) -> Percept:
        return percept._replace(previous_action=percept.previous_action - self.first)


__all__ = ["REFERENCES", "ReferenceSettings", "parameters", "reference"]
