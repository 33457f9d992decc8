"""An experiment's output folder with made-up numbers, and a run: for the tests of what reads them."""

import json
from pathlib import Path

import numpy as np

from prefrontal.analysis.evidence import record_path, reference_record_path, run_folder
from prefrontal.analysis.findings import Finding, PaperClaim, ReferenceValue, write_findings
from prefrontal.disk.records import Records
from prefrontal.report.plots import Line, regret_curves
from prefrontal.report.style import figure

DISTRIBUTION = "bandit-independent"
REFERENCES = {"bayes-optimal": 1.748, "gittins": 1.77, "thompson": 2.78, "ucb1": 4.11, "random": 16.67}
CONDITIONS = {"lstm": ("LSTM", 1.9), "no-memory": ("no memory", 7.7), "no-time": ("no time input", 2.0)}
HORIZON = 20


def made_up_output(
    out: Path, seeds: tuple[int, ...] = (0, 1, 2), experiment: str = "bandit-independent"
) -> Path:
    """Write every file that an experiment leaves, `report.html` excepted."""
    out.mkdir(parents=True)
    (out / "config.json").write_text(json.dumps(config(seeds, experiment)))
    for place, (name, (label, regret)) in enumerate(CONDITIONS.items()):
        for seed in seeds:
            folder = run_folder(out, name, seed)
            folder.mkdir(parents=True)
            outcome = {"updates": 7813, "lifetimes": 1_000_064, "steps": 100_006_400, "seconds": 301.5 + seed}
            (folder / "outcome.json").write_text(json.dumps(outcome | {"steps_per_second": 331_000.0}))
            lived = records(label, regret * (1 + 0.05 * seed), place + seed)
            keep(lived, record_path(out, name, seed, DISTRIBUTION))
    rows = [reference_row(label, regret) for label, regret in REFERENCES.items()]
    (out / "references.json").write_text(json.dumps({"references": rows}))
    for label, regret in REFERENCES.items():
        keep(records(label, regret, 99), reference_record_path(out, label, DISTRIBUTION))
    write_findings(out / "findings.json", experiment, "laptop", FINDINGS)
    draw(out / "figures")
    return out


def keep(lived: Records, path: Path) -> None:
    """Save records, their folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lived.save(path)


def made_up_run(folder: Path) -> Path:
    """Write what a finished training leaves. Its agent is as it was born."""
    # Here, for the rest of this file needs no jax.
    from prefrontal.agents import AgentSettings
    from prefrontal.disk.runs import Outcome, Run
    from prefrontal.disk.serialisation import to_json
    from prefrontal.learners import A2C
    from prefrontal.memory import LSTMSettings

    learner = A2C(DISTRIBUTION, AgentSettings(memory=LSTMSettings(4)))
    settings = {"name": "lstm", "distribution": DISTRIBUTION, "learner": to_json(learner)}
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"schema": 1, "settings": settings}))
    Run(folder).finish(learner.agent(learner.init(5)), Outcome(1, 4, 400, 1.0, 400.0))
    return folder


def config(seeds: tuple[int, ...], experiment: str) -> dict:
    percept = {"observation": True, "time": True}
    conditions = [
        {
            "name": name,
            "label": label,
            "distribution": DISTRIBUTION,
            "learner": {
                "is": "a2c",
                "tasks": DISTRIBUTION,
                "architecture": {
                    "percept": percept,
                    "memory": {"is": "none" if name == "no-memory" else "lstm", "units": 48},
                },
                "lifetimes": 1_000_000,
                "discount": {"start": 0.8, "end": 1.0},
                "signal": "regret",
            },
            "evaluate_on": [],
            "control": name != "lstm",
            "evaluations": [DISTRIBUTION],
        }
        for name, (label, _) in CONDITIONS.items()
    ]
    return {
        "experiment": experiment,
        "title": "Two-armed bandits with independent arms",
        "question": "Does a recurrent network become a bandit algorithm of its own?",
        "source": "Wang et al. 2016, section 3.1.1, figure 2a",
        "preset": "laptop",
        "seeds": list(seeds),
        "lifetimes": 200,
        "conditions": conditions,
        "references": [{"name": name, "label": name, "parameters": []} for name in REFERENCES],
        "reference_on": [DISTRIBUTION],
        "machine": {"processor": "A Processor <2 GHz>", "cores": 2, "backend": "cpu", "python": "3.11.2"},
    }


def records(policy: str, regret: float, luck: int, lifetimes: int = 200) -> Records:
    """Lifetimes whose mean regret is about `regret`, in the tasks that all policies meet."""
    random, tasks = np.random.default_rng(luck), np.random.default_rng(0)
    oracle = tasks.uniform(0.5, 1.0, (lifetimes, 1)).repeat(HORIZON, axis=1).astype(np.float32)
    lost = regret / HORIZON * random.uniform(0.8, 1.2, (lifetimes, 1))
    expected = (oracle - lost).astype(np.float32)
    flags = np.zeros((lifetimes, HORIZON), bool)
    return Records(
        policy=policy,
        distribution=DISTRIBUTION,
        split="test",
        seed=0,
        horizon=HORIZON,
        action=random.integers(0, 2, (lifetimes, HORIZON)),
        reward=(random.uniform(size=(lifetimes, HORIZON)) < expected).astype(np.float32),
        expected_reward=expected,
        oracle_reward=oracle,
        alive=~flags,
        episode_over=flags,
        truncated=flags,
        task={"probabilities": oracle[:, :2]},
    )


def reference_row(label: str, regret: float) -> dict:
    exact = label in ("bayes-optimal", "gittins", "random")
    return {
        "name": label,
        "label": label,
        "distribution": DISTRIBUTION,
        "total_return": 66.667 - regret,
        "regret": regret,
        "standard_error": 0.0 if exact else 0.02,
        "exact": exact,
    }


def draw(folder: Path) -> None:
    folder.mkdir()
    pulls = np.arange(1, 101)
    line = Line("LSTM", "agent", pulls, np.log1p(pulls / 9))
    drawn, (axes,) = figure("Cumulative expected regret on held-out bandits & more.", width=6, height=3.5)
    regret_curves(
        axes,
        [
            line,
            Line("no memory", "control", pulls, 2 * line.mean),
            Line("ucb1", "reference", pulls, 1.6 * line.mean),
        ],
    )
    drawn.savefig(folder / "regret-curves.png")


FINDINGS = (
    Finding(
        id="passes-thompson",
        claim="The learnt algorithm has less regret than Thompson sampling.",
        measure="mean expected regret of 100 pulls",
        value=1.9012,
        interval=(1.82, 2.01),
        seeds=3,
        reference=ReferenceValue("thompson", 2.78),
        paper=PaperClaim("Wang et al. 2016, figure 2a", statement="meta-RL passes Thompson sampling and UCB"),
        verdict="holds",
        training_error=0.04,
        task_error=0.03,
    ),
    Finding(
        id="falls-short-of-gittins",
        claim="It falls short of Gittins indices by <0.1.",
        measure="regret less that of Gittins",
        value=0.1312,
        interval=(0.05, 0.24),
        seeds=3,
        reference=ReferenceValue("gittins", 1.77),
        paper=PaperClaim("Wang et al. 2016, section 3.1.1", value=0.0),
        verdict="fails",
    ),
)
