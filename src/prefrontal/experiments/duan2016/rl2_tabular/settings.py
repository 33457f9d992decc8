"""Duan et al. 2016, section 3.2 and table 2: random tabular MDPs, by the number of episodes."""

from typing import Any

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.controls import agent, without_memory, without_reward
from prefrontal.experiments.duan2016.recipes import LAPTOP, published, with_samples
from prefrontal.experiments.duan2016.rl2_tabular.published import CELLS, Cell
from prefrontal.learners import Learner
from prefrontal.memory import GRUSettings

SMALL = CELLS[:1]
ON_A_LAPTOP = tuple(cell for cell in CELLS if cell.at_least is not None)
_PERCEPT = PerceptSettings(episode_start=True)
_POSTERIOR = ("psrl", "opsrl", "mdp-greedy")
_NAMES = ("value-iteration", *_POSTERIOR, "ucrl2", "beb", "count-bonus", "mdp-epsilon-greedy", "random")
REFERENCES = (
    *(ReferencePolicy(name, name) for name in _NAMES),
    *(ReferencePolicy(name, f"{name}-prior-0", (("prior_mean", 0.0),)) for name in _POSTERIOR),
)

_LIFETIMES = {10: 300_000, 25: 120_000, 50: 60_000}


def _laptop(cell: Cell) -> Learner:
    architecture = AgentSettings(memory=GRUSettings(96), percept=_PERCEPT)
    return LAPTOP(cell.tasks, architecture, lifetimes=_LIFETIMES[cell.episodes])


def _quick(cell: Cell) -> Learner:
    return LAPTOP(cell.tasks, AgentSettings(memory=GRUSettings(48), percept=_PERCEPT), lifetimes=40_000)


def _agent(learner: Learner, cell: Cell) -> Condition:
    keep: Any = ("units", "value", "state") if cell == CELLS[0] else ()
    return agent("GRU", learner, f"gru-{cell.kind}", cell.words, keep=keep)


def _preset(
    cells: tuple[Cell, ...], conditions: tuple[Condition, ...], seeds: int, lifetimes: int, minutes: float
) -> Preset:
    return Preset(conditions, REFERENCES, tuple(cell.tasks for cell in cells), seeds, lifetimes, minutes)


_AGENTS = tuple(_agent(_laptop(cell), cell) for cell in ON_A_LAPTOP)
_PUBLISHED = tuple(_agent(published(cell.tasks, cell.steps, _PERCEPT), cell) for cell in CELLS)

EXPERIMENT = Experiment(
    name="rl2-tabular",
    title="Random tabular MDPs",
    question="Does the agent learn an unknown MDP as fast as the algorithms that are made for it?",
    source="Duan et al. 2016, section 3.2, table 2",
    presets={
        "quick": _preset(SMALL, with_samples((_agent(_quick(SMALL[0]), SMALL[0]),)), 1, 1000, minutes=4),
        "laptop": _preset(
            ON_A_LAPTOP,
            (*with_samples(_AGENTS), without_memory(_AGENTS[0]), without_reward(_AGENTS[0])),
            seeds=3,
            lifetimes=2000,
            minutes=150,
        ),
        "paper": _preset(CELLS, _PUBLISHED, seeds=5, lifetimes=1000, minutes=100_000),
    },
)
