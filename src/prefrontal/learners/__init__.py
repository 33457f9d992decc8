"""The meta-learning algorithms."""

from prefrontal.learners.a2c import A2C
from prefrontal.learners.base import Learner, LearnerState
from prefrontal.registry import Registry

LEARNERS = Registry("learner", Learner, {"a2c": A2C})

__all__ = ["A2C", "LEARNERS", "Learner", "LearnerState"]
