"""Agents: percept -> encoder -> memory -> policy and value.

`Agent` is the seam: whatever can start with an initial memory and act on percepts. A trained network and
Thompson sampling both are one, so that every curve of a figure comes out of the same rollout.
"""

import abc
import dataclasses
import math
from typing import Any, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.checks import check_integer
from prefrontal.encoders import ConvSettings, Encoder, FlatEncoder, MLPSettings, encoder
from prefrontal.encoders.base import shape_of
from prefrontal.memory import LSTMStart, Memory, Parts, memory
from prefrontal.memory.linear import Linear
from prefrontal.tasks.base import Environment
from prefrontal.types import Noise, Percept, RandomKey, State, Task

RewardInput = Literal["scalar", "one-hot", "off"]
_OBSERVER = 0x656E63  # sets the encoder's key apart from those that `split` gives


class Agent(eqx.Module):
    """Acts on percepts with a memory that lasts a lifetime. Functions of one lifetime: the rollout maps."""

    @abc.abstractmethod
    def initial_memory(self) -> Any:
        """The memory at the start of every lifetime."""

    def noise(self, key: RandomKey) -> Noise:
        """All the randomness of one action. The rollout draws it for whole lifetimes at once."""
        return key

    @abc.abstractmethod
    def act(self, memory: Any, percept: Percept, noise: Noise) -> tuple[Any, Int[Array, ""], Any]:
        """The next memory, the action, and a trace of what was computed (None if nothing need be kept)."""

    def act_all(self, memory: Any, percept: Percept, noise: Noise) -> tuple[Any, Int[Array, "batch"], Any]:
        """`act` in every lifetime of a batch, the batch axis last. To be overridden only for speed."""
        return jax.vmap(self.act, in_axes=-1, out_axes=-1)(memory, percept, noise)

    def act_told(self, memory: Any, percept: Percept, noise: Noise, task: Task, state: State):
        """`act_all`, for one who is told the task and the environment's state: an oracle, and nobody else."""
        return self.act_all(memory, percept, noise)


@dataclasses.dataclass(frozen=True)
class PerceptSettings:
    """Which parts of the percept the agent is given. Taking one away makes a control."""

    observation: bool = True
    previous_action: bool = True
    previous_reward: RewardInput = "scalar"
    time: bool = True
    episode_start: bool = False
    time_scale: float = 100.0  # time is given as steps / time_scale

    def __post_init__(self):
        if self.previous_reward not in get_args(RewardInput):
            known = ", ".join(get_args(RewardInput))
            raise ValueError(f"previous_reward is {self.previous_reward!r}; it must be one of {known}")
        if not self.time_scale > 0:
            raise ValueError(f"time_scale is {self.time_scale!r}; it must be above 0")


class PerceptEncoder(eqx.Module):
    """The percept as one vector of features. The previous action is one-hot, all zeros before the first."""

    settings: PerceptSettings = eqx.field(static=True)
    actions: int = eqx.field(static=True)
    observations: tuple[int, ...] | None = eqx.field(static=True)  # an observation's shape, where it is given
    reward_values: tuple[float, ...] = eqx.field(static=True)  # for the one-hot reward; empty otherwise
    observer: Encoder | None  # None where there is nothing to observe

    @classmethod
    def build(
        cls, settings: PerceptSettings, environment: Environment, observer: Encoder | None = None
    ) -> "PerceptEncoder":
        """`observer` encodes the observation; if None, it is given as it is."""
        values = environment.reward_values if settings.previous_reward == "one-hot" else ()
        if values is None:
            name = type(environment).__name__
            raise ValueError(
                f"previous_reward is 'one-hot', but {name} does not list its reward_values; use 'scalar'"
            )
        shape = shape_of(environment.observation_space) if settings.observation else None
        if shape is None or not math.prod(shape):
            observer = None
        elif observer is None:
            observer = FlatEncoder(environment.observation_space)
        return cls(settings, int(environment.action_space.n), shape, tuple(values), observer)

    @property
    def parts(self) -> Parts:
        """How many features each part of the percept has, in their order."""
        given = self.settings
        reward = {"scalar": 1, "one-hot": len(self.reward_values), "off": 0}[given.previous_reward]
        return Parts(
            observation=self.observer.size if self.observer else 0,
            previous_action=self.actions * given.previous_action,
            previous_reward=reward,
            time=int(given.time),
            episode_start=int(given.episode_start),
        )

    @property
    def size(self) -> int:
        """The number of features."""
        return self.parts.size

    def __call__(self, percept: Percept) -> Float[Array, "features *batch"]:
        observed = self.observer(percept.observation) if self.observer else None
        return self._with_the_rest(observed, percept)

    def over_time(self, percept: Percept) -> Float[Array, "T features *batch"]:
        """The features of every step of whole lifetimes."""
        observed = self.observer.over_time(percept.observation) if self.observer else None
        return jax.vmap(self._with_the_rest)(observed, percept)

    def _with_the_rest(
        self, observed: Float[Array, "observed *batch"] | None, percept: Percept
    ) -> Float[Array, "features *batch"]:
        """The encoded observation, and behind it the other parts."""
        given = self.settings
        features = [] if observed is None else [observed]
        if given.previous_action:
            features.append(jax.nn.one_hot(percept.previous_action, self.actions, axis=0))
        if given.previous_reward == "scalar":
            features.append(percept.previous_reward[None])
        if given.previous_reward == "one-hot":
            features.append(self._one_hot_reward(percept))
        if given.time:
            features.append(percept.time[None] / given.time_scale)
        if given.episode_start:
            features.append(percept.episode_start[None].astype(jnp.float32))
        return jnp.concatenate(features) if features else jnp.zeros((0, *percept.time.shape))

    def _one_hot_reward(self, percept: Percept) -> Float[Array, "values *batch"]:
        """Which of the possible rewards came last; all zeros before the first step, where there was none."""
        values = jnp.array(self.reward_values).reshape(-1, *(1,) * percept.time.ndim)
        nearest = jnp.argmin(jnp.abs(percept.previous_reward[None] - values), axis=0)
        return jax.nn.one_hot(nearest, len(self.reward_values), axis=0) * (percept.time > 0)[None]


class Prediction(eqx.Module):
    """What the agent's heads say at every step of a lifetime."""

    logits: Float[Array, "T actions *batch"]
    value: Float[Array, "T *batch"]


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


class RecurrentAgent(Agent):
    """Linear policy and value on a memory that is fed the percept (Wang et al. 2016, figure 1a)."""

    encoder: PerceptEncoder
    memory: Memory
    policy: Linear
    value: Linear

    def initial_memory(self) -> Any:
        return self.memory.initial()

    def noise(self, key: RandomKey) -> Float[Array, "actions"]:
        return jax.random.gumbel(key, (self.encoder.actions,))

    def act(self, memory: Any, percept: Percept, noise: Float[Array, "actions *batch"]):
        """Sample from the softmax policy, by the Gumbel-max trick."""
        memory, output, trace = self.memory.step(memory, self.encoder(percept))
        return memory, jnp.argmax(self.policy(output) + noise, axis=0), trace

    def act_all(self, memory: Any, percept: Percept, noise: Float[Array, "actions batch"]):
        """`act` itself, which takes batches: were it mapped, XLA would lay the batch before the features."""
        return self.act(memory, percept, noise)

    def replay(self, percept: Percept) -> Prediction:
        """The heads at every step of lifetimes `(T, ..., *batch)`, recomputed with these weights."""
        return self._heads(self.memory.unroll(self._features(percept)))

    def recall(self, percept: Percept, trace: Any) -> Prediction:
        """`replay`, where `trace` is from a rollout of these very weights: nothing is computed twice."""
        return self._heads(self.memory.recall(self._features(percept), trace))

    def _features(self, percept: Percept) -> Float[Array, "T features *batch"]:
        return self.encoder.over_time(percept)

    def _heads(self, outputs: Float[Array, "T units *batch"]) -> Prediction:
        return Prediction(jax.vmap(self.policy)(outputs), jax.vmap(self.value)(outputs)[:, 0])
