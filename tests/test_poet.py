"""POET: its verbs against their definitions, and whole runs on a family of toy environments."""

import dataclasses
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.stats
from jax.flatten_util import ravel_pytree
from toy_runs import assert_same_run, interrupted
from toy_targets import SMALL, Targets, Throw

from prefrontal.agents import Greedy
from prefrontal.disk.checkpoints import on_its_own
from prefrontal.disk.runs import Run
from prefrontal.growth import POET
from prefrontal.growth.novelty import novelty, pata_ec
from prefrontal.growth.poet import Niches
from prefrontal.growth.poet.verbs import (
    Chosen,
    Offspring,
    admit,
    candidates,
    mutate,
    optimise,
    retire,
    transfer,
)
from prefrontal.growth.population import ADAM, Lives, Pairs
from prefrontal.rollout.live import live
from prefrontal.training import train


def run(verb, poet: POET, *given, **static):
    """A verb of POET as one program: operation by operation, each would be compiled alone."""
    rules = (poet,) if verb in (optimise, retire) else (poet, poet._population)
    return jax.jit(partial(verb, *rules, **static))(*given)


def begun(poet: POET, targets: list[float], shifts: list[float]):
    """A state whose niches have these targets, and agents that throw about so far."""
    state, whole = on_its_own(poet.init(0)), poet._population.whole
    rows, start = jnp.arange(len(targets), dtype=jnp.int32), whole(state.niches.weights[0])
    biases = [jnp.array([shift / 10.0], jnp.float32) for shift in shifts]  # the box is 10 to a side
    of_policy = lambda agent: (agent.policy.weights, agent.policy.bias)  # noqa: E731
    thrown = [eqx.tree_at(of_policy, start, (jnp.zeros((1, 2)), bias)) for bias in biases]
    weights = jnp.stack([ravel_pytree(agent)[0] for agent in thrown])
    niches = dataclasses.replace(
        state.niches,
        there=jnp.ones(len(targets), bool),
        environment=rows,
        weights=weights,
        moments=jax.vmap(ADAM.init)(weights),
    )
    vectors = state.archive.vectors.at[: len(targets)].set(jnp.array(targets, jnp.float32)[:, None])
    archive = dataclasses.replace(
        state.archive,
        vectors=vectors,
        born=state.archive.born.at[: len(targets)].set(rows),
        weights=state.archive.weights.at[: len(targets)].set(weights),
    )
    return dataclasses.replace(state, niches=niches, archive=archive, rows=jnp.array(len(targets), jnp.int32))


def test_novelty_is_the_mean_distance_to_the_nearest():
    rng = np.random.default_rng(0)
    new, known, there = rng.normal(size=(4, 3)), rng.normal(size=(9, 3)), np.arange(9) < 6
    apart = np.sort(np.linalg.norm(new[:, None] - known[None, :6], axis=-1), axis=1)
    given = (jnp.asarray(new, jnp.float32), jnp.asarray(known, jnp.float32), jnp.asarray(there))
    np.testing.assert_allclose(novelty(*given, 5), apart[:, :5].mean(1), rtol=1e-5)
    np.testing.assert_allclose(novelty(*given, 20), apart.mean(1), rtol=1e-5)


def test_pata_ec_is_the_ranks_of_clipped_scores():
    rng = np.random.default_rng(1)
    scores, there = rng.uniform(-100, 400, (3, 7)), np.array([1, 1, 0, 1, 1, 1, 0], bool)
    found = pata_ec(jnp.asarray(scores, jnp.float32), jnp.asarray(there), 25.0, 270.0)
    for row, ranks in zip(scores, found, strict=True):
        expected = (scipy.stats.rankdata(np.clip(row[there], 25, 270)) - 1) / 4 - 0.5
        np.testing.assert_allclose(ranks[there], expected, atol=1e-6)
        np.testing.assert_array_equal(ranks[~there], 0)


def test_lives_are_those_of_the_ordinary_rollout():
    """For any micro-batch and on two devices too, in which no bit differs."""
    state = begun(SMALL, [0.0, 1.0, 2.0], [0.5, 1.0, -3.0])
    keys = jax.random.split(jax.random.key(3), 3)
    lives = Lives(state.niches.weights, state.archive.vectors[:3], keys)
    (returns,) = SMALL._population.lived([lives])
    for place in range(3):
        made_key, life_key = jax.random.split(keys[place])
        task = jax.tree.map(lambda leaf: leaf[..., None], Targets().made(lives.vectors[place], made_key))
        agent = Greedy(SMALL._population.whole(lives.weights[place]))
        alone = live(agent, Throw(), 1, task, life_key[None])
        np.testing.assert_allclose(returns[place], alone.reward.sum(), rtol=1e-5)
    for other in (dataclasses.replace(SMALL, microbatch=2), SMALL.on(2)):
        np.testing.assert_array_equal(other._population.lived([lives])[0], returns)
    first, second = SMALL._population.lived([lives, lives])
    np.testing.assert_array_equal(first, second)


def test_a_step_of_evolution_is_the_definition():
    state, population = begun(SMALL, [0.0, 1.0, 2.0], [0.5, -1.0, 0.0]), SMALL._population
    niches, spread = state.niches, jnp.array([0.1, 0.3, 0.1], jnp.float32)
    rate, vectors = jnp.array([0.01, 0.02, 0.01], jnp.float32), state.archive.vectors[:3]
    pairs = Pairs(niches.weights, niches.moments, spread, rate, vectors)
    members, noise = population.members(pairs, jax.random.key(0))
    (returns,) = population.lived([members])
    after, _ = population.evolved(pairs, noise, returns, 0.01)
    size = niches.weights.shape[1]
    lived = np.asarray(members.weights).reshape(3, 2, 4, size)
    np.testing.assert_allclose(
        lived.mean(1), jnp.broadcast_to(niches.weights[:, None], (3, 4, size)), atol=1e-5
    )
    for pair in range(2):
        ranks = ((scipy.stats.rankdata(returns.reshape(3, -1)[pair]) - 1) / 7 - 0.5).reshape(2, 4)
        gradient = (ranks[0] - ranks[1]) @ np.asarray(noise[pair]) / (8 * spread[pair])
        adam = optax.adam(float(rate[pair]))
        descent = -(gradient - 0.01 * niches.weights[pair])
        step, _ = adam.update(descent, adam.init(niches.weights[pair]))
        np.testing.assert_allclose(after[pair], niches.weights[pair] + step, atol=1e-5)


def test_only_environments_whose_agents_do_well_have_children():
    state = begun(SMALL, [0.0, 1.0, 2.0], [0.0, 0.0, 2.0])
    recent = jnp.array([[300.0] * 5, [150.0] * 5, [240.0] * 5], jnp.float32)
    niches = dataclasses.replace(state.niches, recent=recent)
    state = dataclasses.replace(state, niches=niches)
    born = mutate(
        dataclasses.replace(SMALL, children=50, niches=3), SMALL._population, state, jax.random.key(0)
    )
    assert set(np.asarray(born.parent).tolist()) == {0, 2}
    grown = np.asarray(born.vectors)[:, 0] - np.array([0.0, 1.0, 2.0])[np.asarray(born.parent)]
    assert np.all((grown >= 0) & (grown <= 0.5))
    assert np.all(born.fit)
    none = dataclasses.replace(niches, recent=recent - 200.0)
    assert not np.any(run(mutate, SMALL, dataclasses.replace(state, niches=none), jax.random.key(0)).fit)


def _offspring(targets: list[float]) -> Offspring:
    vectors = jnp.array(targets, jnp.float32)[:, None]
    return Offspring(vectors, jnp.zeros(len(targets), jnp.int32), jnp.ones(len(targets), bool))


def test_children_are_admitted_by_the_criterion_in_the_order_of_novelty():
    """Scores of the parent, who throws at 0: 300, 240, 160, and -100."""
    poet = dataclasses.replace(SMALL, admitted=3, transfers=False)
    state = begun(poet, [0.0, 1.0, 2.0], [0.0, 1.0, 2.0])
    offspring = _offspring([0.0, 0.6, 1.4, 4.0])
    chosen, after = run(admit, poet, state, offspring, jax.random.key(0))
    # 0 is too easy and 4 too hard; .6 is on average 1 away from the others, 1.4 is .87 away.
    np.testing.assert_array_equal(chosen.there, [True, True, False])
    np.testing.assert_allclose(chosen.vectors[:2, 0], [0.6, 1.4])
    np.testing.assert_array_equal(chosen.parent[:2], [0, 0])
    assert int(after.rollouts) == 4 * (4 + 5 * 3)
    # Both are 40 from an agent that is there: it scores 260, above 230. So neither is new.
    np.testing.assert_array_equal(chosen.new[:2], [False, False])
    state = begun(poet, [0.0, 1.0, 4.0], [0.0, 1.0, 4.0])
    strange, _ = run(admit, poet, state, _offspring([2.4] * 4), jax.random.key(0))
    np.testing.assert_array_equal(strange.new, [True] * 3)


def test_a_child_begins_with_the_best_agent_there_is():
    poet = dataclasses.replace(SMALL, spread=1e-6, rate=1e-6, least_spread=1e-6, least_rate=1e-6)
    state = begun(poet, [0.0, 1.0, 2.0], [0.0, 1.5, 9.0])
    state = dataclasses.replace(
        state, niches=dataclasses.replace(state.niches, rate=jnp.full(3, 1e-6), spread=jnp.full(3, 1e-6))
    )
    chosen, _ = run(admit, poet, state, _offspring([2.0] * 4), jax.random.key(0))
    assert bool(chosen.there[0])
    np.testing.assert_allclose(chosen.weights[0], state.niches.weights[1], atol=1e-4)


def test_what_it_makes_of_agents_can_decide_on_novelty():
    poet = dataclasses.replace(SMALL, novelty="pata-ec", admitted=1)
    state = begun(poet, [0.0, 1.0, 2.0], [0.0, 1.0, 2.0])
    chosen, after = run(admit, poet, state, _offspring([0.3, 0.3, 0.45, 0.3]), jax.random.key(0))
    assert bool(chosen.there[0])
    assert int(after.rollouts) == 4 * (4 + 5 * 3 + 3 * (2 * 4 + 2 * 4)) + 5 * 9


def test_the_oldest_environments_retire():
    state = begun(SMALL, [0.0, 1.0, 2.0], [0.0, 1.0, 2.0])
    born = state.archive.born.at[:3].set(jnp.array([5, 2, 9]))
    state = dataclasses.replace(
        state, update=jnp.uint32(12), archive=dataclasses.replace(state.archive, born=born)
    )
    chosen = Chosen(
        jnp.array([True]),
        jnp.array([[7.0]]),
        state.niches.weights[:1],
        jnp.array([0], jnp.int32),
        jnp.array([True]),
    )
    after = run(retire, SMALL, state, chosen)
    np.testing.assert_array_equal(after.niches.environment, [0, 3, 2])
    np.testing.assert_array_equal(after.archive.retired[:4], [-1, 12, -1, -1])
    np.testing.assert_array_equal(after.archive.born[:4], [5, 2, 9, 12])
    assert float(after.archive.vectors[3, 0]) == 7.0
    assert int(after.archive.parent[3]) == 0
    assert np.all(np.isneginf(after.niches.recent[1]))
    assert int(after.rows) == 4
    unchanged = run(retire, SMALL, state, chosen._replace(there=jnp.array([False])))
    for ours, theirs in zip(jax.tree.leaves(unchanged), jax.tree.leaves(state), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("keep", [False, True])
def test_a_better_agent_is_transferred(keep):
    """The agent that throws at 2 suits the second environment, whose own throws at 6."""
    poet = dataclasses.replace(SMALL, keep_moments=keep)
    state = begun(poet, [0.0, 2.0, 9.0], [0.0, 6.0, 2.0])
    recent = jnp.array([[290.0] * 5, [-100.0] * 4 + [-90.0], [1000.0] * 5], jnp.float32)
    niches = dataclasses.replace(
        state.niches, recent=recent, spread=jnp.full(3, 0.05), rate=jnp.full(3, 0.002)
    )
    state = dataclasses.replace(state, niches=niches)
    after = run(transfer, poet, state, jax.random.key(0))
    # No one beats 290 in the first, or 1000 in the third.
    for place in (0, 2):
        np.testing.assert_array_equal(after.niches.weights[place], state.niches.weights[place])
    moved = np.linalg.norm(after.niches.weights[1] - state.niches.weights[2])
    assert moved < 0.05 < np.linalg.norm(after.niches.weights[1] - state.niches.weights[1])
    assert int(after.archive.moved[2, 1]) == 1
    assert int(after.archive.moved.sum()) == 1
    np.testing.assert_allclose(after.niches.rate, [0.002, 0.002 if keep else 0.05, 0.002])
    assert int(after.rollouts) == 3 * 2 * (2 * 4 + 2 * 4)


def test_a_strict_transfer_must_pass_as_it_is_first():
    state = begun(SMALL, [0.0, 2.0, 9.0], [0.0, 6.0, 1.95])
    bar = jnp.array([1000.0, 299.9, 1000.0], jnp.float32)
    for strict in (False, True):
        poet = dataclasses.replace(SMALL, strict=strict)
        found, _ = run(
            candidates, poet, state.niches, state.archive.vectors[:3], bar, jax.random.key(0), own=False
        )
        assert np.isneginf(found.score[1]) == strict


def test_optimise_scores_and_remembers_the_best():
    state = begun(SMALL, [0.0, 1.0, 2.0], [0.0, 0.5, -2.0])
    state = dataclasses.replace(
        state, niches=dataclasses.replace(state.niches, there=jnp.array([True, True, False]))
    )
    after = state
    for step in range(6):
        after = run(optimise, SMALL, after, jax.random.key(step))
    assert isinstance(after.niches, Niches)
    np.testing.assert_array_equal(after.niches.weights[2], state.niches.weights[2])
    assert np.all(np.isfinite(after.niches.recent[:2]))
    assert np.all(np.isneginf(after.niches.recent[2]))
    assert float(after.archive.best[0]) > 280
    assert int(after.archive.solved[0]) == 0
    assert int(after.archive.solved[2]) == -1
    assert int(after.rollouts) == 6 * 2 * 13
    np.testing.assert_allclose(after.niches.spread[:2], 0.1 * 0.999**6, rtol=1e-5)


@pytest.mark.parametrize("change", [{}, {"transfers": False}, {"drawn": True}, {"novelty": "pata-ec"}])
def test_it_grows_is_killed_and_resumed(tmp_path, change):
    poet = dataclasses.replace(SMALL, **change)
    train(poet, 0, tmp_path / "whole")
    history = Run(tmp_path / "whole").history
    assert len(history["born"]) > 2
    assert np.all(np.diff(history["born"]) > 0)
    assert history["passes"].shape == history["born"].shape
    assert history["passes"][0] == 1
    assert (history["moved"].sum() > 0) == poet.transfers
    assert np.all(history["parent"][1:] == -1) == poet.drawn
    if not change:
        interrupted(poet, tmp_path / "killed", 2)
        train(poet, 0, tmp_path / "killed", resume=True)
        assert_same_run(tmp_path / "whole", tmp_path / "killed")
        for name, array in Run(tmp_path / "killed").history.items():
            np.testing.assert_array_equal(array, history[name])


def test_two_devices_grow_the_same():
    states = []
    for poet in (SMALL, SMALL.on(2)):
        state = on_its_own(poet.init(1))
        for _ in range(5):
            state, _ = jax.jit(poet.step)(state)
        states.append(state)
    for ours, theirs in zip(*map(jax.tree.leaves, states), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
