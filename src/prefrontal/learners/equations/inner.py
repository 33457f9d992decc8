"""The objective of an inner step: a policy gradient on the episodes of one task."""

import dataclasses
import math
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.agents import PredictingAgent
from prefrontal.learners.equations.baselines import Baseline, linear_features, time_mean
from prefrontal.learners.equations.losses import normalised
from prefrontal.learners.equations.returns import generalised_advantages
from prefrontal.learners.equations.signal import Signal, learning_signal
from prefrontal.learners.equations.surrogate import ratios
from prefrontal.types import Lifetimes

Form = Literal["ratio", "dice", "likelihood"]


@dataclasses.dataclass(frozen=True)
class InnerObjective:
    """-E[wₜ Aₜ] over the steps of one lifetime's segment. In every form, wₜ has the gradient of log π(aₜ).

    So the inner step is a policy gradient. The forms differ in the second derivative, which matters for a
    meta-gradient. With rₜ = π(aₜ) / π_lived(aₜ), within an episode:

    - `ratio` (the default): wₜ = rₜ. The second derivative lacks the products of different steps. It is
      biased and has a low variance (Rothfuss et al. 2019, section 5, "LVC").
    - `dice`: wₜ = r₁ ... rₜ - r₁ ... rₜ₋₁. The second derivative is, on average, the Hessian of the return
      (Foerster et al. 2018; with advantages, Farquhar et al. 2019, equation 7).
    - `likelihood`: wₜ = log π(aₜ). It treats the actions of the lifetime as given, whatever the weights. This
      is right only if these actions get a credit of their own (Stadie et al. 2018).

    **Arguments:**

    - `length`: the number of steps in an episode.
    - `discount`, `trace_decay`: γ and λ of the advantages, which end with the episode.
    - `baseline`: what is subtracted from the returns.
    - `normalise`: whether advantages are scaled to zero mean and unit variance over the segment.
    - `signal`: the reward that is used.
    - `form`: see above.
    """

    length: int
    discount: float = 0.99
    trace_decay: float = 1.0
    baseline: Baseline = "time"
    normalise: bool = True
    signal: Signal = "sampled"
    form: Form = "ratio"

    def __call__(
        self, agent: PredictingAgent, lived: Lifetimes, before: Float[Array, "T"] | None = None
    ) -> Float[Array, ""]:
        """The loss of a segment, each leaf `(T, ...)`. `before` is log π_lived; None if it is the agent's."""
        said = agent.replay(lived).log_probability(lived.action)
        lived_with = jax.lax.stop_gradient(said) if before is None else before
        weight = self._weights(said, lived_with, lived)
        count = jnp.maximum(jnp.sum(lived.alive.astype(jnp.float32)), 1.0)
        return -jnp.sum(jnp.where(lived.alive, weight * self.advantages(lived), 0.0)) / count

    def _weights(self, said: Float[Array, "T"], lived_with: Float[Array, "T"], lived: Lifetimes):
        if self.form == "likelihood":
            return said
        if self.form == "ratio":
            return ratios(said, lived_with, lived.alive)
        each = jnp.where(lived.alive, said - lived_with, 0.0).reshape(-1, self.length)
        so_far = jnp.cumsum(each, axis=1)
        return (jnp.exp(so_far) - jnp.exp(so_far - each)).reshape(-1)

    def advantages(self, lived: Lifetimes) -> Float[Array, "T"]:
        """The advantage of each step of one lifetime's segment. It does not depend on any weights."""
        count = lived.alive.shape[0] // self.length
        episodes = lambda leaf: leaf.reshape(count, self.length, *leaf.shape[1:])  # noqa: E731
        rewards = episodes(learning_signal(lived, self.signal))
        within = jnp.arange(self.length, dtype=jnp.int32) < self.length - 1
        discount = self.discount * episodes(lived.continues) * within[None]
        none = jnp.zeros_like(rewards)
        expected = self._expected(
            _backwards(rewards, discount, none, 1.0), episodes(lived.percept.observation)
        )
        advantages = _backwards(rewards, discount, expected, self.trace_decay).reshape(-1)
        return normalised(advantages, lived.alive) if self.normalise else advantages

    def _expected(self, returns: Float[Array, "episodes T"], seen) -> Float[Array, "episodes T"]:
        if self.baseline == "time":
            return time_mean(returns)
        if self.baseline == "linear":
            return linear_features(returns, seen.reshape(*returns.shape, math.prod(seen.shape[2:])))
        return jnp.zeros_like(returns)


def _backwards(rewards, discount, values, trace_decay: float) -> Float[Array, "episodes T"]:
    """The advantages of each episode, computed separately."""
    last = jnp.zeros_like(rewards[:, 0])
    return generalised_advantages(rewards.T, discount.T, values.T, last, trace_decay).T
