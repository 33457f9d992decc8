"""Duan et al. 2016, section 3.1 and table 1: independent arms, by the number of pulls and of arms."""

from collections.abc import Callable
from functools import partial
from typing import Any

from prefrontal.agents import AgentSettings
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.controls import agent, without_memory, without_reward
from prefrontal.experiments.duan2016.recipes import LAPTOP, published, with_samples
from prefrontal.experiments.duan2016.rl2_bandits.published import CELLS, CONTROLLED, DISTILLED, ROWS, Cell
from prefrontal.learners import Learner
from prefrontal.learners.imitation import Imitation
from prefrontal.learners.schedules import Linear
from prefrontal.memory import GRUSettings

KEPT = ("units", "value")
SMALL = (CELLS[0], CONTROLLED)
ON_A_LAPTOP = tuple(cell for cell in CELLS if cell.at_least is not None)

# Tuned on seeds from 100 on and their own held-out tasks, none of which are reported. Where lives are long, a
# discount that ends at 1 unlearns.
_LEARN = partial(LAPTOP, learning_rate=Linear(2e-2, 0.0))
_LONG = partial(_LEARN, discount=Linear(0.8, 0.99))
_LAPTOP: dict[tuple[int, int], Callable[..., Learner]] = {
    (10, 5): partial(_LEARN, lifetimes=1_000_000),
    (100, 5): partial(_LEARN, lifetimes=400_000),
    (100, 10): partial(_LEARN, lifetimes=400_000),
    (100, 50): partial(_LEARN, lifetimes=500_000, entropy_cost=Linear(0.05, 0.0)),
    (500, 5): partial(_LONG, lifetimes=150_000),
    (500, 50): partial(_LONG, lifetimes=100_000, entropy_cost=Linear(0.05, 0.0)),
}
_UNITS = 64

# By cell, c of UCB1 with a prior of 1, and ε: those that earned most on tuning tasks. For 10 pulls of 10 and
# 50 arms, and 500 of 10 and 50, they are taken from the nearest cells and not tuned.
_TUNED: dict[tuple[int, int], tuple[float, float]] = {
    (10, 5): (0.02, 0.002),
    (10, 10): (0.02, 0.002),
    (10, 50): (0.02, 0.002),
    (100, 5): (0.1, 0.002),
    (100, 10): (0.05, 0.005),
    (100, 50): (0.05, 0.005),
    (500, 5): (0.1, 0.02),
    (500, 10): (0.1, 0.01),
    (500, 50): (0.05, 0.01),
}


def _laptop(cell: Cell) -> Learner:
    return _LAPTOP[cell.pulls, cell.arms](cell.tasks, AgentSettings(memory=GRUSettings(_UNITS)))


def _quick(cell: Cell) -> Learner:
    return _LEARN(cell.tasks, AgentSettings(memory=GRUSettings(32)), lifetimes=60_000)


def _agent(learner: Learner, cell: Cell) -> Condition:
    keep: Any = KEPT if cell == CONTROLLED else ()
    return agent("GRU", learner, f"gru-{cell.kind}", cell.words, keep=keep)


def _distilled(cell: Cell, lifetimes: int) -> Condition:
    learner = Imitation(
        cell.tasks, AgentSettings(memory=GRUSettings(_UNITS)), teacher="finite-gittins", lifetimes=lifetimes
    )
    return Condition(f"distilled-{cell.kind}", f"GRU, {cell.words}, imitates Gittins", learner)


def _references(cells: tuple[Cell, ...]) -> tuple[ReferencePolicy, ...]:
    plain = [name for name in ROWS if name not in ("ucb1", "epsilon-greedy")]
    found = [ReferencePolicy(name, name) for name in ("oracle", "win-stay-lose-shift", *plain)]
    for cell in cells:
        constant, epsilon = _TUNED[cell.pulls, cell.arms]
        parameters = (("constant", constant), ("prior", 1.0))
        found.append(ReferencePolicy("ucb1", "ucb1", parameters, on=(cell.tasks,)))
        found.append(
            ReferencePolicy("epsilon-greedy", "epsilon-greedy", (("epsilon", epsilon),), on=(cell.tasks,))
        )
    return tuple(found)


def _preset(
    cells: tuple[Cell, ...], conditions: tuple[Condition, ...], seeds: int, lifetimes: int, minutes: float
) -> Preset:
    tasks = tuple(cell.tasks for cell in cells)
    return Preset(conditions, _references(cells), tasks, seeds, lifetimes, minutes)


_AGENTS = tuple(_agent(_laptop(cell), cell) for cell in ON_A_LAPTOP)
_OF_CONTROLS = _AGENTS[ON_A_LAPTOP.index(CONTROLLED)]
_PUBLISHED = tuple(_agent(published(cell.tasks, cell.pulls), cell) for cell in CELLS)

EXPERIMENT = Experiment(
    name="rl2-bandits",
    title="Bandits with up to 50 arms and 500 pulls",
    question="How near to the best bandit algorithms does a learnt one come, as arms and pulls increase?",
    source="Duan et al. 2016, section 3.1, table 1",
    presets={
        "quick": _preset(
            SMALL, with_samples(tuple(_agent(_quick(cell), cell) for cell in SMALL)), 1, 2000, minutes=2
        ),
        "laptop": _preset(
            ON_A_LAPTOP,
            (
                *with_samples(_AGENTS),
                _distilled(DISTILLED, lifetimes=50_000),
                without_memory(_OF_CONTROLS),
                without_reward(_OF_CONTROLS),
            ),
            seeds=5,
            lifetimes=5000,
            minutes=200,
        ),
        "paper": _preset(CELLS, _PUBLISHED, seeds=5, lifetimes=1000, minutes=100_000),
    },
)
