"""References that claim to be optimal, or an index, against published numbers and against slow searches."""

import functools
import itertools
from fractions import Fraction

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import betaln

from prefrontal.references import reference
from prefrontal.references.bandits import finite_gittins
from prefrontal.references.bandits.finite_gittins import finite_indices, place
from prefrontal.references.bandits.gittins import gittins_indices
from prefrontal.references.bandits.informative import best_plan
from prefrontal.references.bandits.restless import HigherMean, SampledPosition, walk_matrix
from prefrontal.references.bandits.thompson import Thompson
from prefrontal.references.bandits.two_arms import EITHER, FIRST, SECOND, best_arms, block_starts
from prefrontal.references.exact import exact
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import IndependentArms, InformativeArm, Restless
from prefrontal.tasks.bandits.restless import RestlessBandit, RestlessNoise, RestlessTask
from prefrontal.types import Percept

# --- two independent arms


def test_the_table_holds_the_best_arm_of_every_state():
    """Against Bellman's equation in fractions, so that ties are ties."""
    horizon = 6

    @functools.cache
    def values(n1, s1, n2, s2):
        if n1 + n2 == horizon:
            return Fraction(0), Fraction(0)
        q1, q2 = Fraction(2 + s1, 3 + n1), Fraction(2 + s2, 3 + n2)  # Beta(2, 1)
        best = lambda *state: max(values(*state))  # noqa: E731
        first = q1 * (1 + best(n1 + 1, s1 + 1, n2, s2)) + (1 - q1) * best(n1 + 1, s1, n2, s2)
        second = q2 * (1 + best(n1, s1, n2 + 1, s2 + 1)) + (1 - q2) * best(n1, s1, n2 + 1, s2)
        return first, second

    table, starts = best_arms(horizon, 2.0, 1.0), block_starts(horizon)
    for n1, n2 in itertools.product(range(horizon), repeat=2):
        for s1, s2 in itertools.product(range(n1 + 1), range(n2 + 1)):
            if n1 + n2 < horizon:
                first, second = values(n1, s1, n2, s2)
                best = EITHER if first == second else FIRST if first > second else SECOND
                assert table[starts[n1, n2] + s1 * (n2 + 1) + s2] == best


# --- Gittins indices


@pytest.mark.parametrize(("discount", "index"), [(0.9, 0.7029), (0.95, 0.7614), (0.99, 0.8699)])
def test_the_index_of_a_fresh_arm_is_as_published(discount, index):
    """Gittins, Glazebrook & Weber 2011, tables 8.4: a uniform prior."""
    assert gittins_indices(discount, 1)[0, 0] == pytest.approx(index, abs=6e-5)


def test_indices_are_as_published_for_discount_nine_tenths():
    """The same tables, for priors Beta(a, b), that is after a - 1 successes and b - 1 failures."""
    published = {
        (1, 1): 0.7029,
        (2, 1): 0.8001,
        (3, 1): 0.8452,
        (1, 2): 0.5001,
        (1, 3): 0.3796,
        (2, 2): 0.6346,
    }
    indices = gittins_indices(0.9, 5)
    for (a, b), index in published.items():
        assert indices[a + b - 2, a - 1] == pytest.approx(index, abs=1e-4)


def going_on(n: int, s: int, discount: float, standard: float, ahead: int) -> float:
    """The worth of pulling the arm once more, and then of the better of it and `standard`, once for all."""

    @functools.cache
    def arm(n: int, s: int) -> float:
        q = (s + 1) / (n + 2)
        if n == ahead:
            return q / (1 - discount)
        win, loss = max(standard, arm(n + 1, s + 1)), max(standard, arm(n + 1, s))
        return q * (1 + discount * win) + (1 - q) * discount * loss

    return arm(n, s)


def test_one_is_indifferent_between_an_arm_and_its_index():
    """By a recursion that knows only this one λ."""
    indices = gittins_indices(0.8, 4)
    for n, s in [(0, 0), (1, 0), (2, 1), (3, 3)]:
        standard = indices[n, s] / (1 - 0.8)
        assert going_on(n, s, 0.8, standard, ahead=80) == pytest.approx(standard, abs=1e-3)


def test_without_a_future_the_index_is_the_mean_and_it_rises_with_the_future():
    n, s = np.tril_indices(20)
    none, some, long = (gittins_indices(discount, 20)[n, s] for discount in (0.0, 0.5, 0.9))
    np.testing.assert_allclose(none, (s + 1) / (n + 2), atol=1e-4)
    assert np.all(none < some)
    assert np.all(some < long)


def test_a_future_in_continuous_time_is_as_good_as_one_pull_by_pull(monkeypatch):
    n, s = np.tril_indices(20)
    whole = gittins_indices.__wrapped__(0.98, 20)
    monkeypatch.setattr("prefrontal.references.bandits.gittins.FARTHEST", 120)
    np.testing.assert_allclose(gittins_indices.__wrapped__(0.98, 20)[n, s], whole[n, s], atol=5e-5)


@pytest.mark.long
def test_indices_at_discounts_near_one():
    """Against the same recursion, 2,000 pulls farther; pull by pull to the end for .995."""
    assert gittins_indices(0.995, 1)[0, 0] == pytest.approx(0.903164, abs=1e-5)
    assert gittins_indices(0.9999, 1)[0, 0] == pytest.approx(0.98506, abs=2e-5)


def test_with_few_pulls_left_one_is_indifferent_between_an_arm_and_its_index():
    """By a recursion that knows only this one λ; with one pull left the index is the mean."""
    table, horizon = finite_indices(12), 12

    @functools.cache
    def ahead(n, s, left, standard):
        if left == 0:
            return 0.0
        q = (s + 1) / (n + 2)
        later = q * ahead(n + 1, s + 1, left - 1, standard) + (1 - q) * ahead(n + 1, s, left - 1, standard)
        return max(0.0, q - standard + later)

    for time, n, s in [(0, 0, 0), (3, 0, 0), (5, 2, 1), (7, 7, 6), (11, 4, 1), (11, 0, 0)]:
        index, left = float(table[place(time, n, s)]), horizon - time
        assert ahead(n, s, left, index - 2e-3) > 0
        assert ahead(n, s, left, index + 2e-3) == 0
        if left == 1:
            assert index == pytest.approx((s + 1) / (n + 2), abs=1e-3)
    assert place(horizon, 0, 0) == len(table)


@pytest.mark.parametrize(("horizon", "optimum"), [(10, 6.02179), (50, 31.99671)])
def test_the_index_for_finite_lifetimes_is_nearly_optimal(horizon, optimum):
    value = exact("finite-gittins", IndependentArms(horizon=horizon))
    assert value is not None
    assert optimum - 0.01 < value.total_return <= optimum + 1e-6


def test_a_long_table_is_kept_in_the_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("PREFRONTAL_CACHE", str(tmp_path))
    monkeypatch.setattr(finite_gittins, "_KEPT_FROM", 12)
    table = finite_indices.__wrapped__
    first, (kept,) = table(12), (tmp_path / "tables").iterdir()
    with monkeypatch.context() as patch:
        patch.setattr(finite_gittins, "_computed", None)
        assert np.array_equal(table(12), first)
    kept.write_bytes(kept.read_bytes()[:-3])  # damaged: computed again
    assert np.array_equal(table(12), first)
    monkeypatch.setenv("PREFRONTAL_CACHE", str(kept))  # a file: nothing can be kept there
    assert np.array_equal(table(12), first)


# --- Thompson


def chance_above(s1: int, f1: int, s2: int, f2: int) -> float:
    """P(Beta(1 + s1, 1 + f1) > Beta(1 + s2, 1 + f2)), by the finite sum over the first arm's successes."""
    i = np.arange(s1 + 1)
    sums = betaln(1 + s2 + i, 2 + f1 + f2) - betaln(1 + i, 1 + f1) - betaln(1 + s2, 1 + f2)
    return float(np.sum(np.exp(sums) / (1 + f1 + i)))


@pytest.mark.parametrize("horizon", [3, 10, 31])
def test_thompsons_chances_are_those_of_one_posterior_above_another(horizon):
    layers = list(Thompson(2, 0.0, 1.0).layers(horizon))
    np.testing.assert_allclose(layers[1][1], [[1 / 3], [2 / 3]])  # Beta(1, 2) and Beta(2, 1) above Beta(1, 1)
    for time in (0, horizon // 2, horizon - 1):
        for n1, block in enumerate(layers[time]):
            for s1, s2 in np.ndindex(*block.shape):
                above = chance_above(s1, n1 - s1, s2, time - n1 - s2)
                assert block[s1, s2] == pytest.approx(above, abs=1e-9)


# --- the informative arm


def search_informative(distribution: InformativeArm) -> Fraction:
    """The value of the best of all policies, by search over what may be the target."""
    targets, prize = distribution.targets, Fraction(distribution.prize)

    @functools.cache
    def value(possible: frozenset[int], left: int) -> Fraction:
        if left == 0:
            return Fraction(0)
        if len(possible) == 1:
            return prize * left
        codes = sum((Fraction(code + 1, targets) for code in possible), Fraction(0))
        ask = codes / len(possible) + prize * (left - 1)
        waste = 1 + value(possible, left - 1) if len(possible) < targets else Fraction(0)
        chance = Fraction(1, len(possible))
        trials = [
            chance * prize * left + (1 - chance) * (1 + value(possible - {arm}, left - 1)) for arm in possible
        ]
        return max(ask, waste, *trials)

    return value(frozenset(range(targets)), distribution.horizon)


@pytest.mark.parametrize("horizon", [1, 2, 3, 5, 7])
@pytest.mark.parametrize(("targets", "prize"), [(10, 5.0), (4, 5.0), (6, 1.5), (5, 1.0), (2, 3.0)])
def test_asking_at_the_right_time_is_the_best_of_all_policies(targets, prize, horizon):
    distribution = InformativeArm(targets=targets, prize=prize, horizon=horizon)
    assert best_plan(distribution).value == pytest.approx(float(search_informative(distribution)), abs=1e-12)


@pytest.mark.parametrize(
    "distribution",
    [
        InformativeArm(),
        InformativeArm(horizon=9, reverse=True),
        InformativeArm(targets=6, prize=1.5, horizon=4),
        InformativeArm(targets=6, prize=1.5, horizon=4, reverse=True),
        InformativeArm(horizon=1),
    ],
    ids=str,
)
def test_the_plan_is_carried_out(distribution):
    """In lifetimes where every target comes once, so that the mean is exact."""
    agent = reference("bayes-optimal", distribution)
    tasks, lifetimes = eqx.filter_jit(rollout)(agent, distribution, lifetime_keys("test", 0, jnp.arange(400)))
    target, returns = np.asarray(tasks.target), np.asarray(lifetimes.reward).sum(axis=0)
    assert set(target) == set(range(distribution.targets))
    mean = np.mean([returns[target == which].mean() for which in range(distribution.targets)])
    assert mean == pytest.approx(best_plan(distribution).value, abs=1e-5)


def test_in_the_papers_setting_it_asks_at_once():
    assert best_plan(InformativeArm()) == (0, pytest.approx(20.55))


# --- restless arms


@pytest.mark.parametrize("start", [0, 3, 10])
@pytest.mark.parametrize("volatility", [0.0, 0.02, 0.2, 1.0])
def test_the_filters_walk_is_the_environments(volatility, start):
    draws, environment, chances = 20_000, RestlessBandit(10), walk_matrix(10, volatility)[:, start]
    task = RestlessTask(jnp.array(start), jnp.array(volatility))

    def move(change):
        noise = RestlessNoise(jnp.array(0.5), change)
        return environment.transition(noise, task, jnp.array(start), jnp.array(0)).state

    seen = np.asarray(jax.vmap(move)(jax.random.normal(jax.random.key(0), (draws,))))
    often = np.bincount(seen, minlength=11) / draws
    assert chances.sum() == pytest.approx(1.0)
    assert np.all(np.abs(often - chances) <= 4.5 * np.sqrt(chances * (1 - chances) / draws) + 1e-9)


class SlowFilter:
    """Bayes rule by enumeration of every volatility and every path of a small restless bandit."""

    def __init__(self, distribution: Restless):
        self.n, self.horizon = distribution.n, distribution.horizon
        self.walks = [walk_matrix(self.n, volatility) for volatility in distribution.volatilities]

    def paths(self, length: int):
        """(probability, positions) of every path of `length` positions."""
        positions = range(self.n + 1)
        for walk in self.walks:
            for path in itertools.product(positions, repeat=length):
                steps = (walk[after, before] for before, after in itertools.pairwise(path))
                yield np.prod(list(steps)) / (len(self.walks) * (self.n + 1)), path

    def posterior(self, history: list[tuple[int, int]]) -> np.ndarray:
        """P(position now | actions and rewards so far)."""
        weight = np.zeros(self.n + 1)
        for chance, path in self.paths(len(history) + 1):
            for (action, reward), position in zip(history, path[:-1], strict=True):
                pay = position / self.n if action == 0 else 1 - position / self.n
                chance *= pay if reward else 1 - pay
            weight[path[-1]] += chance
        return weight / weight.sum()


def filtered(agent, history: list[tuple[int, int]]) -> np.ndarray:
    """The agent's posterior over the position, after a history."""
    memory = agent.initial_memory()
    for time, (action, reward) in enumerate([(0, 0), *history]):
        given = Percept(
            jnp.zeros(0), jnp.array(action), jnp.array(float(reward)), jnp.array(time), jnp.array(False)
        )
        memory, _, _ = agent.act(memory, given, jnp.array(0.5))
    return np.asarray(memory.sum(axis=0))


SMALL = Restless(volatilities=(0.1, 0.5), horizon=4, n=4)


@pytest.mark.parametrize(
    "history", [[], [(0, 1)], [(1, 1), (1, 0)], [(0, 1), (0, 1), (1, 0)], [(0, 0), (1, 0), (0, 1)]]
)
def test_the_filter_is_exact(history):
    np.testing.assert_allclose(
        filtered(reference("bayes-optimal", SMALL), history), SlowFilter(SMALL).posterior(history), atol=1e-6
    )


def test_the_filters_two_policies():
    best, sampled = reference("bayes-optimal", SMALL), reference("thompson", SMALL)
    assert isinstance(best, HigherMean)
    assert isinstance(sampled, SampledPosition)
    p = jnp.arange(5) / 4
    belief = jnp.array([0.1, 0.1, 0.2, 0.6, 0.0])
    assert best.first_arm(belief, p) == 1.0
    assert best.first_arm(belief[::-1], p) == 0.0
    assert best.first_arm(jnp.full(5, 0.2), p) == 0.5
    assert sampled.first_arm(belief, p) == pytest.approx(0.6 + 0.1)


def test_thompsons_one_volatility_is_the_mean_or_as_given():
    for agent, volatility in [
        (reference("thompson", SMALL), 0.3),
        (reference("thompson", SMALL, volatility=0.1), 0.1),
    ]:
        assert isinstance(agent, SampledPosition)
        np.testing.assert_allclose(agent.walks[0], walk_matrix(4, volatility), atol=1e-6)


def test_the_filters_regret_is_below_every_other_references():
    distribution = Restless(horizon=50)
    keys, regrets = lifetime_keys("test", 0, jnp.arange(300)), {}
    for name in ("bayes-optimal", "thompson", "ucb1", "rescorla-wagner"):
        _, lifetimes = eqx.filter_jit(rollout)(reference(name, distribution), distribution, keys)
        assert lifetimes.oracle_reward is not None
        assert lifetimes.expected_reward is not None
        regrets[name] = float((lifetimes.oracle_reward - lifetimes.expected_reward).sum(axis=0).mean())
    assert min(regrets, key=regrets.__getitem__) == "bayes-optimal"


def test_gittins_on_five_arms_is_near_the_optimum():
    """10 pulls of 5 arms: no policy is above 6.65999, and the index at a suitable discount loses little."""
    distribution = IndependentArms(arms=5, horizon=10)
    agent = reference("gittins", distribution, discount=0.8)
    _, lifetimes = eqx.filter_jit(rollout)(agent, distribution, lifetime_keys("test", 0, jnp.arange(5_000)))
    returns = np.asarray(lifetimes.expected_reward).sum(axis=0)
    error = returns.std() / np.sqrt(5_000)
    assert 6.65999 - 0.08 - 4 * error < returns.mean() < 6.65999 + 4 * error
