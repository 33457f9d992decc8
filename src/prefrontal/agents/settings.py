"""The architecture of an agent, as settings that can be stored as JSON."""

import dataclasses
import math
from typing import Any

import jax

from prefrontal.affine import Affine
from prefrontal.agents.given import GivenEncoder, GivenMemory, GivenPolicy
from prefrontal.agents.percept import PerceptEncoder, PerceptSettings
from prefrontal.agents.recurrent import RecurrentAgent
from prefrontal.checks import check_integer, check_kind, settle
from prefrontal.encoders import ENCODERS, Encoder, EncoderSettings
from prefrontal.errors import UserError
from prefrontal.memory import MEMORIES, Memory, MemorySettings
from prefrontal.observations import shape_of
from prefrontal.policies import POLICIES, Policy, PolicySettings
from prefrontal.tasks.base import Environment
from prefrontal.tasks.checking import check_key
from prefrontal.types import RandomKey

_PARTS = {
    "memory": (MEMORIES, Memory, GivenMemory),
    "encoder": (ENCODERS, Encoder, GivenEncoder),
    "policy": (POLICIES, Policy, GivenPolicy),
}
_OBSERVER = 0x656E63  # makes the encoder's key different from those that `split` returns


@dataclasses.dataclass(frozen=True)
class AgentSettings:
    """The architecture: the agent's inputs, the encoder of observations, the memory and the policy.

    Each part is given as settings, such as `LSTMSettings(units=64)`, or by name: `"lstm"`, `"lstm:units=64"`.
    You do not have to register settings of your own class. A part may also be an object: a `Memory`, an
    `Encoder` or a `Policy`. Every training then begins with its weights.

    **Raises:** `UserError` for a part of the wrong kind, or a name or field that does not exist.
    """

    percept: PerceptSettings = PerceptSettings()  # the inputs
    memory: Memory | MemorySettings | str = "lstm"  # what is carried from step to step
    encoder: Encoder | EncoderSettings | str = "auto"  # of observations; "auto" goes by their shape
    policy: Policy | PolicySettings | str = "auto"  # the policy head; "auto" goes by the action space

    def __post_init__(self):
        for field, (registry, kind, given) in _PARTS.items():
            chosen = getattr(self, field)
            if isinstance(chosen, type) and issubclass(chosen, kind):
                name = chosen.__name__
                raise UserError(
                    f"{field} is the class {name}; it must be an object of this class, or settings"
                )
            object.__setattr__(
                self, field, given(chosen) if isinstance(chosen, kind) else registry.make(chosen)
            )
        settle(self)

    def build(self, environment: Environment, horizon: int, *, key: RandomKey) -> RecurrentAgent:
        """An agent of this architecture with fresh weights, for `environment`.

        **Arguments:** `environment`, which defines the observations and actions; `horizon`, the number of
        steps in a lifetime. The horizon is also the unit of time, unless the percept's `time_scale` is set,
        and a memory may need it.

        **Raises:** ValueError if an argument is of the wrong kind (the error names it), or if a part of the
        architecture is not made for these observations or actions.
        """
        check_kind("environment", environment, Environment)
        check_integer("horizon", horizon, 1)
        check_key(key)
        memory_key, policy_key, value_key = jax.random.split(key, 3)
        percept = PerceptEncoder.build(self.percept, environment, horizon, self._observer(environment, key))
        memory = self._part("memory").build(percept.parts, horizon, key=memory_key)
        policy = self._part("policy").build(percept.actions, memory.size, key=policy_key)
        return RecurrentAgent(percept, memory, policy, Affine(memory.size, 1, key=value_key))

    def _part(self, field: str) -> Any:
        """The settings of a part."""
        return _PARTS[field][0].make(getattr(self, field))

    def _observer(self, environment: Environment, key: RandomKey) -> Encoder | None:
        """The encoder of observations; None if the agent is given none, or if they are empty."""
        space = environment.observation_space
        if not (self.percept.observation and math.prod(shape_of(space))):
            return None
        return self._part("encoder").build(space, key=jax.random.fold_in(key, _OBSERVER))


def of_version_1(settings: dict[str, Any]) -> dict[str, Any]:
    """The JSON of an agent of version 0.1 in the current form, in which parts name their kind."""
    memory = {"is": settings.get("memory", "lstm"), "units": settings.get("units", 48)} | (
        settings.get("start") or {}
    )
    encoder = settings.get("encoder", "auto")
    if isinstance(encoder, dict):
        encoder = {"is": "mlp" if "widths" in encoder else "conv", **encoder}
    return {"percept": settings.get("percept", {}), "memory": memory, "encoder": encoder}
