"""The page, the tables, and what they are made from: an output folder with made-up numbers."""

import base64
import dataclasses
import io
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from made_up import DISTRIBUTION, FINDINGS, REFERENCES, made_up_output, records
from rich.console import Console

from prefrontal import report
from prefrontal.analysis.evidence import Evidence, kept_path, record_path, run_folder
from prefrontal.analysis.tables import table, write_tables
from prefrontal.disk.records import Records
from prefrontal.errors import DamagedFileError, UserError
from prefrontal.report.images import images
from prefrontal.report.numbers import duration, interval, number
from prefrontal.report.page import command
from prefrontal.report.policies import missing_records, policies
from prefrontal.report.settings import shared_and_differing
from prefrontal.report.summary import exact_summary, sentence, summary
from prefrontal.report.table import regret_tables

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """A page's tags, checked to be closed in order, its attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.attributes, self.texts = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.attributes += [(tag, name, value) for name, value in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def values(self, name):
        return [value for _, attribute, value in self.attributes if attribute == name]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return made_up_output(tmp_path_factory.mktemp("report") / "out")


def page_of(*outs):
    path = outs[0].parent / "page.html"
    report.write(outs, path)
    return Page(path.read_text())


def test_the_page_asks_nothing_of_any_other_place(out):
    page = page_of(out)
    addresses = page.values("src") + page.values("href")
    assert addresses
    assert all(address.startswith(("data:image/png;base64,", "#")) for address in addresses)
    assert not {"script", "link", "iframe"} & {tag for tag, _, _ in page.attributes}
    assert "default-src 'none'" in next(value for value in page.values("content") if "default-src" in value)
    assert "url(" not in page.text
    assert "@import" not in page.text


def test_figures_are_embedded_as_they_are_with_their_captions(out):
    page = page_of(out)
    (source,) = page.values("src")
    picture = (out / "figures" / "regret-curves.png").read_bytes()
    assert base64.b64decode(source.removeprefix("data:image/png;base64,")) == picture
    assert page.values("alt") == ["Cumulative expected regret on held-out bandits & more."]
    assert "Regret curves." in page.text


def test_figures_are_in_the_order_in_which_they_were_drawn(tmp_path):
    out = made_up_output(tmp_path / "out")
    first = out / "figures" / "regret-curves.png"
    shutil.copy(first, out / "figures" / "after-it.png")
    os.utime(first, ns=(0, 0))
    assert [image.name for image in images(out / "figures")] == ["Regret curves", "After it"]
    assert [image.width for image in images(out / "figures")] == [3 * 150] * 2


def test_the_page_says_what_was_asked_done_and_found(out):
    text = page_of(out).text
    for said in (
        "Two-armed bandits with independent arms",
        "Does a recurrent network become a bandit algorithm of its own?",
        "Wang et al. 2016, section 3.1.1, figure 2a",
        "prefrontal run bandit-independent --preset laptop --seeds 3",
        "0, 1, 2",
        "200 in every evaluation",
        "45 min of training, 9 runs",
        "A Processor <2 GHz>, cores 2",
        "1 of 2 claims hold",
        "units 48",
    ):
        assert said in text


def test_a_finding_has_its_number_interval_reference_paper_and_verdict(out):
    text = page_of(out).text
    for finding, verdict in zip(FINDINGS, ("yes", "no"), strict=True):
        paper = finding.paper.statement or number(finding.paper.value)
        beside = f"{finding.reference.name}: {number(finding.reference.value)}"
        ours = f"{number(finding.value)} {interval(finding.interval)}, 3 seeds"
        row = f"{finding.claim} {finding.measure} {verdict} {ours} {beside} {paper} {finding.paper.source}"
        assert row in text
    assert [value for value in page_of(out).values("class") if "holds" in value] == ["holds yes", "holds no"]


def test_the_page_has_the_numbers_behind_the_figures(tmp_path):
    out = made_up_output(tmp_path / "out")
    assert "Numbers" not in page_of(out).text
    made = table("What <was> fitted.", ("policy", "seed", "α"), [("LSTM", 0, 0.25), ("thompson", None, None)])
    write_tables(out / "tables.json", {"learning-rates": made})
    page = page_of(out)
    assert "Learning rates. What <was> fitted." in page.text
    assert "LSTM 0 0.250" in page.text


def test_several_experiments_have_one_page_with_a_contents_list(out, tmp_path):
    other = made_up_output(tmp_path / "other", seeds=(4,))
    page = page_of(out, other)
    ids = page.values("id")
    links = page.values("href")
    assert len(links) == 2
    assert all(link.removeprefix("#") in ids for link in links)
    assert len(set(ids)) == len(ids)
    assert "--seeds 1 --first-seed 4" in page.text


def test_the_page_says_what_is_not_there(tmp_path):
    out = made_up_output(tmp_path / "out")
    (run_folder(out, "lstm", 1) / "outcome.json").unlink()
    (out / "findings.json").unlink()
    for path in (out / "records").rglob("*.safetensors"):
        path.unlink()
    (out / "references.json").unlink()
    text = page_of(out).text
    assert "1 of 9 runs have no result here" in text
    assert "There are no findings here yet." in text
    assert "The records are not here." in text


def test_a_folder_that_is_no_experiments_is_refused(tmp_path, out):
    with pytest.raises(UserError, match=r"no config\.json"):
        report.write([tmp_path], tmp_path / "page.html")
    (tmp_path / "config.json").write_text('{"settings": {}}')
    with pytest.raises(UserError, match="names none"):
        report.write([out, tmp_path], tmp_path / "page.html")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(DamagedFileError, match="not JSON"):
        report.write([tmp_path], tmp_path / "page.html")
    with pytest.raises(UserError, match="outs is empty"):
        report.write([], tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_the_page_is_made_without_jax(out, tmp_path):
    program = (
        "import sys; sys.modules['jax'] = None; from pathlib import Path; from prefrontal import report; "
        f"report.write([Path({str(out)!r})], Path({str(tmp_path / 'page.html')!r}))"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "page.html").stat().st_size > 10_000


def test_policies_are_the_means_of_their_records(out):
    found = {policy.label: policy for policy in policies(Evidence(out), DISTRIBUTION)}
    assert set(found) == {"LSTM", "no memory", "no time input", *REFERENCES}
    paths = [record_path(out, "lstm", seed, DISTRIBUTION) for seed in (0, 1, 2)]
    means = [float(Records.load(path).regret[:, -1].mean()) for path in paths]
    agent = found["LSTM"]
    assert agent.by_seed == pytest.approx(means)
    assert agent.regret == pytest.approx(np.mean(means))
    assert min(means) <= agent.interval[0] < agent.regret < agent.interval[1] <= max(means)
    assert (agent.role, agent.basis, agent.exact) == ("agent", "3 seeds", False)
    assert found["no memory"].role == "control"


def test_policies_are_in_the_order_of_their_regret(out):
    regrets = [policy.regret for policy in policies(Evidence(out), DISTRIBUTION)]
    assert regrets == sorted(regrets)


def test_references_have_their_standard_error_or_are_exact(out):
    found = {policy.label: policy for policy in policies(Evidence(out), DISTRIBUTION)}
    assert found["thompson"].interval == pytest.approx((2.78 - 1.96 * 0.02, 2.78 + 1.96 * 0.02), abs=1e-5)
    assert found["thompson"].basis == "lifetimes"
    assert found["gittins"].basis == "exact"
    assert found["gittins"].interval == (1.77, 1.77)


def test_one_training_has_an_interval_over_its_lifetimes(tmp_path):
    out = made_up_output(tmp_path / "out", seeds=(0,))
    agent = next(policy for policy in policies(Evidence(out), DISTRIBUTION) if policy.role == "agent")
    regret = Records.load(record_path(out, "lstm", 0, DISTRIBUTION)).regret[:, -1]
    half = 1.959964 * regret.std(ddof=1) / np.sqrt(len(regret))
    assert agent.interval == pytest.approx((agent.regret - half, agent.regret + half))
    assert agent.basis == "lifetimes"


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
    assert any(re.search(r"LSTM \(agent\) .* to .*3 seeds", row) for row in rows)
    assert any(re.search(r"thompson .*2\.780 .*2\.741 to 2\.819 .*lifetimes", row) for row in rows)
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
    assert "return of a lifetime" in Page((tmp_path / "report.html").read_text()).text
    assert regret_tables(Evidence(out))[0].title == f"Return of a lifetime, {DISTRIBUTION}"


def test_one_lifetime_has_no_standard_error():
    found = summary(records("LSTM", 2.0, luck=3, lifetimes=1))
    assert found["standard_error"] is None
    assert sentence(found).endswith("(over 1 lifetime)")


def test_an_exact_summary_is_said_to_be_exact():
    found = exact_summary("gittins", DISTRIBUTION, 100, 64.9, 1.77)
    assert (found["exact"], found["standard_error"], found["lifetimes"]) == (True, 0.0, 0)
    assert sentence(found) == "gittins on bandit-independent, 100 steps: regret 1.770, return 64.90 (exact)"


def test_settings_are_told_apart_from_what_all_share():
    percept = {"time": True, "reward": "scalar"}
    architecture = {"percept": percept, "memory": {"is": "lstm", "units": 48}}
    learner = {"is": "a2c", "architecture": architecture, "lifetimes": 1_000_000}
    one = {"name": "lstm", "learner": learner}
    timeless = architecture | {"percept": percept | {"time": False}}
    two = {"name": "x", "learner": learner | {"architecture": timeless}}
    shared, differing = shared_and_differing([one, two])
    assert shared == {
        "learner.is": "a2c",
        "learner.architecture.percept.reward": "scalar",
        "learner.architecture.memory.is": "lstm",
        "learner.architecture.memory.units": "48",
        "learner.lifetimes": "1,000,000",
    }
    assert [(row.name, row.values) for row in differing] == [
        ("learner.architecture.percept.time", ["yes", "no"])
    ]


def test_the_command_is_the_one_that_makes_these_numbers_again():
    config = {"experiment": "bandit-restless", "preset": "quick", "seeds": [7, 8]}
    assert command(config) == "prefrontal run bandit-restless --preset quick --seeds 2 --first-seed 7"
    assert command(config | {"devices": 2}).endswith("--seeds 2 --first-seed 7 --devices 2")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.74825, "1.748"),
        (16.6667, "16.67"),
        (249.84, "249.8"),
        (10_000, "10,000"),
        (0.0, "0"),
        (-0.131, "-0.131"),
        (1.2e-5, "1.2e-05"),
        (3, "3"),
        (0.625, "0.625"),
        (12345.6, "12,346"),
    ],
)
def test_numbers_are_written_with_about_four_digits(value, said):
    assert number(value) == said


def test_measurements_in_a_column_keep_their_decimals():
    assert [number(value, whole=False) for value in (18.0, 3.0, 4.45)] == ["18.00", "3.000", "4.450"]
    assert interval((0.0, 2.0)) == "0.000 to 2.000"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (41, "41 s"), (720, "12 min"), (11_100, "3 h 05 min"), (7190, "2 h 00 min")],
)
def test_durations(seconds, said):
    assert duration(seconds) == said


def test_the_template_is_part_of_the_package():
    assert (Path(report.__file__).parent / "page.html.jinja").is_file()
