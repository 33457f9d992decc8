"""The paper's own settings of bandits and of the two-step task run to the end: in little, all conditions."""

import dataclasses

import jax
import pytest

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import read_findings
from prefrontal.experiments import experiment, part, pipeline
from prefrontal.experiments.base import changed
from prefrontal.report import publish
from prefrontal.report.page import write

NAMES = ("bandit-independent", "bandit-dependent", "bandit-informative", "bandit-restless", "two-step")


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(part("two-step", "analysis"), "SIMULATED_ELSE", (8, 4))
    monkeypatch.setattr(part("two-step", "animation"), "TRIALS", 3)
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_to_the_end_and_is_published(name, tmp_path):
    whole = experiment(name)
    preset = whole.presets["paper"]
    conditions = []
    for condition in preset.conditions:
        agent = condition.learner.architecture
        small = dataclasses.replace(agent, memory=dataclasses.replace(agent.memory, units=3))
        conditions.append(
            changed(condition, condition.name, condition.label, architecture=small, lifetimes=2)
        )
        assert (condition.learner.lifetimes_per_update, condition.learner.optimiser) == (1, "rmsprop")
    seeds = 2 if name == "two-step" else 1
    preset = dataclasses.replace(preset, conditions=tuple(conditions), seeds=seeds, lifetimes=80)
    out = tmp_path / "out"
    whole = dataclasses.replace(whole, presets={"paper": preset})
    pipeline.run(whole, "paper", out, split="test", announce=lambda _: None)
    assert len(read_findings(out / "findings.json").findings) >= 5
    write([out], out / "report.html")
    assert publish.publish(out, tmp_path / "results").name == f"{name}-paper"
    assert Evidence(out).split == "test"


# Not `memories`, whose findings compare all of its conditions.
@pytest.mark.parametrize("name", ["rl2-bandits", "rl2-gridworld", "rl2-maze", "rl2-tabular"])
def test_the_sizes_for_an_accelerator_are_begun_and_resumed(name, tmp_path):
    whole = experiment(name)
    preset = whole.presets["paper"]
    condition, on = preset.conditions[0], preset.reference_on[0]
    agent = condition.learner.architecture
    small = dataclasses.replace(agent, memory=dataclasses.replace(agent.memory, units=3))
    little = changed(
        condition,
        condition.name,
        condition.label,
        architecture=small,
        microbatch=2,
        lifetimes=2 * 2 * condition.learner.microbatches,
    )
    assert little.learner.updates == 2
    references = tuple(one for one in preset.references if on in (one.on or (on,)))
    preset = dataclasses.replace(
        preset, conditions=(little,), references=references, reference_on=(on,), seeds=1, lifetimes=40
    )
    whole = dataclasses.replace(whole, presets={"paper": preset})
    for resume in (False, True):
        found = pipeline.run(whole, "paper", tmp_path / "out", resume=resume, announce=lambda _: None)
        assert found
