"""Animations of bandits: which lifetime they show, and that they show what was recorded."""

import numpy as np
import pytest

from prefrontal.analysis.shown import arm_means, bandit_life
from prefrontal.disk.records import Records
from prefrontal.evaluation import evaluate
from prefrontal.experiments.bandit_animation import lifetimes_side_by_side
from prefrontal.experiments.wang2016.bandit_informative import animation as informative
from prefrontal.references import reference
from prefrontal.tasks import distribution
from prefrontal.tasks.bandits.bernoulli import IndependentArms
from prefrontal.tasks.bandits.informative import InformativeArm
from prefrontal.tasks.bandits.restless import Restless


def lived(tasks, policy: str = "random", lifetimes: int = 30, **more) -> Records:
    return evaluate(reference(policy, tasks), tasks, lifetimes=lifetimes, **more)


def test_the_arms_of_a_restless_bandit_are_drawn_where_they_were():
    records = lived(Restless(horizon=40), keep=("state",))
    first = records.state["state"] / 100
    for life in range(5):
        means = arm_means(records, life)
        np.testing.assert_allclose(means, np.stack([first[life], 1 - first[life]], axis=1), atol=1e-6)


def test_independent_arms_are_drawn_at_the_tasks_own_probabilities():
    records = lived(IndependentArms(horizon=7))
    np.testing.assert_array_equal(arm_means(records, 3), np.tile(records.task["probabilities"][3], (7, 1)))


def test_the_lifetime_shown_is_the_median_of_those_that_begin_with_much_the_worse_arm():
    records = lived(IndependentArms(horizon=20), "thompson", lifetimes=101)
    life = bandit_life(records)
    assert records.regret[life, 0] >= 0.2
    others = records.regret[records.regret[:, 0] >= 0.2, -1]
    assert np.sum(others <= records.regret[life, -1]) >= len(others) / 2
    assert np.sum(others >= records.regret[life, -1]) >= len(others) / 2


def test_where_arms_wander_the_better_one_changes():
    records = lived(Restless(horizon=60), "win-stay-lose-shift", lifetimes=60)
    first, last = arm_means(records, bandit_life(records))[[0, -1]].argmax(axis=1)
    assert first != last


def test_where_no_lifetime_begins_with_a_worse_arm_one_of_all_is_shown():
    records = lived(IndependentArms(horizon=2), lifetimes=1)
    best = records.task["probabilities"].argmax()
    right = Records(
        **{name: getattr(records, name) for name in records.__dataclass_fields__}
        | {"expected_reward": records.oracle_reward, "action": np.full_like(records.action, best)}
    )
    assert bandit_life(right) == 0


@pytest.mark.parametrize("name", ["bandit-independent", "bandit-dependent-hard", "bandit-restless"])
def test_there_is_a_frame_for_each_pull_and_each_shows_more(name):
    tasks = distribution(name)
    tasks = type(tasks)(**{**vars(tasks), "horizon": 6})
    frames = lifetimes_side_by_side(lived(tasks), lived(tasks, "thompson")).frames
    assert len(frames) == 6
    assert all(np.any(frames[n] != frames[n + 1]) for n in range(5))
    assert len({frame.shape for frame in frames}) == 1


def test_lifetimes_with_an_informative_arm_follow_each_other():
    tasks = InformativeArm()
    frames = informative.lifetimes_side_by_side(lived(tasks), lived(tasks, "bayes-optimal")).frames
    assert len(frames) == 4 * 6
    assert np.array_equal(frames[4], frames[5])
    assert not np.array_equal(frames[5], frames[6])
