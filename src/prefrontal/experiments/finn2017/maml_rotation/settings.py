"""Points whose actuators are rotated: what an action does differs from task to task."""

from prefrontal.experiments.base import Experiment
from prefrontal.experiments.finn2017.recipes import Recipe, presets

RECIPE = Recipe("rotation", 2500, 0.3, (1.0, 0.5), fine_tuning=2.5, fine_factors=(1.0, 0.5), joint_rate=3e-3)

EXPERIMENT = Experiment(
    name="maml-rotation",
    title="MAML where actuators are rotated",
    question="Does MAML beat joint training where no single policy can serve all tasks?",
    source="Finn et al. 2017, section 5.3, on tasks of our own",
    presets=presets(RECIPE, minutes=15),
)
