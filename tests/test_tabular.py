"""Tabular MDPs and their references: laws, planning and posteriors against their definitions."""

import dataclasses
import functools
import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from prefrontal.references import reference
from prefrontal.references.exact import exact_value, mean_rewards
from prefrontal.references.tabular.base import Experience, Prior, observed
from prefrontal.references.tabular.ucrl2 import optimistic_values
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import TabularMDPs, distribution
from prefrontal.tasks.base import sample_tasks
from prefrontal.tasks.tabular.mdps import TabularState, drawn_place
from prefrontal.tasks.tabular.planning import action_values, best_plan, expected_course

SMALL = TabularMDPs(horizon=6, states=2, actions=2, length=3)
FOUR = TabularMDPs(states=4, actions=3, length=4)
TINY = TabularMDPs(states=3, actions=2, length=3, episodes=4)
roll = eqx.filter_jit(rollout)


def keys(count: int, split: str = "train"):
    return lifetime_keys(split, 0, jnp.arange(count))


def test_episodes_are_another_way_to_give_the_horizon():
    assert distribution("tabular-mdp:episodes=25") == TabularMDPs(horizon=250)
    assert TabularMDPs(episodes=3, length=7) == TabularMDPs(horizon=21, length=7)
    assert dataclasses.replace(TabularMDPs(episodes=25), horizon=99).horizon == 99
    with pytest.raises(ValueError, match="horizon"):
        TabularMDPs(episodes=2**30)
    with pytest.raises(ValueError, match="start is 10; it must be a whole number, from 0 to 9"):
        TabularMDPs(start=10)


# --- the law of the tasks


def test_means_are_normal_and_transitions_dirichlet():
    tasks = sample_tasks(dataclasses.replace(FOUR, reward_mean=3.0, reward_spread=0.5), keys(400))
    means = np.asarray(tasks.rewards).ravel()
    assert scipy.stats.kstest(means, scipy.stats.norm(3.0, 0.5).cdf).pvalue > 1e-4
    chances = np.asarray(tasks.transitions)
    np.testing.assert_allclose(chances.sum(axis=2), 1.0, rtol=1e-5)
    assert scipy.stats.kstest(chances[:, :, 3].ravel(), scipy.stats.beta(1, 3).cdf).pvalue > 1e-4
    sparse = np.asarray(sample_tasks(FOUR.outside(), keys(50)).transitions)
    np.testing.assert_allclose(sparse.sum(axis=2), 1.0, rtol=1e-5)
    assert scipy.stats.kstest(sparse[:, :, 3].ravel(), scipy.stats.beta(0.1, 0.3).cdf).pvalue > 1e-4


def test_a_task_does_not_depend_on_its_batch():
    many, drawn = jax.jit(functools.partial(sample_tasks, FOUR)), keys(64)
    whole = many(drawn)
    for some in (1, 7):
        few = many(drawn[:some])
        assert all(map(np.array_equal, few, (leaf[..., :some] for leaf in whole)))
    assert all(map(np.array_equal, jax.jit(FOUR.sample)(drawn[0]), (leaf[..., 0] for leaf in whole)))


def test_next_states_and_rewards_follow_the_task():
    world, draws = TINY.environment, 20_000
    task = TINY.sample(jax.random.key(0))
    state, action = TabularState(jnp.array(1), jnp.array(0)), jnp.array(1)
    noise = jax.vmap(world.noise)(jax.random.split(jax.random.key(1), draws))
    steps = jax.vmap(lambda one: world.transition(one, task, state, action))(noise)
    counts = np.bincount(steps.state.place, minlength=3)
    assert scipy.stats.chisquare(counts, np.asarray(task.transitions[1, 1], float) * draws).pvalue > 1e-4
    paid = np.asarray(steps.reward) - float(task.rewards[1, 1])
    assert scipy.stats.kstest(paid, "norm").pvalue > 1e-4
    assert world.expected_reward(task, state, action) == task.rewards[1, 1]


def test_the_ends_of_the_uniform_number_are_states_too():
    chances = jnp.array([0.25, 0.0, 0.75])
    assert [int(drawn_place(chances, jnp.array(u))) for u in (0.0, 0.2, 0.25, 1.0)] == [0, 0, 2, 2]


def test_an_episode_ends_after_its_length_and_starts_where_it_should():
    tasks = dataclasses.replace(TINY, start=2)
    _, lifetimes = roll(reference("random", tasks), tasks, keys(20))
    np.testing.assert_array_equal(lifetimes.episode_over.any(axis=1), np.arange(12) % 3 == 2)
    assert np.all(np.asarray(lifetimes.percept.observation)[::3].argmax(axis=1) == 2)
    assert tasks.environment.episode_length == 3


# --- planning


def brute_force(task, tasks: TabularMDPs) -> tuple[float, np.ndarray]:
    """The best of all plans of one action for each step and state, and what it earns at each step."""
    rewards, chances = (np.asarray(part, float) for part in task[:2])
    best, course = -np.inf, np.zeros(tasks.length)
    states = range(tasks.states)
    for flat in itertools.product(range(tasks.actions), repeat=tasks.length * tasks.states):
        plan = np.reshape(flat, (tasks.length, tasks.states))
        where, earned = np.eye(tasks.states)[tasks.start], []
        for chosen in plan:
            earned.append(where @ rewards[states, chosen])
            where = where @ chances[states, chosen]
        if sum(earned) > best:
            best, course = sum(earned), np.array(earned)
    return best, course


@pytest.mark.parametrize("seed", range(3))
def test_value_iteration_finds_the_best_of_all_plans(seed):
    task = SMALL.sample(jax.random.key(seed))
    best, course = brute_force(task, SMALL)
    values = action_values(task.rewards, task.transitions, 3)
    assert values[0, 0].max() == pytest.approx(best, rel=1e-5)
    np.testing.assert_allclose(task.optimum, course, rtol=1e-4, atol=1e-5)
    plan = best_plan(values)
    np.testing.assert_allclose(expected_course(*task[:2], plan, 0), course, rtol=1e-4, atol=1e-5)


def test_the_oracle_earns_what_the_environment_says_wherever_an_agent_is():
    _, lifetimes = roll(reference("value-iteration", TINY), TINY, keys(4000, "test"))
    gap = np.asarray(lifetimes.expected_reward - lifetimes.oracle_reward, float)
    by_step = gap.reshape(4, 3, -1).mean(axis=0)
    error = by_step.std(axis=1) / np.sqrt(4000)
    assert np.all(np.abs(by_step.mean(axis=1)) <= 4 * error + 1e-6)
    environment, task = TINY.environment, TINY.sample(jax.random.key(0))
    at = [environment.oracle_reward(task, TabularState(jnp.array(p), jnp.array(1))) for p in range(3)]
    assert at[0] == at[1] == at[2] == task.optimum[1]


def test_optimism_without_a_region_is_value_iteration_and_with_all_of_it_the_best_of_states():
    task = TINY.sample(jax.random.key(3))
    nothing = jnp.zeros((3, 2))
    plain = action_values(task.rewards, task.transitions, 3)
    np.testing.assert_allclose(optimistic_values(*task[:2], nothing, 3), plain, rtol=1e-5)
    free = optimistic_values(*task[:2], nothing + 2.0, 3)
    np.testing.assert_allclose(free[1], task.rewards + task.rewards.max(), rtol=1e-5)


def test_optimism_is_the_best_mdp_within_the_region():
    """Against a search over all transitions to three states on a fine lattice."""
    task = TINY.sample(jax.random.key(5))
    rewards, chances, apart = np.asarray(task.rewards, float), np.asarray(task.transitions, float), 0.4
    found = optimistic_values(*task[:2], jnp.full((3, 2), apart), 2)[0]
    value, n = rewards.max(axis=1), 200
    lattice = np.array([(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)]) / n
    for state, action in itertools.product(range(3), range(2)):
        near = np.abs(lattice - chances[state, action]).sum(axis=1) <= apart
        best = rewards[state, action] + (lattice[near] @ value).max()
        assert found[state, action] == pytest.approx(best, abs=0.03)


# --- posteriors

PRIOR = Prior(states=2, actions=1, reward_mean=1.0, reward_spread=0.5, reward_noise=2.0, concentration=0.5)
SEEN = Experience(
    jnp.array([[4.0], [0.0]]), jnp.array([[6.0], [0.0]]), jnp.array([[[3.0, 0.0]], [[0.0, 0.0]]])
)


def test_the_posterior_of_a_mean_reward_is_bayes_rule():
    """By a sum over a fine grid of means."""
    grid = np.linspace(-5, 8, 20_001)
    prior = scipy.stats.norm(1.0, 0.5).pdf(grid)
    rewards = [1.0, 2.0, -1.0, 4.0]
    weight = prior * np.prod([scipy.stats.norm(grid, 2.0).pdf(one) for one in rewards], axis=0)
    weight /= weight.sum()
    mean = weight @ grid
    found, spread = PRIOR.rewards(SEEN)
    assert found[0, 0] == pytest.approx(mean, rel=1e-5)
    assert spread[0, 0] == pytest.approx(np.sqrt(weight @ (grid - mean) ** 2), rel=1e-4)
    assert (float(found[1, 0]), float(spread[1, 0])) == (1.0, 0.5)


def test_the_posterior_of_transitions_is_dirichlet():
    np.testing.assert_allclose(PRIOR.transitions(SEEN), [[[3.5 / 4, 0.5 / 4]], [[0.5, 0.5]]])
    rewards, chances = jax.vmap(lambda key: PRIOR.draw(SEEN, key))(jax.random.split(jax.random.key(0), 4000))
    assert scipy.stats.kstest(chances[:, 0, 0, 0], scipy.stats.beta(3.5, 0.5).cdf).pvalue > 1e-4
    mean, spread = PRIOR.rewards(SEEN)
    law = scipy.stats.norm(float(mean[0, 0]), float(spread[0, 0]))
    assert scipy.stats.kstest(rewards[:, 0, 0], law.cdf).pvalue > 1e-4


def test_what_is_seen_of_an_episode_is_counted():
    """All rewards, and all transitions but the last: what follows it is the start of the next episode."""
    tasks, agent = TINY, reference("random", TINY)
    _, lifetimes = roll(agent, tasks, keys(20))
    lived = jax.tree.map(lambda leaf: leaf[:3, ..., 7], lifetimes)
    seen = observed(Prior.of(tasks, None).ignorance(), lived)
    place, action = np.asarray(lived.percept.observation).argmax(axis=1), np.asarray(lived.action)
    visits, total, moves = np.zeros((3, 2)), np.zeros((3, 2)), np.zeros((3, 2, 3))
    for t in range(3):
        visits[place[t], action[t]] += 1
        total[place[t], action[t]] += lived.reward[t]
        if t < 2:
            moves[place[t], action[t], place[t + 1]] += 1
    for found, wanted in zip(seen, (visits, total, moves), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5)


# --- agents


def plan_of(name: str, seen: Experience, **values) -> np.ndarray:
    agent = reference(name, TabularMDPs(states=2, actions=2, length=1, reward_noise=1.0), **values)
    return np.asarray(agent.plan(seen, jax.random.key(0)))


TRIED = jnp.array([[100.0, 0.0], [100.0, 0.0]])  # visits: of the first action many, of the second none
MOVED = jnp.zeros((2, 2, 2)).at[:, 0].set(50.0)


def paying(mean: float) -> Experience:
    return Experience(TRIED, TRIED * mean, MOVED)


def test_a_bonus_makes_the_untried_worth_trying():
    """The untried action is worth 1 by the prior; beside it is one worth `mean`, nearly."""
    assert plan_of("mdp-greedy", paying(1.5)).tolist() == [[0, 0]]
    assert plan_of("mdp-greedy", paying(0.5)).tolist() == [[1, 1]]
    assert plan_of("mdp-greedy", paying(0.5), prior_mean=0.0).tolist() == [[0, 0]]
    assert plan_of("count-bonus", paying(1.5), constant=0.4).tolist() == [[0, 0]]
    assert plan_of("count-bonus", paying(1.5), constant=0.6).tolist() == [[1, 1]]
    # The bonus of the Dirichlet prior of two states is a third of beta.
    assert plan_of("beb", paying(1.5), beta=1.2).tolist() == [[0, 0]]
    assert plan_of("beb", paying(1.5), beta=1.8).tolist() == [[1, 1]]
    assert plan_of("ucrl2", paying(1.5), scale=0.0).tolist() == [[0, 0]]
    assert plan_of("ucrl2", paying(1.5), scale=0.5).tolist() == [[1, 1]]


def test_more_draws_are_more_optimistic():
    tasks = TabularMDPs(states=2, actions=2, length=1)
    often = []
    for name, values in (("psrl", {}), ("opsrl", {"draws": 10})):
        agent = reference(name, tasks, **values)
        plans = jax.vmap(lambda key, agent=agent: agent.plan(paying(1.5), key))(
            jax.random.split(jax.random.key(1), 2000)
        )
        often.append(float(np.mean(np.asarray(plans))))
    chance = scipy.stats.norm.sf(0.5)  # that a draw from N(1, 1) is above 1.5
    assert often[0] == pytest.approx(chance, abs=0.05)
    assert often[1] == pytest.approx(1 - (1 - chance) ** 10, abs=0.03)


@pytest.mark.parametrize("name", ["psrl", "mdp-epsilon-greedy"])
def test_a_plan_is_followed_for_an_episode_and_made_of_all_before_it(name):
    """Without chance (ε = 0) the second episode's actions are the plan of what the first showed."""
    values = {"epsilon": 0.0} if name == "mdp-epsilon-greedy" else {}
    agent = reference(name, TINY, **values)
    _, lifetimes = roll(agent, TINY, keys(50))
    place, action = np.asarray(lifetimes.percept.observation).argmax(axis=1), np.asarray(lifetimes.action)
    assert 0 < action.mean() < 1
    if name == "psrl":
        return
    for life in range(5):
        lived = jax.tree.map(lambda leaf, life=life: leaf[:6, ..., life], lifetimes)
        seen = agent.prior.ignorance()
        for episode in range(2):
            part = jax.tree.map(lambda leaf, e=episode: leaf[3 * e : 3 * e + 3], lived)
            seen = observed(seen, part)
        plan = np.asarray(agent.plan(seen, jax.random.key(0)))
        np.testing.assert_array_equal(action[6:9, life], plan[np.arange(3), place[6:9, life]])


def test_a_lifetime_of_a_planner_does_not_depend_on_its_batch():
    agent, drawn = reference("psrl", TINY), keys(50)
    whole = roll(agent, TINY, drawn)[1]
    few = roll(agent, TINY, drawn[:3])[1]
    np.testing.assert_array_equal(few.action, whole.action[:, :3])


# --- totals


def test_random_earns_the_mean_at_every_step():
    tasks = TabularMDPs(episodes=25)
    assert mean_rewards(tasks).sum() == pytest.approx(250.0)
    found = exact_value(reference("random", tasks), tasks)
    assert found is not None
    assert found.total_return == pytest.approx(250.0)
    assert found.regret is None  # the oracle's value is not known


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "values", "n", "total", "within"),
    [
        ("value-iteration", {}, 10, 218.8, 0.6),
        ("psrl", {}, 10, 133.1, 0.8),
        ("psrl", {"prior_mean": 0.0}, 10, 137.7, 0.8),
        ("count-bonus", {"constant": 0.5}, 10, 152.8, 0.8),
        ("count-bonus", {}, 10, 147.5, 0.8),
        ("mdp-greedy", {}, 10, 150.0, 0.8),
    ],
)
def test_totals_are_those_of_another_program(name, values, n, total, within):
    """Raw totals on other MDPs; `within` is that program's standard error."""
    tasks = TabularMDPs(episodes=n)
    _, lifetimes = roll(reference(name, tasks, **values), tasks, keys(1000, "validation"))
    returns = np.asarray(lifetimes.reward, float).sum(axis=0)
    error = np.hypot(returns.std() / np.sqrt(1000), within)
    assert abs(returns.mean() - total) <= 3.5 * error


def test_planning_earns_more_than_chance_and_less_than_the_oracle():
    tasks = TabularMDPs(episodes=10)
    _, lifetimes = roll(reference("count-bonus", tasks), tasks, keys(300, "validation"))
    earned = np.asarray(lifetimes.expected_reward, float).reshape(10, 10, -1).sum(axis=1)
    best = np.asarray(lifetimes.oracle_reward, float).reshape(10, 10, -1).sum(axis=1)
    assert earned[0].mean() == pytest.approx(10.0, abs=4 * earned[0].std() / np.sqrt(300))
    total = earned.sum(axis=0)
    assert total.mean() == pytest.approx(147.5, abs=4 * np.hypot(total.std() / np.sqrt(300), 0.8))
    assert best.sum(axis=0).mean() == pytest.approx(218.8, abs=4 * best.sum(axis=0).std() / np.sqrt(300))
