"""The tables of a report: policies by their regret or return, and their errors."""

import dataclasses
import io
import json
import re

import numpy as np
import pytest
from html_page import Page
from made_up import DISTRIBUTION, REFERENCES, made_up_output, records
from rich.console import Console

from prefrontal import report
from prefrontal.analysis.evidence import Evidence, kept_path, record_path, reference_record_path
from prefrontal.disk.records import Records
from prefrontal.report.policies import missing_records, policies
from prefrontal.report.summary import exact_summary, sentence, summary
from prefrontal.report.table import regret_tables


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return made_up_output(tmp_path_factory.mktemp("report") / "out")


def test_policies_are_the_means_of_their_records(out):
    found = {policy.label: policy for policy in policies(Evidence(out), DISTRIBUTION)}
    assert set(found) == {"LSTM", "no memory", "no time input", *REFERENCES}
    paths = [record_path(out, "lstm", seed, DISTRIBUTION) for seed in (0, 1, 2)]
    means = [float(Records.load(path).regret[:, -1].mean()) for path in paths]
    agent = found["LSTM"]
    best = Records.load(reference_record_path(out, "bayes-optimal", DISTRIBUTION)).regret[:, -1]
    assert agent.by_seed == pytest.approx(
        np.array(means) + REFERENCES["bayes-optimal"] - best.mean(), abs=0.02
    )
    assert agent.regret == pytest.approx(np.mean(agent.by_seed))
    assert agent.interval[0] < agent.regret < agent.interval[1]
    assert (agent.role, agent.basis, agent.exact) == ("agent", "3 seeds and tasks", False)
    assert found["no memory"].role == "control"


def test_policies_are_in_the_order_of_their_regret(out):
    regrets = [policy.regret for policy in policies(Evidence(out), DISTRIBUTION)]
    assert regrets == sorted(regrets)


def test_references_have_their_standard_error_or_are_exact(out):
    found = {policy.label: policy for policy in policies(Evidence(out), DISTRIBUTION)}
    assert found["thompson"].interval == pytest.approx((2.78 - 1.96 * 0.02, 2.78 + 1.96 * 0.02), abs=1e-5)
    assert found["thompson"].basis == "tasks"
    assert found["gittins"].basis == "exact"
    assert found["gittins"].interval == (1.77, 1.77)


def test_one_training_has_an_interval_over_its_lifetimes(tmp_path):
    out = made_up_output(tmp_path / "out", seeds=(0,))
    agent = next(policy for policy in policies(Evidence(out), DISTRIBUTION) if policy.role == "agent")
    regret = Records.load(record_path(out, "lstm", 0, DISTRIBUTION)).regret[:, -1]
    half = 1.972 * regret.std(ddof=1) / np.sqrt(len(regret))
    assert agent.interval[1] - agent.regret <= half * 1.0001
    assert agent.basis == "tasks"


def test_missing_records_are_named(tmp_path):
    out = made_up_output(tmp_path / "out")
    assert missing_records(Evidence(out)) == []
    path = record_path(out, "no-time", 2, DISTRIBUTION)
    path.unlink()
    assert missing_records(Evidence(out)) == [path]


@pytest.mark.parametrize(("needed", "seeds"), [("none", []), ("first", [0]), ("every", [0, 1, 2])])
def test_what_was_kept_at_length_is_missed_where_it_is_needed(needed, seeds, tmp_path):
    out = made_up_output(tmp_path / "out")
    config = json.loads((out / "config.json").read_text())
    config["conditions"][0] |= {"keep": ["value"], "kept_needed": needed}
    (out / "config.json").write_text(json.dumps(config))
    paths = [kept_path(out, "lstm", seed, untrained=False) for seed in seeds]
    assert missing_records(Evidence(out)) == paths
    for path in paths:
        path.touch()
    assert missing_records(Evidence(out)) == []


def test_the_terminal_shows_every_policy(out):
    console = Console(file=io.StringIO(), width=100)
    for one in regret_tables(Evidence(out)):
        console.print(one)
    rows = console.file.getvalue().splitlines()
    assert any(re.search(r"gittins .*1\.770 .*exact", row) for row in rows)
    assert any(re.search(r"LSTM \(agent\) .* to .*3 seeds and tasks", row) for row in rows)
    assert any(re.search(r"thompson .*2\.780 .*2\.741 to 2\.819 .*tasks", row) for row in rows)
    assert sum("control" in row for row in rows) == 2


def test_a_summary_is_of_the_means_over_lifetimes():
    made = records("LSTM", 2.0, luck=3, lifetimes=50)
    found = summary(made)
    lost = (made.oracle_reward.astype(float) - made.expected_reward).sum(axis=1)
    assert found["regret"] == pytest.approx(lost.mean())
    assert found["return"] == pytest.approx(made.reward.sum(axis=1).mean())
    assert found["standard_error"] == pytest.approx(lost.std(ddof=1) / np.sqrt(50))
    assert (found["policy"], found["distribution"], found["horizon"]) == ("LSTM", DISTRIBUTION, 20)
    assert (found["lifetimes"], found["exact"]) == (50, False)
    json.dumps(found, allow_nan=False)


def test_a_summary_without_known_regret_has_the_error_of_the_return():
    made = records("LSTM", 2.0, luck=3, lifetimes=50)
    blind = Records(
        **{name: getattr(made, name) for name in made.__dataclass_fields__} | {"oracle_reward": None}
    )
    found = summary(blind)
    returns = made.reward.sum(axis=1)
    assert found["regret"] is None
    assert found["standard_error"] == pytest.approx(returns.std(ddof=1) / np.sqrt(50))
    assert "regret" not in sentence(found)


def test_where_no_regret_is_known_policies_are_compared_by_return(tmp_path):
    out = made_up_output(tmp_path / "out")
    for path in (out / "records").rglob("*.safetensors"):
        dataclasses.replace(Records.load(path), oracle_reward=None).save(path)
    rows = json.loads((out / "references.json").read_text())["references"]
    (out / "references.json").write_text(json.dumps({"references": [row | {"regret": None} for row in rows]}))
    found = policies(Evidence(out), DISTRIBUTION)
    returns = [policy.total_return for policy in found]
    assert returns == sorted(returns, reverse=True)
    trained = next(policy for policy in found if policy.label == "LSTM")
    assert trained.regret is None
    assert trained.value == pytest.approx(trained.total_return) == pytest.approx(np.mean(trained.by_seed))
    with pytest.raises(ValueError, match="does not know its expected_reward"):
        Evidence(out).reference_regret("gittins", DISTRIBUTION)
    report.write([out], tmp_path / "report.html")
    assert "Return of a lifetime, best first" in Page((tmp_path / "report.html").read_text()).text
    assert regret_tables(Evidence(out))[0].title == f"Return of a lifetime, {DISTRIBUTION}"


def test_one_lifetime_has_no_standard_error():
    found = summary(records("LSTM", 2.0, luck=3, lifetimes=1))
    assert found["standard_error"] is None
    assert sentence(found).endswith("(over 1 lifetime of the split test)")


def test_an_exact_summary_is_said_to_be_exact():
    found = exact_summary("gittins", DISTRIBUTION, 100, 64.9, 1.77)
    assert (found["exact"], found["standard_error"], found["lifetimes"]) == (True, 0.0, 0)
    assert sentence(found) == "gittins on bandit-independent, 100 steps: regret 1.770, return 64.90 (exact)"
