"""A body on one leg that goes forward or backward: the role of HalfCheetah-Dir (Finn et al. 2017)."""

from prefrontal.experiments.base import Experiment
from prefrontal.experiments.finn2017.recipes import Recipe, presets

RECIPE = Recipe(
    "direction-runner", 2000, 0.5, (1.0, 0.5), fine_tuning=4.0, fine_factors=(1.0, 0.5), joint_rate=1e-3
)

EXPERIMENT = Experiment(
    name="maml-direction",
    title="MAML on a gait, forward or backward",
    question="Does one inner step turn a body round that has to learn a gait for each direction?",
    source="Finn et al. 2017, section 5.3.2, on a body of our own",
    presets=presets(RECIPE, minutes=20),
)
