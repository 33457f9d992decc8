"""Two layers of long short-term memory, the percept shared out between them (Wang et al. 2016, figure 1c).

As in Mirowski et al. (2016): the first layer is fed the encoded observation and the previous reward (and,
where they are given, time and the start of episodes); the second is fed the first's output, the encoded
observation again, and the previous action. Policy and value read the second.
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.memory.base import Memory, Parts
from prefrontal.memory.lstm import LSTM, LSTMStart, LSTMState, LSTMTrace
from prefrontal.types import RandomKey

_FIRST = ("observation", "previous_reward", "time", "episode_start")
_SECOND = ("observation", "previous_action")


class StackedState(NamedTuple):
    first: LSTMState
    second: LSTMState


class StackedTrace(NamedTuple):
    first: LSTMTrace
    second: LSTMTrace


class StackedLSTM(Memory):
    """Two LSTMs, each with its own backward pass; the gradient of the second's inputs is the first's."""

    first: LSTM
    second: LSTM
    parts: Parts = eqx.field(static=True)
    size: int = eqx.field(static=True)  # of the second layer, which is the output

    @classmethod
    def build(
        cls, parts: Parts, units: tuple[int, ...] | int, *, key: RandomKey, start: LSTMStart | None = None
    ) -> "StackedLSTM":
        if not isinstance(units, tuple) or len(units) != 2:
            raise ValueError(
                f"units is {units!r}, but 'stacked-lstm' has two layers: it must be two whole numbers, such "
                "as (64, 256)"
            )
        first_key, second_key = jax.random.split(key)
        start = start or LSTMStart()
        first = LSTM(sum(getattr(parts, name) for name in _FIRST), units[0], key=first_key, start=start)
        beside = sum(getattr(parts, name) for name in _SECOND)
        second = LSTM(units[0] + beside, units[1], key=second_key, from_units=units[0], start=start)
        return cls(first=first, second=second, parts=parts, size=units[1])

    def initial(self, batch: tuple[int, ...] = ()) -> StackedState:
        return StackedState(self.first.initial(batch), self.second.initial(batch))

    def step(self, state: StackedState, inputs: Float[Array, "features *batch"]):
        first, between, first_trace = self.first.step(state.first, self.parts.pick(_FIRST, inputs))
        second, output, second_trace = self.second.step(state.second, self._beside(between, inputs))
        return StackedState(first, second), output, StackedTrace(first_trace, second_trace)

    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        between = self.first.unroll(self._to_first(inputs))
        return self.second.unroll(jax.vmap(self._beside)(between, inputs))

    def recall(
        self, inputs: Float[Array, "T features *batch"], trace: StackedTrace
    ) -> Float[Array, "T size *batch"]:
        between = self.first.recall(self._to_first(inputs), trace.first)
        return self.second.recall(jax.vmap(self._beside)(between, inputs), trace.second)

    def units(self, trace: StackedTrace) -> Float[Array, "T both *batch"]:
        """The first layer's units and behind them the second's."""
        return jnp.concatenate([self.first.units(trace.first), self.second.units(trace.second)], axis=1)

    def _to_first(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T fewer *batch"]:
        return jax.vmap(lambda x: self.parts.pick(_FIRST, x))(inputs)

    def _beside(
        self, between: Float[Array, "units *batch"], inputs: Float[Array, "features *batch"]
    ) -> Float[Array, "more *batch"]:
        """What the second layer is fed."""
        return jnp.concatenate([between, self.parts.pick(_SECOND, inputs)])
