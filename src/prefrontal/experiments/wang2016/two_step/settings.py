"""The two-step task: Wang et al. 2016, section 3.2.1 and figure 5, and the version of Wang et al. 2018."""

from functools import partial

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.controls import from_samples, lstm, without_memory, without_reward
from prefrontal.experiments.wang2016.recipes import DRAWN, LAPTOP_TWO_STEP, PAPER_TWO_STEP, Recipe

FIXED, REVERSING = "two-step-2016", "two-step-2018"

# As in the paper the agent sees the state, its last action and the last reward, and not the time.
_AGENT = AgentSettings(PerceptSettings(time=False, time_scale=100.0))

_REFERENCES = tuple(
    ReferencePolicy(name, name)
    for name in ("bayes-optimal", "win-stay-lose-shift", "model-based", "model-free", "hybrid", "random")
)


def _conditions(recipe: Recipe, with_controls: bool, sampled: bool) -> tuple[Condition, ...]:
    """Both versions, and the controls of the first. Time is not given here: it cannot be withheld."""
    fixed = lstm(recipe(FIXED, _AGENT), keep=("units", "value", "observation"))
    reversing = lstm(recipe(REVERSING, _AGENT), "reversals", "2018")
    also = (from_samples(fixed), from_samples(reversing)) if sampled else ()
    taken_away = (without_memory(fixed), without_reward(fixed)) if with_controls else ()
    return (fixed, reversing, *also, *taken_away)


def _preset(
    recipe: Recipe, with_controls: bool, seeds: int, lifetimes: int, minutes: float, sampled: bool = False
) -> Preset:
    conditions = _conditions(recipe, with_controls, sampled)
    return Preset(conditions, _REFERENCES, (FIXED, REVERSING), seeds, lifetimes, minutes)


_SEARCH = lstm(PAPER_TWO_STEP(FIXED, _AGENT), "search", "drawn settings", drawn=DRAWN)

EXPERIMENT = Experiment(
    name="two-step",
    title="The two-step task",
    question="Is the learnt algorithm model-based, though it was trained by a model-free one?",
    source="Wang et al. 2016, section 3.2.1, figure 5; Wang et al. 2018",
    presets={
        "quick": _preset(
            partial(LAPTOP_TWO_STEP, lifetimes=24_000), False, seeds=1, lifetimes=2_000, minutes=1
        ),
        "laptop": _preset(LAPTOP_TWO_STEP, True, seeds=5, lifetimes=10_000, minutes=22, sampled=True),
        "paper": _preset(PAPER_TWO_STEP, True, seeds=5, lifetimes=300, minutes=30),
        "paper-search": Preset((_SEARCH,), _REFERENCES, (FIXED,), seeds=100, lifetimes=300, minutes=100),
    },
)
