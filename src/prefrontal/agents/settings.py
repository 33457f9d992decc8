"""The architecture of an agent that is to be trained, as settings that can be kept as JSON."""

import dataclasses
import math

import jax

from prefrontal.agents.percept import PerceptEncoder, PerceptSettings
from prefrontal.agents.recurrent import RecurrentAgent
from prefrontal.checks import check_integer
from prefrontal.encoders import ConvSettings, Encoder, MLPSettings, encoder
from prefrontal.encoders.base import shape_of
from prefrontal.memory import LSTMStart, memory
from prefrontal.memory.linear import Linear
from prefrontal.tasks.base import Environment
from prefrontal.types import RandomKey

_OBSERVER = 0x656E63  # sets the encoder's key apart from those that `split` gives


@dataclasses.dataclass(frozen=True)
class AgentSettings:
    """The architecture: what it is given, how observations are encoded, its memory and the memory's size.

    **Arguments:**
    - `units`: of the memory; a tuple, as in (64, 256), for a memory of several layers.
    - `start`: what the memory's LSTMs begin with, where that is not the usual.
    - `encoder`: of observations: "auto" (`conv` for images, `flat` for all else), another's name, or settings
      such as `ConvSettings(features=128)`.
    """

    percept: PerceptSettings = PerceptSettings()
    memory: str = "lstm"
    units: tuple[int, ...] | int = 48
    encoder: ConvSettings | MLPSettings | str = "auto"
    start: LSTMStart | None = None

    def __post_init__(self):
        for units in self.units if isinstance(self.units, tuple) else [self.units]:
            check_integer("units", units, 1)

    def build(self, environment: Environment, *, key: RandomKey) -> "RecurrentAgent":
        """Fresh weights for this architecture, in shapes that fit `environment`."""
        memory_key, policy_key, value_key = jax.random.split(key, 3)
        percept = PerceptEncoder.build(self.percept, environment, self._observer(environment, key))
        fresh = memory(self.memory, percept.parts, self.units, key=memory_key, start=self.start)
        return RecurrentAgent(
            percept,
            fresh,
            Linear(fresh.size, percept.actions, key=policy_key),
            Linear(fresh.size, 1, key=value_key),
        )

    def _observer(self, environment: Environment, key: RandomKey) -> Encoder | None:
        """The encoder of observations, where they are given and not empty."""
        space = environment.observation_space
        if not (self.percept.observation and math.prod(shape_of(space))):
            return None
        return encoder(self.encoder, space, key=jax.random.fold_in(key, _OBSERVER))
