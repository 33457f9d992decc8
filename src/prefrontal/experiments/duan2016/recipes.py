"""How the agents of several experiments are trained: by our recipe, and at the published sizes."""

from functools import partial

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.experiments.base import Condition
from prefrontal.experiments.controls import from_samples
from prefrontal.learners import A2C, PPO, Learner
from prefrontal.learners.schedules import Linear
from prefrontal.memory import GRUSettings

# Updates of 64 lifetimes at a high rate learn most in a given time. Values in units of their own stay
# learnable as the discount rises to 1.
LAPTOP = partial(A2C, signal="regret", value_scale="popart", microbatches=1, learning_rate=Linear(1e-2, 0.0))


def published(tasks: str, steps: int, percept: PerceptSettings = PerceptSettings()) -> Learner:
    """The sizes of Duan et al. 2016: 256 units, 1,000 updates of 250,000 steps, γ = .99, λ = .3.

    The paper's TRPO holds the divergence of an update below .01; PPO ends an update there.

    **Arguments:** `steps`, of a lifetime.
    """
    lifetimes = 250_000 // steps // 8 * 8
    return PPO(
        tasks,
        AgentSettings(memory=GRUSettings(256), percept=percept),
        lifetimes=1000 * lifetimes,
        microbatch=lifetimes // 8,
        microbatches=8,
        minibatches=2,
        discount=0.99,
        trace_decay=0.3,
        entropy_cost=0.0,
        divergence_limit=0.01,
    )


def with_samples(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Conditions, and beside each the same training from sampled rewards."""
    return (*conditions, *(from_samples(one) for one in conditions))
