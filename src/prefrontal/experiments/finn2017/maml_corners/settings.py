"""Four corners, of which one pays, and only near by (after Rothfuss et al. 2019)."""

from prefrontal.experiments.base import Experiment
from prefrontal.experiments.finn2017.recipes import Recipe, presets

RECIPE = Recipe("four-corners", 2000, 0.3, (1.0, 0.5), fine_tuning=1.0, fine_factors=(1.0, 0.5), steps=2)

EXPERIMENT = Experiment(
    name="maml-corners",
    title="MAML where reward is sparse",
    question="Does MAML learn to look for a corner that pays, and then to stay there?",
    source="Rothfuss et al. 2019, section 6, on a smaller square",
    presets=presets(RECIPE, minutes=15),
)
