"""What POET does with lifetimes: scores of agents in environments, and steps of evolution, many at once.

Lifetimes are asked for first, as `Lives`, and then all lived together: a program with few rollouts in it is
compiled sooner.
"""

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Key

from prefrontal.agents import AgentSettings, Greedy, PredictingAgent
from prefrontal.learners.equations.evolution import antithetic_gradient, centred_ranks
from prefrontal.learners.parallel import mean_over_devices, on_devices
from prefrontal.rollout.live import live
from prefrontal.streams import weights_key
from prefrontal.tasks import Growable

ADAM = optax.scale_by_adam()


class Lives(NamedTuple):
    """Lifetimes to be lived: the weights of an agent, the vector of an environment, and a key for each."""

    weights: Float[Array, "n weights"]
    vectors: Float[Array, "n numbers"]
    keys: Key[Array, "n"]


class Pairs(NamedTuple):
    """Agents that are to learn in environments. Every leaf has a leading axis of pairs."""

    weights: Float[Array, "pairs weights"]
    moments: Any
    spread: Float[Array, "pairs"]
    rate: Float[Array, "pairs"]
    vectors: Float[Array, "pairs numbers"]


@dataclasses.dataclass(frozen=True)
class Population:
    """Agents as vectors of weights, in environments that are vectors too."""

    family: Growable
    architecture: AgentSettings
    mirrored: int  # pairs of members with opposite noise
    microbatch: int
    devices: int

    def fresh(self, seed: int) -> PredictingAgent:
        family = self.family
        return self.architecture.build(family.environment, family.horizon, key=weights_key(seed))

    @property
    def whole(self) -> Callable[[Float[Array, "weights"]], PredictingAgent]:
        """The agent of a vector of weights."""
        return ravel_pytree(self.fresh(0))[1]

    def lived(self, asked: Sequence[Lives]) -> list[Float[Array, "n"]]:
        """The returns of all these lifetimes, for each of `asked`."""
        lives = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *asked)
        count, part = len(lives.weights), self.microbatch * self.devices
        places = jnp.arange(-(-count // part) * part, dtype=jnp.int32)
        taken = jnp.minimum(places, count - 1)  # the last one again, where a part is not full
        dealt = (jax.tree.map(lambda leaf: leaf[taken], lives), places)
        returns = on_devices(lambda dealt: self._share(len(places), *dealt), dealt, self.devices)
        ends = [sum(len(one.weights) for one in asked[: place + 1]) for place in range(len(asked))]
        return [returns[end - len(one.weights) : end] for one, end in zip(asked, ends, strict=True)]

    def _share(self, padded: int, lives: Lives, places) -> Float[Array, "padded"]:
        """One device's share of the returns, and 0 for those of other devices, summed over the devices."""
        parts = jax.tree.map(lambda leaf: leaf.reshape(-1, self.microbatch, *leaf.shape[1:]), lives)
        some = partial(_some, self.family, self.architecture)
        mine = jax.lax.map(lambda part: some(*part), parts).reshape(-1)
        return mean_over_devices(self.devices * jnp.zeros(padded, jnp.float32).at[places].set(mine))

    def each(self, weights, vectors, key: Key[Array, ""], tries: int) -> Lives:
        """Of every agent, `tries` lifetimes in its environment."""
        keys = jax.random.split(key, len(weights) * tries)
        return Lives(jnp.repeat(weights, tries, axis=0), jnp.repeat(vectors, tries, axis=0), keys)

    def table(self, weights, vectors, key: Key[Array, ""], tries: int) -> Lives:
        """Of every agent, `tries` lifetimes in every environment: by environment, then by agent."""
        agents, environments = len(weights), len(vectors)
        all_weights = jnp.tile(weights, (environments, 1))
        return self.each(all_weights, jnp.repeat(vectors, agents, axis=0), key, tries)

    def members(self, pairs: Pairs, key: Key[Array, ""]) -> tuple[Lives, Float[Array, "pairs half weights"]]:
        """The members of all pairs' populations, and their noise.

        Both members with opposite noise live in the same task.
        """
        count, size = pairs.weights.shape
        noise_key, live_key = jax.random.split(key)
        noise = jax.random.normal(noise_key, (count, self.mirrored, size), jnp.float32)
        shifts = pairs.spread[:, None, None] * noise
        members = pairs.weights[:, None, None] + jnp.stack([shifts, -shifts], axis=1)
        keys = jax.random.split(live_key, (count, 1, self.mirrored))
        keys = jnp.broadcast_to(keys, (count, 2, self.mirrored)).reshape(-1)
        vectors = jnp.repeat(pairs.vectors, 2 * self.mirrored, axis=0)
        return Lives(members.reshape(-1, size), vectors, keys), noise

    def evolved(
        self, pairs: Pairs, noise, returns: Float[Array, "n"], weight_decay: float
    ) -> tuple[Any, Any]:
        """The weights and the moments of all pairs after one step of evolution.

        Source: Wang et al. 2019, section 2; Salimans et al. 2017, algorithm 1.
        """

        def step(weights, moments, spread, rate, noise, returns):
            ranks = centred_ranks(returns).reshape(2, self.mirrored)
            ascent = antithetic_gradient(ranks, noise, spread) - weight_decay * weights
            direction, moments = ADAM.update(ascent, moments)
            return weights + rate * direction, moments

        by_pair = returns.reshape(len(noise), -1)
        return jax.vmap(step)(pairs.weights, pairs.moments, pairs.spread, pairs.rate, noise, by_pair)


def scores(returns: Float[Array, "n"], tries: int, *shape: int) -> Float[Array, "..."]:
    """Mean returns over `tries` lifetimes, in the order of `Population.each`."""
    return jnp.mean(returns.reshape(-1, tries), axis=1).reshape(shape or (-1,))


@partial(jax.jit, static_argnums=(0, 1))  # so that it is traced once for all that is lived
def _some(family: Growable, architecture: AgentSettings, weights, vectors, keys) -> Float[Array, "n"]:
    agent = architecture.build(family.environment, family.horizon, key=weights_key(0))
    whole = ravel_pytree(agent)[1]

    def one(weights, vector, key):
        made_key, life_key = jax.random.split(key)
        task = jax.tree.map(lambda leaf: leaf[..., None], family.made(vector, made_key))
        lived = live(Greedy(whole(weights)), family.environment, family.horizon, task, life_key[None])
        return jnp.sum(lived.reward)

    return jax.vmap(one)(weights, vectors, keys)
