"""Reptile on 2D navigation, by the number of inner steps, beside joint training."""

import dataclasses

from prefrontal.experiments.base import Condition, Experiment, Preset
from prefrontal.experiments.nichol2018.reptile.names import BOTH, OWN, STEPS, TUNED, Optimiser
from prefrontal.experiments.plane_trials import ARCHITECTURE, REFERENCES, TRAJECTORIES, tasks, tried
from prefrontal.learners import Joint, Learner, Reptile
from prefrontal.learners.schedules import Linear

FAMILY = "navigation"
BUDGET = 6_000_000  # environment steps of every training
SEGMENT = TRAJECTORIES * 30  # steps
RATE = 0.1  # of the inner steps in training
AREA = 10  # inner steps of a trial
# The best rates of inner steps in trials, of those tried on seeds 100 and 101, in units of RATE: that of the
# first step, and that of all later ones. Where none is given, the rate of training was the best.
BEST = {
    "sgd-1": (15.0, 7.5),
    "sgd-2": (10.0, 5.0),
    "adam-1": (15.0, 7.5),
    "adam-20": (6.0, 3.0),
    "joint": (15.0, 7.5),
    "untrained": (25.0, 12.5),
}
ADAM = 3e-3  # outer learning rate


def _reptile(steps: int, optimiser: Optimiser = "sgd", budget: int = BUDGET) -> Learner:
    """Reptile with so many inner steps in a lifetime."""
    rate = Linear(ADAM if optimiser == "adam" else 1.0, 0.0)
    return Reptile(
        tasks(FAMILY, TRAJECTORIES * steps),
        ARCHITECTURE,
        lifetimes=budget // (SEGMENT * steps),
        microbatch=5,
        optimiser=optimiser,
        learning_rate=rate,
        inner_rate=RATE,
    )


def _condition(name: str, label: str, learner: Learner) -> Condition:
    best = BEST.get(name, (1.0, 1.0))
    trials = tuple(
        tried(trial, FAMILY, AREA, factors=factors) for trial, factors in ((OWN, (1.0,)), (TUNED, best))
    )
    return Condition(name, label, learner, control=True, trials=trials)


def _conditions(steps: tuple[int, ...], budget: int = BUDGET) -> tuple[Condition, ...]:
    """Reptile with these numbers of inner steps, and joint training."""
    made = [
        _condition(f"{optimiser}-{k}", f"k = {k}{label}", _reptile(k, optimiser, budget))
        for optimiser, label in BOTH.items()
        for k in steps
    ]
    shown = dataclasses.replace(made[steps.index(10)], control=False, keep=("state",), kept_lifetimes=20)
    made[steps.index(10)] = shown
    joint = Joint(
        tasks(FAMILY),
        ARCHITECTURE,
        lifetimes=budget // (2 * SEGMENT),
        learning_rate=Linear(3e-3, 0.0),
        inner_rate=RATE,
        rate_factors=(1.0,),
    )
    untrained = dataclasses.replace(joint, lifetimes=20, learning_rate=0.0)
    others = _condition("joint", "joint training", joint), _condition("untrained", "random start", untrained)
    return (*made, *others)


def _preset(conditions: tuple[Condition, ...], seeds: int, lifetimes: int, minutes: float) -> Preset:
    return Preset(conditions, REFERENCES, (tasks(FAMILY),), seeds, lifetimes, minutes)


EXPERIMENT = Experiment(
    name="reptile",
    title="Reptile on 2D navigation",
    question="Does Reptile's start learn faster than that of joint training?",
    source="Nichol et al. 2018, sections 3 and 5",
    presets={
        "quick": _preset(_conditions((1, 10), BUDGET // 10), 1, 100, 2),
        "laptop": _preset(_conditions(STEPS), 5, 200, 20),
        "paper": _preset(_conditions(STEPS, 10 * BUDGET), 5, 400, 200),
    },
)
