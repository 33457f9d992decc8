"""Two LSTM layers, with the percept divided between them (Wang et al. 2016, figure 1c).

As in Mirowski et al. (2016): the inputs of the first layer are the encoded observation and the previous
reward (and, if given, time and the start of episodes). The inputs of the second layer are the first layer's
output, the encoded observation again, and the previous action. Policy and value read the second layer.
"""

import dataclasses
from math import inf
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import settle, shown
from prefrontal.memory.base import Memory, MemorySettings, Parts
from prefrontal.memory.lstm import LSTM, START, LSTMResiduals, LSTMState
from prefrontal.types import RandomKey
from prefrontal.weights import built

_FIRST = ("observation", "previous_reward", "time", "episode_start", "previous_observation")
_SECOND = ("observation", "previous_action")


class StackedState(NamedTuple):
    first: LSTMState
    second: LSTMState


class StackedResiduals(NamedTuple):
    first: LSTMResiduals
    second: LSTMResiduals


class StackedLSTM(Memory):
    """Two LSTMs, each with its own backward pass; the gradient flows from the second to the first."""

    first: LSTM
    second: LSTM
    parts: Parts = eqx.field(static=True)
    size: int = eqx.field(static=True)  # of the second layer, which is the output

    def initial(self, batch: tuple[int, ...] = ()) -> StackedState:
        return StackedState(self.first.initial(batch), self.second.initial(batch))

    def step(self, state: StackedState, inputs: Float[Array, "features *batch"]):
        first, between, first_residuals = self.first.step(state.first, self.parts.pick(_FIRST, inputs))
        second, output, second_residuals = self.second.step(state.second, self._beside(between, inputs))
        return StackedState(first, second), output, StackedResiduals(first_residuals, second_residuals)

    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        between = self.first.unroll(self._to_first(inputs))
        return self.second.unroll(jax.vmap(self._beside)(between, inputs))

    def recall(
        self, inputs: Float[Array, "T features *batch"], residuals: StackedResiduals
    ) -> Float[Array, "T size *batch"]:
        between = self.first.recall(self._to_first(inputs), residuals.first)
        return self.second.recall(jax.vmap(self._beside)(between, inputs), residuals.second)

    def units(self, residuals: StackedResiduals) -> Float[Array, "T both *batch"]:
        """The units of the first layer, followed by those of the second."""
        return jnp.concatenate(
            [self.first.units(residuals.first), self.second.units(residuals.second)], axis=1
        )

    def _to_first(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T fewer *batch"]:
        return jax.vmap(lambda x: self.parts.pick(_FIRST, x))(inputs)

    def _beside(
        self, between: Float[Array, "units *batch"], inputs: Float[Array, "features *batch"]
    ) -> Float[Array, "more *batch"]:
        """The inputs of the second layer."""
        return jnp.concatenate([between, self.parts.pick(_SECOND, inputs)])


@dataclasses.dataclass(frozen=True)
class StackedLSTMSettings(MemorySettings):
    """Two LSTM layers, with the percept divided between them (Wang et al. 2016, figure 1c).

    The layers have `units[0]` and `units[1]` units. The other fields are as in `LSTMSettings`, for both.
    """

    units: tuple[int, int] = (64, 256)  # of the first and of the second layer
    forget_bias: float = 1.0  # as in `LSTMSettings`
    recurrent_gain: float = 1.0  # as in `LSTMSettings`

    def __post_init__(self):
        if not isinstance(self.units, tuple | list) or len(self.units) != 2:
            raise ValueError(
                f"units is {shown(self.units)}, but 'stacked-lstm' has two layers: it must be two whole "
                "numbers, such as (64, 256)"
            )
        settle(self, units=(1, inf), **START)

    def build(self, parts: Parts, horizon: int, *, key: RandomKey) -> StackedLSTM:
        return built(self, lambda key: self._stacked(parts, key), key, "units")

    def _stacked(self, parts: Parts, key: RandomKey) -> StackedLSTM:
        (lower, upper), (first_key, second_key) = self.units, jax.random.split(key)
        start = (self.forget_bias, self.recurrent_gain)
        first = LSTM(sum(getattr(parts, name) for name in _FIRST), lower, *start, key=first_key)
        beside = sum(getattr(parts, name) for name in _SECOND)
        second = LSTM(lower + beside, upper, *start, key=second_key, from_units=lower)
        return StackedLSTM(first=first, second=second, parts=parts, size=upper)
