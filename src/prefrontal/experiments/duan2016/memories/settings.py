"""Memories from the LSTM to attention, each on three of the tasks of Duan et al. 2016 and its successors."""

import dataclasses
from functools import partial
from typing import Any

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.controls import agent, without_memory
from prefrontal.experiments.duan2016.recipes import LAPTOP, published
from prefrontal.learners import Learner
from prefrontal.learners.schedules import Linear
from prefrontal.memory import (
    AttentionSettings,
    GRUSettings,
    LinearRecurrenceSettings,
    LSTMSettings,
    MemorySettings,
)


@dataclasses.dataclass(frozen=True)
class Kind:
    """One distribution, and what it is called."""

    name: str
    words: str
    tasks: str
    steps: int
    lifetimes: int  # of training, on a laptop
    percept: PerceptSettings = PerceptSettings()
    most_discount: float = 1.0


KINDS = (
    Kind("two-arms", "two arms, 100 pulls", "bandit-independent", 100, 200_000),
    Kind("grid", "a grid, 4 episodes", "gridworld", 60, 150_000, PerceptSettings(episode_start=True)),
    Kind(
        "long", "5 arms, 500 pulls", "bandit-independent:arms=5,horizon=500", 500, 40_000, most_discount=0.99
    ),
)
MEMORIES = {"lstm": "LSTM", "gru": "GRU", "linear": "linear recurrence", "attention": "attention"}
_SETTINGS = {
    "lstm": LSTMSettings,
    "gru": GRUSettings,
    "linear": LinearRecurrenceSettings,
    "attention": AttentionSettings,
}
_RATES = {"lstm": 1e-2, "gru": 1e-2, "linear": 5e-3, "attention": 3e-3}
_UNITS = 48


def memory_of(name: str, units: int) -> MemorySettings:
    """A memory with so many units, the rest as it comes."""
    return _SETTINGS[name](units=units)


def _laptop(kind: Kind, memory: str, **changes) -> Learner:
    return LAPTOP(
        kind.tasks,
        AgentSettings(memory=memory_of(memory, _UNITS), percept=kind.percept),
        **{
            "lifetimes": kind.lifetimes,
            "signal": "sampled",
            "discount": Linear(0.8, kind.most_discount),
            "learning_rate": Linear(_RATES[memory], 0.0),
            **changes,
        },
    )


def _paper(kind: Kind, memory: str) -> Learner:
    learner: Any = published(kind.tasks, kind.steps, kind.percept)
    settings = AgentSettings(memory=memory_of(memory, 256), percept=kind.percept)
    return dataclasses.replace(learner, architecture=settings)


def _conditions(kinds: tuple[Kind, ...], make) -> tuple[Condition, ...]:
    """Each memory on each kind of tasks; lifetimes of attention on two arms are kept, to look at."""
    return tuple(
        agent(
            label,
            make(kind, memory),
            f"{memory}-{kind.name}",
            kind.words,
            keep=("value",) if (kind, memory) == (KINDS[0], "attention") else (),
        )
        for kind in kinds
        for memory, label in MEMORIES.items()
    )


def _preset(kinds: tuple[Kind, ...], conditions: tuple[Condition, ...], **sizes) -> Preset:
    references = (
        ReferencePolicy(
            "thompson", "thompson", on=tuple(one.tasks for one in kinds if "bandit" in one.tasks)
        ),
        ReferencePolicy("bayes-optimal", "bayes-optimal", on=tuple(one.tasks for one in kinds[:2])),
        ReferencePolicy("random", "random"),
    )
    return Preset(conditions, references, tuple(one.tasks for one in kinds), **sizes)


_ALL = _conditions(KINDS, _laptop)
_CONTROLS = tuple(without_memory(one) for one in _ALL if one.name.startswith("lstm"))
_QUICK = _conditions(KINDS[:1], partial(_laptop, lifetimes=30_000))

EXPERIMENT = Experiment(
    name="memories",
    title="From the LSTM to attention",
    question="Which memory learns most from as many steps of training, and which in as much time?",
    source="Duan et al. 2016; Mishra et al. 2018, whose tables compare a recurrent agent with attention",
    presets={
        "quick": _preset(KINDS[:1], _QUICK, seeds=1, lifetimes=2000, minutes=3),
        "laptop": _preset(KINDS, (*_ALL, *_CONTROLS), seeds=5, lifetimes=5000, minutes=240),
        "paper": _preset(KINDS, _conditions(KINDS, _paper), seeds=5, lifetimes=1000, minutes=100_000),
    },
)
