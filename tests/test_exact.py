"""Exact values: against numbers known from elsewhere, and against a slow tree of all that can happen."""

import dataclasses
import functools

import numpy as np
import pytest

from prefrontal.evaluation import evaluate
from prefrontal.references import REFERENCES, reference
from prefrontal.references.bandits.counting import CountingAgent
from prefrontal.references.bandits.many_arms import MOST_STATES, count_states, optimal_return
from prefrontal.references.bandits.two_arms import block_starts, states
from prefrontal.references.exact import ExactValue, exact, exact_cross, exact_value
from prefrontal.references.exact.bernoulli import highest_of
from prefrontal.references.exact.priors import beta_quadrature, two_arm_prior
from prefrontal.tasks import (
    DependentArms,
    IndependentArms,
    InformativeArm,
    Restless,
    TabularMDPs,
    distribution,
)

INDEPENDENT, UNIFORM, EASY, MEDIUM, HARD = TWO_ARMED = [
    distribution(f"bandit-{name}")
    for name in (
        "independent",
        "dependent-uniform",
        "dependent-easy",
        "dependent-medium",
        "dependent-hard",
    )
]

OF_MDPS = (
    *("value-iteration", "psrl", "opsrl", "ucrl2", "beb", "count-bonus"),
    *("mdp-greedy", "mdp-epsilon-greedy"),
)
NOT_OF_BANDITS = ("model-based", "model-free", "hybrid", "shortest-path", "stay", *OF_MDPS)
BINARY = ("gittins", "finite-gittins", "optimistic-thompson")  # for rewards of 0 and 1
BANDIT_REFERENCES = [name for name in REFERENCES if name not in NOT_OF_BANDITS]


def known(value: ExactValue | None) -> ExactValue:
    assert value is not None
    return value


# --- published and independently computed numbers


def test_the_bayes_optimal_regret_of_the_papers_bandit():
    value = known(exact("bayes-optimal", INDEPENDENT))
    assert value.total_return == pytest.approx(64.91842, abs=5e-6)
    assert value.regret == pytest.approx(1.74825, abs=5e-6)
    assert value.regret_by_time is not None
    assert value.regret_by_time.shape == (100,)
    assert value.regret_by_time[0] == pytest.approx(2 / 3 - 1 / 2)
    assert value.regret_by_time[-1] == value.regret


@pytest.mark.parametrize(
    ("horizon", "best"), [(5, 2.88889), (10, 6.02179), (20, 12.43126), (50, 31.99671)], ids=str
)
def test_the_bayes_optimal_return_at_other_horizons(horizon, best):
    value = known(exact("bayes-optimal", IndependentArms(horizon=horizon)))
    assert value.total_return == pytest.approx(best, abs=5e-6)
    assert value.regret == pytest.approx(horizon * 2 / 3 - best, abs=1e-5)


@pytest.mark.long
def test_the_bayes_optimal_return_of_200_pulls():
    value = known(exact("bayes-optimal", IndependentArms(horizon=200)))
    assert value.total_return == pytest.approx(131.09408, abs=5e-6)


def test_the_dependent_optimum_is_one_policy_for_all_four():
    optima = [1.2214, 0.6250, 1.0000, 2.3121]
    for trained in (UNIFORM, HARD):
        regrets = [known(exact_cross(trained, tested)).regret for tested in TWO_ARMED[1:]]
        np.testing.assert_allclose(regrets, optima, atol=5e-5)


def test_the_independent_optimum_on_the_dependent_distributions():
    regrets = [known(exact_cross(INDEPENDENT, tested)).regret for tested in TWO_ARMED[1:]]
    np.testing.assert_allclose(regrets, [1.54, 0.80, 1.36, 2.97], atol=0.01)


@pytest.mark.parametrize(
    ("name", "values", "regret", "within"),
    [
        ("gittins", {}, 1.77, 0.005),
        ("gittins", {"discount": 0.9}, 1.96, 0.02),
        ("finite-gittins", {}, 1.758, 0.008),
        ("thompson", {}, 2.78, 0.01),
        ("ucb1", {"constant": 2.0}, 5.58, 0.005),
        ("ucb1", {}, 4.11, 0.01),
        ("ucb1", {"constant": 0.25}, 2.28, 0.005),
        ("greedy", {}, 2.67, 0.03),
        ("epsilon-greedy", {}, 2.96, 0.03),
        ("epsilon-greedy", {"epsilon": 0.1}, 3.43, 0.005),
        ("win-stay-lose-shift", {}, 7.69, 0.005),
        ("random", {}, 16.67, 0.005),
    ],
)
def test_regret_on_the_papers_bandit(name, values, regret, within):
    """`within` is what the Monte Carlo estimates that these numbers are leave open."""
    value = known(exact(name, INDEPENDENT, **values))
    assert value.regret == pytest.approx(regret, abs=within)


@pytest.mark.parametrize(
    ("name", "regrets"),
    [
        ("gittins", [1.54, 0.74, 1.30, 3.04]),
        ("thompson", [2.79, 2.12, 3.00, 4.07]),
        ("win-stay-lose-shift", [8.50, 8.32, 12.62, 8.02]),
        ("random", [25.0, 40.0, 25.0, 10.0]),
    ],
)
def test_regret_on_the_dependent_bandits(name, regrets):
    values = [known(exact(name, tested)).regret for tested in TWO_ARMED[1:]]
    np.testing.assert_allclose(values, regrets, atol=0.015)


def test_the_informative_arm():
    returns = {name: exact(name, InformativeArm()) for name in BANDIT_REFERENCES if name not in BINARY}
    closed = {name: value.total_return for name, value in returns.items() if value is not None}
    assert closed["bayes-optimal"] == pytest.approx(20.55)
    assert closed["thompson"] == pytest.approx(11.0)
    assert closed["ucb1"] == pytest.approx(7.0)
    assert closed["random"] == pytest.approx(5 * (10 * 1.4 + 0.55) / 11)
    assert set(closed) == {"bayes-optimal", "thompson", "ucb1", "random", "win-stay-lose-shift", "oracle"}
    assert known(returns["bayes-optimal"]).regret == pytest.approx(4.45)
    assert known(exact("bayes-optimal", InformativeArm().outside())).total_return == pytest.approx(20.55)


def test_believing_the_informative_arm_where_it_lies_has_no_exact_value_here():
    assert exact_cross(InformativeArm(), InformativeArm().outside()) is None


def test_random_actions_in_mdps_that_are_drawn_earn_the_priors_mean():
    """Whatever the horizon, the episodes and the prior are; what an oracle earns has no closed form."""
    assert exact("random", "tabular-mdp:episodes=25") == (250.0, None, None)
    tasks = TabularMDPs(horizon=12, length=5, states=3, reward_mean=-0.5)
    assert exact("random", tasks) == (-6.0, None, None)
    lived = evaluate(reference("random", tasks), tasks, lifetimes=2000)
    earned = lived.total_return
    assert abs(earned.mean() + 6.0) < 4 * earned.std() / len(earned) ** 0.5
    assert exact("psrl", tasks) is None


def test_restless_arms():
    assert known(exact("random", Restless())).total_return == pytest.approx(50.0)
    for name in set(BANDIT_REFERENCES) - {"random", "win-stay-lose-shift", "oracle"}:
        assert exact(name, Restless(horizon=5)) is None
    # Arms that stand still on a fine lattice are nearly dependent arms with a uniform prior.
    still = known(exact("win-stay-lose-shift", Restless(volatilities=(0.0,), n=400)))
    assert still.regret == pytest.approx(8.5, abs=0.1)


@pytest.mark.parametrize(
    ("arms", "horizon", "best"), [(2, 10, 6.02179), (5, 10, 6.65999), (10, 10, 6.71395), (50, 10, 6.71395)]
)
def test_the_optimal_return_of_many_arms(arms, horizon, best):
    value = known(exact("bayes-optimal", IndependentArms(arms=arms, horizon=horizon)))
    assert value.total_return == pytest.approx(best, abs=5e-6)
    assert value.regret == pytest.approx(horizon * arms / (arms + 1) - best, abs=1e-5)


def test_three_arms_and_25_pulls_pay_what_berry_and_fristedt_print():
    assert optimal_return(IndependentArms(arms=3, horizon=25)) == pytest.approx(25 * 0.6821, abs=25 * 5e-5)


def test_two_ways_to_the_optimum_of_two_arms_agree():
    prior = IndependentArms(horizon=12, a=0.7, b=2.0)
    assert known(exact("bayes-optimal", prior)).total_return == pytest.approx(
        optimal_return(prior), abs=1e-12
    )


def test_too_many_states_have_no_exact_value():
    assert count_states(5, 100) > MOST_STATES
    assert optimal_return(IndependentArms(arms=5, horizon=60)) is None
    with pytest.raises(ValueError, match="no exact Bayes-optimal policy is known"):
        exact("bayes-optimal", IndependentArms(arms=5, horizon=60))


def test_states_are_counted_and_packed_without_gaps():
    # By hand: nothing; 2 pairs (s, f) of one pull; 3 of two pulls; 3 ways to have two arms of one pull.
    assert count_states(2, 3) == 1 + 2 + 3 + 3
    assert states(100) == 4_421_275
    starts, seen = block_starts(6), np.zeros(states(6), int)
    for n1 in range(6):
        for n2 in range(6 - n1):
            seen[starts[n1, n2] : starts[n1, n2] + (n1 + 1) * (n2 + 1)] += 1
    np.testing.assert_array_equal(seen, 1)


# --- against a tree of all that can happen


def tree_return(layers, p1: float, p2: float, horizon: int) -> float:
    """The expected return in one task, by following every choice and every reward to the end."""

    @functools.cache
    def value(n1: int, s1: int, n2: int, s2: int) -> float:
        if n1 + n2 == horizon:
            return 0.0
        first = layers[n1 + n2][n1][s1, s2]
        left = p1 * (1.0 + value(n1 + 1, s1 + 1, n2, s2)) + (1.0 - p1) * value(n1 + 1, s1, n2, s2)
        right = p2 * (1.0 + value(n1, s1, n2 + 1, s2 + 1)) + (1.0 - p2) * value(n1, s1, n2 + 1, s2)
        return first * left + (1.0 - first) * right

    return value(0, 0, 0, 0)


@pytest.mark.parametrize("name", ["bayes-optimal", "thompson", "ucb1", "epsilon-greedy"])
def test_the_value_of_a_policy_is_the_mean_of_the_trees(name):
    horizon = 5
    agent = reference(name, IndependentArms(horizon=horizon))
    assert isinstance(agent, CountingAgent)
    layers = list(agent.layers(horizon))
    points, weights = np.polynomial.legendre.leggauss(12)
    points, weights = (points + 1) / 2, weights / 2
    means = {
        INDEPENDENT: sum(
            v * w * tree_return(layers, p, q, horizon)
            for p, v in zip(points, weights, strict=True)
            for q, w in zip(points, weights, strict=True)
        ),
        UNIFORM: sum(
            w * tree_return(layers, p, 1 - p, horizon) for p, w in zip(points, weights, strict=True)
        ),
        HARD: sum(tree_return(layers, p, 1 - p, horizon) / 2 for p in (0.6, 0.4)),
    }
    for tested, mean in means.items():
        short = dataclasses.replace(tested, horizon=horizon)  # pyright: ignore[reportArgumentType]
        value = known(exact_value(agent, short))
        assert value.total_return == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize(
    "prior", [IndependentArms(a=2.0, b=0.5), DependentArms(), DependentArms(0.9), DependentArms(1.0)]
)
def test_predictions_are_ratios_of_the_priors_moments(prior):
    """P(first arm pays next | counts) = E[likelihood x p₁] / E[likelihood]."""
    exchangeable = two_arm_prior(prior)
    assert exchangeable is not None
    (p1, p2), weights = exchangeable.tasks(10)
    for n1, n2 in [(0, 0), (2, 1), (3, 4)]:
        first, second = np.broadcast_arrays(*exchangeable.predict(n1, n2))
        assert first.shape == (n1 + 1, n2 + 1)
        for s1 in range(n1 + 1):
            for s2 in range(n2 + 1):
                likelihood = weights * p1**s1 * (1 - p1) ** (n1 - s1) * p2**s2 * (1 - p2) ** (n2 - s2)
                if likelihood.sum() > 1e-12:  # what cannot have been seen needs no prediction
                    assert first[s1, s2] == pytest.approx(
                        (likelihood * p1).sum() / likelihood.sum(), abs=1e-10
                    )
                    assert second[s1, s2] == pytest.approx(
                        (likelihood * p2).sum() / likelihood.sum(), abs=1e-10
                    )


def test_oracles():
    assert highest_of(3, 1.0, 1.0) == 0.75
    samples = np.random.default_rng(0).beta(0.5, 2.0, (200_000, 4)).max(axis=1)
    assert highest_of(4, 0.5, 2.0) == pytest.approx(samples.mean(), abs=5 * samples.std() / np.sqrt(200_000))
    points, weights = beta_quadrature(2.0, 2.0, 4)
    assert (weights * points**4).sum() == pytest.approx(2 * 3 * 4 * 5 / (4 * 5 * 6 * 7))
