"""How agents that learn by gradient are trained on points in the plane, and how they are tried."""

import dataclasses
from functools import partial
from typing import Any

from prefrontal.experiments.base import Condition, Preset, Trial, changed
from prefrontal.experiments.plane_trials import ARCHITECTURE, REFERENCES, TRAJECTORIES, tasks, tried
from prefrontal.learners import MAML, Joint, Learner
from prefrontal.learners.schedules import Linear

FEW, MANY, MOST = "5 trajectories", "20 trajectories", "100 trajectories"
STEPS = {FEW: 5, MANY: 5, MOST: 5}  # inner steps in each trial
LEARNT_FROM = {FEW: 5, MANY: 20, MOST: 100}  # trajectories for each inner step


def trials(family: str, names: tuple[str, ...]) -> tuple[Trial, ...]:
    """With 5, 20 or 100 trajectories for each inner step, and beside them episodes acted by the mode."""
    return tuple(tried(name, family, STEPS[name], LEARNT_FROM[name]) for name in names)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What was tuned on a family of tasks, on seeds from 100 on and their own held-out tasks."""

    family: str
    lifetimes: int
    inner_rate: float
    rate_factors: tuple[float, ...]
    fine_tuning: float  # the inner rate of joint training, the best of those tried
    fine_factors: tuple[float, ...]
    joint_rate: float = 1e-2  # the learning rate at the beginning of joint training, falling to 0
    steps: int = 1  # inner steps of a lifetime in training

    @property
    def tasks(self) -> str:
        """What is trained on: 20 episodes before each inner step, and 20 after the last."""
        return tasks(self.family, TRAJECTORIES * (self.steps + 1))

    def maml(self, **changes: Any) -> Learner:
        given: dict[str, Any] = {
            "lifetimes": self.lifetimes,
            "inner_rate": self.inner_rate,
            "rate_factors": self.rate_factors,
        }
        return MAML(self.tasks, ARCHITECTURE, **given | changes)

    def joint(self, **changes: Any) -> Learner:
        given: dict[str, Any] = {
            "lifetimes": self.lifetimes,
            "learning_rate": Linear(self.joint_rate, 0.0),
            "inner_rate": self.fine_tuning,
            "rate_factors": self.fine_factors,
        }
        return Joint(self.tasks, ARCHITECTURE, **given | changes)


def conditions(recipe: Recipe) -> tuple[Condition, ...]:
    """MAML, first order, joint training with its fine-tuning tuned, and the start that was never trained."""
    maml = Condition(
        "maml",
        "MAML",
        recipe.maml(),
        keep=("state",),
        kept_lifetimes=20,
        trials=trials(recipe.family, (FEW, MANY, MOST)),
    )
    control = partial(changed, dataclasses.replace(maml, control=True, keep=(), trials=maml.trials[1:2]))
    joint = dataclasses.replace(control("joint", "joint training"), learner=recipe.joint())
    random = recipe.joint(lifetimes=20, learning_rate=0.0)
    return (
        maml,
        control("first-order", "MAML, first order", first_order=True),
        joint,
        dataclasses.replace(joint, name="untrained", label="random start", learner=random),
    )


def presets(recipe: Recipe, minutes: float) -> dict[str, Preset]:
    """`quick` has one agent, `laptop` the controls too, `paper` TRPO and the published sizes."""
    whole, trained_on = conditions(recipe), (recipe.tasks,)
    quick = dataclasses.replace(whole[0], trials=trials(recipe.family, (MANY,)))
    published = recipe.maml(
        outer="trpo", baseline="linear", lifetimes=10_000, inner_rate=0.1, rate_factors=(1.0, 0.5)
    )
    paper = dataclasses.replace(whole[0], learner=published)
    return {
        "quick": Preset((quick,), REFERENCES, trained_on, 1, 100, 2),
        "laptop": Preset(whole, REFERENCES, trained_on, 5, 400, minutes),
        "paper": Preset((paper,), REFERENCES, trained_on, 5, 400, 60),
    }
