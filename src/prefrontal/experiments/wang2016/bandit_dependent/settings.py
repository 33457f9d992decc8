"""Wang et al. 2016, section 3.1.2 and figures 2b to 2f: two arms with p₁ = 1 - p₂."""

from functools import partial

from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.controls import (
    BANDIT_REFERENCES,
    controls,
    from_samples,
    lstm,
    without_reward,
)
from prefrontal.experiments.wang2016.recipes import KEPT, LAPTOP_A2C, PAPER_A2C, Recipe

KINDS = ("independent", "dependent-uniform", "dependent-easy", "dependent-medium", "dependent-hard")
DISTRIBUTIONS = tuple(f"bandit-{kind}" for kind in KINDS)

# What is attainable: the policies that are exactly optimal for one kind of tasks, on all kinds. To follow
# the evidence is optimal for every symmetric prior over dependent arms, so that one row serves four.
_OPTIMA = tuple(
    ReferencePolicy("bayes-optimal", f"bayes-optimal-{kind}", built_for=f"bandit-{built_for}")
    for kind, built_for in (("independent", "independent"), ("dependent", "dependent-uniform"))
)


def _condition(kind: str, recipe: Recipe) -> Condition:
    """Trained on one of the five distributions, evaluated on all of them."""
    learner = recipe(f"bandit-{kind}")
    return lstm(learner, f"lstm-{kind}", kind, evaluate_on=DISTRIBUTIONS, keep=KEPT)


def _preset(
    kinds: tuple[str, ...],
    recipe: Recipe,
    controlled: str,
    seeds: int,
    lifetimes: int,
    minutes: float,
    sampled: bool = False,
) -> Preset:
    conditions = tuple(_condition(kind, recipe) for kind in kinds)
    # From samples, values in the rewards' own units unlearn as the discount nears 1 (seen on seed 100).
    conditions += tuple(from_samples(one, value_scale="popart") for one in conditions) if sampled else ()
    taken_away = (
        (*controls(_condition(controlled, recipe)), without_reward(_condition("dependent-easy", recipe)))
        if controlled
        else ()
    )
    return Preset(
        (*conditions, *taken_away), (*BANDIT_REFERENCES, *_OPTIMA), DISTRIBUTIONS, seeds, lifetimes, minutes
    )


EXPERIMENT = Experiment(
    name="bandit-dependent",
    title="Two-armed bandits with dependent arms",
    question=(
        "Does the learnt algorithm exploit the structure of its tasks, and does it carry over to others?"
    ),
    source="Wang et al. 2016, section 3.1.2, figures 2b-2f",
    presets={
        "quick": _preset(
            KINDS[1:4], partial(LAPTOP_A2C, lifetimes=60_000), "", seeds=1, lifetimes=2_000, minutes=2
        ),
        "laptop": _preset(
            KINDS,
            partial(LAPTOP_A2C, lifetimes=300_000),
            "dependent-medium",
            seeds=5,
            lifetimes=10_000,
            minutes=47,
            sampled=True,
        ),
        "paper": _preset(KINDS, PAPER_A2C, "dependent-medium", seeds=5, lifetimes=300, minutes=60),
    },
)
