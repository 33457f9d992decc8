"""Model-based, model-free and hybrid learners of the two-step task (Daw et al. 2011).

They learn by the equations of `models/daw.py`. All initial values are 1/2 (0 in Daw et al.), and the
transitions are known (there, they are learnt or soon known). The choice is a softmax of both kinds of values,

    P(a) ∝ exp(β (w M[a] + (1 - w) Q[a]) + π [a was chosen last]).
"""

import dataclasses
from math import inf
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import settle
from prefrontal.models.daw import learn, planned
from prefrontal.references.base import ReferenceSettings
from prefrontal.references.two_step.base import Trial, TwoStepAgent, two_step_of
from prefrontal.tasks.base import TaskDistribution


class Values(NamedTuple):
    actions: Float[Array, "2"]  # Q
    states: Float[Array, "2"]  # V


class HybridLearner(TwoStepAgent):
    """Q is model-free and M is planned; `weight` is the share of M."""

    common: float = eqx.field(static=True)
    alpha: float = eqx.field(static=True)
    beta: float = eqx.field(static=True)
    trace_decay: float = eqx.field(static=True)  # λ
    weight: float = eqx.field(static=True)  # w
    perseveration: float = eqx.field(static=True)  # π

    def ignorance(self) -> Values:
        return Values(jnp.full(2, 0.5, jnp.float32), jnp.full(2, 0.5, jnp.float32))

    def learn(self, belief: Values, trial: Trial, reward: Float[Array, ""]) -> Values:
        chosen, visited = ((jnp.arange(2) == one).astype(jnp.float32) for one in (trial.choice, trial.state))
        return Values(*learn(*belief, chosen, visited, reward, self.alpha, self.trace_decay))

    def second_action(self, belief: Values, trial: Trial) -> Float[Array, ""]:
        by_model = planned(belief.states[1] - belief.states[0], self.common)
        model_free = belief.actions[1] - belief.actions[0]
        habit = jnp.where(trial.choice < 0, 0.0, 2.0 * trial.choice.astype(jnp.float32) - 1.0)
        ahead = self.beta * (self.weight * by_model + (1.0 - self.weight) * model_free)
        return jax.nn.sigmoid(ahead + self.perseveration * habit)


@dataclasses.dataclass(frozen=True)
class _DawSettings(ReferenceSettings):
    """The common parameters: learning rate, inverse temperature, perseveration."""

    name: ClassVar[str]
    fixed: ClassVar[dict[str, float]] = {}  # the learner's other parameters

    alpha: float = 0.5  # the learning rate
    beta: float = 5.0  # the inverse temperature
    perseveration: float = 0.0  # log-odds added for repeating the last first-step action

    def __post_init__(self):
        parts = dict.fromkeys(("alpha", "trace_decay", "weight"), (0.0, 1.0))
        settle(self, beta=(0.0, inf), perseveration=(-1e6, inf), **parts)

    def build(self, distribution: TaskDistribution) -> HybridLearner:
        common = two_step_of(self.name, distribution).common
        return HybridLearner(common, **self.fixed, **dataclasses.asdict(self))


@dataclasses.dataclass(frozen=True)
class ModelBasedSettings(_DawSettings):
    name: ClassVar[str] = "model-based"
    description: ClassVar[str] = "learns the two states' values and plans by the known transitions; softmax"
    fixed: ClassVar[dict[str, float]] = {"trace_decay": 1.0, "weight": 1.0}


@dataclasses.dataclass(frozen=True)
class ModelFreeSettings(_DawSettings):
    name: ClassVar[str] = "model-free"
    description: ClassVar[str] = "learns the first actions' values by SARSA(λ) and knows no model; softmax"

    fixed: ClassVar[dict[str, float]] = {"weight": 0.0}

    trace_decay: float = 1.0  # λ


@dataclasses.dataclass(frozen=True)
class HybridSettings(_DawSettings):
    name: ClassVar[str] = "hybrid"
    description: ClassVar[str] = (
        "weighs model-based values against model-free ones (Daw et al. 2011); softmax"
    )

    trace_decay: float = 1.0  # λ
    weight: float = 0.5  # w, of the model-based values; the model-free ones have 1 - w
