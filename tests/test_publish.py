"""What is published is replaced when the new is whole, and is never lost."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from made_up import FINDINGS, made_up_output

from prefrontal.analysis.findings import write_findings
from prefrontal.analysis.tables import table, write_tables
from prefrontal.errors import UserError
from prefrontal.report import publish


@pytest.fixture
def out(tmp_path):
    folder = made_up_output(tmp_path / "out")
    (folder / "figures" / "regret-curves.png").rename(tmp_path / "figure.png")
    write_tables(folder / "tables.json", {"rates": table("What was fitted.", ("seed", "α"), [(0, 0.25)])})
    config = json.loads((folder / "config.json").read_text())
    config["machine"]["jax"] = "0.10.2"
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


def names(results: Path) -> list[str]:
    return sorted(path.name for path in results.iterdir())


def retitle(out: Path, title: str) -> None:
    config = json.loads((out / "config.json").read_text())
    (out / "config.json").write_text(json.dumps(config | {"title": title}))


def title(folder: Path) -> str:
    return json.loads((folder / "result.json").read_text())["title"]


def test_the_new_takes_the_place_of_the_old(out, results):
    folder = publish.publish(out, results)
    (folder / "stray").touch()
    retitle(out, "New")
    assert publish.publish(out, results) == folder
    assert (title(folder), names(results)) == ("New", ["bandit-independent"])
    assert not (folder / "stray").exists()


def test_numbers_of_the_validation_stream_are_refused(out, results):
    config = json.loads((out / "config.json").read_text())
    (out / "config.json").write_text(json.dumps(config | {"split": "validation"}))
    with pytest.raises(UserError, match=r"the split 'validation', which is for tuning; .*--split test"):
        publish.publish(out, results)
    assert not results.exists()


def test_what_is_published_says_of_which_stream_it_is(out, results):
    folder = publish.publish(out, results)
    assert json.loads((folder / "result.json").read_text())["split"] == "test"
    assert "of the stream `test`" in (folder / "index.md").read_text()
    result = json.loads((folder / "result.json").read_text())
    result.pop("split")  # as an earlier version published it
    (folder / "result.json").write_text(json.dumps(result))
    assert "of the stream `test`" in publish.page(folder)


def test_one_that_fails_leaves_nothing_and_no_row(out, results, monkeypatch):
    before = publish.publish(out, results)
    shown = publish.table(results)
    monkeypatch.setattr(publish, "page", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish.publish(out, results)
    assert (title(before), names(results)) == ("Two-armed bandits with independent arms", [before.name])
    shutil.copytree(before, results / ".bandit-independent.new")  # left by a kill
    assert publish.table(results) == shown


@pytest.mark.parametrize("at", [1, 2])
def test_one_that_fails_at_either_renaming_puts_the_old_back(out, results, monkeypatch, at):
    folder, rename, count = publish.publish(out, results), Path.rename, []

    def fails(path, place):
        count.append(path)
        if len(count) == at:
            raise OSError(5, "Input/output error")
        return rename(path, place)

    retitle(out, "New")
    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OSError, match="Input/output error"):
        publish.publish(out, results)
    assert (title(folder), names(results)) == ("Two-armed bandits with independent arms", [folder.name])


def test_one_killed_between_the_renamings_loses_nothing(out, results):
    folder = publish.publish(out, results)
    folder.rename(results / f".{folder.name}.old")
    (out / "runs" / "lstm" / "seed-0" / "outcome.json").unlink()
    with pytest.raises(FileNotFoundError):
        publish.publish(out, results)
    assert names(results) == [folder.name]


def test_the_page_says_on_how_many_devices_where_that_is_known(out, results):
    assert "on A Processor <2 GHz>, 2 cores, jax" in (publish.publish(out, results) / "index.md").read_text()
    config = json.loads((out / "config.json").read_text())
    config["machine"]["devices"] = 1
    (out / "config.json").write_text(json.dumps(config | {"devices": 1}))
    text = (publish.publish(out, results) / "index.md").read_text()
    assert "2 cores, 1 device, jax" in text
    assert "--seeds 3 --first-seed 0 --split test --devices 1`" in text


def test_the_page_has_each_number_once_and_the_claims_about_it_below_one_another(out, results):
    first, second = FINDINGS
    again = dataclasses.replace(first, id="again", claim="It has less than UCB1.")
    write_findings(out / "findings.json", "bandit-independent", "laptop", [first, second, again])
    text = (publish.publish(out, results) / "index.md").read_text()
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ") and " holds " in line]
    assert [row[:4] for row in rows] == [
        ["| 1.901", "1.820 to 2.010", first.id, first.claim],
        ["| ", "", "again", again.claim],
    ]


def test_the_table_names_the_claims_that_do_not_hold(out, results):
    first, second = (dataclasses.replace(one, verdict="holds") for one in FINDINGS)
    others = [("a", "fails"), ("b", "undecided"), ("c", "fails")]
    open_ones = [dataclasses.replace(second, id=id, verdict=verdict) for id, verdict in others]
    write_findings(out / "findings.json", "bandit-independent", "laptop", [first, second, *open_ones])
    publish.publish(out, results)
    row = publish.table(results).splitlines()[-1]
    assert row.endswith("| holds | 2 of 5 | **does not hold**: a, c; **undecided**: b |")
    assert row.count(first.claim) == 1
