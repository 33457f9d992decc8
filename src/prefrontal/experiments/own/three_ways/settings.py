"""RL², MAML, Reptile and joint training on four families of tasks, with the same environment steps."""

import dataclasses
from typing import NamedTuple

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset, Trial
from prefrontal.experiments.own.three_ways.names import (
    EPISODES,
    FAMILIES,
    INNER,
    INNER_MAML,
    LENGTH,
    TRIAL,
    WAYS,
    condition,
)
from prefrontal.experiments.plane_trials import ARCHITECTURE, REFERENCES, TRAJECTORIES, tasks, tried
from prefrontal.learners import MAML, PPO, Joint, Learner, Reptile
from prefrontal.learners.schedules import Linear
from prefrontal.memory import GRUSettings
from prefrontal.policies import GaussianSettings
from prefrontal.tasks import distribution

BUDGET = 2_400_000  # environment steps of every training

# A memory of its own for RL²: it sees its last action and reward, and where an episode begins.
RECURRENT = AgentSettings(
    PerceptSettings(time=False, episode_start=True), GRUSettings(64), policy=GaussianSettings(1.0)
)


class Tuned(NamedTuple):
    """What was tuned on a family of tasks, on seeds from 100 on."""

    inner_rate: float  # MAML's, at the first inner step; half of it at later ones
    reptile_rate: float
    fine_tuning: float  # joint training's rate at the first inner step; half of it at later ones
    learning_rate: float = 3e-3  # RL²'s


TUNED = {
    "navigation": Tuned(0.1, 0.3, 1.5),
    "rotation": Tuned(0.3, 0.3, 1.5),
    "four-corners": Tuned(0.3, 0.3, 1.5),
    "direction-runner": Tuned(0.3, 0.3, 1.5),
}


def learners(family: str, budget: int) -> dict[str, Learner]:
    """The four ways."""
    tuned, length = TUNED[family], distribution(family).environment.episode_length or 1
    lifetimes = lambda episodes: budget // (length * episodes)  # noqa: E731
    pair, many = 2 * TRAJECTORIES, INNER * TRAJECTORIES
    whole = (INNER_MAML.get(family, 1) + 1) * TRAJECTORIES
    rl2 = PPO(
        tasks(family, LENGTH),
        RECURRENT,
        lifetimes=lifetimes(LENGTH),
        microbatch=20,
        microbatches=2,
        minibatches=2,
        discount=0.9,
        trace_decay=0.9,
        entropy_cost=0.0,
        learning_rate=Linear(tuned.learning_rate, 0.0),
    )
    maml = MAML(tasks(family, whole), ARCHITECTURE, lifetimes=lifetimes(whole), inner_rate=tuned.inner_rate)
    reptile = Reptile(
        tasks(family, many),
        ARCHITECTURE,
        lifetimes=lifetimes(many),
        microbatch=5,
        inner_rate=tuned.reptile_rate,
    )
    joint = Joint(
        tasks(family, pair),
        ARCHITECTURE,
        lifetimes=lifetimes(pair),
        learning_rate=Linear(1e-2, 0.0),
        inner_rate=tuned.fine_tuning,
    )
    return {"rl2": rl2, "maml": maml, "reptile": reptile, "joint": joint}


def conditions(family: str, budget: int = BUDGET) -> tuple[Condition, ...]:
    """The four ways on one family of tasks."""
    trial = tried(TRIAL, family, EPISODES // TRAJECTORIES - 1, shown=0)
    memory = Trial(TRIAL, tasks(family, EPISODES))
    made = []
    for way, learner in learners(family, budget).items():
        one = Condition(
            condition(family, way), WAYS[way], learner, trials=(memory if way == "rl2" else trial,)
        )
        made.append(dataclasses.replace(one, keep=("state",), kept_lifetimes=20) if way == "rl2" else one)
    return tuple(made)


def _preset(families: tuple[str, ...], budget: int, seeds: int, lifetimes: int, minutes: float) -> Preset:
    trained = tuple(one for family in families for one in conditions(family, budget))
    return Preset(trained, REFERENCES, tuple(map(tasks, families)), seeds, lifetimes, minutes)


EXPERIMENT = Experiment(
    name="three-ways",
    title="Three ways to learn to learn, on equal terms",
    question="What do RL², MAML and Reptile earn in a new task, after as many steps of training?",
    source="ours; Duan et al. 2016, Finn et al. 2017, Nichol et al. 2018",
    presets={
        "quick": _preset(("navigation",), BUDGET // 4, 1, 100, 2),
        "laptop": _preset(tuple(FAMILIES), BUDGET, 5, 400, 40),
        "paper": _preset(tuple(FAMILIES), 10 * BUDGET, 5, 400, 400),
    },
)
