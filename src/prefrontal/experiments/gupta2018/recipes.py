"""How agents are meta-trained on tasks that a discriminator proposes, or a person, and how they are tried."""

from typing import Any

from prefrontal.experiments.base import Condition, Trial
from prefrontal.experiments.gupta2018.unsupervised.names import (
    EPISODES,
    GAINS,
    GOALS,
    LENGTH,
    LIVED,
    RATE,
    STEPS,
    TRAJECTORIES,
    TRIED,
    WAYS,
    trial,
)
from prefrontal.experiments.own.three_ways.settings import RECURRENT
from prefrontal.experiments.plane_trials import ARCHITECTURE, tasks
from prefrontal.growth.unsupervised import LearntDiscriminator, ProposedTasks, RandomDiscriminator
from prefrontal.learners import MAML, PPO, Learner
from prefrontal.tasks import TaskDistribution

SKILLS = 8  # of DIAYN
RANDOM_SKILLS = 16  # of a random D, few of which may be worth going for
ON = tasks(GOALS, TRAJECTORIES * (STEPS + 1))  # what is tried with gradients


def process(length: int, skills: int = SKILLS) -> str:
    """The box and its skills, one episode of this length."""
    return f"skills-box:length={length},horizon={length},skills={skills}"


def proposed(way: str, episodes: int, diayn: Learner) -> TaskDistribution | str:
    """The tasks that an agent is meta-trained on. Every training has a discriminator of its own."""
    if way == "true":
        return tasks(GOALS, episodes)
    if way in GAINS:
        by, told = RandomDiscriminator(None, gain=GAINS[way]), process(LENGTH, RANDOM_SKILLS)
    else:
        by, told = LearntDiscriminator(None, learner=diayn), process(LENGTH)
    return ProposedTasks(skills=told, by=by, episodes=episodes)


def maml(way: str, rates: tuple[float, ...], lifetimes: int, diayn: Learner, **changes: Any) -> Condition:
    on = proposed(way, 2 * TRAJECTORIES, diayn)
    learner = MAML(on, ARCHITECTURE, lifetimes=lifetimes, inner_rate=RATE, **changes)
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
    return tuple(Trial(trial(rate), ON, (("factors", factors(rate)),)) for rate in rates)


def scratch(rates: tuple[float, ...]) -> Condition:
    """A start that was never trained."""
    on = tasks(GOALS, 2 * TRAJECTORIES)
    learner = MAML(on, ARCHITECTURE, lifetimes=20, learning_rate=0.0, inner_rate=RATE)
    return Condition("scratch", "from scratch", learner, control=True, trials=_trials(rates))


def rl2(way: str, lifetimes: int, diayn: Learner) -> Condition:
    learner = PPO(
        proposed(way, LIVED, diayn),
        RECURRENT,
        lifetimes=lifetimes,
        microbatch=20,
        microbatches=2,
        minibatches=2,
        discount=0.9,
        trace_decay=0.9,
        entropy_cost=0.0,
    )
    tried = (Trial(TRIED, tasks(GOALS, EPISODES)),)
    return Condition(f"rl2-{way}", f"RL², {WAYS[way]}", learner, trials=tried)


def skills(diayn: Learner) -> Condition:
    """The skills alone: each is tried for an episode, and the best is kept."""
    chosen = Trial(TRIED, tasks(GOALS, SKILLS + EPISODES), (("every", LENGTH),), method="untold")
    return Condition(
        "skills", "skills alone", diayn, keep=("units", "state"), kept_lifetimes=200, trials=(chosen,)
    )
