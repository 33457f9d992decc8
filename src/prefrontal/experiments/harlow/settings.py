"""Harlow's abstract task structure: Wang et al. 2016, section 3.2.2 and figure 6."""

import dataclasses

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.learners.a2c import A2CSettings
from prefrontal.learners.schedules import Linear

SMALL, LARGE = "harlow-emoji", "harlow-paper"

# As in the paper the agent sees the screen, its last action and the last reward, and not the time.
_SINGLE = AgentSettings(PerceptSettings(time=False), encoder="conv", units=96)
_STACKED = dataclasses.replace(_SINGLE, memory="stacked-lstm", units=(64, 96))

# Few lifetimes an update, so that there are many updates. Tuned on seeds 100 and 101 and their own tasks,
# none of which are reported. It is not sure yet: a seed may end before it has learnt.
_LEARNER = A2CSettings(
    lifetimes=150_000,
    microbatch=16,
    microbatches=2,
    signal="sampled",
    discount=0.91,
    trace_decay=1.0,
    value_cost=0.4,
    entropy_cost=Linear(0.03, 0.001),
    learning_rate=Linear(2e-3, 5e-4),
)
# Of the paper only the number of episodes and the search over hyperparameters are known; the values are
# those of a later replication.
_PAPER = A2CSettings(
    lifetimes=100_000,
    microbatch=1,
    microbatches=32,
    signal="sampled",
    discount=0.91,
    trace_decay=1.0,
    value_cost=0.4,
    entropy_cost=0.001,
    optimiser="rmsprop",
    learning_rate=7.5e-4,
)

_REFERENCES = (ReferencePolicy("random", "random"),)


def _conditions(
    distribution: str, single: AgentSettings, stacked: AgentSettings, learner: A2CSettings
) -> tuple[Condition, ...]:
    """The two agents of the paper, and the single one without its memory."""
    keep = ("units", "value", "observation", "state")
    blank = dataclasses.replace(single, memory="none")
    return (
        Condition("lstm", "LSTM", distribution, single, learner, keep=keep, kept_lifetimes=50),
        Condition("stacked", "stacked LSTM", distribution, stacked, learner),
        Condition("no-memory", "no memory", distribution, blank, learner, control=True),
    )


def _preset(conditions: tuple[Condition, ...], seeds: int, lifetimes: int, minutes: float) -> Preset:
    on = conditions[0].distribution
    return Preset(conditions, _REFERENCES, (on,), seeds, lifetimes, minutes)


EXPERIMENT = Experiment(
    name="harlow",
    title="Harlow's abstract task structure",
    question="Does the agent learn how such tasks go, so that one trial with two new images is enough?",
    source="Wang et al. 2016, section 3.2.2, figure 6",
    presets={
        "quick": _preset(_conditions(SMALL, _SINGLE, _STACKED, _LEARNER)[:1], 1, 1_000, minutes=7),
        "laptop": _preset(_conditions(SMALL, _SINGLE, _STACKED, _LEARNER), 5, 5_000, minutes=90),
        "paper": _preset(
            _conditions(
                LARGE,
                dataclasses.replace(_SINGLE, units=256),
                dataclasses.replace(_STACKED, units=(64, 256)),
                _PAPER,
            ),
            100,
            1_000,
            minutes=100_000,
        ),
    },
)
