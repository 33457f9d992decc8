"""Returns by segment, on lifetimes that were made up."""

import numpy as np
import pytest

from prefrontal.analysis.adaptation import by_segment, scored
from prefrontal.disk.records import Records


def records_of(reward: np.ndarray) -> Records:
    alive = np.ones(reward.shape, bool)
    over = np.zeros(reward.shape, bool)
    over[:, 1::2] = True  # episodes of two steps
    actions = np.zeros(reward.shape, np.int32)
    return Records("a", "b", "test", 0, reward.shape[1], actions, reward, None, None, alive, over, ~alive, {})


def test_returns_by_segment():
    """Two lifetimes of two segments, each of two episodes to learn from and one that is shown."""
    reward = np.arange(24, dtype=np.float32).reshape(2, 12)
    found = by_segment(records_of(reward), length=2, every=6, shown=2)
    episodes = reward.reshape(2, 2, 3, 2).sum(axis=3)
    np.testing.assert_allclose(found.sampled, episodes[:, :, :2].mean(axis=2))
    np.testing.assert_allclose(found.mode, episodes[:, :, 2])
    assert by_segment(records_of(reward), length=2, every=6).mode is None


@pytest.mark.parametrize("wrong", [(2, 5, 0), (2, 6, 1), (4, 6, 0), (2, 6, 6)])
def test_what_is_not_whole_is_refused(wrong):
    length, every, shown = wrong
    with pytest.raises(ValueError, match="a lifetime must be whole segments"):
        by_segment(records_of(np.zeros((2, 12), np.float32)), length, every, shown)


def test_scores():
    np.testing.assert_allclose(scored(np.array([-10.0, -5.0, 0.0]), stay=-10.0, oracle=0.0), [0.0, 0.5, 1.0])
