"""Model-based, model-free and hybrid learners of the two-step task (Daw et al. 2011).

Without Daw's choice at the second step, the value of S₂ and of S₃ is a number each. With a trial's choice a,
state s and reward r, in this order:

    Q[a] ← Q[a] + α (V[s] - Q[a]) + α λ (r - V[s]),        V[s] ← V[s] + α (r - V[s]).

Q is model-free, SARSA(λ): with λ = 1 an action is worth what it brought, whatever the transition. V and the
transitions make the model-based values, M[a] = Σₛ P(s | a) V[s]. The choice is a softmax of both,

    P(a) ∝ exp(β (w M[a] + (1 - w) Q[a]) + π [a was chosen last]).

All values begin at 1/2 (in Daw et al. at 0) and the transitions are known (there, learnt or soon known).
"""

import dataclasses
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import check_between
from prefrontal.references.base import ReferenceSettings
from prefrontal.references.two_step.base import Trial, TwoStepAgent, two_step_of
from prefrontal.tasks.base import TaskDistribution


class Values(NamedTuple):
    actions: Float[Array, "2"]  # Q
    states: Float[Array, "2"]  # V


class HybridLearner(TwoStepAgent):
    """The equations at the head of this file."""

    common: float = eqx.field(static=True)
    alpha: float = eqx.field(static=True)
    beta: float = eqx.field(static=True)
    trace_decay: float = eqx.field(static=True)  # λ
    weight: float = eqx.field(static=True)  # w
    perseveration: float = eqx.field(static=True)  # π

    def ignorance(self) -> Values:
        return Values(jnp.full(2, 0.5), jnp.full(2, 0.5))

    def learn(self, belief: Values, trial: Trial, reward: Float[Array, ""]) -> Values:
        chosen = jnp.arange(2) == trial.choice
        visited = jnp.arange(2) == trial.state
        value = jnp.sum(jnp.where(visited, belief.states, 0.0))
        surprise = reward - value
        step = value - belief.actions + self.trace_decay * surprise
        actions = belief.actions + jnp.where(chosen, self.alpha * step, 0.0)
        return Values(actions, belief.states + jnp.where(visited, self.alpha * surprise, 0.0))

    def second_action(self, belief: Values, trial: Trial) -> Float[Array, ""]:
        by_model = (2.0 * self.common - 1.0) * (belief.states[1] - belief.states[0])
        model_free = belief.actions[1] - belief.actions[0]
        habit = jnp.where(trial.choice < 0, 0.0, 2.0 * trial.choice - 1.0)
        ahead = self.beta * (self.weight * by_model + (1.0 - self.weight) * model_free)
        return jax.nn.sigmoid(ahead + self.perseveration * habit)


@dataclasses.dataclass(frozen=True)
class _DawSettings(ReferenceSettings):
    """What the three have in common: learning rate, inverse temperature, perseveration."""

    name: ClassVar[str]
    fixed: ClassVar[dict[str, float]] = {}  # the learner's other parameters

    alpha: float = 0.5
    beta: float = 5.0
    perseveration: float = 0.0

    def __post_init__(self):
        check_between("beta", self.beta, 0.0)
        check_between("perseveration", self.perseveration, -1e6)
        for field in {"alpha", "trace_decay", "weight"} & {f.name for f in dataclasses.fields(self)}:
            check_between(field, getattr(self, field), 0.0, 1.0)

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

    trace_decay: float = 1.0


@dataclasses.dataclass(frozen=True)
class HybridSettings(_DawSettings):
    name: ClassVar[str] = "hybrid"
    description: ClassVar[str] = (
        "weighs model-based values against model-free ones (Daw et al. 2011); softmax"
    )

    trace_decay: float = 1.0
    weight: float = 0.5
