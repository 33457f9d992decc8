"""Metrics of a training, as a run that was killed leaves them."""

import json

import numpy as np
import pytest

from prefrontal.analysis.training_curves import learning_curve, metric, read_metrics

ROWS = [{"update": n, "lifetimes": 10 * n, "regret": 5.0 / n} for n in range(1, 7)]


def written(path, rows, end: bytes = b""):
    path.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows) + end)
    return path


@pytest.mark.parametrize("end", [b'{"update": 7, "lifet', b'{"update": 7, "s": "\xc3', b"7", b'{"a": 1}x'])
def test_a_last_line_cut_short_is_left_out(tmp_path, end):
    assert read_metrics(written(tmp_path / "metrics.jsonl", ROWS, end)) == ROWS


def test_a_last_line_that_lacks_only_its_end_is_read(tmp_path):
    path = written(tmp_path / "metrics.jsonl", ROWS[:-1], json.dumps(ROWS[-1]).encode())
    assert read_metrics(path) == ROWS


def test_an_empty_file_has_no_rows(tmp_path):
    assert read_metrics(written(tmp_path / "metrics.jsonl", [])) == []


def test_a_broken_line_in_the_middle_is_an_error_that_names_it(tmp_path):
    path = written(tmp_path / "metrics.jsonl", ROWS[:2], b'{"upd\n{"update": 9}\n')
    with pytest.raises(ValueError, match=r"metrics\.jsonl, line 3 is .*; it must be a JSON object"):
        read_metrics(path)


def test_of_two_rows_with_one_x_the_last_counts():
    rows = [{"x": 1, "y": 5}, {"x": 2, "y": 6}, {"x": 2, "y": 7}, {"x": 3}, {"x": 1.5, "y": 0}]
    x, y = metric(rows, "x", "y")
    assert (x.tolist(), y.tolist()) == ([1.0, 1.5, 2.0], [5.0, 0.0, 7.0])


def test_an_unknown_metric_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"no metric is called 'regrets'\. Did you mean 'regret'\?"):
        metric(ROWS, "update", "regrets")


def test_learning_curve_is_where_all_seeds_have_it(tmp_path):
    other = [row | {"regret": row["regret"] + 2.0} for row in ROWS[:4]]
    paths = [written(tmp_path / "a", ROWS), written(tmp_path / "b", other, b"{")]
    curve = learning_curve(paths, points=7)
    np.testing.assert_allclose(curve.x, np.geomspace(10, 40, 7))
    np.testing.assert_allclose(curve.mean[[0, -1]], [6.0, 2.25])
    np.testing.assert_allclose(curve.by_seed[1] - curve.by_seed[0], 2.0)
    half = 12.7062 * 1.0  # Student's quantile of one degree of freedom, and a standard error of 1
    np.testing.assert_allclose(curve.high - curve.mean, half, rtol=1e-5)
    np.testing.assert_allclose(curve.mean - curve.low, half, rtol=1e-5)


def test_runs_that_reported_at_other_places_are_joined_by_straight_lines(tmp_path):
    line = [{"lifetimes": n, "regret": 3.0 - 0.01 * n} for n in (7, 20, 33, 90)]
    curve = learning_curve([written(tmp_path / "a", ROWS), written(tmp_path / "b", line)])
    assert (curve.x[0], curve.x[-1]) == (pytest.approx(10), pytest.approx(60))
    np.testing.assert_allclose(curve.by_seed[1], 3.0 - 0.01 * curve.x)


def test_runs_with_nothing_in_common_are_refused(tmp_path):
    paths = [written(tmp_path / "a", ROWS[:2]), written(tmp_path / "b", ROWS[3:])]
    with pytest.raises(ValueError, match="regret has no lifetimes at which all 2 runs have it"):
        learning_curve(paths)
