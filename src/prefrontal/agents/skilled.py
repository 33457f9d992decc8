"""Agents that know skills, told one or none, and a discriminator that tells the skill from what is seen."""

import dataclasses
import itertools
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.actions import Actions
from prefrontal.affine import Affine
from prefrontal.agents.around import Around
from prefrontal.agents.base import Agent, Prediction
from prefrontal.agents.percept import PerceptEncoder
from prefrontal.checks import check_integer, check_kind
from prefrontal.types import Lifetimes, Noise, Percept, RandomKey

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

    def untold(self, every: int) -> "BestSkill":
        """The agent that is told no skill, in episodes of `every` steps: it tries each and keeps the best."""
        return BestSkill(self, every)


class Tried(NamedTuple):
    """The memory of an agent that tries skills."""

    earned: Float[Array, "skills"]  # by each skill in its episode; 0 before it
    episode: Int[Array, ""]  # the number of episodes lived
    inner: Any  # the memory of the agent that knows the skills, reset at the start of every episode


class BestSkill(Agent):
    """Tries every skill for one episode, and from then on uses the one that earned most.

    It observes what the process shows; the skilled agent observes its choice of a skill besides.

    **Arguments:** `agent`, which knows the skills; `every`, the number of steps in an episode.
    """

    agent: Skilled
    every: int = eqx.field(static=True)

    def __init__(self, agent: Agent, every: int):
        check_kind("agent", agent, Skilled, ", such as that of a DIAYN")
        assert isinstance(agent, Skilled)
        check_integer("every", every, 1)
        skills = agent.skills
        is_encoder = lambda part: isinstance(part, PerceptEncoder)  # noqa: E731

        def without_skills(part: Any) -> Any:
            """The encoder, as one of what the process shows: this agent adds the skill itself."""
            if not is_encoder(part):
                return part
            return dataclasses.replace(part, observations=(part.observations[0] - skills,))

        self.agent = jax.tree.map(without_skills, agent, is_leaf=is_encoder)
        self.every = every

    @property
    def segment(self) -> int:
        return self.every

    @property
    def episode_length(self) -> int:
        return self.every

    @property
    def acts(self) -> Actions | None:
        return self.agent.acts

    def initial_memory(self) -> Tried:
        nothing = jnp.zeros(self.agent.skills, jnp.float32)
        return Tried(nothing, jnp.zeros((), jnp.int32), self.agent.initial_memory())

    def noise(self, key: RandomKey) -> Noise:
        return self.agent.noise(key)

    def act(self, memory: Tried, percept: Percept, noise: Noise):
        skill = jax.nn.one_hot(self._chosen(memory), self.agent.skills, dtype=jnp.float32)
        told = percept._replace(observation=jnp.concatenate([percept.observation, skill]))
        inner, action, _ = self.agent.act(memory.inner, told, noise)
        return memory._replace(inner=inner), action, None

    def revise(self, memory: Tried, lived: Lifetimes) -> Tried:
        now = jnp.arange(self.agent.skills, dtype=jnp.int32) == memory.episode
        earned = jnp.where(now, jnp.sum(lived.reward), memory.earned)
        return Tried(earned, memory.episode + 1, self.agent.initial_memory())

    def _chosen(self, memory: Tried) -> Int[Array, ""]:
        best = jnp.argmax(memory.earned).astype(jnp.int32)
        return jnp.where(memory.episode < self.agent.skills, memory.episode, best)
