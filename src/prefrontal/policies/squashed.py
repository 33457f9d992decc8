"""A normal law squashed by tanh into a bounded box, with a spread that depends on what is seen."""

import dataclasses
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from prefrontal.actions import Actions, Vector, spread
from prefrontal.affine import Affine
from prefrontal.checks import settle
from prefrontal.policies.base import Law, Mask, Policy, PolicySettings
from prefrontal.types import RandomKey

_LOG_2PI = math.log(2 * math.pi)
_LOWEST, _HIGHEST = -5.0, 2.0  # of a log deviation, as in the authors' later code
_EDGE = 1e-6  # an action so near to the edge of the box is read as one that is this far from it
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(32)  # of an integral over a standard normal


class SquashedLaw(Law):
    """a = centre + scale · tanh(u), u normal with independent components   (Haarnoja et al. 2018, app. C)."""

    mean: Float[Array, "k *batch"]  # of u
    log_deviation: Float[Array, "k *batch"]  # of u
    actions: Vector = eqx.field(static=True)

    def log_probability(self, action: Float[Array, "..."]) -> Float[Array, "*batch"]:
        inside = self.actions.code(action)
        return self._of(jnp.arctanh(jnp.clip(inside, -1.0 + _EDGE, 1.0 - _EDGE)))

    def drawn(self, noise: Float[Array, "k *batch"]) -> tuple[Float[Array, "..."], Float[Array, "*batch"]]:
        """An action and its log π, differentiable; `noise` is standard normal."""
        u = self.mean + jnp.exp(self.log_deviation) * noise
        return self._action(u), self._of(u)

    def entropy(self) -> Float[Array, "*batch"]:
        """H(u) + E[log da/du], the mean by Gauss-Hermite quadrature."""
        nodes, deviation = jnp.asarray(_NODES, jnp.float32), jnp.exp(self.log_deviation)
        weights = jnp.asarray(_WEIGHTS / math.sqrt(2 * math.pi), jnp.float32)
        slope = jax.vmap(lambda node: self._log_slope(self.mean + deviation * node))(nodes)
        return jnp.sum(self.log_deviation + (1 + _LOG_2PI) / 2 + jnp.tensordot(weights, slope, 1), axis=0)

    def divergence(self, other: "SquashedLaw") -> Float[Array, "*batch"]:
        """That of the two laws over u, since both are squashed in the same way."""
        narrower = self.log_deviation - other.log_deviation
        apart = (self.mean - other.mean) * jnp.exp(-other.log_deviation)
        return jnp.sum((jnp.exp(2 * narrower) + apart**2 - 1) / 2 - narrower, axis=0)

    def mode(self) -> Float[Array, "..."]:
        """The action of the mean of u, which is where the law has its median along each axis."""
        return self._action(self.mean)

    def _action(self, u: Float[Array, "k *batch"]) -> Float[Array, "..."]:
        centre, scale = (spread(one, u.ndim) for one in (self.actions.centre, self.actions.scale))
        return (centre + scale * jnp.tanh(u)).reshape(*self.actions.shape, *u.shape[1:])

    def _of(self, u: Float[Array, "k *batch"]) -> Float[Array, "*batch"]:
        standard = (u - self.mean) * jnp.exp(-self.log_deviation)
        normal = standard**2 / 2 + self.log_deviation + _LOG_2PI / 2
        return -jnp.sum(normal + self._log_slope(u), axis=0)

    def _log_slope(self, u: Float[Array, "k *batch"]) -> Float[Array, "k *batch"]:
        """log(scale (1 - tanh² u)), in a form that does not overflow."""
        scale = spread(self.actions.scale, self.mean.ndim)
        return jnp.log(scale) + 2.0 * (math.log(2.0) - u - jax.nn.softplus(-2.0 * u))


class Squashed(Policy):
    """Mean and spread of u are affine functions of the memory's output. Actions are always inside the box."""

    actions: Vector = eqx.field(static=True)
    log_spread: float = eqx.field(static=True)  # of u, where the affine function is 0

    def law(self, output: Float[Array, "units *batch"], allowed: Mask = None) -> SquashedLaw:
        if allowed is not None:
            raise ValueError("the percept has `allowed`, but actions that are real numbers cannot be masked")
        mean, raw = jnp.split(self.numbers(output), 2)
        return SquashedLaw(mean, jnp.clip(self.log_spread + raw, _LOWEST, _HIGHEST), self.actions)

    def noise(self, key: RandomKey) -> Float[Array, "k"]:
        return jax.random.normal(key, (self.actions.features,), jnp.float32)

    def choose(
        self, output: Float[Array, "units *batch"], noise: Float[Array, "k *batch"], allowed: Mask = None
    ) -> Float[Array, "..."]:
        return self.law(output, allowed).drawn(noise)[0]


@dataclasses.dataclass(frozen=True)
class SquashedSettings(PolicySettings):
    """A normal law squashed into the box by tanh, for a bounded Box of floats: for soft actor-critic.

    **Arguments:** `spread`, the initial standard deviation before squashing.
    """

    spread: float = 0.5

    def __post_init__(self):
        settle(self, spread=(1e-2, 5.0))

    def build(self, actions: Actions, units: int, *, key: RandomKey) -> Squashed:
        if not isinstance(actions, Vector) or not actions.bounded:
            raise ValueError(
                f"the policy 'squashed' is for bounded Box actions of floats; these are {actions}"
            )
        layer = Affine(units, 2 * actions.features, key=key, scale=0.1)
        return Squashed(
            weights=layer.weights, bias=layer.bias, actions=actions, log_spread=math.log(self.spread)
        )
