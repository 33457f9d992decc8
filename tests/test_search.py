"""Random searches: what each training draws, and how much of what is shown is the choice."""

import dataclasses
import json
from pathlib import Path

import jax
import numpy as np
import pytest

from prefrontal.agents import AgentSettings
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import read_findings
from prefrontal.analysis.tables import read_tables
from prefrontal.experiments import experiment, pipeline
from prefrontal.experiments.base import Condition, changed
from prefrontal.experiments.drawn import Drawn
from prefrontal.experiments.wang2016 import selection
from prefrontal.experiments.wang2016.selection import BEST, Search, findings
from prefrontal.learners import A2C
from prefrontal.memory import LSTMSettings

RATES, DISCOUNTS = Drawn(1e-4, 1e-2, "log-uniform"), Drawn(0.5, 1.0)
SEEDS = range(2_000)


def test_draws_are_the_same_for_ever():
    """Golden values: were they to change, no search that was published could be made again."""
    assert RATES.value("learning_rate", 0) == pytest.approx(0.00016110398399835803, rel=1e-12)
    assert DISCOUNTS.value("discount", 7) == pytest.approx(0.7461429622754079, rel=1e-12)


def test_draws_follow_their_law():
    rates = np.array([RATES.value("learning_rate", seed) for seed in SEEDS])
    discounts = np.array([DISCOUNTS.value("discount", seed) for seed in SEEDS])
    quarters = [0, 0.25, 0.5, 0.75, 1]
    assert np.quantile(np.log10(rates), quarters) == pytest.approx([-4, -3.5, -3, -2.5, -2], abs=0.07)
    assert np.quantile(discounts, quarters) == pytest.approx([0.5, 0.625, 0.75, 0.875, 1], abs=0.02)
    assert abs(np.corrcoef(np.log(rates), discounts)[0, 1]) < 0.07  # fields are drawn apart


@pytest.mark.parametrize(
    ("limits", "said"),
    [((1.0, 0.5), "low is 1.0 and high 0.5; low must be below high"), ((0.0, 1.0, "log-uniform"), "above 0")],
)
def test_limits_that_are_none_are_refused(limits, said):
    with pytest.raises(ValueError, match=said):
        Drawn(*limits)


def test_each_seed_has_a_learner_of_its_own():
    condition = Condition("search", "LSTM", A2C("bandit-independent"), drawn={"learning_rate": RATES})
    for seed in (0, 1):
        drawn = RATES.value("learning_rate", seed)
        assert condition.learner_of(seed) == dataclasses.replace(condition.learner, learning_rate=drawn)
    assert condition.learner_of(0) != condition.learner_of(1)
    plain = Condition("lstm", "LSTM", A2C("bandit-independent"))
    assert plain.learner_of(3) is plain.learner


def test_what_no_learner_can_have_is_refused_at_once():
    with pytest.raises(ValueError, match="no field of the learner is called 'rate'"):
        Condition("search", "LSTM", A2C("bandit-independent"), drawn={"rate": RATES})
    with pytest.raises(ValueError, match=r"discount is 1\.5; it must be a number from 0 to 1"):
        Condition("search", "LSTM", A2C("bandit-independent"), drawn={"discount": Drawn(0.5, 1.5)})


@pytest.mark.parametrize("name", ["bandit-independent", "two-step"])
def test_the_search_is_the_papers(name):
    preset = experiment(name).presets["paper-search"]
    (condition,) = preset.conditions
    assert (condition.name, preset.seeds, preset.lifetimes) == ("search", 100, 300)
    assert set(condition.drawn) == {"learning_rate", "discount"}
    assert condition.learner == experiment(name).presets["paper"].conditions[0].learner


# The analysis, on numbers that are known.


def halves_of(regret) -> selection.Halves:
    return Search(np.asarray(regret, float)).halves


def test_the_chosen_are_the_best_of_the_first_half_and_count_on_the_second():
    """Eight trainings of four lifetimes; 7 and 0 are the best where it does not count."""
    first = np.array([9, 1, 2, 3, 4, 5, 8, 9])
    second = np.array([0, 6, 6, 6, 6, 6, 9, 0])
    found = halves_of(np.stack([first, first, second, second], axis=1))
    assert sorted(found.best) == [1, 2, 3, 4, 5]
    assert found.gained == pytest.approx(second.mean() - 6)
    assert found.promised == pytest.approx(first.mean() - 3)


def made_up(trainings: float, tasks: float = 1.0, seeds: int = 100, lifetimes: int = 300) -> Search:
    """Trainings whose true regrets differ by so much, measured on lifetimes that differ by so much."""
    random = np.random.default_rng(1)
    return Search(
        5 + trainings * random.normal(size=(seeds, 1)) + tasks * random.normal(size=(seeds, lifetimes))
    )


@pytest.fixture
def answered(monkeypatch):
    """Findings about a search whose numbers are given, beside a reference of regret 5."""

    def of(search: Search):
        monkeypatch.setattr(selection, "search_of", lambda _: search)
        monkeypatch.setattr(selection, "RESAMPLES", 300)
        monkeypatch.setattr(Evidence, "reference_regret", lambda *_: 5.0)
        monkeypatch.setattr(Evidence, "conditions", {"search": {"distribution": "d"}})
        return {one.id: one for one in findings(Evidence(Path("nowhere")), "thompson")}

    return of


def test_where_trainings_differ_the_choice_gains_and_keeps_what_it_promises(answered):
    found = answered(made_up(trainings=1.0, tasks=0.1))
    assert found["selection"].holds
    assert found["selection"].value == pytest.approx(
        2.06, abs=0.4
    )  # the mean of the best 5 % of normal numbers
    assert not found["promise"].holds
    assert found["chosen-below-thompson"].holds
    assert not found["typical-below-thompson"].holds
    assert {one.seeds for one in found.values()} == {100}


def test_where_they_do_not_differ_it_gains_nothing_whatever_it_promised(answered):
    found = answered(made_up(trainings=0.0))
    assert not found["selection"].holds
    assert abs(found["selection"].value) < 0.1
    assert found["promise"].holds
    low, high = found["selection"].interval
    assert low < 0 < high


def test_fewer_trainings_than_are_chosen_are_all_chosen():
    assert len(halves_of(np.ones((3, 4))).best) == 3
    assert BEST == 5


@pytest.fixture(scope="module", autouse=True)
def _compiled_quickly():
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.mark.parametrize("name", ["bandit-independent", "two-step"])
def test_a_search_runs_to_the_end(name, tmp_path):
    whole = experiment(name)
    preset = whole.presets["paper-search"]
    (condition,) = preset.conditions
    small = dataclasses.replace(condition.learner.architecture, memory=LSTMSettings(3))
    assert isinstance(small, AgentSettings)
    little = changed(condition, condition.name, condition.label, architecture=small, lifetimes=3)
    preset = dataclasses.replace(preset, conditions=(little,), seeds=2, lifetimes=20)
    whole, out = dataclasses.replace(whole, presets={"paper-search": preset}), tmp_path / "out"
    pipeline.run(whole, "paper-search", out, announce=lambda _: None)
    assert len(read_findings(out / "findings.json").findings) == 4
    assert (out / "figures" / "selection.png").exists()
    rows = read_tables(out / "tables.json")["search"].rows
    for seed, rate, discount, *_ in rows:
        config = json.loads((out / "runs" / "search" / f"seed-{seed}" / "config.json").read_text())
        learner = config["settings"]["learner"]
        assert (learner["learning_rate"], learner["discount"]) == (rate, discount)
    assert len({row[1] for row in rows}) == 2
