"""The meta-learning algorithms."""

from prefrontal.learners.a2c import A2C
from prefrontal.learners.base import Learner, LearnerState
from prefrontal.learners.diayn import DIAYN
from prefrontal.learners.evolution import Evolution
from prefrontal.learners.imitation import Imitation
from prefrontal.learners.joint import Joint
from prefrontal.learners.maml import MAML
from prefrontal.learners.ppo import PPO
from prefrontal.learners.reptile import Reptile
from prefrontal.learners.soft_diayn import SoftDIAYN
from prefrontal.registry import Registry

LEARNERS = Registry(
    "learner",
    Learner,
    {
        "a2c": A2C,
        "ppo": PPO,
        "imitation": Imitation,
        "maml": MAML,
        "reptile": Reptile,
        "joint": Joint,
        "diayn": DIAYN,
        "diayn-sac": SoftDIAYN,
        "evolution": Evolution,
    },
)

__all__ = [
    "A2C",
    "DIAYN",
    "LEARNERS",
    "MAML",
    "PPO",
    "Evolution",
    "Imitation",
    "Joint",
    "Learner",
    "LearnerState",
    "Reptile",
    "SoftDIAYN",
]
