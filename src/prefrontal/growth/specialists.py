"""Specialists: an agent for each of several environments, trained from scratch. The controls of POET."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

from prefrontal.agents import Greedy, PredictingAgent
from prefrontal.checks import shown
from prefrontal.errors import UserError
from prefrontal.growth.evolving import RECENT, Evolving
from prefrontal.growth.population import ADAM, Pairs
from prefrontal.learners.base import LearnerState, Metrics, Product
from prefrontal.streams import check_seed, update_key
from prefrontal.tasks import Growable, Grown, TaskDistribution, check_tasks, distribution


class SpecialistsState(LearnerState):
    pairs: Pairs  # the agents, each with the environment that it is in now
    reached: Float[Array, "n"]  # how far each has come on its way: 1 is the target itself
    recent: Float[Array, "n 5"]  # its last scores where it is
    best: Float[Array, "n"]  # the best mean of them in its target; -inf before it got there
    weights: Float[Array, "n weights"]  # with that mean; the latest, before it got there
    solved: Int[Array, "n"]  # the update after which the target was solved first; -1 if it never was


@dataclasses.dataclass(frozen=True)
class Specialists(Evolving):
    """One agent for each of the last environments of a grown distribution, by evolution, as in POET.

    With a `path`, agents begin in the family's first environment. Whenever one solves the environment that it
    is in, it goes on to one that is nearer to its target by a share of the way, in all numbers at once: the
    direct-path curriculum of Wang et al. 2019, section 4.2. Without, they begin in their targets.

    **Arguments:** `tasks`, a `Grown` distribution, such as that of a finished run of POET.
    """

    tasks: TaskDistribution | str = "grown"
    most: int = 8  # the number of environments: the last ones of those to train on
    path: bool = False
    parts: int = 20  # of the way to a target

    def __post_init__(self):
        check_tasks(self.tasks)
        if not isinstance(distribution(self.tasks), Grown):
            raise UserError(f"tasks is {shown(self.tasks)}; it must be a grown distribution, as that of POET")
        super().__post_init__()

    def _limits(self) -> dict[str, tuple[float, float]]:
        return super()._limits() | {"most": (1, 2**20), "parts": (1, 2**20)}

    @property
    def family(self) -> Growable:
        return self._grown.growable

    @property
    def _grown(self) -> Grown:
        return self.distribution  # pyright: ignore[reportReturnType]  # checked by __post_init__

    @property
    def targets(self) -> Float[Array, "n numbers"]:
        """The environments to solve."""
        return jnp.array(self._grown.environments[-self.most :], jnp.float32)

    @property
    def lifetimes_per_update(self) -> int:
        return len(self.targets) * (2 * self.mirrored + self.trials)

    def init(self, seed: int, agent: PredictingAgent | None = None) -> SpecialistsState:
        check_seed(seed)
        agent = agent or self._population.fresh(seed)
        weights, _ = ravel_pytree(agent.agent if isinstance(agent, Greedy) else agent)
        targets = self.targets
        count = len(targets)
        each = jnp.broadcast_to(weights, (count, len(weights)))
        spread, rate = (jnp.full(count, size, jnp.float32) for size in (self.spread, self.rate))
        start = jnp.broadcast_to(self.family.first(), targets.shape) if self.path else targets
        return SpecialistsState(
            jnp.zeros((), jnp.uint32),
            jnp.array(seed, jnp.uint32),
            Pairs(each, jax.vmap(ADAM.init)(each), spread, rate, start),
            reached=jnp.full(count, 0.0 if self.path else 1.0, jnp.float32),
            recent=jnp.full((count, RECENT), -jnp.inf, jnp.float32),
            best=jnp.full(count, -jnp.inf, jnp.float32),
            weights=each,
            solved=jnp.full(count, -1, jnp.int32),
        )

    def learn(self, state: SpecialistsState, tasks: TaskDistribution) -> tuple[SpecialistsState, Metrics]:
        """One step of evolution of every agent. The environments are those of `targets`."""
        before = state.pairs.weights
        pairs, score = self.evolved(state.pairs, update_key(state.seed, state.update))
        recent = jnp.concatenate([state.recent[:, 1:], score[:, None]], axis=1)
        mean, there = jnp.mean(recent, axis=1), state.reached >= 1
        solves = mean >= self.solved_at
        better = (there & (mean > state.best)) | ~there
        on = solves & ~there
        reached = jnp.where(on, jnp.minimum(state.reached + 1 / self.parts, 1.0), state.reached)
        first = self.family.first()[None]
        pairs = pairs._replace(vectors=first + reached[:, None] * (self.targets - first))
        state = SpecialistsState(
            state.update + 1,
            state.seed,
            pairs,
            reached,
            jnp.where(on[:, None], -jnp.inf, recent),
            jnp.where(there, jnp.maximum(mean, state.best), state.best),
            jnp.where(better[:, None], before, state.weights),
            jnp.where(there & solves & (state.solved < 0), state.update.astype(jnp.int32), state.solved),
        )
        metrics = {"score": score, "reached": reached, "solved": (state.solved >= 0).astype(jnp.float32)}
        return state, {name: jnp.mean(values) for name, values in metrics.items()}

    def agent(self, state: SpecialistsState) -> PredictingAgent:
        """The agent of the last environment."""
        return Greedy(self._population.whole(state.weights[-1]))

    def product(self, state: SpecialistsState) -> Product:
        """The same distribution, and the history: `vectors`, `solved`, `reached`, `returns` and `passes`.

        `returns` and `passes` are as POET's: of each best agent in the same fresh tasks of its target.
        """
        returns = self.in_fresh_tasks(state.weights, self.targets, int(state.seed))
        kept = {"vectors": self.targets, "solved": state.solved, "reached": state.reached, "best": state.best}
        history = {name: np.asarray(array) for name, array in kept.items()}
        passes = np.mean(returns >= self.solved_at, axis=1)
        rollouts = np.asarray(int(state.update) * self.lifetimes_per_update)
        return Product(self._grown, history | {"returns": returns, "passes": passes, "rollouts": rollouts})
