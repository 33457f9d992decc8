"""Beside every agent that learns from expected regret stands one that learns from sampled rewards."""

import dataclasses
import json

import pytest
from made_up import CONDITIONS, DISTRIBUTION, made_up_output
from matplotlib.colors import same_color

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.signals import SAID, learns_from
from prefrontal.experiments import experiment, names
from prefrontal.experiments.bandit_figures import policies_figure, regret_figure
from prefrontal.experiments.controls import from_samples, lstm
from prefrontal.learners import A2C
from prefrontal.learners.equations.signal import SIGNALS
from prefrontal.learners.schedules import Linear
from prefrontal.learners.value_scale import PopArt
from prefrontal.report import publish
from prefrontal.report.policies import policies
from prefrontal.report.style import AGENT, SAMPLED, colour_of

# What samples need of their own: with the other recipe the agent unlearns.
OWN: dict = {
    "bandit-dependent": {"value_scale": PopArt()},
    "bandit-restless": {"value_scale": PopArt(), "discount": Linear(0.8, 0.97)},
}


def test_every_signal_is_said_in_words():
    assert set(SAID) == set(SIGNALS)


@pytest.mark.parametrize("name", names())
def test_who_learns_from_expectations_has_one_beside_it_that_learns_from_samples(name):
    conditions = {one.name: one for one in experiment(name).presets["laptop"].conditions}
    others = [
        one
        for one in conditions.values()
        if not one.control and getattr(one.learner, "signal", "sampled") != "sampled"
    ]
    for one in others:
        twin = conditions[from_samples(one).name]
        assert not twin.control
        assert twin.learner == dataclasses.replace(one.learner, signal="sampled", **OWN.get(name, {}))
        assert one.label.endswith("expected regret")
        assert twin.label == one.label.replace("expected regret", "sampled rewards")
    assert len(others) == {
        "bandit-independent": 1,
        "bandit-dependent": 5,
        "bandit-restless": 1,
        "rl2-bandits": 6,
        "rl2-tabular": 3,
        "two-step": 2,
    }.get(name, 0)


def test_names_say_it_and_what_is_kept_is_the_others():
    whole = lstm(A2C("bandit-independent", signal="regret"), "lstm-easy", "easy", keep=("units",))
    assert whole.label == "LSTM, easy, expected regret"
    twin = from_samples(whole)
    assert (twin.name, twin.label, twin.keep) == ("lstm-sampled-easy", "LSTM, easy, sampled rewards", ())
    assert from_samples(lstm(whole.learner)).name == "lstm-sampled"
    assert from_samples(lstm(whole.learner, "reversals")).name == "reversals-sampled"


def test_the_agents_of_the_papers_own_settings_say_that_they_learn_from_samples():
    for name in ("bandit-independent", "bandit-dependent", "bandit-restless", "two-step"):
        for one in experiment(name).presets["paper"].conditions:
            assert one.control or one.label.endswith("sampled rewards")


def test_a_declaration_without_a_signal_says_nothing():
    assert learns_from({"learner": {"signal": "regret"}}) == "expected regret"
    assert [learns_from(one) for one in ({}, {"learner": {}}, {"learner": {"signal": "best"}})] == [
        "",
        "",
        "",
    ]


@pytest.fixture
def evidence(tmp_path):
    """The made-up output with a twin of the agent; its records are the control's, so that they differ."""
    out = made_up_output(tmp_path / "out")
    config = json.loads((out / "config.json").read_text())
    whole, *rest = config["conditions"]
    whole["label"] = "LSTM, expected regret"
    twin = {**whole, "name": "lstm-sampled", "label": "LSTM, sampled rewards"}
    twin["learner"] = {**whole["learner"], "signal": "sampled"}
    config["conditions"] = [whole, twin, *rest]
    (out / "config.json").write_text(json.dumps(config))
    for kind in ("runs", "records"):
        (out / kind / "lstm-sampled").symlink_to(out / kind / "no-memory")
    return Evidence(out)


def test_the_two_are_told_apart_by_colour_and_by_name(evidence):
    drawn = regret_figure(evidence, DISTRIBUTION)
    for axes in drawn.axes[:2]:
        texts = {text.get_text().rpartition("  ")[0]: text.get_color() for text in axes.texts}
        assert same_color(texts["LSTM, expected regret"], AGENT)
        assert same_color(texts["LSTM, sampled rewards"], SAMPLED)
        thick = {line.get_color() for line in axes.lines if line.get_linewidth() > 2}
        assert thick == {AGENT, SAMPLED}


def test_a_colour_is_that_of_the_signal_whatever_the_tasks():
    assert colour_of("LSTM, dependent-easy, sampled rewards", "agent") == SAMPLED
    assert colour_of("LSTM, dependent-easy, expected regret", "agent") == colour_of("LSTM", "agent") == AGENT


def test_tables_and_captions_say_what_each_learns_from(evidence):
    rows = {one.label: one for one in policies(evidence, DISTRIBUTION)}
    assert rows["LSTM, sampled rewards"].learns_from == "sampled rewards"
    assert rows["no memory"].learns_from == "expected regret"
    assert rows["thompson"].learns_from == ""
    assert "Controls (hatched) learn from expected regret." in policies_figure(evidence, DISTRIBUTION).caption


def test_what_is_published_says_what_each_learns_from(evidence):
    learnt = dict.fromkeys(CONDITIONS, "expected regret") | {"lstm-sampled": "sampled rewards"}
    assert publish.describe(evidence)["learns_from"] == learnt
