"""Wang et al. 2016, section 3.1.3 and figure 3: eleven arms; one of them says which is best."""

from functools import partial

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition, Experiment, Preset
from prefrontal.experiments.controls import BANDIT_REFERENCES, controls
from prefrontal.experiments.wang2016.recipes import KEPT, PAPER_A2C, Recipe
from prefrontal.learners import A2C
from prefrontal.learners.schedules import Linear

DISTRIBUTION = "bandit-informative"

# Gittins' indices are for arms that pay 0 or 1.
_REFERENCES = tuple(policy for policy in BANDIT_REFERENCES if policy.name != "gittins")

_AGENT = AgentSettings(PerceptSettings(previous_reward="one-hot", time_scale=5.0))
# Whole returns and much exploration: the way to the prize leads through an arm that pays least. Rewards are
# certain here, so that the sampled reward is the expected one.
_LEARNER = partial(
    A2C,
    lifetimes=640_000,
    microbatch=128,
    signal="sampled",
    discount=1.0,
    trace_decay=1.0,
    normalise_advantages=True,
    entropy_cost=Linear(0.3, 0.0),
)


def _preset(recipe: Recipe, with_controls: bool, seeds: int, lifetimes: int, minutes: float) -> Preset:
    lstm = Condition("lstm", "LSTM", recipe(DISTRIBUTION, _AGENT), keep=KEPT)
    conditions = (lstm, *controls(lstm)) if with_controls else (lstm,)
    return Preset(conditions, _REFERENCES, (DISTRIBUTION,), seeds, lifetimes, minutes)


EXPERIMENT = Experiment(
    name="bandit-informative",
    title="Eleven arms; one of them says which is best",
    question="Does the learnt algorithm pay for information now that is worth more later?",
    source="Wang et al. 2016, section 3.1.3, figure 3",
    presets={
        "quick": _preset(partial(_LEARNER, lifetimes=320_000), False, seeds=1, lifetimes=2_000, minutes=0.5),
        "laptop": _preset(_LEARNER, True, seeds=5, lifetimes=10_000, minutes=2),
        "paper": _preset(
            partial(PAPER_A2C, lifetimes=20_000, learning_rate=1e-3), True, seeds=5, lifetimes=300, minutes=3
        ),
    },
)
