"""What POET and its controls share: agents in pairs with environments, which learn by evolution."""

import dataclasses
from math import inf

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.checks import check_integer, settle
from prefrontal.growth.population import Lives, Pairs, Population, scores
from prefrontal.learners.base import Learner
from prefrontal.memory import NoMemorySettings
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import Growable, TaskDistribution

RECENT = 5  # scores that are remembered of each agent: a transfer must beat the best of them
REFLEX = AgentSettings(
    PerceptSettings(previous_action=False, previous_reward="off", time=False), NoMemorySettings(16)
)


@dataclasses.dataclass(frozen=True)
class Evolving(Learner):
    """Settings of evolution for many pairs of an agent and an environment at once.

    Where the paper of POET (P, Wang et al. 2019) or its published code (C) has another value, it is given at
    the field.
    """

    tasks: TaskDistribution | str = "course:horizon=160,once=true"  # where environments come from
    architecture: AgentSettings = REFLEX  # of every agent; P: two layers of 40 units
    iterations: int = 4000  # updates; P: 25,200
    solved_at: float = 230.0  # the mean of the last five scores from which an environment is solved (P)
    mirrored: int = 32  # pairs of members with opposite noise, for each agent; P: 256
    trials: int = 5  # lifetimes for a score in every update (C)
    spread: float = 0.1  # σ at first (C), which falls with every update
    spread_decay: float = 0.999  # (C)
    least_spread: float = 0.03  # C: .01
    rate: float = 0.01  # of Adam at first (C)
    rate_decay: float = 0.9999  # (C)
    least_rate: float = 0.001  # (C)
    weight_decay: float = 0.01  # (C)
    confirmed: int = 64  # fresh tasks that decide, at the end, whether an environment is solved
    microbatch: int = 64  # the number of lifetimes that one device lives at once
    # How many devices to use. It changes only the last bits of results, so it is not stored as a setting.
    devices: int = dataclasses.field(default=1, metadata={"setting": False})

    def __post_init__(self):
        settle(self, **self._limits())

    def _limits(self) -> dict[str, tuple[float, float]]:
        """The lowest and the highest value of each field that is a number."""
        sizes = dict.fromkeys(("spread", "least_spread", "rate", "least_rate"), (1e-9, 1e3))
        counts = dict.fromkeys(("iterations", "mirrored", "trials", "confirmed"), (1, 2**20))
        decays = dict.fromkeys(("spread_decay", "rate_decay"), (0.0, 1.0))
        return {**sizes, **counts, **decays, "weight_decay": (0.0, 1e3), "microbatch": (1, inf)}

    @property
    def family(self) -> Growable:
        """What environments are vectors of."""
        return self.distribution  # pyright: ignore[reportReturnType]  # subclasses check it

    @property
    def updates(self) -> int:
        return self.iterations

    def on(self, devices: int) -> "Evolving":
        check_integer("devices", devices, 1)
        return dataclasses.replace(self, devices=devices)

    @property
    def _population(self) -> Population:
        return Population(self.family, self.architecture, self.mirrored, self.microbatch, self.devices)

    def evolved(self, pairs: Pairs, key: Key[Array, ""]) -> tuple[Pairs, Float[Array, "pairs"]]:
        """One step of evolution of every pair, and the scores of the agents before it."""
        step_key, score_key = jax.random.split(key)
        population = self._population
        members, noise = population.members(pairs, step_key)
        trials = population.each(pairs.weights, pairs.vectors, score_key, self.trials)
        fitness, returns = population.lived([members, trials])
        weights, moments = population.evolved(pairs, noise, fitness, self.weight_decay)
        spread = jnp.maximum(pairs.spread * self.spread_decay, self.least_spread)
        rate = jnp.maximum(pairs.rate * self.rate_decay, self.least_rate)
        return Pairs(weights, moments, spread, rate, pairs.vectors), scores(returns, self.trials)

    def in_fresh_tasks(
        self, weights: Float[Array, "n weights"], vectors: Float[Array, "n numbers"], seed: int
    ) -> np.ndarray:
        """Returns `(n, confirmed)` of each agent in fresh tasks of its environment.

        They are of the stream `validation`, with the same keys for every environment.
        """
        keys = lifetime_keys("validation", seed, jnp.arange(self.confirmed, dtype=jnp.uint32))
        each = lambda leaf: jnp.repeat(leaf, self.confirmed, axis=0)  # noqa: E731
        lives = Lives(each(weights), each(vectors), jnp.tile(keys, len(weights)))
        (returns,) = jax.jit(lambda lives: self._population.lived([lives]))(lives)
        return np.asarray(returns).reshape(-1, self.confirmed)
