"""An agent that was told a skill, and a discriminator that tells the skill from what the agent sees."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.affine import Affine
from prefrontal.agents.around import Around
from prefrontal.agents.base import Prediction
from prefrontal.types import Lifetimes, RandomKey

_SHARP = 1.0  # scale of the first layer's weights, so that near places can be told apart from the start


class Discriminator(eqx.Module):
    """log q(z|s): the logarithms of a softmax over skills, of tanh layers on features of the observation.

    **Arguments:** `features`, the entries of the observation that it sees; `widths`, of its hidden layers.
    """

    layers: tuple[Affine, ...]
    features: tuple[int, ...] = eqx.field(static=True)

    def __init__(self, features: tuple[int, ...], widths: tuple[int, ...], skills: int, *, key: RandomKey):
        sizes = list(itertools.pairwise((len(features), *widths, skills)))
        scales = [_SHARP] + [1.0] * len(widths)
        keys = jax.random.split(key, len(sizes))
        self.layers = tuple(
            Affine(*size, key=one, scale=scale) for size, one, scale in zip(sizes, keys, scales, strict=True)
        )
        self.features = features

    def __call__(self, observation: Float[Array, "numbers *batch"]) -> Float[Array, "skills *batch"]:
        x = observation[jnp.array(self.features, jnp.int32)].astype(jnp.float32)
        for layer in self.layers[:-1]:
            x = jnp.tanh(layer(x))
        return jax.nn.log_softmax(self.layers[-1](x), axis=0)


class Skilled(Around):
    """Acts as `agent` does, which sees its skill. The discriminator only watches.

    In place of units, it records what the discriminator says of each observation: log q(z|s) of every skill.
    """

    discriminator: Discriminator

    def act(self, memory, percept, noise):
        memory, action, residuals = self.agent.act(memory, percept, noise)
        return memory, action, (residuals, percept.observation)

    def act_all(self, memory, percept, noise):
        memory, action, residuals = self.agent.act_all(memory, percept, noise)
        return memory, action, (residuals, percept.observation)

    def act_by_mode(self, memory, percept):
        memory, action, residuals = self.agent.act_by_mode(memory, percept)
        return memory, action, (residuals, percept.observation)

    def recall(self, lifetimes: Lifetimes) -> Prediction:
        return self.agent.recall(lifetimes._replace(residuals=lifetimes.residuals[0]))

    def with_value(self, size, shift):
        return Skilled(self.agent.with_value(size, shift), self.discriminator)

    def units(self, residuals) -> Float[Array, "T skills *batch"]:
        return jax.vmap(self.discriminator)(residuals[1])

    @property
    def skills(self) -> int:
        return len(self.discriminator.layers[-1].bias)
