"""`findings.json`: what is written is what is read, and anything else is refused by name."""

import copy
import json
import math
from pathlib import Path

import numpy as np
import pytest

from prefrontal.analysis.findings import (
    Finding,
    PaperClaim,
    ReferenceValue,
    parse_findings,
    read_findings,
    write_findings,
)
from prefrontal.errors import DamagedFileError


def finding(**changes) -> Finding:
    fields = {
        "id": "regret",
        "claim": "Its regret is at most 1.90.",
        "measure": "expected regret after 100 pulls",
        "value": 1.86,
        "interval": (1.8, 1.95),
        "seeds": 5,
        "reference": ReferenceValue("bayes-optimal", 1.74825),
        "paper": PaperClaim("Wang et al. 2016, section 3.1.1", statement="below Thompson sampling's"),
        "verdict": "holds",
        "training_error": 0.02,
        "task_error": 0.01,
    }
    return Finding(**fields | changes)


def document() -> dict:
    """The schema as it is written down, by hand."""
    return {
        "experiment": "bandit-independent",
        "preset": "quick",
        "findings": [
            {
                "id": "regret",
                "claim": "Its regret is at most 1.90.",
                "measure": "expected regret after 100 pulls",
                "value": 1.86,
                "interval": [1.8, 1.95],
                "seeds": 5,
                "reference": {"name": "bayes-optimal", "value": 1.74825},
                "paper": {
                    "statement": "below Thompson sampling's",
                    "source": "Wang et al. 2016, section 3.1.1",
                },
                "verdict": "holds",
                "training_error": 0.02,
                "task_error": 0.01,
            }
        ],
    }


def test_the_file_is_the_schema_exactly(tmp_path):
    write_findings(tmp_path / "findings.json", "bandit-independent", "quick", [finding()])
    assert json.loads((tmp_path / "findings.json").read_text()) == document()


def test_what_was_written_is_read(tmp_path):
    written = [
        finding(),
        finding(id="other", verdict="fails", training_error=None, paper=PaperClaim("Table 2", value=2.5)),
    ]
    write_findings(tmp_path / "findings.json", "bandit-independent", "quick", written)
    read = read_findings(tmp_path / "findings.json")
    assert (read.experiment, read.preset, list(read.findings)) == ("bandit-independent", "quick", written)


def test_nothing_lies_beside_the_file(tmp_path):
    write_findings(tmp_path / "findings.json", "e", "quick", [finding()])
    write_findings(tmp_path / "findings.json", "e", "quick", [finding(value=1.9)])
    assert [path.name for path in tmp_path.iterdir()] == ["findings.json"]
    assert read_findings(tmp_path / "findings.json").findings[0].value == 1.9


def test_what_is_refused_leaves_the_old_file(tmp_path):
    write_findings(tmp_path / "findings.json", "e", "quick", [finding()])
    with pytest.raises(ValueError, match="id 'regret' is that of 2 findings"):
        write_findings(tmp_path / "findings.json", "e", "quick", [finding(), finding()])
    assert len(read_findings(tmp_path / "findings.json").findings) == 1


def test_numpy_scalars_become_json_numbers(tmp_path):
    taken = finding(
        value=np.float32(1.5), interval=(np.float64(1.0), np.int64(2)), task_error=np.float32(0.5)
    )
    write_findings(tmp_path / "findings.json", "e", "quick", [taken])
    entry = json.loads((tmp_path / "findings.json").read_text())["findings"][0]
    assert (entry["value"], entry["interval"], entry["task_error"]) == (1.5, [1.0, 2.0], 0.5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": math.nan}, "value is nan; it must be a finite number"),
        ({"value": math.inf}, "value is inf"),
        ({"interval": (2.0, 1.0)}, "low must not be above high"),
        ({"interval": (1.0, math.nan)}, r"interval\[1\] is nan"),
        ({"seeds": 0}, "seeds is 0; it must be a whole number, at least 1"),
        ({"id": ""}, "id is ''; it must be a text"),
        ({"claim": "  "}, "claim is '  '"),
    ],
)
def test_a_finding_with_a_value_out_of_range_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        finding(**changes)


@pytest.mark.parametrize("claim", [{}, {"value": 1.0, "statement": "both"}])
def test_a_paper_says_one_thing(claim):
    with pytest.raises(ValueError, match="it must have one of them"):
        PaperClaim("somewhere", **claim)


def test_the_schema_written_by_hand_is_read():
    assert parse_findings(document()).findings == (finding(),)


CHANGES = [
    (("findings",), {}, "findings is {}; it must be a list"),
    (("findings", 0, "value"), "1.86", r"findings\[0\]: value is '1.86'; it must be a finite number"),
    (("findings", 0, "value"), True, "value is True"),
    (("findings", 0, "value"), None, "value is None"),
    (("findings", 0, "interval"), [1.8], "interval is .*; it must be low and high"),
    (("findings", 0, "interval"), None, "interval is None; it must be low and high"),
    (("findings", 0, "seeds"), 5.0, "seeds is 5.0"),
    (("findings", 0, "verdict"), "yes", "verdict is 'yes'; it must be one of holds, fails, undecided"),
    (("findings", 0, "verdict"), ["holds"], "verdict is .*; it must be one of"),
    (("findings", 0, "task_error"), -1.0, "task_error is -1.0; an error is never below 0"),
    (("findings", 0, "holds"), True, "the finding has holds"),
    (("findings", 0, "reference"), None, "reference is None; it must be an object with name, value"),
    (("findings", 0, "reference", "value"), "x", "value is .x.; it must be a finite number"),
    (("findings", 0, "paper", "value"), 1.0, "it must have one of them"),
    (("findings", 0, "paper", "page"), 1, "paper has page; it may have source, statement, value"),
    (("findings", 0, "note"), "x", "the finding has note"),
    (("machine",), "x", "the document has machine"),
    (("preset",), 3, "preset is 3; it must be a text"),
]


@pytest.mark.parametrize(("place", "value", "message"), CHANGES)
def test_a_document_that_is_not_the_schema_is_refused(place, value, message):
    changed = copy.deepcopy(document())
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(ValueError, match=message):
        parse_findings(changed)


def of_version_0_1() -> dict:
    """The schema as version 0.1 wrote it."""
    old = document()
    (entry,) = old["findings"]
    for name in ("verdict", "training_error", "task_error"):
        del entry[name]
    entry["holds"] = True
    return old


@pytest.mark.parametrize(("holds", "verdict"), [(True, "holds"), (False, "fails")])
def test_what_version_0_1_wrote_is_read(holds, verdict):
    old = of_version_0_1()
    old["findings"][0]["holds"] = holds
    (found,) = parse_findings(old).findings
    assert (found.verdict, found.holds, found.training_error, found.task_error) == (
        verdict,
        holds,
        None,
        None,
    )
    old["findings"][0]["holds"] = 1
    with pytest.raises(ValueError, match="holds is 1; it must be true or false"):
        parse_findings(old)


def test_what_is_published_is_read():
    paths = sorted(Path("docs/results").glob("*/findings.json"))
    assert all(read_findings(path).findings for path in paths)


@pytest.mark.parametrize("key", list(document()["findings"][0]))
def test_every_key_is_required(key):
    changed = document()
    del changed["findings"][0][key]
    with pytest.raises(ValueError, match=rf"findings\[0\]: the finding lacks {key}"):
        parse_findings(changed)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ('{"experiment": ', DamagedFileError, r"findings\.json is damaged: it is not JSON"),
        ("NaN", ValueError, r"findings\.json: "),
        ('{"experiment": "e", "preset": "p", "findings": [NaN]}', ValueError, r"findings\.json: "),
    ],
)
def test_what_is_not_a_findings_file_is_refused_with_the_file_named(tmp_path, text, kind, said):
    path = tmp_path / "findings.json"
    path.write_text(text)
    with pytest.raises(kind, match=said):
        read_findings(path)
