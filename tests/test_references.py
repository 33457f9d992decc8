"""Every reference against its definition, and the registry's errors."""

import dataclasses
import re

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from prefrontal.agents import Agent
from prefrontal.references import REFERENCES, parameters, reference
from prefrontal.references.bandits.counting import Counts
from prefrontal.references.bandits.two_arms import TwoArmTable
from prefrontal.references.bayes_optimal import optimal_policy
from prefrontal.references.exact import exact, exact_value, mean_rewards, oracle_rewards
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import (
    DISTRIBUTIONS,
    DependentArms,
    HiddenTarget,
    IndependentArms,
    InformativeArm,
    Restless,
)
from prefrontal.tasks.bandits.bernoulli import BanditTask, BernoulliBandit
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import Percept

roll = eqx.filter_jit(rollout)
TWO = IndependentArms(horizon=20)
OF_MDPS = (
    *("value-iteration", "psrl", "opsrl", "ucrl2", "beb", "count-bonus"),
    *("mdp-greedy", "mdp-epsilon-greedy"),
)
NOT_OF_BANDITS = ("model-based", "model-free", "hybrid", "shortest-path", "stay", *OF_MDPS)
BINARY = ("gittins", "finite-gittins", "optimistic-thompson")  # for rewards of 0 and 1
TOLD = ("oracle",)  # the task: their own tests are below
BANDIT_REFERENCES = [name for name in REFERENCES if name not in (*NOT_OF_BANDITS, *TOLD)]


def percept(action: int, reward: float, time: int = 1) -> Percept:
    return Percept(jnp.zeros(0), jnp.array(action), jnp.array(reward), jnp.array(time), jnp.array(False))


def distribution_of(name: str, horizon: int):
    return dataclasses.replace(DISTRIBUTIONS[name](), horizon=horizon)  # pyright: ignore[reportArgumentType]


def actions(agent: Agent, memory, given: Percept, draws: int = 400) -> np.ndarray:
    """What the agent does with many draws of its noise: how often each action."""
    act = lambda key: agent.act(memory, given, agent.noise(key))[1]  # noqa: E731
    return np.bincount(jax.vmap(act)(jax.random.split(jax.random.key(0), draws)), minlength=2) / draws


# --- the registry


def test_every_reference_applies_to_every_bandit():
    """Whose arms can be counted: where actions are numbers they are refused by a sentence."""
    for task in (name for name in DISTRIBUTIONS if name.startswith("bandit-")):
        distribution = distribution_of(task, horizon=5)
        for name in BANDIT_REFERENCES:
            if isinstance(distribution, HiddenTarget) and name not in ("bayes-optimal", "random"):
                with pytest.raises(ValueError, match=f"{name} is for|{name} must know"):
                    reference(name, distribution)
            elif name not in BINARY or not isinstance(distribution, InformativeArm):
                assert isinstance(reference(name, distribution), Agent)


@pytest.mark.parametrize("task", DISTRIBUTIONS)
def test_every_reference_applies_or_says_for_what_it_is(task):
    for name in REFERENCES:
        try:
            assert isinstance(reference(name, distribution_of(task, horizon=6)), Agent)
        except ValueError as error:
            assert "is for " in str(error)  # noqa: PT017


def test_every_reference_has_a_description_and_defaults():
    for name, settings in REFERENCES.items():
        assert len(settings.description) > 20
        assert parameters(name) == dataclasses.asdict(settings())
    assert parameters("ucb1") == {"constant": 1.0, "prior": 0.0}
    assert parameters("random") == {}


@pytest.mark.parametrize(
    ("name", "distribution", "values", "rule"),
    [
        ("thomson", TWO, {}, "no reference is called 'thomson'. Did you mean 'thompson'?"),
        (
            "ucb1",
            TWO,
            {"konstant": 1.0},
            "no parameter of 'ucb1' is called 'konstant'. Did you mean 'constant'?",
        ),
        ("random", TWO, {"epsilon": 1.0}, "'random' has no parameters, but 'epsilon' is given"),
        ("ucb1", TWO, {"constant": -1.0}, "constant is -1.0; it must be a number at least 0"),
        ("epsilon-greedy", TWO, {"epsilon": 1.5}, "epsilon is 1.5; it must be a number from 0 to 1"),
        ("gittins", TWO, {"discount": 1.0}, "discount is 1.0; it must be a number from 0 to 0.9999"),
        ("rescorla-wagner", TWO, {"alpha": 2.0}, "alpha is 2.0; it must be a number from 0 to 1"),
        ("rescorla-wagner", TWO, {"beta": -2.0}, "beta is -2.0; it must be a number at least 0"),
        ("thompson", Restless(), {"volatility": 2.0}, "volatility is 2.0; it must be a number from 0 to 1"),
        ("thompson", TWO, {"volatility": 0.2}, "it is for restless bandits, not for IndependentArms"),
        (
            "gittins",
            InformativeArm(),
            {},
            "gittins is for rewards of 0 and 1; InformativeArmBandit's reward_values are",
        ),
        (
            "bayes-optimal",
            IndependentArms(arms=3),
            {},
            "no exact Bayes-optimal policy is known for IndependentArms(arms=3",
        ),
        ("bayes-optimal", IndependentArms(horizon=201), {}, "horizon is 201; the exact Bayes-optimal policy"),
    ],
)
def test_what_does_not_apply_is_refused(name, distribution, values, rule):
    with pytest.raises(ValueError, match=re.escape(rule)):
        reference(name, distribution, **values)


# --- policies, each against its definition; those on counts are in test_counting_policies.py


def test_win_stay_lose_shift():
    agent = reference("win-stay-lose-shift", IndependentArms(arms=3))
    np.testing.assert_allclose(actions(agent, (), percept(-1, 0.0, 0)), [1 / 3] * 3, atol=0.1)
    np.testing.assert_array_equal(actions(agent, (), percept(1, 1.0)), [0, 1])
    np.testing.assert_allclose(actions(agent, (), percept(1, 0.0)), [0.5, 0, 0.5], atol=0.1)
    informed = reference("win-stay-lose-shift", InformativeArm())
    assert actions(informed, (), percept(3, 1.0))[3] == 0.0
    assert actions(informed, (), percept(3, 5.0))[3] == 1.0


def test_rescorla_wagner_learns_at_the_rate_alpha():
    agent = reference("rescorla-wagner", TWO, alpha=0.25)
    values, _, _ = agent.act(agent.initial_memory(), percept(-1, 0.0, 0), jnp.zeros(2))
    np.testing.assert_array_equal(values, [0.5, 0.5])
    values, action, _ = agent.act(values, percept(1, 1.0), jnp.zeros(2))
    np.testing.assert_allclose(values, [0.5, 0.625])
    assert action == 1
    values, action, _ = agent.act(values, percept(1, 0.0), jnp.zeros(2))
    np.testing.assert_allclose(values, [0.5, 0.46875])
    assert action == 0


def test_rescorla_wagner_with_a_temperature_is_a_softmax():
    agent = reference("rescorla-wagner", TWO, alpha=1.0, beta=2.0)
    chance = 1.0 / (1.0 + np.exp(-2.0 * (1.0 - 0.5)))
    seen = actions(agent, agent.initial_memory(), percept(0, 1.0), draws=4000)[0]
    assert abs(seen - chance) < 4.5 * np.sqrt(chance * (1 - chance) / 4000)


def test_optimistic_thompson_takes_the_mean_where_it_is_above_the_draw():
    """Beside a good arm: the chance that its draw or its mean is above the other's, on a fine lattice."""
    agent = reference("optimistic-thompson", TWO)
    counts = Counts(jnp.array([4, 1]), jnp.array([3.0, 1.0]))  # Beta(4, 2) and Beta(2, 1), both of mean 2/3
    arms = jax.jit(jax.vmap(lambda key: agent.choose(counts, agent.noise(key))))(
        jax.random.split(jax.random.key(0), 20_000)
    )
    grid = (np.arange(4000) + 0.5) / 4000
    first, second = scipy.stats.beta(4, 2), scipy.stats.beta(2, 1)
    above = (grid > 2 / 3) @ (first.pdf(grid) * second.cdf(grid)) / 4000
    tied = first.cdf(2 / 3) * second.cdf(2 / 3)
    chance = above + tied / 2
    assert abs(np.mean(np.asarray(arms) == 0) - chance) <= 4.5 * np.sqrt(chance * (1 - chance) / 20_000)


@pytest.mark.parametrize("name", ["greedy", "gittins", "rescorla-wagner", "bayes-optimal"])
def test_ties_are_broken_at_random(name):
    agent = reference(name, TWO)
    np.testing.assert_allclose(
        actions(agent, agent.initial_memory(), percept(-1, 0.0, 0)), [0.5, 0.5], atol=0.12
    )


def test_thompson_searches_the_targets_and_never_asks():
    bandit = InformativeArm(horizon=12)
    tasks, lifetimes = roll(reference("thompson", bandit), bandit, lifetime_keys("test", 0, jnp.arange(200)))
    action = np.asarray(lifetimes.action)
    for life, target in enumerate(np.asarray(tasks.target)):
        found = int(np.argmax(action[:, life] == target))
        assert found < 10
        assert len(set(action[: found + 1, life])) == found + 1
        assert set(action[found:, life]) == {target}
    assert action.max() < 10


# --- a rollout's mean against the exact value

ROLLED = [
    *((name, IndependentArms(horizon=20)) for name in BANDIT_REFERENCES),
    *((name, IndependentArms(horizon=20, a=2.0, b=0.5)) for name in ("bayes-optimal", "win-stay-lose-shift")),
    ("bayes-optimal", DependentArms(None, 20)),
    ("bayes-optimal", DependentArms(0.75, 20)),
    *(
        (name, InformativeArm())
        for name in ("bayes-optimal", "thompson", "ucb1", "greedy", "win-stay-lose-shift")
    ),
    *((name, Restless(horizon=20)) for name in ("thompson", "win-stay-lose-shift")),
]


@pytest.mark.parametrize(("name", "distribution"), ROLLED, ids=str)
def test_rollouts_agree_with_the_exact_value(name, distribution):
    agent, value = reference(name, distribution), exact(name, distribution)
    _, lifetimes = roll(agent, distribution, lifetime_keys("test", 3, jnp.arange(3000)))
    assert 0 <= lifetimes.action.min() <= lifetimes.action.max() < distribution.environment.action_space.n
    if value is None:
        unknown = name in ("rescorla-wagner", "optimistic-thompson")
        assert isinstance(distribution, InformativeArm | Restless) or unknown
        return
    assert lifetimes.oracle_reward is not None
    assert lifetimes.expected_reward is not None
    regret = np.asarray(lifetimes.oracle_reward - lifetimes.expected_reward, np.float64).cumsum(axis=0)
    assert value.regret_by_time is not None
    error = np.abs(regret.mean(axis=1) - value.regret_by_time)
    # Five standard errors, as every time of every pair is a comparison of its own.
    assert np.all(error <= 5.0 * regret.std(axis=1) / np.sqrt(3000) + 1e-5)


# --- lifetimes longer than those a policy was built for

SHORT_LIVED = [
    ("bayes-optimal", IndependentArms(horizon=8)),
    ("gittins", IndependentArms(horizon=8)),
    ("finite-gittins", IndependentArms(horizon=8)),
    ("bayes-optimal", InformativeArm(horizon=8)),
]
REFUSED = "was built for lifetimes of at most 8 steps, and here they have 9; build it for a distribution of"


@pytest.mark.parametrize(("name", "distribution"), SHORT_LIVED, ids=str)
def test_a_policy_refuses_to_live_longer_than_it_was_built_for(name, distribution):
    agent = reference(name, distribution)
    keys, longer = lifetime_keys("test", 0, jnp.arange(3)), dataclasses.replace(distribution, horizon=9)
    with pytest.raises(ValueError, match=f"{type(agent).__name__} {REFUSED}"):
        rollout(agent, longer, keys)
    with pytest.raises(ValueError, match=f"{type(agent).__name__} {REFUSED}"):
        exact_value(agent, longer)
    rollout(agent, distribution, keys)
    rollout(agent, dataclasses.replace(distribution, horizon=7), keys)


def test_a_policy_without_a_table_lives_as_long_as_it_has_to():
    for name in set(BANDIT_REFERENCES) - {"bayes-optimal", "gittins", "finite-gittins"}:
        assert reference(name, TWO).longest is None
    for distribution in (DependentArms(), Restless(), DISTRIBUTIONS["two-step-2018"]()):
        assert reference("bayes-optimal", distribution).longest is None


# --- before the first action


@pytest.mark.parametrize(
    "task", ["bandit-independent", "bandit-informative", "bandit-restless", "two-step-2018"]
)
@pytest.mark.parametrize(
    "name", [name for name in REFERENCES if name not in (*TOLD, "shortest-path", "stay", *OF_MDPS)]
)
def test_what_the_percept_says_of_an_action_before_the_first_is_not_heard(name, task):
    """Whatever it says: -1, or any action, and a reward that would mean something."""
    distribution = distribution_of(task, horizon=5)
    try:
        agent = reference(name, distribution)
    except ValueError:
        pytest.skip("it is for other tasks")
    observation = jnp.zeros(distribution.environment.observation_space.shape).at[:1].set(1.0)
    noise, last = agent.noise(jax.random.key(3)), int(distribution.environment.action_space.n) - 1

    def first(action, reward):
        given = Percept(observation, *map(jnp.array, (action, reward, 0, True)))
        return agent.act(agent.initial_memory(), given, noise)[:2]

    for action, reward in [(0, 0.0), (0, 1.0), (1, 1.0), (last, 5.0)]:
        jax.tree.map(np.testing.assert_array_equal, first(-1, 0.0), first(action, reward))


# --- distributions of one's own


@dataclasses.dataclass(frozen=True)
class Copied(TaskDistribution):
    """Two arms that pay alike, with any probability."""

    horizon: int = 10

    @property
    def environment(self):
        return BernoulliBandit(2)

    def sample(self, key):
        return BanditTask(jnp.full(2, jax.random.uniform(key)))


def test_a_distribution_of_ones_own_registers_what_is_known_of_it():
    with pytest.raises(ValueError, match="no exact Bayes-optimal policy is known for Copied"):
        reference("bayes-optimal", Copied())
    assert exact("random", Copied()) is None
    optimal_policy.register(Copied, lambda tasks: reference("random", tasks))
    for known in (mean_rewards, oracle_rewards):
        known.register(Copied, lambda tasks: np.full(tasks.horizon, 0.5))
    for name in ("random", "bayes-optimal"):
        value = exact(name, Copied())
        assert value is not None
        assert (value.total_return, value.regret) == (pytest.approx(5.0), 0.0)
    assert exact("thompson", Copied()) is None


def test_a_policy_is_not_evaluated_beyond_the_horizon_it_was_made_for():
    with pytest.raises(ValueError, match="horizon is 7; this policy was made for at most 6 pulls"):
        list(TwoArmTable.bayes_optimal(6, 1.0, 1.0).layers(7))


# --- the oracle


@pytest.mark.parametrize(
    "tasks", [IndependentArms(arms=3, horizon=8), Restless(horizon=8), InformativeArm()], ids=str
)
def test_the_oracle_has_no_regret(tasks):
    oracle = reference("oracle", tasks)
    drawn, lived = roll(oracle, tasks, lifetime_keys("train", 0, jnp.arange(50)))
    np.testing.assert_array_equal(lived.expected_reward, lived.oracle_reward)
    value = exact("oracle", tasks)
    if value is not None:
        assert value.regret == 0.0
        assert value.total_return == pytest.approx(oracle_rewards(tasks).sum())
    if isinstance(tasks, IndependentArms):
        assert value.total_return == pytest.approx(8 * 3 / 4)
        np.testing.assert_array_equal(lived.action[0], np.argmax(drawn.probabilities, axis=0))


def test_the_oracle_must_be_told():
    with pytest.raises(ValueError, match="call act_told"):
        reference("oracle", TWO).act((), percept(0, 0.0), None)
    with pytest.raises(ValueError, match="oracle is for bandits"):
        reference("oracle", "maze")
