"""POET: environments are invented and solved at the same time (Wang, Lehman, Clune & Stanley 2019)."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Key

from prefrontal.agents import Greedy, PredictingAgent, check_fits
from prefrontal.checks import check_kind
from prefrontal.growth.evolving import RECENT
from prefrontal.growth.poet.rules import Rules
from prefrontal.growth.poet.state import Archive, Niches, POETState
from prefrontal.growth.poet.verbs import admit, mutate, optimise, retire, transfer
from prefrontal.growth.population import ADAM, Population
from prefrontal.learners.base import Metrics, Product
from prefrontal.streams import check_seed, update_key
from prefrontal.tasks import Growing, Grown, TaskDistribution


@dataclasses.dataclass(frozen=True)
class POET(Rules):
    """Pairs of an environment and an agent: environments are mutated, agents optimised and transferred.

    An update optimises the agent of every niche by one step of evolution. Every `mutate_every` updates,
    environments whose agents do well have children; those that are neither too hard nor too easy are admitted
    in the order of their novelty, and the oldest environments retire. Every `transfer_every` updates each
    niche tries the agents of the others, as they are and after one step of evolution.

    **Arguments:** `tasks`, a `Growable`, or the name of one.

    Source: Wang et al. 2019, arXiv 1901.01753; options after Wang et al. 2020, arXiv 2003.08536.
    """

    def init(self, seed: int, agent: PredictingAgent | None = None) -> POETState:
        check_seed(seed)
        if agent is not None:
            check_kind("agent", agent, PredictingAgent)
            check_fits(agent, self.family.environment, type(self.family).__name__)
        agent = agent or self._population.fresh(seed)
        weights, _ = ravel_pytree(agent.agent if isinstance(agent, Greedy) else agent)
        niches, rows, count = self.niches, self.rows, len(weights)
        first = jnp.arange(rows) == 0
        none = jnp.full(rows, -1, jnp.int32)
        vector = self.family.first()
        each = jnp.broadcast_to(weights, (niches, count))
        return POETState(
            jnp.zeros((), jnp.uint32),
            jnp.array(seed, jnp.uint32),
            Niches(
                there=jnp.arange(niches) == 0,
                environment=jnp.zeros(niches, jnp.int32),
                weights=each,
                moments=jax.vmap(ADAM.init)(each),
                spread=jnp.full(niches, self.spread, jnp.float32),
                rate=jnp.full(niches, self.rate, jnp.float32),
                recent=jnp.full((niches, RECENT), -jnp.inf, jnp.float32),
            ),
            Archive(
                vectors=jnp.broadcast_to(vector, (rows, len(vector))),
                parent=none,
                born=jnp.where(first, 0, none),
                retired=none,
                solved=none,
                new=first,
                best=jnp.full(rows, -jnp.inf, jnp.float32),
                weights=jnp.broadcast_to(weights, (rows, count)),
                moved=jnp.zeros((rows, rows), jnp.int32),
            ),
            jnp.array(1, jnp.int32),
            jnp.array(0, jnp.int32),
        )

    def learn(self, state: POETState, tasks: TaskDistribution) -> tuple[POETState, Metrics]:
        """One update. `tasks` must be the family itself: what it is trained on, it invents."""
        population = self._population
        key = update_key(state.seed, state.update)
        grow_key, optimise_key, transfer_key = jax.random.split(key, 3)
        state = jax.lax.cond(
            self._is_time(state, self.mutate_every) & (state.rows < self.rows),
            lambda state: self._grow(population, state, grow_key),
            lambda state: state,
            state,
        )
        state = optimise(self, state, optimise_key)
        if self.transfers:
            state = jax.lax.cond(
                self._is_time(state, self.transfer_every),
                lambda state: transfer(self, population, state, transfer_key),
                lambda state: state,
                state,
            )
        state = dataclasses.replace(state, update=state.update + 1)
        return state, self._metrics(state)

    def _grow(self, population: Population, state: POETState, key: Key[Array, ""]) -> POETState:
        """Mutate, admit, retire."""
        mutate_key, admit_key = jax.random.split(key)
        offspring = mutate(self, population, state, mutate_key)
        chosen, state = admit(self, population, state, offspring, admit_key)
        return retire(self, state, chosen)

    def _is_time(self, state: POETState, every: int) -> Bool[Array, ""]:
        return (state.update > 0) & (state.update % every == 0)

    def _metrics(self, state: POETState) -> Metrics:
        niches, archive = state.niches, state.archive
        score = jnp.where(niches.there, niches.recent[:, -1], 0.0)
        solved = archive.solved >= 0
        counts = {
            "active": jnp.sum(niches.there),
            "environments": state.rows,
            "solved": jnp.sum(solved),
            "annecs": jnp.sum(solved & archive.new),
            "transferred": jnp.sum(archive.moved),
            "rollouts": state.rollouts,
        }
        score = jnp.sum(score) / jnp.maximum(jnp.sum(niches.there), 1)
        return {"score": score} | {name: count.astype(jnp.float32) for name, count in counts.items()}

    def agent(self, state: POETState) -> PredictingAgent:
        """The agent of the environment that was solved last, or of the first one: a specialist."""
        archive = state.archive
        newest = jnp.argmax(jnp.where(archive.solved >= 0, archive.born, -1))
        return Greedy(self._population.whole(archive.weights[newest]))

    def growing(self, state: POETState) -> Growing:
        niches = state.niches
        there = niches.there.astype(jnp.float32)
        return Growing(self.family, state.archive.vectors[niches.environment], there)

    def product(self, state: POETState) -> Product:
        """The environments that were solved, one in `held_out` of them held out; and the history of the run.

        The history is the archive, row by row, with `returns` of each row's best agent in fresh tasks of its
        environment, and `passes`, the share of these tasks in which it reaches `solved_at`.
        """
        archive = state.archive
        solved = (np.asarray(archive.solved) >= 0) | (np.arange(self.rows) == 0)
        vectors = np.asarray(archive.vectors)[solved]
        out = np.arange(len(vectors)) % self.held_out == self.held_out - 1
        train, held_out = (tuple(map(tuple, vectors[part].tolist())) for part in (~out, out))
        return Product(Grown(0, self.family, train, held_out), self._history(state))

    def _history(self, state: POETState) -> dict[str, np.ndarray]:
        archive, rows = state.archive, int(state.rows)
        returns = self.in_fresh_tasks(archive.weights, archive.vectors, int(state.seed))[:rows]
        names = [field.name for field in dataclasses.fields(Archive)]
        kept = {name: np.asarray(getattr(archive, name))[:rows] for name in names}
        kept["moved"] = kept["moved"][:, :rows]
        passes = np.mean(returns >= self.solved_at, axis=1)
        return kept | {"returns": returns, "passes": passes, "rollouts": np.asarray(state.rollouts)}
