"""DIAYN in a box: on-policy and by soft actor-critic, without entropy, and with other numbers of skills."""

import dataclasses

from prefrontal.agents import PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset
from prefrontal.experiments.eysenbach2018.diayn.names import BOX, ROOMS, box
from prefrontal.learners import DIAYN, Learner, SoftDIAYN
from prefrontal.learners.soft_diayn import SQUASHED
from prefrontal.memory import NoMemorySettings

# Two hidden layers of 300 units everywhere, as in the paper.
_WIDE = (300, 300)
_LARGE = dataclasses.replace(
    SQUASHED,
    percept=PerceptSettings(previous_action=False, previous_reward="off", time=False),
    memory=NoMemorySettings(300, 2),
)


def _ppo(on: str) -> Learner:
    return DIAYN(on, minibatches=2, epochs=6)


def _condition(name: str, label: str, learner: Learner) -> Condition:
    return Condition(
        name,
        label,
        learner,
        keep=("units", "state"),
        kept_lifetimes=400,
        kept_needed="every",
    )


def _conditions(soft: SoftDIAYN) -> tuple[Condition, ...]:
    """PPO, soft actor-critic, and the latter without its entropy."""
    without = dataclasses.replace(soft, temperature=0.0)
    return (
        _condition("ppo", "PPO", _ppo(BOX)),
        _condition("sac", "soft actor-critic", soft),
        _condition("sac-no-entropy", "without entropy", without),
    )


_OTHERS = (
    _condition("ppo-4", "PPO, 4 skills", _ppo(box(4))),
    _condition("ppo-16", "PPO, 16 skills", _ppo(box(16))),
    _condition("ppo-rooms", "PPO, four rooms", _ppo(ROOMS)),
)
_PAPER = SoftDIAYN(
    BOX,
    _LARGE,
    lifetimes=20_000,
    widths=_WIDE,
    critic_widths=_WIDE,
    discount=0.99,
    learning_rate=3e-4,
    discriminator_rate=3e-4,
    capacity=1_000_000,
    batch=128,
    gradient_steps=1600,
)


def _preset(conditions: tuple[Condition, ...], seeds: int, minutes: float) -> Preset:
    return Preset(conditions, (), (), seeds, 400, minutes)


EXPERIMENT = Experiment(
    name="diayn",
    title="DIAYN: skills without a reward",
    question="Does an agent that is paid only for being told apart learn skills that go to different places?",
    source="Eysenbach et al. 2018",
    presets={
        "quick": _preset(_conditions(SoftDIAYN(BOX)), 1, 2),
        "laptop": _preset((*_conditions(SoftDIAYN(BOX)), *_OTHERS), 5, 8),
        "paper": _preset(_conditions(_PAPER), 5, 600),
    },
)
