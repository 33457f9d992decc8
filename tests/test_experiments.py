"""Every experiment is whole: declared, carried out, analysed, drawn and published."""

import dataclasses
import json
import re
import shutil

import jax
import pytest
from full_disk import no_file_longer_than

from prefrontal.agents import AgentSettings
from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import read_findings
from prefrontal.analysis.tables import read_tables
from prefrontal.disk.records import Records
from prefrontal.errors import BusyError, DiskFullError, UserError
from prefrontal.experiments import experiment, names, part, pipeline, readme
from prefrontal.experiments.analysing import analyse
from prefrontal.experiments.base import changed
from prefrontal.growth.evolving import Evolving
from prefrontal.growth.unsupervised import LearntDiscriminator, ProposedTasks
from prefrontal.memory import StackedLSTMSettings
from prefrontal.references import reference
from prefrontal.report import publish
from prefrontal.report.policies import missing_records
from prefrontal.tasks import DISTRIBUTIONS, distribution
from prefrontal.tasks.images import emoji

# All holds with a font for emoji and without.
pytestmark = pytest.mark.filterwarnings("ignore:.*stripes in place of emoji:UserWarning")

# What is carried out in little. The controls are of one kind in all; one experiment is run with them.
_FRAMES = {"two-step": "TRIALS", "harlow": "STEPS", "maze": "STEPS", "rl2-maze": "STEPS"}
FEW = {"lifetimes": 16, "microbatch": 4, "microbatches": 2}
FEW_UPDATES = {"iterations": 8, "mirrored": 2, "trials": 2, "confirmed": 4, "microbatch": 8}
LITTLE = {name: "laptop" if name in ("bandit-informative", "maze") else "quick" for name in names()}


def of_four_units(agent: AgentSettings) -> AgentSettings:
    units = (4, 4) if isinstance(agent.memory, StackedLSTMSettings) else 4
    return dataclasses.replace(agent, memory=dataclasses.replace(agent.memory, units=units))


def of_few_lifetimes(tasks):
    """The same tasks; if a discriminator that learns makes them, it learns from few lifetimes."""
    if not isinstance(tasks, ProposedTasks) or not isinstance(tasks.by, LearntDiscriminator):
        return tasks
    learner = dataclasses.replace(tasks.by.learner, **FEW)
    return dataclasses.replace(tasks, by=dataclasses.replace(tasks.by, learner=learner))


def in_little(name: str):
    """The experiment with agents of four units that live a few lifetimes."""
    whole = experiment(name)
    preset = whole.presets[LITTLE[name]]
    conditions = tuple(
        changed(
            condition,
            condition.name,
            condition.label,
            architecture=of_four_units(condition.learner.architecture),
            tasks=of_few_lifetimes(condition.learner.tasks),
            **(FEW_UPDATES if isinstance(condition.learner, Evolving) else FEW),
        )
        for condition in preset.conditions
    )
    preset = dataclasses.replace(preset, conditions=conditions, lifetimes=80, seeds=2)
    return dataclasses.replace(whole, presets={LITTLE[name]: preset})


@pytest.fixture(scope="module", autouse=True)
def _compiled_quickly():
    """What is tried here stands around the programs, and nearly all the time is the compiler's."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.fixture(scope="module")
def outs(tmp_path_factory):
    """Each experiment's output folder, made when it is first asked for."""
    made, patch = {}, pytest.MonkeyPatch()
    patch.setattr(part("two-step", "analysis"), "SIMULATED", {})
    patch.setattr(part("two-step", "analysis"), "SIMULATED_ELSE", (8, 4))
    for name, frames in _FRAMES.items():
        patch.setattr(part(name, "animation"), frames, 3)

    def out(name: str):
        if name not in made:
            made[name] = tmp_path_factory.mktemp(name) / "out"
            pipeline.run(in_little(name), LITTLE[name], made[name], split="test", announce=lambda _: None)
        return made[name]

    yield out
    patch.undo()


@pytest.mark.parametrize("name", names())
def test_it_is_declared_whole(name):
    declared = experiment(name)
    assert declared.name == name
    searched = {"paper-search"} if name in ("bandit-independent", "two-step") else set()
    assert {"quick", "laptop", "paper"} | searched == set(declared.presets)
    text = readme(name)
    assert f"prefrontal run {name} --preset laptop" in text
    for word in ("Question", "Expected result", "Deviations", "source of the paper's value"):
        assert word in text


@pytest.mark.parametrize("name", names())
def test_its_references_apply_to_its_tasks(name):
    """So that a long training is not followed by an error."""
    for preset in experiment(name).presets.values():
        for task in preset.reference_on:
            for policy in preset.references:
                if policy.on and task not in policy.on:
                    continue
                short = dataclasses.replace(distribution(policy.built_for or task), horizon=3)
                reference(policy.name, short, **dict(policy.parameters))


@pytest.mark.parametrize("name", names())
def test_its_distributions_are_registered(name):
    for preset in experiment(name).presets.values():
        for condition in preset.conditions:
            named = {*condition.evaluations, *(trial.on for trial in condition.trials)}
            named -= {trial.name for trial in condition.trials}
            if isinstance(condition.learner.tasks, ProposedTasks):
                named -= {condition.distribution}  # an object, with the settings of its discriminator
            assert {name.partition(":")[0] for name in named} <= set(DISTRIBUTIONS)


@pytest.mark.parametrize("name", names())
def test_it_is_carried_out_and_leaves_findings_and_figures(name, outs):
    out = outs(name)
    found = read_findings(out / "findings.json")
    assert (found.experiment, found.preset) == (name, LITTLE[name])
    assert len(found.findings) >= 5
    assert all(finding.seeds in (1, 2) for finding in found.findings)
    assert len(list((out / "figures").glob("*.png"))) >= 3
    evidence = Evidence(out)
    declared = part(name, "figure").ANIMATIONS
    animated = {key for key, (condition, _) in declared.items() if evidence.has_kept(condition)}
    assert {path.stem for path in (out / "figures").glob("*.gif")} == animated != set()


@pytest.mark.usefixtures("outs")  # in which animations are short
def test_without_a_font_for_emoji_harlow_is_carried_out_with_stripes(tmp_path, monkeypatch):
    monkeypatch.setattr(emoji, "find_font", lambda: None)
    with pytest.warns(UserWarning, match="harlow-emoji: its images are stripes in place of emoji"):
        pipeline.run(in_little("harlow"), "quick", tmp_path / "out", seeds=1, announce=lambda _: None)
    config = json.loads((tmp_path / "out" / "runs" / "lstm" / "seed-0" / "config.json").read_text())
    assert config["tasks"]["images"]["instead_of"] == "emoji"
    assert len(read_findings(tmp_path / "out" / "findings.json").findings) >= 5


@pytest.mark.parametrize("name", ["two-step", "harlow"])
def test_all_that_is_published_is_analysed_and_drawn(name, outs, tmp_path):
    """Also controls and further agents, which `quick` leaves out: here another's records in their place."""
    out, laptop = tmp_path / "out", experiment(name).presets["laptop"]
    shutil.copytree(outs(name), out)
    config = json.loads((out / "config.json").read_text())
    trained = {one["distribution"]: one["name"] for one in reversed(config["conditions"])}
    described = pipeline.describe(experiment(name), "laptop", laptop, config["seeds"], "test")
    (out / "config.json").write_text(json.dumps(config | described))
    for condition in laptop.conditions:
        for kind in ("runs", "records"):
            if not (out / kind / condition.name).exists():
                shutil.copytree(out / kind / trained[condition.distribution], out / kind / condition.name)
    evidence = Evidence(out)
    found = {finding.id for finding in part(name, "analysis").findings(evidence)}
    before = {finding.id for finding in read_findings(out / "findings.json").findings}
    assert {one.name for one in laptop.conditions if one.control} <= found - before
    in_tables = {row[0] for row in part(name, "analysis").tables(evidence)["evaluations"].rows}
    assert in_tables == {condition.name for condition in laptop.conditions}
    assert set(part(name, "figure").figures(evidence)) == {
        path.stem for path in (out / "figures").glob("*.png")
    }


def test_the_reported_seeds_of_harlow_are_none_that_it_was_tuned_on():
    preset = experiment("harlow").presets["laptop"]
    reported = set(range(preset.first_seed, preset.first_seed + preset.seeds))
    tuned = {*range(5), *range(10, 14), *range(20, 25), *range(30, 35), *range(100, 104)}
    assert not reported & tuned
    published = json.loads((publish.RESULTS / "harlow" / "config.json").read_text())
    assert set(published["seeds"]) == reported


def test_only_agents_are_kept_at_length():
    for name in names():
        for preset in experiment(name).presets.values():
            assert not any(condition.keep for condition in preset.conditions if condition.control)


def test_what_was_not_kept_does_not_move(outs, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(outs("bandit-informative"), out)
    for path in (*(out / "records").rglob("untrained.safetensors"), *(out / "figures").glob("*.gif")):
        path.unlink()
    analyse(out)
    assert not list((out / "figures").glob("*.gif"))


def test_untrained_and_trained_are_shown_in_the_same_tasks(outs):
    evidence = Evidence(outs("bandit-informative"))
    before, after = evidence.untrained("lstm"), evidence.kept("lstm")
    assert (before.task["target"] == after.task["target"]).all()
    assert (before.action != after.action).any()


def test_its_analysis_starts_from_the_disk(outs):
    """The same findings again, from what is on disk alone."""
    out = outs("bandit-informative")
    before = (out / "findings.json").read_bytes()
    analyse(out)
    assert (out / "findings.json").read_bytes() == before


def test_every_seed_is_kept_at_length_where_every_seeds_is_read(outs):
    evidence = Evidence(outs("maze"))
    first, second = (evidence.kept("lstm", seed) for seed in evidence.seeds)
    assert (first.task["goal"] == second.task["goal"]).all()
    assert (first.action != second.action).any()
    assert (evidence.kept("lstm").action == first.action).all()


@pytest.mark.parametrize("name", ["bandit-informative", "harlow"])
def test_elsewhere_the_first_seed_alone_is_kept_at_length(name, outs):
    kept = (outs(name) / "records").rglob("*.safetensors")
    folders = {path.parent.name for path in kept if path.stem in ("kept", "untrained")}
    assert folders == {"seed-0"}


@pytest.mark.parametrize("name", ["harlow", "maze"])
def test_the_analysis_needs_no_more_of_what_is_kept_than_is_said(name, outs, tmp_path):
    """What is needed is told as missing; without the rest there are findings and figures, none that move."""
    out = tmp_path / "out"
    shutil.copytree(outs(name), out)
    assert missing_records(Evidence(out)) == []
    for path in (
        *(out / "records").rglob("kept.safetensors"),
        *(out / "records").rglob("untrained.safetensors"),
    ):
        path.unlink()
    for path in missing_records(Evidence(out)):
        assert path.stem == "kept"
        shutil.copyfile(outs(name) / path.relative_to(out), path)
    analyse(out)


def test_what_is_needed_must_be_kept():
    condition = experiment("maze").presets["quick"].conditions[0]
    with pytest.raises(ValueError, match="kept_needed is 'every', but keep is empty"):
        dataclasses.replace(condition, keep=())


def test_every_policy_met_the_same_tasks_of_the_split_that_the_folder_names(outs):
    evidence = Evidence(outs("bandit-informative"))
    everywhere = [Records.load(path).split for path in (evidence.folder / "records").rglob("*.safetensors")]
    assert {evidence.config["split"], *everywhere} == {"test"}
    agent = evidence.records("lstm")
    thompson = evidence.reference_records("thompson", "bandit-informative")
    for one in agent:
        assert (one.task["target"] == thompson.task["target"]).all()


def test_a_finished_experiment_is_not_run_again_unasked(outs):
    name = "bandit-informative"
    with pytest.raises(UserError, match="already holds this experiment; continue it with --resume"):
        pipeline.run(in_little(name), LITTLE[name], outs(name), split="test")


def test_trainings_that_another_process_is_at_are_left_to_it_and_waited_for(monkeypatch):
    monkeypatch.setattr(pipeline, "BETWEEN_LOOKS", 0.0)
    lstm, blank = experiment("harlow").presets["laptop"].conditions[::2]
    busy, trained, told = {(lstm.name, 0): 2, (blank.name, 1): 1}, [], []  # for so many looks

    def train_one(condition, seed):
        key = (condition.name, seed)
        if busy.get(key, 0):
            busy[key] -= 1
            raise BusyError("another process is training there")
        trained.append(key)

    trainings = [(condition, seed) for condition in (lstm, blank) for seed in (0, 1)]
    pipeline.train_all(trainings, train_one, told.append)
    assert trained == [("lstm", 1), ("no-memory", 0), ("no-memory", 1), ("lstm", 0)]
    assert told[4:] == ["another process is at 2 of the trainings; waiting for it"]


def test_a_folder_of_other_settings_is_refused(outs):
    name = "bandit-informative"
    with pytest.raises(
        UserError, match=r"this experiment with other settings: seeds is \[0, 1\] there and \[0, 1, 2\] here"
    ):
        pipeline.run(in_little(name), LITTLE[name], outs(name), split="test", seeds=3, resume=True)


def test_figures_that_there_is_no_room_for_leave_the_old_ones(outs, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(outs("bandit-informative"), out)
    before = {path.name: path.read_bytes() for path in (out / "figures").iterdir()}
    written = (out / name for name in ("findings.json", "tables.json"))
    size = max(path.stat().st_size for path in written) + 1  # for which there is room
    with no_file_longer_than(size), pytest.raises(DiskFullError, match=r"\.png cannot be written"):
        analyse(out)
    assert {path.name: path.read_bytes() for path in (out / "figures").iterdir()} == before


def test_an_unknown_preset_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(ValueError, match=r"no preset is called 'labtop'\. Did you mean 'laptop'\?"):
        pipeline.run(experiment("bandit-informative"), "labtop", tmp_path / "out")


def test_what_is_published_stands_by_itself(outs, tmp_path):
    folder = publish.publish(outs("bandit-informative"), tmp_path)
    assert folder == tmp_path / "bandit-informative"
    page = (folder / "index.md").read_text()
    result = json.loads((folder / "result.json").read_text())
    assert result["command"] == (
        "prefrontal run bandit-informative --preset laptop --seeds 2 --first-seed 0 --split test"
    )
    assert len(result["seconds"]["lstm"]) == 2
    for link in re.findall(r"\]\(([^)]+)\)", page):
        assert (folder / link).exists()
    for one in read_tables(folder / "tables.json").values():
        assert one.caption in page
    for finding in read_findings(folder / "findings.json").findings:
        assert finding.claim in page
        assert finding.holds or finding.id in publish.table(tmp_path)


def test_what_was_published_stays_until_the_new_is_whole(outs, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(outs("bandit-informative"), out)
    folder = publish.publish(out, tmp_path)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (out / "runs" / "lstm" / "seed-0" / "outcome.json").unlink()
    with pytest.raises(FileNotFoundError):
        publish.publish(out, tmp_path)
    (out / "tables.json").unlink()
    with pytest.raises(UserError, match=r"out lacks tables\.json; make it with: prefrontal report"):
        publish.publish(out, tmp_path)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"out", folder.name}


def test_the_readme_has_the_table_that_is_published():
    text = publish.README.read_text()
    assert publish.with_table(text, publish.table()) == text


def test_a_readme_without_its_marks_is_refused():
    with pytest.raises(ValueError, match="not once each"):
        publish.with_table("no marks", "table")
