"""A normal law with independent components, for actions that are real numbers: gymnasium's Box."""

import dataclasses
import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.actions import Actions, Vector, spread
from prefrontal.affine import Affine, along_features
from prefrontal.checks import settle
from prefrontal.policies.base import Law, Mask, Policy, PolicySettings
from prefrontal.types import RandomKey

_LOG_2PI = math.log(2 * math.pi)


class GaussianLaw(Law):
    """aₖ ~ N(meanₖ, exp(log_deviationₖ)²), in the action's own units, flat."""

    mean: Float[Array, "k *batch"]
    log_deviation: Float[Array, "k *batch"]
    shape: tuple[int, ...] = eqx.field(static=True)  # an action's

    def log_probability(self, action: Float[Array, "..."]) -> Float[Array, "*batch"]:
        """log N, summed over the components, of the action as drawn, not clipped to a box."""
        flat = action.reshape(self.mean.shape)
        standard = (flat - self.mean) * jnp.exp(-self.log_deviation)
        return -jnp.sum(standard**2 / 2 + self.log_deviation + _LOG_2PI / 2, axis=0)

    def entropy(self) -> Float[Array, "*batch"]:
        return jnp.sum(self.log_deviation + (1 + _LOG_2PI) / 2, axis=0)

    def divergence(self, other: "GaussianLaw") -> Float[Array, "*batch"]:
        narrower = self.log_deviation - other.log_deviation
        apart = (self.mean - other.mean) * jnp.exp(-other.log_deviation)
        return jnp.sum((jnp.exp(2 * narrower) + apart**2 - 1) / 2 - narrower, axis=0)

    def mode(self) -> Float[Array, "..."]:
        return self.mean.reshape(*self.shape, *self.mean.shape[1:])


class Gaussian(Policy):
    """The mean is an affine function of the memory's output; the spread is learnt and the same everywhere.

    If the box is bounded, both are in units of the box: a mean of 0 is its centre, and a spread of 1 is half
    its width. An action drawn outside the box is kept as drawn; the environment gets the nearest action
    inside.
    """

    log_spread: Float[Array, "k"]
    actions: Vector = eqx.field(static=True)

    def law(self, output: Float[Array, "units *batch"], allowed: Mask = None) -> GaussianLaw:
        if allowed is not None:
            raise ValueError("the percept has `allowed`, but actions that are real numbers cannot be masked")
        numbers = self.numbers(output)
        scale = spread(self.actions.scale, numbers.ndim)
        mean = spread(self.actions.centre, numbers.ndim) + scale * numbers
        log_deviation = along_features(self.log_spread, numbers) + jnp.log(scale)
        return GaussianLaw(mean, jnp.broadcast_to(log_deviation, mean.shape), self.actions.shape)

    def noise(self, key: RandomKey) -> Float[Array, "k"]:
        return jax.random.normal(key, (self.actions.features,), jnp.float32)

    def choose(
        self, output: Float[Array, "units *batch"], noise: Float[Array, "k *batch"], allowed: Mask = None
    ) -> Float[Array, "..."]:
        law = self.law(output, allowed)
        return dataclasses.replace(law, mean=law.mean + jnp.exp(law.log_deviation) * noise).mode()


@dataclasses.dataclass(frozen=True)
class GaussianSettings(PolicySettings):
    """A normal law with a learnt spread, the same everywhere: for a Box of floats.

    **Arguments:** `spread`, the initial standard deviation. The unit is half the width of the box, or 1 if
    the box is unbounded.
    """

    spread: float = 0.5

    def __post_init__(self):
        settle(self, spread=(1e-6, 1e6))

    def build(self, actions: Actions, units: int, *, key: RandomKey) -> Gaussian:
        if not isinstance(actions, Vector):
            raise ValueError(f"the policy 'gaussian' is for Box actions of floats, and these are {actions}")
        # Small, so that the mean is at first nearly the centre, whatever is seen.
        layer = Affine(units, actions.features, key=key, scale=0.1)
        log_spread = jnp.full(actions.features, math.log(self.spread), jnp.float32)
        return Gaussian(weights=layer.weights, bias=layer.bias, log_spread=log_spread, actions=actions)
