"""Two independent arms: Wang et al. 2016, section 3.1.1 and figure 2a. See the README for the sources."""

from functools import partial

from prefrontal.experiments.base import Condition, Experiment, Preset
from prefrontal.experiments.controls import BANDIT_REFERENCES, controls, from_samples, lstm
from prefrontal.experiments.wang2016.recipes import DRAWN, KEPT, LAPTOP_A2C, PAPER_A2C

DISTRIBUTION = "bandit-independent"

# Values in units of their own are worth little with expected regret, and much with sampled rewards.
_RECIPE = partial(LAPTOP_A2C, value_scale="popart")
_LSTM = lstm(_RECIPE(DISTRIBUTION), keep=KEPT)
_QUICK = lstm(_RECIPE(DISTRIBUTION, lifetimes=200_000), keep=KEPT)
_PAPER = lstm(PAPER_A2C(DISTRIBUTION), keep=KEPT)
_SEARCH = lstm(PAPER_A2C(DISTRIBUTION), "search", "drawn settings", drawn=DRAWN)


def _preset(conditions: tuple[Condition, ...], seeds: int, lifetimes: int, minutes: float) -> Preset:
    return Preset(conditions, BANDIT_REFERENCES, (DISTRIBUTION,), seeds, lifetimes, minutes)


EXPERIMENT = Experiment(
    name="bandit-independent",
    title="Two-armed bandits with independent arms",
    question=(
        "Does a recurrent network, trained over bandits by ordinary RL, become a bandit algorithm of its own?"
    ),
    source="Wang et al. 2016, section 3.1.1, figure 2a",
    presets={
        "quick": _preset((_QUICK,), seeds=1, lifetimes=10_000, minutes=1),
        "laptop": _preset(
            (_LSTM, from_samples(_LSTM), *controls(_LSTM)), seeds=5, lifetimes=10_000, minutes=38
        ),
        "paper": _preset((_PAPER, *controls(_PAPER)), seeds=5, lifetimes=300, minutes=15),
        "paper-search": _preset((_SEARCH,), seeds=100, lifetimes=300, minutes=50),
    },
)
