"""The Bayes-optimal policy for the two-step task."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.models.two_step_filter import believed
from prefrontal.references.base import TIE
from prefrontal.references.bayes_optimal import optimal_policy
from prefrontal.references.two_step.base import Trial, TwoStepAgent
from prefrontal.tasks.two_step import TwoStep


class FollowGoodState(TwoStepAgent):
    """Chooses the state that is more likely to be good, ties at random. Bayes-optimal if high + low = 1.

    A visit to S₂ that pays is then as likely and as informative as a visit to S₃ that does not. What is
    learnt does not depend on the actions, so exploring gains nothing, and the best immediate choice is
    optimal. The belief is P(S₃ is good), by the exact filter over reversals.
    """

    common: float = eqx.field(static=True)
    high: float = eqx.field(static=True)
    reversal: float = eqx.field(static=True)

    @classmethod
    def build(cls, tasks: TwoStep) -> "FollowGoodState":
        if abs(tasks.high + tasks.low - 1.0) > 1e-9:
            raise ValueError(
                f"high is {tasks.high} and low {tasks.low}; the exact Bayes-optimal policy for the two-step "
                "task is for high + low = 1"
            )
        return cls(tasks.common, tasks.high, tasks.reversal)

    def ignorance(self) -> Float[Array, ""]:
        return jnp.array(0.5, jnp.float32)

    def learn(self, belief: Float[Array, ""], trial: Trial, reward: Float[Array, ""]) -> Float[Array, ""]:
        speaks_for_s3 = (reward > 0.5) == (trial.state == 1)
        likelihood = jnp.where(speaks_for_s3, self.high, 1.0 - self.high)
        return believed(belief, likelihood, 1.0 - likelihood, self.reversal)

    def second_action(self, belief: Float[Array, ""], trial: Trial) -> Float[Array, ""]:
        ahead = (belief - 0.5) * (2.0 * self.common - 1.0)
        return jnp.where(jnp.abs(ahead) < TIE, 0.5, (ahead > 0).astype(ahead.dtype))


optimal_policy.register(TwoStep, FollowGoodState.build)
