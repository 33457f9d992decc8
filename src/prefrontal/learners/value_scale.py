"""The units in which values are learnt, so that values stay learnable if returns are large or change in size.

While it is trained, the value head computes v = (V - shift) / size. The whole objective is divided by the
size: the advantages, the errors of the value, and the cost of entropy. When shift and size change, the head
is rewritten so that V stays the same. A learner's `agent` has a head that computes V itself.
"""

import abc
import dataclasses
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.agents import PredictingAgent
from prefrontal.checks import settle
from prefrontal.registry import Registry

_LEAST, _MOST = 1e-4, 1e6  # of a size


class Targets(NamedTuple):
    """The targets of the values in an update, V + A, over the lived steps."""

    mean: Float[Array, ""]
    square: Float[Array, ""]  # the mean of their squares


class Scale(eqx.Module):
    """V = shift + size v."""

    shift: Float[Array, ""]
    size: Float[Array, ""]

    def real(self, value: Float[Array, "..."]) -> Float[Array, "..."]:
        """V, from the head's output v."""
        return self.shift + self.size * value

    def scaled(self, value: Float[Array, "..."]) -> Float[Array, "..."]:
        """v, from a value or a return."""
        return (value - self.shift) / self.size


def unscaled(agent: PredictingAgent, scale: Scale) -> PredictingAgent:
    """The agent whose value is V, from one whose value is v."""
    return agent.with_value(scale.size, scale.shift)


def rescaled(agent: PredictingAgent, old: Scale, new: Scale) -> PredictingAgent:
    """The same agent with its value in new units instead of old ones (van Hasselt et al. 2016, prop. 1)."""
    return agent.with_value(old.size / new.size, (old.shift - new.shift) / new.size)


class ValueScale(abc.ABC):
    """A rule for shift and size: a frozen dataclass that can be stored as JSON."""

    registry: ClassVar[Registry["ValueScale"]]

    @abc.abstractmethod
    def begin(self, discount: Float[Array, ""], horizon: int) -> Any:
        """The `Scale` of the first update, which has this discount."""

    @abc.abstractmethod
    def after(self, scale: Any, targets: Targets, discount: Float[Array, ""], horizon: int) -> Any:
        """The `Scale` of the next update, which has this discount."""


@dataclasses.dataclass(frozen=True)
class NoScale(ValueScale):
    """Values are learnt as they are, and a learner's state has no `Scale`."""

    def begin(self, discount, horizon):
        return Scale(jnp.zeros((), jnp.float32), jnp.ones((), jnp.float32))

    def after(self, scale, targets, discount, horizon):
        return scale


@dataclasses.dataclass(frozen=True)
class HorizonScale(ValueScale):
    """The shift is 0 and the size is Σ γᵏ over the horizon, which grows as the discount rises.

    For rewards of about 1. The size is known before training begins.
    """

    def begin(self, discount, horizon):
        powers = jnp.asarray(discount, jnp.float32) ** jnp.arange(horizon, dtype=jnp.float32)
        return Scale(jnp.zeros((), jnp.float32), jnp.sum(powers))

    def after(self, scale, targets, discount, horizon):
        return self.begin(discount, horizon)


class Moments(Scale):
    """The shift is the running mean of the targets. The size also needs the running mean of their squares."""

    square: Float[Array, ""]
    updates: Int[Array, ""]  # the number of updates seen


@dataclasses.dataclass(frozen=True)
class PopArt(ValueScale):
    """Shift and size are the mean and the standard deviation of the targets (van Hasselt et al. 2016).

    They are exponential running means with the rate β = `rate` per update, corrected for their start
    (section 2.2). For rewards of any size. An update uses the shift and size found in the updates before it.
    """

    rate: float = 0.05  # β

    def __post_init__(self):
        settle(self, rate=(1e-6, 1.0))

    def begin(self, discount, horizon):
        one = jnp.ones((), jnp.float32)
        return Moments(0.0 * one, one, one, jnp.zeros((), jnp.int32))

    def after(self, scale: Moments, targets: Targets, discount, horizon):
        updates = scale.updates + 1
        rate = self.rate / (1.0 - (1.0 - self.rate) ** updates.astype(jnp.float32))
        mean = scale.shift + rate * (targets.mean - scale.shift)
        square = scale.square + rate * (targets.square - scale.square)
        size = jnp.sqrt(jnp.clip(square - mean**2, _LEAST**2, _MOST**2))
        return Moments(mean, size, square, updates)


NO_SCALE = NoScale()
VALUE_SCALES = Registry(
    "value_scale", ValueScale, {"none": NoScale, "horizon": HorizonScale, "popart": PopArt}
)
