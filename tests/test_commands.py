"""What each command does: what it computes, what it writes, and what it says."""

import json
import shutil
from pathlib import Path

import jax
import pytest
from made_up import made_up_output

from prefrontal import evaluation
from prefrontal.disk.records import Records
from prefrontal.disk.runs import load_agent
from prefrontal.experiments import analysing, pipeline
from prefrontal.report.summary import summary
from prefrontal.tasks import IndependentArms


def test_list_names_everything_there_is(prefrontal):
    status, out, err = prefrontal("list", "--json")
    assert (status, err) == (0, "")
    listed = json.loads(out)
    names = {kind: [entry["name"] for entry in entries] for kind, entries in listed.items()}
    bandits = ["bandit-dependent", "bandit-independent", "bandit-informative", "bandit-restless"]
    maml = ["maml-corners", "maml-direction", "maml-navigation", "maml-rotation"]
    rl2 = ["rl2-bandits", "rl2-gridworld", "rl2-maze", "rl2-tabular"]
    assert names["experiments"] == [
        *bandits,
        "diayn",
        "harlow",
        *maml,
        "maze",
        "memories",
        "poet",
        "reptile",
        *rl2,
        "three-ways",
        "two-step",
        "unsupervised",
    ]
    assert names["distributions"][:2] == ["bandit-independent", "bandit-dependent-uniform"]
    assert {"bayes-optimal", "gittins", "thompson", "ucb1", "random"} <= set(names["references"])
    assert {"lstm", "none", "stacked-lstm"} <= set(names["memories"])
    assert {"flat", "mlp", "conv"} <= set(names["encoders"])
    assert {"auto", "categorical", "factored", "gaussian"} <= set(names["policies"])
    assert names["learners"] == [
        "a2c",
        "ppo",
        "imitation",
        "maml",
        "reptile",
        "joint",
        "diayn",
        "diayn-sac",
        "evolution",
        "poet",
        "specialists",
    ]
    for entry in listed["experiments"]:
        assert entry["question"].endswith("?")
        assert [preset["name"] for preset in entry["presets"]][:3] == ["quick", "laptop", "paper"]
        assert all(preset["minutes"] > 0 and preset["seeds"] >= 1 for preset in entry["presets"])


def test_list_in_words_leaves_standard_output_alone(prefrontal):
    status, out, err = prefrontal("list")
    assert (status, out) == (0, "")
    assert "Does a recurrent network" in err
    assert "about" in err
    assert "rescorla-wagner" in err
    assert "better 0.75" in err


def test_an_exact_reference(prefrontal):
    arguments = ("reference", "bayes-optimal", "--on", "bandit-independent", "--horizon", 10, "--json")
    status, out, err = prefrontal(*arguments)
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["regret"] == pytest.approx(0.64488, abs=1e-5)
    assert found["return"] == pytest.approx(6.02179, abs=1e-5)
    assert (found["exact"], found["standard_error"]) == (True, 0.0)
    assert (found["policy"], found["distribution"]) == ("bayes-optimal", "bandit-independent")
    assert found["horizon"] == 10


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--lifetimes", 5), "--lifetimes is not used: the value is exact"),
        (("--seed", 0), "--seed is not used: the value is exact"),
        (("--seed", 1, "--lifetimes", 5), "--lifetimes and --seed are not used: the value is exact"),
    ],
)
def test_what_an_exact_reference_has_no_use_for_is_said(prefrontal, given, said):
    asked = ("reference", "random", "--on", "bandit-independent", "--horizon", 6, "--json")
    status, out, err = prefrontal(*asked, *given)
    assert (status, err.count("\n")) == (0, 1)
    assert said in err
    assert prefrontal(*asked) == (0, out, "")


def test_a_sampled_reference_with_a_parameter(prefrontal):
    arguments = (
        "reference",
        "rescorla-wagner",
        "--on",
        "bandit-independent",
        "--horizon",
        10,
        "--lifetimes",
        200,
    )
    _, out, _ = prefrontal(*arguments, "--json")
    _, other, _ = prefrontal(*arguments, "--json", "--parameter", "alpha=0", "--seed", 1)
    found, chance = json.loads(out), json.loads(other)
    assert (found["exact"], found["lifetimes"], found["parameters"]) == (
        False,
        200,
        {"alpha": 0.5, "beta": None},
    )
    assert chance["parameters"] == {"alpha": 0, "beta": None}
    assert 0 < found["standard_error"] < 0.2
    # With α = 0 nothing is learnt: regret is that of chance, 10 (2/3 - 1/2).
    assert chance["regret"] == pytest.approx(5 / 3, abs=4 * chance["standard_error"])
    assert found["regret"] < chance["regret"]


def test_in_words_a_reference_goes_to_standard_error(prefrontal):
    status, out, err = prefrontal("reference", "random", "--on", "bandit-independent", "--horizon", 6)
    assert (status, out) == (0, "")
    assert err == "random on bandit-independent, 6 steps: regret 1.000, return 3 (exact)\n"


SMALL = ("--lifetimes", 8, "--horizon", 5, "--json")  # always the same, so that it is compiled once


def test_evaluate_is_the_evaluation_of_the_frozen_agent(prefrontal, run_folder):
    status, out, err = prefrontal("evaluate", run_folder, "--seed", 3, *SMALL)
    assert (status, err) == (0, "")
    agent, tasks = load_agent(run_folder), IndependentArms(horizon=5)
    wanted = evaluation.evaluate(agent, tasks, policy="lstm", name="bandit-independent", lifetimes=8, seed=3)
    assert json.loads(out) == summary(wanted)
    assert json.loads(out)["horizon"] == 5


def test_evaluate_goes_anywhere_that_fits(prefrontal, run_folder):
    _, out, _ = prefrontal("evaluate", run_folder, "--on", "bandit-restless", *SMALL)
    found = json.loads(out)
    assert (found["distribution"], found["horizon"], found["split"]) == ("bandit-restless", 5, "validation")
    _, train, _ = prefrontal("evaluate", run_folder, "--split", "train", *SMALL)
    _, tuned, _ = prefrontal("evaluate", run_folder, *SMALL)
    _, test, _ = prefrontal("evaluate", run_folder, "--split", "test", *SMALL)
    assert json.loads(test)["split"] == "test"
    assert len({json.loads(one)["regret"] for one in (train, tuned, test)}) == 3


def test_evaluate_saves_records_with_units(prefrontal, run_folder, tmp_path):
    path = tmp_path / "records.safetensors"
    _, out, err = prefrontal("evaluate", run_folder, *SMALL, "--records", path, "--units")
    saved = Records.load(path)
    assert saved.units.shape == (8, 5, 4)
    assert json.loads(out)["regret"] == pytest.approx(saved.regret[:, -1].mean(), rel=1e-6)
    assert str(path) in err
    prefrontal("evaluate", run_folder, *SMALL, "--records", path)
    assert Records.load(path).units is None


def test_an_output_folder_with_one_main_run_stands_for_it(prefrontal, mistake, run_folder, tmp_path):
    out = made_up_output(tmp_path / "out", seeds=(0,))
    shutil.rmtree(out / "runs" / "lstm" / "seed-0")
    shutil.copytree(run_folder, out / "runs" / "lstm" / "seed-0")
    assert prefrontal("evaluate", out, *SMALL) == prefrontal("evaluate", run_folder, *SMALL)
    several = mistake("evaluate", made_up_output(tmp_path / "several"))
    assert "holds 3 runs; name one: " in several
    assert all(str(Path("several") / "runs" / "lstm" / f"seed-{seed}") in several for seed in (0, 1, 2))
    assert "no-memory" not in several


def test_a_run_of_a_learner_alone_is_evaluated_too(prefrontal, run_folder, tmp_path):
    """As `prefrontal.train` leaves it where it is given no settings: the learner's own are kept."""
    alone = tmp_path / "alone"
    shutil.copytree(run_folder, alone)
    config = json.loads((alone / "config.json").read_text())
    (alone / "config.json").write_text(json.dumps(config | {"settings": config["settings"]["learner"]}))
    status, out, _ = prefrontal("evaluate", alone, *SMALL)
    assert status == 0
    _, of_a_condition, _ = prefrontal("evaluate", run_folder, *SMALL)
    assert json.loads(out)["regret"] == json.loads(of_a_condition)["regret"]
    assert json.loads(out)["distribution"] == "bandit-independent"


def test_the_agent_of_a_run_that_was_saved_with_the_signal_best_is_loaded(run_folder, tmp_path):
    """As version 0.1 left it: that signal is gone, and the agent does not depend on it."""
    old = tmp_path / "old"
    shutil.copytree(run_folder, old)
    config = json.loads((old / "config.json").read_text())
    config["settings"]["learner"]["signal"] = "best"
    (old / "config.json").write_text(json.dumps(config))
    leaves = zip(jax.tree.leaves(load_agent(old)), jax.tree.leaves(load_agent(run_folder)), strict=True)
    assert all((one == other).all() for one, other in leaves)


def test_run_trains_then_reports_and_prints_the_table(prefrontal, tmp_path, monkeypatch):
    asked = {}

    def pretended(experiment, preset, out, **options):
        asked.update(options, experiment=experiment.name, preset=preset, out=out)
        made_up_output(out)

    monkeypatch.setattr(pipeline, "run", pretended)
    out = tmp_path / "out"
    arguments = (
        "--preset",
        "laptop",
        "--seeds",
        3,
        "--first-seed",
        4,
        "--split",
        "test",
        "--out",
        out,
        "--resume",
        "--devices",
        1,
    )
    status, stdout, err = prefrontal("run", "bandit-independent", *arguments)
    assert (status, stdout) == (0, "")
    assert "LSTM (agent)" in err
    assert "1.748" in err
    assert str(out / "report.html") in err
    assert "passes-thompson" in (out / "report.html").read_text()
    asked.pop("progress")
    asked.pop("announce")
    settings = {
        "seeds": 3,
        "first_seed": 4,
        "split": "test",
        "resume": True,
        "devices": 1,
        "devices_given": True,
        "note": "",
    }
    assert asked == {"experiment": "bandit-independent", "preset": "laptop", "out": out} | settings


def test_run_has_an_output_folder_of_its_own_for_each_preset(prefrontal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pipeline, "run", lambda _, __, out, **___: made_up_output(out))
    assert prefrontal("run", "bandit-independent")[0] == 0
    assert (tmp_path / "runs" / "bandit-independent-quick" / "report.html").is_file()


def test_report_makes_findings_again_where_the_records_are(prefrontal, tmp_path, monkeypatch):
    analysed = []
    monkeypatch.setattr(analysing, "analyse", analysed.append)
    monkeypatch.chdir(tmp_path)
    whole, part = made_up_output(tmp_path / "whole"), made_up_output(tmp_path / "part")
    shutil.rmtree(part / "records")
    status, out, err = prefrontal("report", whole, part)
    assert (status, out) == (0, "")
    assert analysed == [whole]
    assert "part: findings and figures are left as they are" in err
    assert (tmp_path / "report.html").is_file()
    assert prefrontal("report", part)[0] == 0
    assert (part / "report.html").is_file()
    (tmp_path / "pages").mkdir()
    assert prefrontal("report", part, "--page", tmp_path / "pages" / "one.html")[0] == 0
    assert (tmp_path / "pages" / "one.html").read_text() == (part / "report.html").read_text()
