"""The two-step task, and the policies that know how it is made."""

import functools
import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.references import reference
from prefrontal.references.exact import ExactValue, exact, exact_cross
from prefrontal.references.two_step.base import Trial
from prefrontal.references.two_step.daw import HybridLearner
from prefrontal.references.two_step.good_state import FollowGoodState
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import TwoStep, TwoStepTask, distribution
from prefrontal.tasks.base import sample_tasks
from prefrontal.tasks.two_step import TwoStepState, TwoStepWorld
from prefrontal.types import Percept

V2016, V2018 = distribution("two-step-2016"), distribution("two-step-2018")
BOTH = pytest.mark.parametrize("tasks", [V2016, V2018], ids=["2016", "2018"])
N = 4000
roll = eqx.filter_jit(rollout)


def lived(name: str, tasks, count: int = N, **values):
    return roll(reference(name, tasks, **values), tasks, lifetime_keys("test", 1, jnp.arange(count)))


def known(value: ExactValue | None) -> ExactValue:
    assert value is not None
    return value


# --- the task


def test_the_versions_are_the_papers():
    assert TwoStep(common=0.75, high=0.9, low=0.1, reversal=0.0, horizon=200) == V2016
    assert TwoStep(common=0.8, high=0.9, low=0.1, reversal=0.025, horizon=200) == V2018


def test_in_2016_the_good_state_stays_and_in_2018_it_changes_before_a_trial_in_forty():
    keys = lifetime_keys("train", 0, jnp.arange(N))
    fixed, changing = (np.asarray(sample_tasks(tasks, keys).good) for tasks in (V2016, V2018))
    assert fixed.shape == changing.shape == (100, N)
    assert np.ptp(fixed, axis=0).max() == 0
    rate = np.abs(np.diff(changing, axis=0)).mean()
    assert abs(rate - 0.025) < 4 * np.sqrt(0.025 * 0.975 / (99 * N))
    for good in (fixed, changing):
        assert abs(good[0].mean() - 0.5) < 4 * 0.5 / np.sqrt(N)
        assert abs(good[-1].mean() - 0.5) < 4 * 0.5 / np.sqrt(N)


@BOTH
def test_actions_lead_where_they_should_and_states_pay_what_they_should(tasks):
    drawn, life = lived("random", tasks)
    action, reward = np.asarray(life.action), np.asarray(life.reward)
    stage = np.asarray(life.percept.observation).argmax(axis=1)
    assert (stage[0::2] == 0).all()
    state = stage[1::2] - 1
    assert set(np.unique(state)) == {0, 1}
    common = state == action[0::2]
    assert abs(common.mean() - tasks.common) < 4 * 0.5 / np.sqrt(common.size)
    assert reward[0::2].max() == 0.0
    good = state == np.asarray(drawn.good)
    for what, chance in ((good, 0.9), (~good, 0.1)):
        assert abs(reward[1::2][what].mean() - chance) < 4 * 0.3 / np.sqrt(what.sum())
    assert abs(np.corrcoef(action[1::2].ravel(), reward[1::2].ravel())[0, 1]) < 4 / np.sqrt(action.size / 2)


@BOTH
def test_the_oracle_earns_what_the_better_choice_is_worth(tasks):
    """By listing what may follow each choice; and whatever the agent does."""
    world, task = tasks.environment, tasks.sample(jax.random.key(0))
    good = int(task.good[0])
    worth = []
    for action in (0, 1):
        chances = [tasks.common if state == action else 1 - tasks.common for state in (0, 1)]
        pays = [
            world.expected_reward(task, TwoStepState(jnp.array(1 + s), jnp.array(0)), jnp.array(0))
            for s in (0, 1)
        ]
        worth.append(sum(c * p for c, p in zip(chances, pays, strict=True)))
    assert int(np.argmax(worth)) == good
    earned = [world.oracle_reward(task, TwoStepState(jnp.array(stage), jnp.array(0))) for stage in (0, 1, 2)]
    np.testing.assert_allclose(earned, [0.0, max(worth), max(worth)], rtol=1e-6)


def test_after_the_last_trial_that_was_drawn_the_good_state_stays():
    task = TwoStepTask(jnp.array([0, 1]), jnp.array(0.75))
    later = TwoStepState(jnp.array(2), jnp.array(7))
    assert TwoStepWorld().expected_reward(task, later, jnp.array(0)) == pytest.approx(0.9)


def test_values_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"low is 0.95; it must be a number from 0 to 0.9"):
        TwoStep(low=0.95)
    with pytest.raises(ValueError, match=r"reversal is 2; it must be a number from 0 to 1"):
        TwoStep(reversal=2)


# --- exact values


@pytest.mark.parametrize(
    ("tasks", "name", "total"),
    [
        (V2016, "bayes-optimal", 69.6875),
        (V2016, "win-stay-lose-shift", 65.84),
        (V2016, "random", 50.0),
        (V2018, "win-stay-lose-shift", 0.5 + 99 * (0.88 * 0.74 + 0.12 * 0.26)),
        (V2018, "random", 50.0),
    ],
    ids=str,
)
def test_returns_that_are_known(tasks, name, total):
    value = known(exact(name, tasks))
    assert value.total_return == pytest.approx(total, abs=5e-5)
    oracle = 100 * (tasks.common * 0.9 + (1 - tasks.common) * 0.1)
    assert value.total_return + value.regret == pytest.approx(oracle)


def best_return(tasks: TwoStep) -> float:
    """By the tree of all choices, transitions, rewards and reversals: the best of every choice."""

    @functools.cache
    def value(trial: int, p: float) -> float:  # p: the probability that S₃ is good
        return 0.0 if trial == tasks.trials else max(of_choice(trial, p, action) for action in (0, 1))

    def of_choice(trial: int, p: float, action: int) -> float:
        total = 0.0
        for state, reward in itertools.product((0, 1), (0, 1)):
            there = tasks.common if state == action else 1 - tasks.common
            pays = [tasks.high if good == state else tasks.low for good in (0, 1)]
            law = [pay if reward else 1 - pay for pay in pays]
            chance = (1 - p) * law[0] + p * law[1]
            seen = p * law[1] / chance
            after = seen * (1 - tasks.reversal) + (1 - seen) * tasks.reversal
            total += there * chance * (reward + value(trial + 1, after))
        return total

    return value(0, 0.5)


@pytest.mark.parametrize("reversal", [0.0, 0.025, 0.3])
def test_the_myopic_policy_is_the_best_there_is(reversal):
    tasks = TwoStep(common=0.8, reversal=reversal, horizon=12)
    assert known(exact("bayes-optimal", tasks)).total_return == pytest.approx(best_return(tasks), abs=1e-4)


def test_the_grid_of_beliefs_is_fine_enough(monkeypatch):
    fine = known(exact("bayes-optimal", V2018)).total_return
    monkeypatch.setattr("prefrontal.references.exact.two_step.NODES", 2001)
    assert known(exact("bayes-optimal", V2018)).total_return == pytest.approx(fine, abs=1e-3)
    assert fine == pytest.approx(70.5855, abs=1e-3)


@pytest.mark.parametrize("reversal", [0.025, 0.001, 1e-6])
def test_a_law_that_has_settled_stays(reversal, monkeypatch):
    """What is left out once nothing moves any more is nothing."""
    monkeypatch.setattr("prefrontal.references.exact.two_step.NODES", 201)
    tasks = TwoStep(reversal=reversal, horizon=20_000)
    short = known(exact("bayes-optimal", tasks)).regret_by_time
    monkeypatch.setattr("prefrontal.references.exact.two_step.SETTLED", 0.0)
    np.testing.assert_allclose(short, known(exact("bayes-optimal", tasks)).regret_by_time, atol=1e-6)


@BOTH
@pytest.mark.parametrize("name", ["bayes-optimal", "win-stay-lose-shift", "random"])
def test_rollouts_agree_with_the_exact_value(name, tasks):
    value = known(exact(name, tasks))
    _, life = lived(name, tasks)
    assert life.oracle_reward is not None
    assert life.expected_reward is not None
    regret = np.asarray(life.oracle_reward - life.expected_reward, np.float64).cumsum(axis=0)
    assert value.regret_by_time is not None
    error = np.abs(regret.mean(axis=1) - value.regret_by_time)
    assert np.all(error <= 5.0 * regret.std(axis=1) / np.sqrt(N) + 1e-4)


def test_no_exact_value_is_claimed_where_none_is_known():
    assert exact("model-based", V2016) is None
    assert exact_cross(V2016, V2018) is None


# --- how the policies act


def percept(stage: int, action: int, reward: float, time: int) -> Percept:
    return Percept(jax.nn.one_hot(stage, 3), *map(jnp.array, (action, reward, time, False)))


def test_win_stay_lose_shift_remembers_nothing_and_yet_goes_by_the_state():
    agent = reference("win-stay-lose-shift", V2016)
    assert agent.initial_memory() == ()
    _, life = lived("win-stay-lose-shift", V2016, 300)
    choice, reward = np.asarray(life.action)[0::2], np.asarray(life.reward)[1::2]
    state = np.asarray(life.percept.observation).argmax(axis=1)[1::2] - 1
    wanted = np.where(reward > 0.5, state, 1 - state)[:-1]
    np.testing.assert_array_equal(choice[1:], wanted)
    assert 0 < choice[0].mean() < 1


def test_the_filter_is_bayes_rule_over_every_course_of_the_good_state():
    """By summing over all sequences of good states."""
    states, rewards = [1, 1, 0, 1], [1.0, 0.0, 0.0, 1.0]
    agent = FollowGoodState.build(TwoStep(reversal=0.1))
    belief = agent.ignorance()
    for state, reward in zip(states, rewards, strict=True):
        belief = agent.learn(belief, Trial(jnp.array(0), jnp.array(state)), jnp.array(reward))
    mass = np.zeros(2)
    for course in itertools.product((0, 1), repeat=5):
        chance = 0.5
        for before, after in itertools.pairwise(course):
            chance *= 0.1 if before != after else 0.9
        for good, state, reward in zip(course[:4], states, rewards, strict=True):
            pays = 0.9 if good == state else 0.1
            chance *= pays if reward else 1 - pays
        mass[course[4]] += chance
    np.testing.assert_allclose(belief, mass[1] / mass.sum(), rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "values", "ahead"),
    [
        # By hand, of one trial: action 0, a rare transition to S₃, a reward. V(S₃) = 3/4, Q(0) = 1/2 + λ/4.
        ("model-based", {}, 4.0 * 0.5 * 0.25),
        ("model-free", {}, -4.0 * 0.25),
        ("model-free", {"trace_decay": 0.5}, -4.0 * 0.125),
        ("model-free", {"trace_decay": 0.0, "perseveration": 0.3}, -0.3),
        ("hybrid", {"weight": 0.75}, 4.0 * (0.75 * 0.125 - 0.25 * 0.25)),
    ],
)
def test_learners_after_daw(name, values, ahead):
    agent = reference(name, V2016, alpha=0.5, beta=4.0, **values)
    assert isinstance(agent, HybridLearner)
    trial = Trial(jnp.array(0), jnp.array(1))
    belief = agent.learn(agent.ignorance(), trial, jnp.array(1.0))
    assert agent.second_action(belief, trial) == pytest.approx(1 / (1 + np.exp(-ahead)), rel=1e-5)


def test_nothing_is_learnt_at_the_first_step_or_twice():
    agent = reference("model-free", V2016, beta=0.0)
    memory = agent.initial_memory()
    memory, choice, _ = agent.act(memory, percept(0, -1, 0.0, 0), jnp.array(0.7))
    np.testing.assert_array_equal(memory[1].actions, [0.5, 0.5])
    memory, again, _ = agent.act(memory, percept(2, int(choice), 0.0, 1), jnp.array(0.2))
    np.testing.assert_array_equal(memory[1].actions, [0.5, 0.5])
    assert (int(choice), int(again), int(memory[0].state)) == (0, 0, 1)
    memory, _, _ = agent.act(memory, percept(0, int(again), 1.0, 2), jnp.array(0.2))
    np.testing.assert_allclose(memory[1].actions, [0.75, 0.5])
    np.testing.assert_allclose(memory[1].states, [0.5, 0.75])


@pytest.mark.parametrize("name", ["model-based", "model-free", "hybrid"])
def test_learners_after_daw_are_for_this_task(name):
    with pytest.raises(ValueError, match=f"{name} is for the two-step task, not for IndependentArms"):
        reference(name, distribution("bandit-independent"))
    with pytest.raises(ValueError, match=r"alpha is 2.0; it must be a number from 0 to 1"):
        reference(name, V2016, alpha=2.0)


def test_the_optimum_is_refused_where_exploring_may_pay():
    with pytest.raises(ValueError, match=r"high is 0.9 and low 0.2; .* for high \+ low = 1"):
        reference("bayes-optimal", TwoStep(low=0.2))
