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
from pathlib import Path

import pytest
from html_page import Page
from made_up import FINDINGS, made_up_output
from rich.console import Console

from prefrontal import report
from prefrontal.analysis.evidence import Evidence, run_folder
from prefrontal.analysis.findings import read_findings, write_findings
from prefrontal.analysis.tables import table, write_tables
from prefrontal.errors import DamagedFileError, UserError
from prefrontal.experiments import names
from prefrontal.report.claims import by_number
from prefrontal.report.images import images
from prefrontal.report.numbers import interval, number
from prefrontal.report.page import command, read_config
from prefrontal.report.readme import as_html, readme_of
from prefrontal.report.table import findings_table


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
    assert [image.width for image in images(out / "figures")] == [600] * 2  # of 6 inches, as an animation's


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
        "1 of 2 claims hold, 1 does not.",
        "units 48",
    ):
        assert said in text


def test_a_finding_has_its_number_interval_reference_paper_and_verdict(out):
    text = page_of(out).text
    verdicts = ("holds", "does not hold")
    for finding, verdict, known in zip(FINDINGS, verdicts, ("sampled", "exact"), strict=True):
        paper = finding.paper.statement or number(finding.paper.value)
        beside = f"{finding.reference.name}: {number(finding.reference.value)} ({known})"
        ours = (
            f"{number(finding.value)} {interval(finding.interval)}, over 3 seeds and tasks {finding.measure}"
        )
        row = f"{ours} {finding.claim} {verdict} {beside} {paper} {finding.paper.source}"
        assert row in text
    assert [value for value in page_of(out).values("class") if "verdict" in value] == [
        "verdict holds",
        "verdict fails",
    ]


def test_claims_about_one_number_stand_beside_it_together(tmp_path):
    out = made_up_output(tmp_path / "out")
    first, second = FINDINGS
    again = dataclasses.replace(first, id="passes-ucb1", claim="It has less than UCB1.", verdict="undecided")
    write_findings(out / "findings.json", "bandit-independent", "laptop", [first, second, again])
    page = page_of(out)
    assert page.values("rowspan") == ["2", "2", "1", "1"]  # the number, and the paper's statement
    assert page.text.count(number(first.value)) == 1
    places = [page.text.index(claim) for claim in (first.claim, again.claim, second.claim)]
    assert places == sorted(places)
    assert (
        "1 of 3 claims hold, 1 does not, 1 is undecided. Claims about the same number share a row."
        in page.text
    )
    console = Console(file=io.StringIO(), width=100)
    console.print(findings_table(read_findings(out / "findings.json").findings))
    printed = console.file.getvalue()
    assert "1 of 3 claims hold, 1 does not, 1 is undecided" in printed
    assert printed.count("undecided") == 2
    assert printed.count(number(first.value)) == 1
    assert printed.index("UCB1") < printed.index("Gittins")


def test_shares_of_seeds_that_happen_to_be_the_same_are_not_one_number():
    share = dataclasses.replace(FINDINGS[0], value=1.0, interval=(0.3, 1.0), measure="proportion of seeds")
    assert len(by_number([share, dataclasses.replace(share, id="other")])) == 2


def test_words_are_explained_before_they_are_used(out):
    text = page_of(out).text
    for word in ("A lifetime is", "A pull is", "Regret is"):
        assert text.index(word) < text.index("200 in every evaluation") < text.index("Findings")
    for word in ("A journey is", "An inner step", "A score is", "BIC compares"):
        assert word not in text


def test_one_training_is_not_called_seeds(tmp_path):
    out = made_up_output(tmp_path / "one", seeds=(0,))
    of_one = [dataclasses.replace(finding, seeds=1) for finding in FINDINGS]
    write_findings(out / "findings.json", "bandit-independent", "laptop", of_one)
    text = page_of(out).text.split("How it was done")[0]
    assert "seeds" not in text.replace("--seeds 1", "")
    assert "how well this one agent was measured" in text
    assert "1.820 to 2.010, over tasks" in text
    assert "how well this one agent was measured" not in page_of(made_up_output(tmp_path / "three")).text


@pytest.mark.parametrize("name", names())
def test_the_experiments_readme_is_on_the_page_as_html(name, tmp_path):
    out = made_up_output(tmp_path / "out", experiment=name)
    page = page_of(out)
    assert readme_of(name).startswith(f"# {name}\n")
    readme = page.text.split("The experiment's README")[1]
    assert f"{name} Question. " in readme
    assert not re.search(r"\*\*|\|---|`", readme)


def test_markdown_of_a_readme_becomes_html_and_asks_for_nothing():
    made = as_html("# One\n\n<b>a</b> [text](https://example.org) ![x](y.png)\n\n| a |\n|---|\n| **1** |\n")
    assert "<h3>One</h3>" in made
    assert "&lt;b&gt;a&lt;/b&gt; text" in made
    assert "<td><strong>1</strong></td>" in made
    assert "href" not in made
    assert "<img" not in made
    assert readme_of("no-such-experiment") == ""


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


def test_the_template_is_part_of_the_package():
    assert (Path(report.__file__).parent / "page.html.jinja").is_file()


def test_what_an_earlier_version_left_is_of_the_test_stream(out):
    config = json.loads((out / "config.json").read_text())
    assert "split" not in config
    assert read_config(out)["split"] == Evidence(out).split == "test"
    assert command(read_config(out)).endswith("--split test")


def test_the_page_says_which_stream_its_numbers_are_of(tmp_path):
    out = made_up_output(tmp_path / "out")
    assert "from the stream test " in f"{page_of(out).text} "
    assert "not for publication" not in page_of(out).text
    config = json.loads((out / "config.json").read_text())
    (out / "config.json").write_text(json.dumps(config | {"split": "validation"}))
    assert "from the stream validation , which is for tuning" in page_of(out).text
