"""Evolution strategies on whole lifetimes (Salimans et al. 2017): the agent's gradient is not needed."""

import dataclasses
from functools import partial
from math import inf
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int, Key

from prefrontal.agents import PredictingAgent
from prefrontal.agents.greedy import Greedy
from prefrontal.learners.base import Metrics
from prefrontal.learners.equations.evolution import antithetic_gradient, centred_ranks
from prefrontal.learners.equations.signal import learning_signal
from prefrontal.learners.lifetimes import LifetimeLearner, LifetimeState, lived
from prefrontal.learners.parallel import mean_over_devices, on_devices
from prefrontal.learners.schedules import Linear, Scheduled, at
from prefrontal.rollout.live import rollout
from prefrontal.streams import update_key
from prefrontal.tasks import TaskDistribution


@dataclasses.dataclass(frozen=True)
class Evolution(LifetimeLearner):
    """One update lets a population live, whose weights lie around the agent's, and moves towards the fittest.

    The members come in pairs with the weights θ + σ ε and θ - σ ε, ε standard normal. Both of a pair live in
    the same tasks with the same randomness. A member's fitness is the mean of Σₜ γᵗ rₜ over its lifetimes,
    and only its rank in the population counts. Each update is a step of the optimiser along

        1 / (2 · pairs · σ) Σᵢ (rank(θ + σ εᵢ) - rank(θ - σ εᵢ)) εᵢ - weight_decay · θ.

    It suits rewards that come late or are deceptive, and small agents: its noise grows with the number of
    weights. Members take the most probable action of their law, unless `sampled`.

    Source: Salimans et al. 2017, algorithm 1, with mirrored sampling and fitness shaping (section 2.1).
    """

    microbatches: int = 4  # as in `LifetimeLearner`
    discount: Scheduled = 1.0  # γ in the fitness
    learning_rate: Scheduled = Linear(1e-2, 1e-3)  # of the optimiser
    max_gradient_norm: float = 1e6  # as in `LifetimeLearner`
    lives: int = 1  # the number of lifetimes of each member in an update
    spread: Scheduled = Linear(0.1, 0.01)  # σ, the standard deviation of the members' weights
    weight_decay: float = 0.0  # the weight of θ itself in the step
    sampled: bool = False  # whether members draw their actions, as the agent does afterwards

    def __post_init__(self):
        super().__post_init__()
        if self.lifetimes_per_update % (2 * self.lives):
            raise ValueError(
                f"microbatch times microbatches is {self.lifetimes_per_update}; it must be a multiple of "
                f"{2 * self.lives}, the {'lifetimes' if self.lives > 1 else 'members'} of a pair"
            )

    def _limits(self):
        return super()._limits() | {"lives": (1, inf), "weight_decay": (0, 1e3)}

    def _schedules(self):
        return super()._schedules() | {"spread": (1e-9, 1e3)}

    @property
    def pairs(self) -> int:
        """The number of pairs in the population."""
        return self.lifetimes_per_update // (2 * self.lives)

    def agent(self, state: LifetimeState) -> PredictingAgent:
        return state.weights if self.sampled else Greedy(state.weights)

    def _begun(self, agent: PredictingAgent, seed: int) -> PredictingAgent:
        return agent.agent if isinstance(agent, Greedy) else agent

    def learn(self, state: LifetimeState, tasks: TaskDistribution) -> tuple[LifetimeState, Metrics]:
        progress = self._progress(state)
        weights, whole = ravel_pytree(state.weights)
        noise = jax.random.normal(
            update_key(state.seed, state.update), (self.pairs, len(weights)), jnp.float32
        )
        spread = jnp.asarray(at(self.spread, progress), jnp.float32)
        # Both members of a pair have the same keys: the lifetimes' axes are (sign, pair, life).
        keys = jnp.broadcast_to(
            self._keys(state)[: self.pairs * self.lives].reshape(self.pairs, self.lives),
            (2, self.pairs, self.lives),
        )
        numbers = jnp.arange(keys.size, dtype=jnp.int32)
        live = partial(self._live, whole, weights, spread * noise, tasks, progress)
        fitness, metrics = on_devices(live, (keys.reshape(-1), numbers), self.devices)
        members = jnp.mean(fitness.reshape(2, self.pairs, self.lives), axis=-1)
        ranks = centred_ranks(members.reshape(-1)).reshape(2, self.pairs)
        ascent = antithetic_gradient(ranks, noise, spread) - self.weight_decay * weights
        after, optimiser = self._follow(whole(-ascent), state.weights, state.optimiser, progress)
        metrics |= {"fittest": jnp.max(members), "gradient_norm": optax.tree.norm(ascent)}
        return LifetimeState(state.update + 1, state.seed, after, optimiser), metrics

    def _live(self, whole, weights, shifts, tasks: TaskDistribution, progress, dealt: Any):
        """One device's share: the fitness of all lifetimes, 0 for those of other devices; and metrics."""
        keys, numbers = dealt
        one = partial(self._one, whole, weights, shifts, tasks, progress)
        split = lambda leaf: leaf.reshape(-1, self.microbatch)  # noqa: E731
        fitness, metrics = jax.lax.map(lambda part: jax.vmap(one)(*part), (split(keys), split(numbers)))
        population = jnp.zeros(self.lifetimes_per_update, jnp.float32).at[numbers].set(fitness.reshape(-1))
        return mean_over_devices((self.devices * population, jax.tree.map(jnp.mean, metrics)))

    def _one(
        self,
        whole,
        weights: Float[Array, "n"],
        shifts: Float[Array, "pairs n"],
        tasks: TaskDistribution,
        progress: Float[Array, ""],
        key: Key[Array, ""],
        number: Int[Array, ""],
    ) -> tuple[Float[Array, ""], Metrics]:
        """The fitness and the metrics of one lifetime of one member."""
        member = number // self.lives
        sign = jnp.where(member < self.pairs, 1.0, -1.0).astype(jnp.float32)
        agent = whole(weights + sign * shifts[member % self.pairs])
        lifetimes = rollout(agent if self.sampled else Greedy(agent), tasks, key[None])[1]
        signal = learning_signal(lifetimes, self.signal)[:, 0]
        discount = at(self.discount, progress, len(signal))
        powers = jnp.power(jnp.asarray(discount, jnp.float32), jnp.arange(len(signal), dtype=jnp.float32))
        return jnp.sum(powers * signal), lived(lifetimes)
