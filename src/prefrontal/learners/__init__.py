"""The meta-learning algorithms."""

from prefrontal.learners.a2c import A2C
from prefrontal.learners.base import Learner, LearnerState
from prefrontal.learners.imitation import Imitation
from prefrontal.learners.ppo import PPO
from prefrontal.registry import Registry

LEARNERS = Registry("learner", Learner, {"a2c": A2C, "ppo": PPO, "imitation": Imitation})

__all__ = ["A2C", "LEARNERS", "PPO", "Imitation", "Learner", "LearnerState"]
