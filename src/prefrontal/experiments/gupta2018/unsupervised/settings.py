"""MAML and RL² on tasks that a discriminator proposes, tried on goals in the same box that a person wrote."""

import dataclasses
from typing import Any

from prefrontal.experiments.base import Condition, Experiment, Preset, Trial
from prefrontal.experiments.gupta2018.unsupervised.names import (
    EPISODES,
    GOALS,
    LENGTH,
    LIVED,
    RATE,
    RATES,
    STEPS,
    TRAJECTORIES,
    TRIED,
    WAYS,
    trial,
)
from prefrontal.experiments.own.three_ways.settings import RECURRENT
from prefrontal.experiments.plane_trials import ARCHITECTURE, REFERENCES, tasks
from prefrontal.growth.unsupervised import LearntDiscriminator, ProposedTasks, RandomDiscriminator
from prefrontal.learners import DIAYN, MAML, PPO, Learner, SoftDIAYN
from prefrontal.tasks import TaskDistribution

SKILLS = 16
PROCESS = f"skills-box:length={LENGTH},horizon={LENGTH},skills={SKILLS}"
WHOLE = DIAYN(PROCESS, minibatches=2, epochs=6, lifetimes=6400)  # it makes D
_ON = tasks(GOALS, TRAJECTORIES * (STEPS + 1))  # what is tried with gradients


def _tasks(way: str, episodes: int, diayn: Learner) -> TaskDistribution | str:
    """The tasks that an agent is meta-trained on. Every training has a discriminator of its own."""
    if way == "true":
        return tasks(GOALS, episodes)
    by = LearntDiscriminator(None, learner=diayn)
    if way != "diayn":
        by = RandomDiscriminator(None, gain=1.0 if way == "random-1" else 3.0)
    return ProposedTasks(skills=PROCESS, by=by, episodes=episodes)


def _maml(way: str, rates: tuple[float, ...], lifetimes: int, diayn: Learner, **changes: Any) -> Condition:
    learner = MAML(
        _tasks(way, 2 * TRAJECTORIES, diayn), ARCHITECTURE, lifetimes=lifetimes, inner_rate=RATE, **changes
    )
    return Condition(
        f"maml-{way}",
        f"MAML, {WAYS[way]}",
        learner,
        keep=("state",),
        kept_lifetimes=20,
        kept_on=tasks(GOALS, 2 * TRAJECTORIES),
        trials=_trials(rates),
    )


def _trials(rates: tuple[float, ...]) -> tuple[Trial, ...]:
    factors = lambda rate: (rate / RATE, rate / RATE / 2)  # noqa: E731
    return tuple(Trial(trial(rate), _ON, (("factors", factors(rate)),)) for rate in rates)


def _scratch(rates: tuple[float, ...]) -> Condition:
    """A start that was never trained."""
    learner = MAML(
        tasks(GOALS, 2 * TRAJECTORIES), ARCHITECTURE, lifetimes=20, learning_rate=0.0, inner_rate=RATE
    )
    return Condition("scratch", "from scratch", learner, control=True, trials=_trials(rates))


def _rl2(way: str, lifetimes: int, diayn: Learner) -> Condition:
    learner = PPO(
        _tasks(way, LIVED, diayn),
        RECURRENT,
        lifetimes=lifetimes,
        microbatch=20,
        microbatches=2,
        minibatches=2,
        discount=0.9,
        trace_decay=0.9,
        entropy_cost=0.0,
    )
    return Condition(
        f"rl2-{way}", f"RL², {WAYS[way]}", learner, trials=(Trial(TRIED, tasks(GOALS, EPISODES)),)
    )


def _skills(diayn: Learner) -> Condition:
    """The skills alone: each is tried for an episode, and the best is kept."""
    chosen = Trial(TRIED, tasks(GOALS, SKILLS + EPISODES), (("every", LENGTH),), method="untold")
    return Condition(
        "skills", "skills alone", diayn, keep=("units", "state"), kept_lifetimes=200, trials=(chosen,)
    )


def _laptop() -> tuple[Condition, ...]:
    maml = [_maml(way, RATES, 2000, WHOLE) for way in WAYS]
    rl2 = [_rl2(way, 8000, WHOLE) for way in ("true", "diayn", "random")]
    return (*maml, _scratch(RATES), *rl2, _skills(WHOLE))


def _quick() -> tuple[Condition, ...]:
    rates, diayn = RATES[1:5:3], dataclasses.replace(WHOLE, lifetimes=3200)
    maml = [_maml(way, rates, 1000, diayn) for way in ("true", "diayn")]
    return (*maml, _scratch(rates), _skills(diayn))


def _paper() -> tuple[Condition, ...]:
    """TRPO outside, as in Finn et al. 2017, and soft actor-critic for the skills."""
    soft = SoftDIAYN(PROCESS, lifetimes=20_000, discount=0.99)
    maml = [
        _maml(way, RATES, 10_000, soft, outer="trpo", baseline="linear")
        for way in ("true", "diayn", "random")
    ]
    return (*maml, _scratch(RATES), _skills(soft))


def _preset(conditions: tuple[Condition, ...], seeds: int, lifetimes: int, minutes: float) -> Preset:
    return Preset(conditions, REFERENCES, (_ON,), seeds, lifetimes, minutes)


EXPERIMENT = Experiment(
    name="unsupervised",
    title="Unsupervised meta-RL",
    question="Do tasks that a discriminator makes up prepare an agent for tasks that a person wrote?",
    source="Gupta et al. 2018",
    presets={
        "quick": _preset(_quick(), 1, 100, 3),
        "laptop": _preset(_laptop(), 5, 200, 60),
        "paper": _preset(_paper(), 5, 200, 400),
    },
)
