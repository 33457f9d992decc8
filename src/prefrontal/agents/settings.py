"""The architecture of an agent that is to be trained, as settings that can be kept as JSON."""

import dataclasses
import math
from typing import Any

import jax

from prefrontal.affine import Affine
from prefrontal.agents.percept import PerceptEncoder, PerceptSettings
from prefrontal.agents.recurrent import RecurrentAgent
from prefrontal.encoders import ENCODERS, Encoder, EncoderSettings
from prefrontal.encoders.base import shape_of
from prefrontal.memory import MEMORIES, MemorySettings
from prefrontal.policies import POLICIES, PolicySettings
from prefrontal.tasks.base import Environment
from prefrontal.types import RandomKey

_OBSERVER = 0x656E63  # sets the encoder's key apart from those that `split` gives


@dataclasses.dataclass(frozen=True)
class AgentSettings:
    """The architecture: what the agent is given, how observations are encoded, its memory and its policy.

    Each part is given as settings, such as `LSTMSettings(units=64)`, or by name: `"lstm"`, `"lstm:units=64"`.
    """

    percept: PerceptSettings = PerceptSettings()
    memory: MemorySettings | str = "lstm"
    encoder: EncoderSettings | str = "auto"  # of observations
    policy: PolicySettings | str = "auto"

    def __post_init__(self):
        for field, registry in (("memory", MEMORIES), ("encoder", ENCODERS), ("policy", POLICIES)):
            object.__setattr__(self, field, registry.make(getattr(self, field)))

    def build(self, environment: Environment, horizon: int, *, key: RandomKey) -> RecurrentAgent:
        """Fresh weights for this architecture, in shapes that fit `environment`.

        **Arguments:** `horizon`, the steps of a lifetime: time is given in units of it, unless the percept's
        `time_scale` says otherwise, and a memory may have to know it.
        """
        memory_key, policy_key, value_key = jax.random.split(key, 3)
        percept = PerceptEncoder.build(self.percept, environment, horizon, self._observer(environment, key))
        memory = MEMORIES.make(self.memory).build(percept.parts, horizon, key=memory_key)
        policy = POLICIES.make(self.policy).build(percept.actions, memory.size, key=policy_key)
        return RecurrentAgent(percept, memory, policy, Affine(memory.size, 1, key=value_key))

    def _observer(self, environment: Environment, key: RandomKey) -> Encoder | None:
        """The encoder of observations, where they are given and not empty."""
        space = environment.observation_space
        if not (self.percept.observation and math.prod(shape_of(space))):
            return None
        return ENCODERS.make(self.encoder).build(space, key=jax.random.fold_in(key, _OBSERVER))


def of_version_1(settings: dict[str, Any]) -> dict[str, Any]:
    """The JSON of an agent as version 0.1 wrote it, as it is written now: parts say what they are."""
    memory = {"is": settings.get("memory", "lstm"), "units": settings.get("units", 48)} | (
        settings.get("start") or {}
    )
    encoder = settings.get("encoder", "auto")
    if isinstance(encoder, dict):
        encoder = {"is": "mlp" if "widths" in encoder else "conv", **encoder}
    return {"percept": settings.get("percept", {}), "memory": memory, "encoder": encoder}
