"""One call from records to a figure: what is drawn are the records' own numbers."""

import numpy as np
import pytest

from prefrontal.analysis.returns import episode_curve, return_curve
from prefrontal.analysis.statistics.intervals import lifetime_interval
from prefrontal.disk.records import Records
from prefrontal.report.quick import draw_regret, draw_returns

N, T = 40, 12


def lived(every: int | None, seed: int = 0, pays: float = 1.0) -> Records:
    """Episodes of `every` steps, or none that end before the horizon."""
    random = np.random.default_rng(seed)
    never = np.zeros((N, T), bool)
    truncated = never.copy()
    if every:
        truncated[:, every - 1 :: every] = True
    reward = pays * random.random((N, T), np.float32)
    action = np.zeros((N, T), np.int32)
    return Records("x", "grid", "test", 0, T, action, reward, None, None, ~never, never, truncated, {})


def drawn(figure) -> list[np.ndarray]:
    """The lines of the first axes that span its width, as their heights."""
    return [
        line.get_ydata() for line in figure.axes[0].lines if line.get_transform() == figure.axes[0].transData
    ]


def test_returns_are_drawn_by_episode():
    records = {"agent": lived(4), "other": lived(3, seed=1, pays=-1.0)}
    figure = draw_returns(records)
    agent, other = drawn(figure)
    np.testing.assert_allclose(agent, records["agent"].reward.reshape(N, 3, 4).sum(2).mean(0), rtol=1e-5)
    np.testing.assert_allclose(other, records["other"].reward.reshape(N, 4, 3).sum(2).mean(0), rtol=1e-5)
    assert figure.axes[0].get_xlabel() == "episode of the lifetime"
    assert figure.axes[0].get_ylim()[0] < other.min()  # what is lost is on the page too


@pytest.mark.parametrize("every", [None, T, 7])
def test_returns_are_drawn_by_step_where_a_policy_has_no_two_episodes(every):
    records = {"agent": lived(every), "other": lived(3, seed=1)}
    figure = draw_returns(records)
    assert figure.axes[0].get_xlabel() == "step"
    np.testing.assert_allclose(drawn(figure)[0], records["agent"].reward.cumsum(1).mean(0), rtol=1e-5)


def test_an_episode_that_few_lifetimes_finish_has_no_mean():
    """The mean over the quick ones alone would be another quantity."""
    records = lived(4)
    records.truncated[: N // 5, 7] = False  # a fifth has one long episode in place of two
    curve = episode_curve(records)
    assert curve.mean.shape == curve.low.shape == (2,)
    records.truncated[: N // 5, 7] = True
    records.truncated[: N // 20, 7] = False
    finished = records.reward[:, 8:].sum(1)[N // 20 :]
    assert episode_curve(records).mean[2] == pytest.approx(finished.mean(), rel=1e-5)


def test_intervals_are_over_lifetimes():
    records = lived(None)
    curve = return_curve(records)
    total = records.total_return
    assert (curve.low[-1], curve.high[-1]) == pytest.approx(lifetime_interval(total))


@pytest.mark.parametrize("draw", [draw_regret, draw_returns])
def test_there_must_be_records(draw):
    with pytest.raises(ValueError, match="records is empty"):
        draw({})


def test_no_regret_where_the_task_knows_none():
    with pytest.raises(ValueError, match="does not know its expected_reward"):
        draw_regret({"agent": lived(None)})


def test_a_name_is_no_mathematics(tmp_path):
    figure = draw_returns({"$5 or $6": lived(4), r"$\nothing{": lived(3)})
    figure.savefig(tmp_path / "names.png")
    assert (tmp_path / "names.png").stat().st_size > 0
