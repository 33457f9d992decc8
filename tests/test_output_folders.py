"""An experiment's output folder: whose it is, what is refused, and what is noted of how it was begun."""

import dataclasses
import json

import pytest

from prefrontal.errors import DamagedFileError, UserError
from prefrontal.experiments import experiment, pipeline
from prefrontal.experiments.machine import machine, usable_cores
from prefrontal.streams import MAX_SEED

MINE = {"experiment": "mine", "preset": "quick", "seeds": [0, 1, 2]}
TODAY = {"machine": {"cores": 2, "devices": 1}}


def test_a_folder_of_something_else_is_refused(tmp_path):
    for there in ("thesis.tex", ".git", ".references.json.0123abcd.tmp"):
        (tmp_path / there).write_text("years of work")
        with pytest.raises(UserError, match="is not empty and holds no experiment"):
            pipeline.claim_folder(tmp_path, MINE, TODAY, resume=True)
        (tmp_path / there).unlink()
    pipeline.claim_folder(tmp_path, MINE, TODAY, resume=False)


@pytest.mark.parametrize("left", [".config.json.tmp", ".config.json.0123abcd.tmp"])
def test_a_claim_that_was_cut_short_can_be_made_again(tmp_path, left):
    """A kill while the first file is written leaves what it is written into, and nothing else."""
    (tmp_path / left).write_text('{"experi')
    pipeline.claim_folder(tmp_path, MINE, TODAY, resume=True)
    assert json.loads((tmp_path / "config.json").read_text()) == MINE | TODAY
    assert list(tmp_path.iterdir()) == [tmp_path / "config.json"]


@pytest.mark.parametrize(
    ("text", "said"), [('{"experi', "it is not JSON"), ("[]", "it holds no JSON object")]
)
def test_a_damaged_description_is_named(tmp_path, text, said):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(DamagedFileError, match=rf"config\.json is damaged: {said}"):
        pipeline.claim_folder(tmp_path, MINE, TODAY, resume=True)


def test_another_experiment_and_other_settings_are_told_apart(tmp_path):
    pipeline.claim_folder(tmp_path, MINE, TODAY, resume=False)
    fewer, other = MINE | {"seeds": [0, 1]}, MINE | {"experiment": "other", "seeds": [0, 1]}
    with pytest.raises(
        UserError, match=r"holds this experiment with other settings: seeds is \[0, 1, 2\] there"
    ):
        pipeline.claim_folder(tmp_path, fewer, TODAY, resume=True)
    with pytest.raises(UserError, match="holds another experiment: experiment is 'mine' there"):
        pipeline.claim_folder(tmp_path, other, TODAY, resume=True)


def test_how_it_was_begun_is_noted_and_decides_nothing(tmp_path):
    before = {"machine": {"cores": 64}}  # of an earlier version
    pipeline.claim_folder(tmp_path, MINE, before, resume=False)
    pipeline.claim_folder(tmp_path, MINE, TODAY | {"devices": 1}, resume=True)
    assert json.loads((tmp_path / "config.json").read_text()) == MINE | before


def test_an_experiment_is_resumed_on_its_own_split_alone(tmp_path):
    mine = MINE | {"split": "validation"}
    pipeline.claim_folder(tmp_path, mine, TODAY, resume=False)
    pipeline.claim_folder(tmp_path, mine, TODAY, resume=True)
    with pytest.raises(UserError, match="split is 'validation' there and 'test' here; choose another --out"):
        pipeline.claim_folder(tmp_path, mine | {"split": "test"}, TODAY, resume=True)


def test_an_output_folder_that_says_no_split_is_of_the_test_stream(tmp_path):
    pipeline.claim_folder(tmp_path, MINE, TODAY, resume=False)  # as an earlier version described it
    pipeline.claim_folder(tmp_path, MINE | {"split": "test"}, TODAY, resume=True)
    with pytest.raises(UserError, match="split is 'test' there and 'validation' here"):
        pipeline.claim_folder(tmp_path, MINE | {"split": "validation"}, TODAY, resume=True)


@pytest.mark.parametrize("split", ["train", "outside", "weights", "tset"])
def test_an_experiment_is_evaluated_on_no_other_stream(split, tmp_path, unchecked):
    with pytest.raises(ValueError, match=r"it must be one of validation, test$"):
        unchecked(pipeline.run)(experiment("bandit-informative"), "quick", tmp_path / "out", split=split)


@pytest.mark.parametrize(
    ("first", "seeds", "said"),
    [
        (-1, 2, "first-seed is -1; it must be a whole number, from 0 to 536870911"),
        (MAX_SEED, 2, f"first-seed is {MAX_SEED}; it must be"),
        (MAX_SEED - 1, 2, "seeds is 2; it must be a whole number, from 1 to 1"),
        (0, 0, "seeds is 0; it must be a whole number, at least 1"),
    ],
)
def test_seeds_that_there_are_not_are_refused_before_a_folder_is_claimed(first, seeds, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        pipeline.run(
            experiment("bandit-informative"), "laptop", tmp_path / "out", seeds=seeds, first_seed=first
        )
    assert not (tmp_path / "out").exists()


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """What is noted of a run whose trainings have two micro-batches, cut off where it would train."""

    def note(**options):
        monkeypatch.setattr(pipeline, "train_all", lambda *_: 1 / 0)
        whole = experiment("bandit-informative")
        preset = whole.presets["quick"]
        conditions = [
            dataclasses.replace(one, learner=dataclasses.replace(one.learner, microbatches=2))
            for one in preset.conditions
        ]
        preset = dataclasses.replace(preset, conditions=tuple(conditions), first_seed=7)
        out = tmp_path / str(len(list(tmp_path.iterdir())))
        with pytest.raises(ZeroDivisionError):
            pipeline.run(dataclasses.replace(whole, presets={"quick": preset}), "quick", out, **options)
        return json.loads((out / "config.json").read_text())

    return note


def test_a_preset_begins_with_its_own_seed_unless_another_is_asked_for(begun):
    assert begun(seeds=2)["seeds"] == [7, 8]
    assert begun(seeds=2, first_seed=0)["seeds"] == [0, 1]


def test_cores_and_the_devices_that_are_used_are_noted_apart(begun):
    noted = begun(devices=3)
    assert noted["machine"] == machine(2)  # for the micro-batches cannot be divided among three
    assert (noted["machine"]["cores"], noted["machine"]["devices"]) == (usable_cores(), 2)
    assert begun()["machine"]["devices"] == 1


def test_devices_are_part_of_the_command_only_where_they_were_given(begun):
    assert "devices" not in begun(devices=2)
    assert begun(devices=2, devices_given=True)["devices"] == 2
