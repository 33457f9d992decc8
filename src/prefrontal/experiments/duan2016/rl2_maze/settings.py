"""Duan et al. 2016, section 3.3: the same maze twice, a new one in every lifetime."""

from functools import partial
from typing import Any

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy, changed
from prefrontal.experiments.controls import agent, without_episode_start, without_memory, without_reward
from prefrontal.experiments.duan2016.recipes import LAPTOP, published
from prefrontal.learners import Learner
from prefrontal.learners.schedules import Linear
from prefrontal.memory import GRUSettings

GRID, VIEW, LARGE_VIEW = "maze-episodes", "maze-episodes-view", "maze-episodes-view-large"
REFERENCES = tuple(ReferencePolicy(name, name) for name in ("shortest-path", "random"))

# As in the paper the agent is given the last action and reward, and whether an episode begins; not the time.
_PERCEPT = PerceptSettings(time=False, episode_start=True)
_AGENT = AgentSettings(memory=GRUSettings(64), percept=_PERCEPT)

# Tuned on seeds from 100 on and their own held-out tasks, none of which are reported.
_LAPTOP = partial(
    LAPTOP,
    lifetimes=300_000,
    signal="sampled",
    discount=Linear(0.9, 0.98),
    value_cost=0.5,
    entropy_cost=Linear(0.01, 0.0005),
)
_KEEP: Any = ("state",)


def _grid(learner: Learner) -> Condition:
    return agent("GRU", learner, "gru", keep=_KEEP, kept_needed="first")


def _view(learner: Learner, name: str = "view", kind: str = "first person") -> Condition:
    return agent("GRU", learner, name, kind, keep=(*_KEEP, "observation"), kept_needed="first")


def _preset(
    conditions: tuple[Condition, ...], on: tuple[str, ...], seeds: int, lifetimes: int, minutes: float
) -> Preset:
    return Preset(conditions, REFERENCES, on, seeds, lifetimes, minutes)


_GRU, _IN_VIEW = _grid(_LAPTOP(GRID, _AGENT)), _view(_LAPTOP(VIEW, _AGENT))
_CONTROLS = (without_memory(_GRU), without_reward(_GRU), without_episode_start(_GRU))
_QUICK = (changed(_GRU, _GRU.name, _GRU.label, lifetimes=40_000),)
_PUBLISHED = (
    _view(published(VIEW, 250, _PERCEPT)),
    _view(published(LARGE_VIEW, 500, _PERCEPT), "view-large", "first person, large"),
)

EXPERIMENT = Experiment(
    name="rl2-maze",
    title="The same maze twice",
    question="Is the goal of a new maze found sooner in the second episode than in the first?",
    source="Duan et al. 2016, section 3.3, table 3",
    presets={
        "quick": _preset(_QUICK, (GRID,), seeds=1, lifetimes=1000, minutes=2),
        "laptop": _preset((_GRU, *_CONTROLS, _IN_VIEW), (GRID, VIEW), seeds=5, lifetimes=5000, minutes=300),
        "paper": _preset(_PUBLISHED, (VIEW, LARGE_VIEW), seeds=5, lifetimes=1000, minutes=20_000),
    },
)
