"""Arms that wander, at a pace of each lifetime's own: Wang et al. 2016, section 3.1.4 and figure 4."""

from prefrontal.agents import AgentSettings
from prefrontal.experiments.base import Condition, Experiment, Preset
from prefrontal.experiments.controls import BANDIT_REFERENCES, controls
from prefrontal.experiments.wang2016.recipes import KEPT, LAPTOP_A2C, PAPER_A2C, shorter
from prefrontal.learners.a2c import A2CSettings

DISTRIBUTION = "bandit-restless"


def _preset(learner: A2CSettings, with_controls: bool, seeds: int, lifetimes: int, minutes: float) -> Preset:
    lstm = Condition("lstm", "LSTM", DISTRIBUTION, AgentSettings(), learner, keep=KEPT)
    conditions = (lstm, *controls(lstm)) if with_controls else (lstm,)
    return Preset(conditions, BANDIT_REFERENCES, (DISTRIBUTION,), seeds, lifetimes, minutes)


EXPERIMENT = Experiment(
    name="bandit-restless",
    title="Restless bandits of unobserved volatility",
    question="Does the learnt algorithm adapt its own learning rate to how fast its task changes?",
    source="Wang et al. 2016, section 3.1.4, figure 4",
    presets={
        "quick": _preset(shorter(LAPTOP_A2C, 100_000), False, seeds=1, lifetimes=2_000, minutes=1),
        "laptop": _preset(shorter(LAPTOP_A2C, 200_000), True, seeds=5, lifetimes=10_000, minutes=10),
        "paper": _preset(
            shorter(PAPER_A2C, 20_000, learning_rate=1e-3), True, seeds=5, lifetimes=300, minutes=15
        ),
    },
)
