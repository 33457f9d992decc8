"""Regret by control variate: nearer the truth than the plain mean, one value everywhere."""

import dataclasses
import json

import numpy as np
import pytest
from made_up import DISTRIBUTION, REFERENCES, made_up_output, records, reference_row

from prefrontal.analysis.evidence import Evidence, ReferenceResult, record_path, reference_record_path
from prefrontal.analysis.performance import (
    as_multiple,
    beside,
    best_exact,
    by_life,
    compared,
    reference_by_pull,
    regret,
    regret_by_pull,
    return_of,
    sharpened,
    total_return,
)
from prefrontal.analysis.tables import evaluations
from prefrontal.experiments.bandit_figures import policy_bars
from prefrontal.report.policies import policies


def shared_luck(policy: str, mean: float, own: int, lifetimes: int = 200, tasks: int = 0):
    """Records whose regret is `mean` over all tasks, much more or less in these, and a little by itself."""
    made = records(policy, mean, own, lifetimes)
    luck = np.random.default_rng(tasks).normal(0.2, 1.0, lifetimes) + mean
    noise = np.random.default_rng([own, 7]).normal(0, 0.05, lifetimes)
    lost = np.repeat((luck + noise)[:, None] / made.horizon, made.horizon, axis=1)
    expected = made.oracle_reward - lost.astype(np.float32)
    return dataclasses.replace(made, expected_reward=expected.astype(np.float32))


@pytest.fixture
def out(tmp_path):
    """As `made_up_output`, in tasks that are 0.2 harder than all tasks are on average."""
    folder = made_up_output(tmp_path / "out")
    for seed in (0, 1, 2):
        shared_luck("LSTM", 1.9, seed).save(record_path(folder, "lstm", seed, DISTRIBUTION))
    for name, value in REFERENCES.items():
        shared_luck(name, value, 99 + len(name)).save(reference_record_path(folder, name, DISTRIBUTION))
    return folder


def test_the_luck_of_the_tasks_is_left_out(out):
    found = regret(Evidence(out), "lstm")
    plain = [one.regret[:, -1].mean() for one in Evidence(out).records("lstm")]
    assert np.mean(plain) > 2.0
    assert found.value == pytest.approx(1.9, abs=0.02)
    assert found.low < 1.9 < found.high
    assert found.high - found.low < 0.1
    met = Evidence(out).reference_records("bayes-optimal", DISTRIBUTION).regret[:, -1].mean()
    assert found.value == pytest.approx(REFERENCES["bayes-optimal"] + np.mean(plain) - met)


def test_without_an_exact_reference_it_is_the_plain_mean(out):
    rows = [reference_row(name, value) | {"exact": False} for name, value in REFERENCES.items()]
    (out / "references.json").write_text(json.dumps({"references": rows}))
    plain = [one.regret[:, -1].mean() for one in Evidence(out).records("lstm")]
    assert regret(Evidence(out), "lstm").by_seed == pytest.approx(plain)


def test_a_reference_that_met_other_luck_is_no_help(out):
    """Its luck would only be added."""
    shared_luck("bayes-optimal", 1.748, 5, tasks=8).save(
        reference_record_path(out, "bayes-optimal", DISTRIBUTION)
    )
    plain = [one.regret[:, -1].mean() for one in Evidence(out).records("lstm")]
    assert regret(Evidence(out), "lstm").by_seed == pytest.approx(plain)
    assert regret_by_pull(Evidence(out), "lstm").mean[-1] == pytest.approx(np.mean(plain))


def test_policies_that_met_other_tasks_are_refused(out):
    other = records("bayes-optimal", 1.748, 5)
    task = {name: array + 1 for name, array in other.task.items()}
    dataclasses.replace(other, task=task).save(reference_record_path(out, "bayes-optimal", DISTRIBUTION))
    with pytest.raises(ValueError, match="met different tasks"):
        regret(Evidence(out), "lstm")


def test_the_best_exact_reference_is_that_of_the_highest_return():
    rows = [
        ReferenceResult("a", "a", "d", 60.0, 3.0, 0.0, exact=True),
        ReferenceResult("b", "b", "d", 61.0, 2.0, 0.0, exact=True),
        ReferenceResult("c", "c", "d", 62.0, 1.0, 0.1, exact=False),
        ReferenceResult("e", "e", "elsewhere", 63.0, 0.0, 0.0, exact=True),
    ]
    found = best_exact(rows, "d")
    assert found is not None
    assert found.name == "b"
    assert best_exact(rows, "nowhere") is None


def test_a_policy_has_one_value_on_a_page(out):
    """In findings, on bars, in tables and at the end of its curve."""
    evidence = Evidence(out)
    value = regret(evidence, "lstm").value
    assert regret_by_pull(evidence, "lstm").mean[-1] == pytest.approx(value)
    assert next(one for one in policies(evidence, DISTRIBUTION) if one.label == "LSTM").value == value
    assert next(one for one in policy_bars(evidence, DISTRIBUTION) if one.label == "LSTM").value == value
    rows = [row for row in evaluations(evidence).rows if row[0] == "lstm"]
    assert np.mean([row[5] for row in rows]) == pytest.approx(value)
    for name, known in REFERENCES.items():
        assert reference_by_pull(evidence, name, DISTRIBUTION).mean[-1] == pytest.approx(known)
        row = next(one for one in policies(evidence, DISTRIBUTION) if one.label == name)
        assert row.value == known == evidence.reference_regret(name, DISTRIBUTION)


def test_regret_and_return_are_of_one_whole(out):
    """The exact reference's, for that is what both are corrected by."""
    evidence = Evidence(out)
    both = regret(evidence, "lstm").value + total_return(evidence, "lstm").value
    row = evidence.reference("bayes-optimal", DISTRIBUTION)
    assert both == pytest.approx(row.value + row.total_return, abs=1e-4)
    assert by_life(evidence, "lstm") is by_life(evidence, "lstm")


def test_a_sampled_reference_is_compared_task_by_task(out):
    evidence = Evidence(out)
    exact, bound = beside(evidence, "lstm", "gittins")
    assert (exact.value, bound) == (regret(evidence, "lstm").value, ("gittins", 1.77))
    sampled, none = beside(evidence, "lstm", "thompson")
    assert none == ("thompson", 0.0)
    assert sampled.value == pytest.approx(1.9 - 2.78, abs=0.02)
    assert sampled.value == compared(evidence, "lstm", "thompson").value
    ratio, _, one = as_multiple(evidence, "lstm", "thompson")
    assert one == 1.0
    assert ratio.value == pytest.approx(2.1 / 2.98, abs=0.02)
    earned = compared(evidence, "lstm", "thompson", of=return_of)
    assert earned.value == pytest.approx(-sampled.value, abs=1e-4)


def test_sampled_references_are_known_better_by_an_exact_one(out):
    evidence = Evidence(out)
    rows = sharpened(evidence.references, lambda row: evidence.reference_records(row.label, row.distribution))
    found = {row.label: row for row in rows}
    assert found["gittins"] == evidence.reference("gittins", DISTRIBUTION)
    thompson = found["thompson"]
    assert thompson.regret == pytest.approx(2.78, abs=0.02)
    assert thompson.standard_error < 0.01
    assert thompson.regret + thompson.total_return == pytest.approx(66.667, abs=1e-3)
