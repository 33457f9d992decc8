"""POET on a course of obstacles, its growers' controls, and its environments from scratch."""

import dataclasses

from prefrontal.experiments.base import Condition, Experiment, Preset
from prefrontal.experiments.wang2019.poet.names import SPREADS, scratch
from prefrontal.growth import POET, Specialists

_LAPTOP = POET(mutate_every=50)
# As in the paper, but for the course, its agents and the minimal criterion, which are ours.
_PAPER = POET(
    iterations=25_200,
    niches=20,
    mutate_every=200,
    mirrored=256,
    least_spread=0.01,
    low=50.0,
    high=300.0,
)


def _growers(poet: POET, without: int) -> tuple[Condition, ...]:
    """POET, and its two controls. `without`: the iterations of the one that makes no transfers."""
    alone = dataclasses.replace(poet, transfers=False, iterations=without)
    drawn = dataclasses.replace(poet, drawn=True)
    return (
        Condition("poet", "POET", poet, keep=("state",), kept_lifetimes=20, kept_needed="first"),
        Condition("no-transfer", "no transfer", alone, control=True),
        Condition("random", "random environments", drawn, control=True),
    )


def _from_scratch(learner: Specialists, spreads: tuple[float, ...]) -> tuple[Condition, ...]:
    """The environments of POET from scratch, with several σ, and along the direct path."""
    each = [
        Condition(
            scratch(spread),
            f"from scratch, σ = {spread:g}",
            dataclasses.replace(learner, spread=spread, least_spread=min(spread, learner.least_spread)),
            control=True,
            after="poet",
        )
        for spread in spreads
    ]
    path = dataclasses.replace(learner, path=True)
    return (*each, Condition("path", "direct path", path, control=True, after="poet"))


def _preset(growers: tuple, controls: tuple, seeds: int, lifetimes: int, minutes: float) -> Preset:
    return Preset((*growers, *controls), (), (), seeds, lifetimes, minutes)


_QUICK = dataclasses.replace(_LAPTOP, iterations=400)

EXPERIMENT = Experiment(
    name="poet",
    title="POET: environments and their solutions",
    question="Does a process that invents environments solve some that cannot be solved from scratch?",
    source="Wang et al. 2019",
    presets={
        "quick": _preset(
            _growers(_QUICK, 600), _from_scratch(Specialists(iterations=400, most=2), (0.1,)), 1, 100, 3
        ),
        "laptop": _preset(
            _growers(_LAPTOP, 6000), _from_scratch(Specialists(iterations=2800), SPREADS), 5, 1000, 60
        ),
        "paper": _preset(
            _growers(_PAPER, 50_000), _from_scratch(Specialists(iterations=16_000), SPREADS), 5, 1000, 30_000
        ),
    },
)
