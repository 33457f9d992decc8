"""Deep meta-reinforcement learning: agents with memory whose dynamics become a learning algorithm.

The names below are imported when they are first asked for: what only reads records needs no jax.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

_HOMES = {
    "A2C": "prefrontal.learners.a2c",
    "Agent": "prefrontal.agents",
    "AgentSettings": "prefrontal.agents",
    "BanditTask": "prefrontal.tasks",
    "BernoulliBandit": "prefrontal.tasks",
    "Environment": "prefrontal.tasks",
    "Greedy": "prefrontal.agents",
    "POET": "prefrontal.growth",
    "PPO": "prefrontal.learners.ppo",
    "Imitation": "prefrontal.learners.imitation",
    "Joint": "prefrontal.learners.joint",
    "MAML": "prefrontal.learners.maml",
    "Reptile": "prefrontal.learners.reptile",
    "PerceptSettings": "prefrontal.agents",
    "Records": "prefrontal.disk.records",
    "TaskDistribution": "prefrontal.tasks",
    "distribution": "prefrontal.tasks",
    "draw_regret": "prefrontal.report.quick",
    "draw_returns": "prefrontal.report.quick",
    "evaluate": "prefrontal.evaluation",
    "exact": "prefrontal.references.exact",
    "load_agent": "prefrontal.disk.runs",
    "reference": "prefrontal.references",
    "train": "prefrontal.training",
}

if TYPE_CHECKING:
    from prefrontal.agents import Agent, AgentSettings, Greedy, PerceptSettings
    from prefrontal.disk.records import Records
    from prefrontal.disk.runs import load_agent
    from prefrontal.evaluation import evaluate
    from prefrontal.growth import POET
    from prefrontal.learners.a2c import A2C
    from prefrontal.learners.imitation import Imitation
    from prefrontal.learners.joint import Joint
    from prefrontal.learners.maml import MAML
    from prefrontal.learners.ppo import PPO
    from prefrontal.learners.reptile import Reptile
    from prefrontal.references import reference
    from prefrontal.references.exact import exact
    from prefrontal.report.quick import draw_regret, draw_returns
    from prefrontal.tasks import BanditTask, BernoulliBandit, Environment, TaskDistribution, distribution
    from prefrontal.training import train


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'prefrontal' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]


__all__ = [  # noqa: RUF022  # in the order of use
    "TaskDistribution",
    "Environment",
    "BernoulliBandit",
    "BanditTask",
    "distribution",
    "AgentSettings",
    "PerceptSettings",
    "Agent",
    "A2C",
    "POET",
    "PPO",
    "Imitation",
    "MAML",
    "Reptile",
    "Joint",
    "train",
    "load_agent",
    "evaluate",
    "Greedy",
    "Records",
    "reference",
    "exact",
    "draw_regret",
    "draw_returns",
]
