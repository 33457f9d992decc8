"""Finn et al. 2017, section 5.3.1: a point that seeks a hidden goal in the plane."""

from prefrontal.experiments.base import Experiment
from prefrontal.experiments.finn2017.recipes import Recipe, presets

RECIPE = Recipe(
    "navigation", 2000, 0.1, (1.0, 0.25), fine_tuning=2.5, fine_factors=(1.0, 0.5), joint_rate=3e-3
)

EXPERIMENT = Experiment(
    name="maml-navigation",
    title="MAML on 2D navigation",
    question="Does a start from which one inner step goes a long way beat joint training, fine-tuned well?",
    source="Finn et al. 2017, section 5.3.1",
    presets=presets(RECIPE, minutes=15),
)
