"""One rule for every claim, and nothing beside it."""

import ast
from pathlib import Path

import pytest

import prefrontal
from prefrontal.analysis.statistics.decisions import decide

SOURCE = Path(prefrontal.__file__).parent


@pytest.mark.parametrize(
    ("interval", "bounds", "verdict"),
    [
        ((1.0, 2.0), {"at_most": 2.5}, "holds"),
        ((1.0, 2.0), {"at_most": 2.0}, "holds"),
        ((1.0, 2.0), {"at_most": 1.5}, "undecided"),
        ((1.0, 2.0), {"at_most": 0.5}, "fails"),
        ((1.0, 2.0), {"at_least": 0.5}, "holds"),
        ((1.0, 2.0), {"at_least": 1.5}, "undecided"),
        ((1.0, 2.0), {"at_least": 2.5}, "fails"),
        ((1.0, 2.0), {"at_least": 0.5, "at_most": 2.5}, "holds"),
        ((1.0, 2.0), {"at_least": 0.5, "at_most": 1.5}, "undecided"),
        ((1.0, 2.0), {"at_least": 1.2, "at_most": 1.5}, "undecided"),
        ((1.0, 2.0), {"at_least": 2.5, "at_most": 3.0}, "fails"),
        ((1.0, 2.0), {"at_least": 0.0, "at_most": 0.5}, "fails"),
    ],
)
def test_a_claim_holds_where_the_whole_interval_is_on_its_side(interval, bounds, verdict):
    assert decide(interval, **bounds) == verdict


def test_a_claim_has_a_bound_that_can_be_met():
    with pytest.raises(ValueError, match="a claim needs a bound"):
        decide((0.0, 1.0))
    with pytest.raises(ValueError, match=r"at_least is 2\.0 and at_most 1\.0; no number is both"):
        decide((0.0, 1.0), at_least=2.0, at_most=1.0)


def test_no_finding_is_given_its_verdict_by_hand():
    """`answer` alone makes findings, and it takes bounds."""
    makers = []
    for path in SOURCE.rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        makers += [path.name for call in calls if getattr(call.func, "id", "") == "Finding"]
    assert sorted(makers) == ["findings.py", "measures.py"]  # as it is read from the disk, and `answer`
