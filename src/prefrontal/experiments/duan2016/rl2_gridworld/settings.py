"""Zintgraf et al. 2020, section 4.1: a grid with a hidden goal, four episodes in a lifetime."""

from functools import partial
from typing import Any

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.controls import agent, without_episode_start, without_memory, without_reward
from prefrontal.experiments.duan2016.recipes import LAPTOP
from prefrontal.learners import PPO, Learner
from prefrontal.memory import GRUSettings

DISTRIBUTION = "gridworld"
REFERENCES = (ReferencePolicy("bayes-optimal", "bayes-optimal"), ReferencePolicy("random", "random"))
_PERCEPT = PerceptSettings(episode_start=True)

# Tuned on seeds from 100 on and their own held-out tasks, none of which are reported.
_LAPTOP = partial(
    LAPTOP,
    DISTRIBUTION,
    AgentSettings(memory=GRUSettings(64), percept=_PERCEPT),
    lifetimes=300_000,
    signal="sampled",
)

# The agent "RL²" of Zintgraf et al.: 64 units, PPO, γ = .95, λ = .95.
_PAPER = partial(
    PPO,
    DISTRIBUTION,
    AgentSettings(memory=GRUSettings(64), percept=_PERCEPT),
    lifetimes=300_000,
    microbatch=2,
    microbatches=8,
    minibatches=4,
    epochs=2,
    clip=0.05,
    discount=0.95,
    trace_decay=0.95,
    entropy_cost=0.01,
    learning_rate=7e-4,
)


def _agent(learner: Learner) -> Condition:
    keep: Any = ("units", "value", "state")
    return agent("GRU", learner, "gru", keep=keep)


def _preset(conditions: tuple[Condition, ...], seeds: int, lifetimes: int, minutes: float) -> Preset:
    return Preset(conditions, REFERENCES, (DISTRIBUTION,), seeds, lifetimes, minutes)


_AGENT = _agent(_LAPTOP())
_WHOLE = (_AGENT, without_memory(_AGENT), without_reward(_AGENT), without_episode_start(_AGENT))

EXPERIMENT = Experiment(
    name="rl2-gridworld",
    title="A grid with a hidden goal",
    question="Does the agent search the grid as well as can be, and go straight to the goal from then on?",
    source="Zintgraf et al. 2020, section 4.1",
    presets={
        "quick": _preset((_agent(_LAPTOP(lifetimes=50_000)),), seeds=1, lifetimes=1000, minutes=1),
        "laptop": _preset(_WHOLE, seeds=5, lifetimes=10_000, minutes=20),
        "paper": _preset((_agent(_PAPER()),), seeds=20, lifetimes=1000, minutes=400),
    },
)
