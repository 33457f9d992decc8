"""The two-step task: Wang et al. 2016, section 3.2.1 and figure 5, and the version of Wang et al. 2018."""

from functools import partial

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset, ReferencePolicy
from prefrontal.experiments.controls import without_memory, without_reward
from prefrontal.experiments.wang2016.recipes import PAPER_A2C, Recipe
from prefrontal.learners import A2C
from prefrontal.learners.schedules import Linear

FIXED, REVERSING = "two-step-2016", "two-step-2018"

# As in the paper the agent sees the state, its last action and the last reward, and not the time.
_AGENT = AgentSettings(PerceptSettings(time=False, time_scale=100.0))

# The reward comes one step after the choice: a discount of 0.9 gives the choice nearly all of it. Tuned on
# seeds 100 to 102 and their own held-out tasks, none of which are reported.
_LEARNER = partial(
    A2C,
    lifetimes=200_000,
    microbatch=64,
    microbatches=1,
    signal="regret",
    discount=0.9,
    trace_decay=1.0,
    entropy_cost=Linear(0.05, 0.0),
    learning_rate=Linear(4e-3, 0.0),
)
_PAPER = partial(PAPER_A2C, lifetimes=20_000, discount=0.9, entropy_cost=0.05)

_REFERENCES = tuple(
    ReferencePolicy(name, name)
    for name in ("bayes-optimal", "win-stay-lose-shift", "model-based", "model-free", "hybrid", "random")
)


def _conditions(recipe: Recipe, with_controls: bool) -> tuple[Condition, ...]:
    """Both versions, and the controls of the first. Time is not given here: it cannot be withheld."""
    fixed = Condition("lstm", "LSTM", recipe(FIXED, _AGENT), keep=("units", "value", "observation"))
    reversing = Condition("reversals", "LSTM, 2018", recipe(REVERSING, _AGENT))
    return (fixed, reversing, *((without_memory(fixed), without_reward(fixed)) if with_controls else ()))


def _preset(recipe: Recipe, with_controls: bool, seeds: int, lifetimes: int, minutes: float) -> Preset:
    conditions = _conditions(recipe, with_controls)
    return Preset(conditions, _REFERENCES, (FIXED, REVERSING), seeds, lifetimes, minutes)


EXPERIMENT = Experiment(
    name="two-step",
    title="The two-step task",
    question="Is the learnt algorithm model-based, though it was trained by a model-free one?",
    source="Wang et al. 2016, section 3.2.1, figure 5; Wang et al. 2018",
    presets={
        "quick": _preset(partial(_LEARNER, lifetimes=24_000), False, seeds=1, lifetimes=2_000, minutes=1),
        "laptop": _preset(_LEARNER, True, seeds=5, lifetimes=10_000, minutes=15),
        "paper": _preset(_PAPER, True, seeds=5, lifetimes=300, minutes=30),
    },
)
