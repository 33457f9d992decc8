"""The numbers behind figures: what may stand in a table, and that it comes back from the disk as it was."""

import json
from pathlib import Path

import numpy as np
import pytest
from made_up import CONDITIONS, DISTRIBUTION, made_up_output

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.tables import Table, evaluations, read_tables, table, write_tables


def test_numpys_numbers_become_plain_ones():
    made = table("Few.", ["name", "seed", "value"], [("a", np.int64(3), np.float32(0.5)), (None, 4, np.nan)])
    assert made.rows == (("a", 3, 0.5), (None, 4, None))
    assert [type(cell) for cell in made.rows[0]] == [str, int, float]


def test_whole_floats_stay_floats():
    for number in (2.0, np.float64(2.0), np.float32(2.0)):
        ((cell,),) = table("One.", ["value"], [(number,)]).rows
        assert type(cell) is float


def test_whole_numbers_stay_whole():
    for number in (2, np.int32(2), np.uint8(2)):
        ((cell,),) = table("One.", ["value"], [(number,)]).rows
        assert type(cell) is int


@pytest.mark.parametrize("truth", [True, np.bool_(True)])
def test_a_truth_is_no_number(truth):
    with pytest.raises(ValueError, match="value in row 0 is True; it must be a text or a finite number"):
        table("One.", ["value"], [(truth,)])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((1, 2, 3), "row 0 has 3 cells; there are 2 columns: a, b"),
        ((1, np.nan), "b in row 0 is nan; it must"),
    ],
)
def test_rows_that_do_not_fit_are_refused(row, said):
    with pytest.raises(ValueError, match=said):
        Table("Some.", ("a", "b"), (row,))


def test_tables_come_back_from_the_disk(tmp_path):
    made = {"first": table("β, of each seed.", ("seed", "β"), [(0, 1.25), (1, None)])}
    write_tables(tmp_path / "tables.json", made)
    assert read_tables(tmp_path / "tables.json") == made


def test_a_damaged_table_is_named(tmp_path):
    path = tmp_path / "tables.json"
    path.write_text(json.dumps({"first": {"caption": "x", "columns": ["a"], "rows": [[1, 2]]}}))
    with pytest.raises(ValueError, match=r"tables\.json: table 'first': row 0 has 2 cells"):
        read_tables(path)
    path.write_text(json.dumps({"first": {"caption": "x"}}))
    with pytest.raises(ValueError, match=r"tables\.json: table 'first': 'columns'"):
        read_tables(path)


def test_every_network_is_in_the_evaluations(tmp_path):
    evidence = Evidence(made_up_output(Path(tmp_path) / "out"))
    made = evaluations(evidence)
    assert len(made.rows) == len(CONDITIONS) * len(evidence.seeds)
    name, learnt, distribution, seed, _, regret, error, lifetimes = made.rows[1]
    (one,) = [r for s, r in zip(evidence.seeds, evidence.records("lstm"), strict=True) if s == 1]
    assert (name, learnt) == ("lstm", "expected regret")
    assert (distribution, seed, lifetimes) == (DISTRIBUTION, 1, 200)
    assert regret == pytest.approx(one.regret[:, -1].mean(), rel=1e-6)
    assert error == pytest.approx(one.regret[:, -1].std(ddof=1) / 200**0.5, rel=1e-6)


def test_what_is_costly_is_made_once(tmp_path):
    evidence, made = Evidence(tmp_path), []
    for _ in range(2):
        assert evidence.once("fit", lambda: made.append(1) or len(made)) == 1
    assert evidence.once("another", lambda: 7) == 7
    assert Evidence(tmp_path).once("fit", lambda: 2) == 2
