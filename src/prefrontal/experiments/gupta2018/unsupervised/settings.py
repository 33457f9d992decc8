"""MAML and RL² on tasks that a discriminator proposes, tried on goals in the same box that a person wrote."""

import dataclasses

from prefrontal.experiments.base import Condition, Experiment, Preset
from prefrontal.experiments.gupta2018.recipes import ON, maml, process, rl2, scratch, skills
from prefrontal.experiments.gupta2018.unsupervised.names import RATES, WAYS
from prefrontal.experiments.plane_trials import REFERENCES
from prefrontal.learners import DIAYN, SoftDIAYN

MADE_IN = process(50)  # longer episodes than those of the tasks: D then tells far places apart, too
# Of MAML, on proposed tasks and on true goals. With more, it fits the discriminator better and goals worse.
LIFETIMES = (500, 2000)
WHOLE = DIAYN(MADE_IN, minibatches=2, epochs=6)


def _laptop() -> tuple[Condition, ...]:
    by_gradient = [maml(way, RATES, LIFETIMES[way == "true"], WHOLE) for way in WAYS]
    by_memory = [rl2(way, 8000, WHOLE) for way in ("true", "diayn", "random")]
    return (*by_gradient, scratch(RATES), *by_memory, skills(WHOLE))


def _quick() -> tuple[Condition, ...]:
    rates, diayn = RATES[2:5:2], dataclasses.replace(WHOLE, lifetimes=6400)
    by_gradient = [maml(way, rates, 500, diayn) for way in ("true", "diayn")]
    return (*by_gradient, scratch(rates), skills(diayn))


def _paper() -> tuple[Condition, ...]:
    """TRPO outside, as in Finn et al. 2017, and soft actor-critic for the skills."""
    soft, ways = SoftDIAYN(MADE_IN, lifetimes=20_000, discount=0.99), ("true", "diayn", "random")
    by_gradient = [maml(way, RATES, 10_000, soft, outer="trpo", baseline="linear") for way in ways]
    return (*by_gradient, scratch(RATES), skills(soft))


def _preset(conditions: tuple[Condition, ...], seeds: int, lifetimes: int, minutes: float) -> Preset:
    return Preset(conditions, REFERENCES, (ON,), seeds, lifetimes, minutes)


EXPERIMENT = Experiment(
    name="unsupervised",
    title="Unsupervised meta-RL",
    question="Do tasks that a discriminator makes up prepare an agent for tasks that a person wrote?",
    source="Gupta et al. 2018",
    presets={
        "quick": _preset(_quick(), 1, 100, 3),
        "laptop": _preset(_laptop(), 5, 400, 90),
        "paper": _preset(_paper(), 5, 400, 400),
    },
)
