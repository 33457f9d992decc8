"""Duan et al. 2016, section 3.2 and table 2: random tabular MDPs, by the number of episodes."""

from functools import partial
from typing import Any

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.controls import agent, from_samples, without_memory, without_reward
from prefrontal.experiments.duan2016.rl2_tabular.published import CELLS, LENGTH, Cell
from prefrontal.learners import A2C, PPO, Learner
from prefrontal.learners.schedules import Linear
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

_LEARN = partial(A2C, signal="regret", value_scale="popart", microbatches=1, learning_rate=Linear(1e-2, 0.0))
_LIFETIMES = {10: 300_000, 25: 120_000, 50: 60_000}


def _laptop(cell: Cell) -> Learner:
    architecture = AgentSettings(memory=GRUSettings(96), percept=_PERCEPT)
    return _LEARN(cell.tasks, architecture, lifetimes=_LIFETIMES[cell.episodes])


def _quick(cell: Cell) -> Learner:
    return _LEARN(cell.tasks, AgentSettings(memory=GRUSettings(48), percept=_PERCEPT), lifetimes=40_000)


# The published sizes: 256 units, updates of 250,000 steps, 1,000 of them, γ = .99, λ = .3. The paper's TRPO
# holds the divergence of an update below .01; PPO ends an update there.
def _paper(cell: Cell) -> Learner:
    lifetimes = 250_000 // (cell.episodes * LENGTH) // 8 * 8
    return PPO(
        cell.tasks,
        AgentSettings(memory=GRUSettings(256), percept=_PERCEPT),
        lifetimes=1000 * lifetimes,
        microbatch=lifetimes // 8,
        microbatches=8,
        minibatches=2,
        discount=0.99,
        trace_decay=0.3,
        entropy_cost=0.0,
        divergence_limit=0.01,
    )


def _agent(learner: Learner, cell: Cell) -> Condition:
    keep: Any = ("units", "value", "state") if cell == CELLS[0] else ()
    return agent("GRU", learner, f"gru-{cell.kind}", cell.words, keep=keep)


def _with_samples(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return (*conditions, *(from_samples(one) for one in conditions))


def _preset(
    cells: tuple[Cell, ...], conditions: tuple[Condition, ...], seeds: int, lifetimes: int, minutes: float
) -> Preset:
    return Preset(conditions, REFERENCES, tuple(cell.tasks for cell in cells), seeds, lifetimes, minutes)


_AGENTS = tuple(_agent(_laptop(cell), cell) for cell in ON_A_LAPTOP)

EXPERIMENT = Experiment(
    name="rl2-tabular",
    title="Random tabular MDPs",
    question="Does the agent learn an unknown MDP as fast as the algorithms that are made for it?",
    source="Duan et al. 2016, section 3.2, table 2",
    presets={
        "quick": _preset(SMALL, _with_samples((_agent(_quick(SMALL[0]), SMALL[0]),)), 1, 1000, minutes=4),
        "laptop": _preset(
            ON_A_LAPTOP,
            (*_with_samples(_AGENTS), without_memory(_AGENTS[0]), without_reward(_AGENTS[0])),
            seeds=3,
            lifetimes=2000,
            minutes=150,
        ),
        "paper": _preset(
            CELLS, tuple(_agent(_paper(cell), cell) for cell in CELLS), 5, 1000, minutes=100_000
        ),
    },
)
