"""POET's verbs: mutate, admit, retire, optimise, transfer. Each takes a state of the learner."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from prefrontal.growth.evolving import RECENT
from prefrontal.growth.novelty import novelty, pata_ec
from prefrontal.growth.poet.rules import Rules
from prefrontal.growth.poet.state import Niches, POETState
from prefrontal.growth.population import ADAM, Lives, Pairs, Population, scores


class Offspring(NamedTuple):
    """The children of one attempt at reproduction."""

    vectors: Float[Array, "children numbers"]
    parent: Int[Array, "children"]  # the niche of the parent, whose agent a child begins with
    fit: Bool[Array, "children"]  # whether the minimal criterion holds for the parent's agent


class Chosen(NamedTuple):
    """Children that are to be admitted, in the order of their novelty, and their agents."""

    there: Bool[Array, "admitted"]
    vectors: Float[Array, "admitted numbers"]
    weights: Float[Array, "admitted weights"]
    parent: Int[Array, "admitted"]  # the row of the parent's environment; -1 of drawn environments
    new: Bool[Array, "admitted"]  # whether no agent so far can solve it


class Candidates(NamedTuple):
    """The best agent that the niches have for each of several environments."""

    weights: Float[Array, "environments weights"]
    score: Float[Array, "environments"]
    origin: Int[Array, "environments"]  # the niche that it comes from


def mutate(rules: Rules, population: Population, state: POETState, key: Key[Array, ""]) -> Offspring:
    """Children of environments whose agents do well (`reproduce_at`). Their parents are drawn uniformly.

    If no agent does well, no child is `fit`.
    """
    niches = state.niches
    parent_key, child_key = jax.random.split(key)
    able = niches.there & (rules.drawn | (jnp.mean(niches.recent, axis=1) >= rules.reproduce_at))
    logits = jnp.where(able, 0.0, -jnp.inf)
    parent = jax.random.categorical(parent_key, logits, shape=(rules.children,)).astype(jnp.int32)
    child_keys = jax.random.split(child_key, rules.children)
    fit = jnp.broadcast_to(jnp.any(able), (rules.children,))
    if rules.drawn:
        return Offspring(jax.vmap(population.family.drawn)(child_keys), parent, fit)
    parents = state.archive.vectors[niches.environment[parent]]
    return Offspring(jax.vmap(population.family.mutated)(parents, child_keys), parent, fit)


def admit(
    rules: Rules, population: Population, state: POETState, offspring: Offspring, key: Key[Array, ""]
) -> tuple[Chosen, POETState]:
    """The most novel children that meet the minimal criterion, with their parent's agent and with the best.

    **Returns:** they, and the state with the rollouts that it took.
    """
    niches, archive, count = state.niches, state.archive, rules.children
    parent_key, known_key, transfer_key, table_key = jax.random.split(key, 4)
    of_parents = niches.weights[offspring.parent]
    asked = [
        population.each(of_parents, offspring.vectors, parent_key, rules.tries),
        population.table(archive.weights, offspring.vectors, known_key, rules.trials),
    ]
    ranked = rules.novelty == "pata-ec" and not rules.drawn
    if ranked:
        asked.append(population.table(archive.weights, archive.vectors, table_key, rules.trials))
    if rules.transfers:
        lowest = jnp.full(count, rules.low, jnp.float32)
        best, returns = candidates(
            rules, population, niches, offspring.vectors, lowest, transfer_key, asked=asked
        )
        by_parent = scores(returns[0], rules.tries)
    else:
        returns = population.lived(asked)
        by_parent = scores(returns[0], rules.tries)
        best = Candidates(of_parents, by_parent, offspring.parent)
    met = offspring.fit
    if not rules.drawn:
        for score in (by_parent, best.score):
            met = met & (rules.low <= score) & (score <= rules.high)
    used = jnp.arange(len(archive.born)) < state.rows
    known = scores(returns[1], rules.trials, count, len(used))
    new = jnp.max(jnp.where(used[None], known, -jnp.inf), axis=1) < rules.solved_at
    before = scores(returns[2], rules.trials, len(used), len(used)) if ranked else None
    order = _order(rules, population, state, offspring, known, before, used)
    taken = jnp.argsort(-jnp.where(met, order, -jnp.inf))[: rules.admitted]
    parent = jnp.where(rules.drawn, -1, niches.environment[offspring.parent])
    chosen = Chosen(met[taken], offspring.vectors[taken], best.weights[taken], parent[taken], new[taken])
    return chosen, _lived(state, _rollouts_of_growth(rules, state))


def _order(rules: Rules, population: Population, state: POETState, offspring: Offspring, known, before, used):
    """How novel each child is: among the vectors so far, or in what all agents earn in it (PATA-EC).

    **Arguments:** `known`, the scores of the archive's agents in the children; `before`, in its environments.
    """
    if rules.drawn:
        return -jnp.arange(rules.children, dtype=jnp.float32)
    if before is None:
        units = jnp.array(population.family.units, jnp.float32)[None]
        return novelty(offspring.vectors / units, state.archive.vectors / units, used, rules.neighbours)
    ranks = pata_ec(jnp.concatenate([known, before]), used, rules.low, rules.high)
    return novelty(ranks[: len(known)], ranks[len(known) :], used, rules.neighbours)


def retire(rules: Rules, state: POETState, chosen: Chosen) -> POETState:
    """The chosen children take empty places, and then those of the oldest environments."""
    for place in range(rules.admitted):
        one = jax.tree.map(lambda leaf, place=place: leaf[place], chosen)
        state = jax.lax.cond(
            one.there, lambda state, one=one: _settled(rules, state, one), lambda s: s, state
        )
    return state


def _settled(rules: Rules, state: POETState, one: Chosen) -> POETState:
    niches, archive, row = state.niches, state.archive, state.rows
    age = jnp.where(niches.there, archive.born[niches.environment], -1)
    place = jnp.argmin(age)  # an empty one, or the oldest
    leaves = jnp.where(niches.there[place], niches.environment[place], len(archive.born))
    retired = archive.retired.at[leaves].set(state.update.astype(jnp.int32), mode="drop")
    archive = dataclasses.replace(
        archive,
        vectors=archive.vectors.at[row].set(one.vectors),
        parent=archive.parent.at[row].set(one.parent),
        born=archive.born.at[row].set(state.update.astype(jnp.int32)),
        retired=retired,
        new=archive.new.at[row].set(one.new),
        weights=archive.weights.at[row].set(one.weights),
    )
    fresh = Niches(
        there=jnp.array(True),
        environment=row,
        weights=one.weights,
        moments=ADAM.init(one.weights),
        spread=jnp.array(rules.spread, jnp.float32),
        rate=jnp.array(rules.rate, jnp.float32),
        recent=jnp.full(RECENT, -jnp.inf, jnp.float32),
    )
    niches = jax.tree.map(lambda leaf, new: leaf.at[place].set(new), niches, fresh)
    return dataclasses.replace(state, niches=niches, archive=archive, rows=row + 1)


def optimise(rules: Rules, state: POETState, key: Key[Array, ""]) -> POETState:
    """One step of evolution for every niche, and the scores of the agents before it."""
    niches, archive = state.niches, state.archive
    vectors = archive.vectors[niches.environment]
    pairs = Pairs(niches.weights, niches.moments, niches.spread, niches.rate, vectors)
    pairs, score = rules.evolved(pairs, key)
    after = Niches(
        there=niches.there,
        environment=niches.environment,
        weights=pairs.weights,
        moments=pairs.moments,
        spread=pairs.spread,
        rate=pairs.rate,
        recent=jnp.concatenate([niches.recent[:, 1:], score[:, None]], axis=1),
    )
    before, niches = niches.weights, _where(niches.there, after, niches)
    mean = jnp.where(niches.there, jnp.mean(niches.recent, axis=1), -jnp.inf)
    row = jnp.where(mean > archive.best[niches.environment], niches.environment, len(archive.born))
    solved = (mean >= rules.solved_at) & (archive.solved[niches.environment] < 0)
    solver = jnp.where(solved, niches.environment, len(archive.born))
    archive = dataclasses.replace(
        archive,
        best=archive.best.at[row].set(mean, mode="drop"),
        weights=archive.weights.at[row].set(before, mode="drop"),
        solved=archive.solved.at[solver].set(state.update.astype(jnp.int32), mode="drop"),
    )
    lived = jnp.sum(niches.there) * (2 * rules.mirrored + rules.trials)
    return _lived(dataclasses.replace(state, niches=niches, archive=archive), lived)


def transfer(rules: Rules, population: Population, state: POETState, key: Key[Array, ""]) -> POETState:
    """An agent from elsewhere replaces a niche's own, if its score beats the best of the last five there."""
    niches, archive = state.niches, state.archive
    bar = jnp.max(niches.recent, axis=1)
    vectors = archive.vectors[niches.environment]
    found, _ = candidates(rules, population, niches, vectors, bar, key, own=False)
    better = niches.there & (found.score > bar)
    fresh = jax.vmap(ADAM.init)(found.weights)
    after = dataclasses.replace(
        niches,
        weights=found.weights,
        moments=niches.moments if rules.keep_moments else fresh,
        spread=niches.spread if rules.keep_moments else jnp.full_like(niches.spread, rules.spread),
        rate=niches.rate if rules.keep_moments else jnp.full_like(niches.rate, rules.rate),
    )
    source = niches.environment[found.origin]
    target = jnp.where(better, niches.environment, len(archive.born))
    moved = archive.moved.at[source, target].add(1, mode="drop")
    there = jnp.sum(niches.there)
    lived = there * (there - 1) * (2 * rules.tries + 2 * rules.mirrored)
    archive = dataclasses.replace(archive, moved=moved)
    return _lived(dataclasses.replace(state, niches=_where(better, after, niches), archive=archive), lived)


def candidates(
    rules: Rules,
    population: Population,
    niches: Niches,
    vectors: Float[Array, "environments numbers"],
    bar: Float[Array, "environments"],
    key: Key[Array, ""],
    own: bool = True,
    asked: Sequence[Lives] = (),
) -> tuple[Candidates, list[Float[Array, "n"]]]:
    """The best of all niches' agents for each environment: as they are, or after one step of evolution there.

    **Arguments:** `bar`, what an agent must score as it is, before its step counts, if transfers are strict;
    `own`, whether the niche in an environment's own place counts too; `asked`, further lifetimes to be lived.

    **Returns:** the best, and the returns of what was `asked`.
    """
    count, environments = len(niches.there), len(vectors)
    direct_key, step_key, score_key = jax.random.split(key, 3)
    tiled = lambda leaf: jnp.tile(leaf, (environments,) + (1,) * (leaf.ndim - 1))  # noqa: E731
    given = (niches.weights, jax.vmap(ADAM.init)(niches.weights), niches.spread, niches.rate)
    weights, moments, spread, rate = jax.tree.map(tiled, given)
    pairs = Pairs(weights, moments, spread, rate, jnp.repeat(vectors, count, axis=0))
    members, noise = population.members(pairs, step_key)
    as_they_are = population.table(niches.weights, vectors, direct_key, rules.tries)
    *others, direct, fitness = population.lived([*asked, as_they_are, members])
    direct = scores(direct, rules.tries, environments, count)
    proposed, _ = population.evolved(pairs, noise, fitness, rules.weight_decay)
    (tried,) = population.lived([population.each(proposed, pairs.vectors, score_key, rules.tries)])
    after = scores(tried, rules.tries, environments, count)
    allowed = jnp.broadcast_to(niches.there[None], after.shape)
    if not own:
        allowed = allowed & ~jnp.eye(environments, count, dtype=bool)
    passed = direct > bar[:, None] if rules.strict else jnp.ones_like(allowed)
    after = jnp.where(allowed & passed, after, -jnp.inf)
    direct = jnp.where(allowed & (not rules.strict), direct, -jnp.inf)
    both = jnp.concatenate([direct, after], axis=1)  # (environments, 2 count)
    best = jnp.argmax(both, axis=1)
    proposed = proposed.reshape(environments, count, -1)
    origin = (best % count).astype(jnp.int32)
    stepped = jnp.take_along_axis(proposed, origin[:, None, None], axis=1)[:, 0]
    weights = jnp.where((best >= count)[:, None], stepped, niches.weights[origin])
    return Candidates(weights, jnp.max(both, axis=1), origin), others


def _rollouts_of_growth(rules: Rules, state: POETState) -> Int[Array, ""]:
    """Lifetimes of one attempt at reproduction."""
    there = jnp.sum(state.niches.there)
    one = rules.tries + rules.trials * state.rows
    one = one + (there * (2 * rules.tries + 2 * rules.mirrored) if rules.transfers else 0)
    ranked = rules.trials * state.rows**2 if rules.novelty == "pata-ec" and not rules.drawn else 0
    return rules.children * one + ranked


def _lived(state: POETState, lifetimes: Int[Array, ""]) -> POETState:
    return eqx.tree_at(lambda state: state.rollouts, state, state.rollouts + lifetimes.astype(jnp.int32))


def _where(chosen: Bool[Array, "niches"], new: Niches, old: Niches) -> Niches:
    """`new` where a niche is chosen, else `old`."""
    pick = lambda new, old: jnp.where(chosen.reshape(-1, *(1,) * (new.ndim - 1)), new, old)  # noqa: E731
    return jax.tree.map(pick, new, old)
