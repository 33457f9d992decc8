"""A finding is a number, its interval, and the claim that it answers. They are stored in `findings.json`."""

import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np

from prefrontal.analysis.statistics.decisions import VERDICTS, Verdict
from prefrontal.checks import check_integer
from prefrontal.disk.storage import read_json, write_atomically

_SINCE_0_2 = {"verdict", "training_error", "task_error"}
Number = float | int | np.floating | np.integer


@dataclasses.dataclass(frozen=True)
class ReferenceValue:
    """The value that the finding is compared with: the optimum, another policy's number, chance."""

    name: str
    value: Number

    def __post_init__(self):
        _store(self, _checked(_REFERENCE_CHECKS, vars(self), "reference."))


@dataclasses.dataclass(frozen=True)
class PaperClaim:
    """What the paper says: its value or, if it gives none, its statement; and the place in the paper."""

    source: str
    value: Number | None = None
    statement: str | None = None

    def __post_init__(self):
        if (self.value is None) == (self.statement is None):
            raise ValueError(
                f"paper has value {self.value!r} and statement {self.statement!r}; it must have one of them"
            )
        given = {name: value for name, value in vars(self).items() if value is not None}
        _store(self, _checked(_PAPER_CHECKS, given, "paper."))


@dataclasses.dataclass(frozen=True)
class Finding:
    """One answered claim. NumPy scalars are accepted and stored as Python numbers."""

    id: str  # unique in its experiment
    claim: str  # a sentence that can be false
    measure: str  # what `value` measures, with its unit
    value: Number
    interval: tuple[Number, Number]  # low and high, 95 %
    seeds: int  # how many trainings the value is taken over
    reference: ReferenceValue
    paper: PaperClaim
    verdict: Verdict  # of the rule in `statistics.decisions`
    # Standard errors of the value over trainings and over tasks; None where they are not known.
    training_error: Number | None = None
    task_error: Number | None = None

    def __post_init__(self):
        _store(self, _checked(_FINDING_CHECKS, vars(self)))

    @property
    def holds(self) -> bool:
        return self.verdict == "holds"

    def as_json(self) -> dict[str, Any]:
        """The finding in the form of `findings.json`."""
        entry = dataclasses.asdict(self)
        entry["interval"] = list(self.interval)
        entry["paper"] = {name: value for name, value in entry["paper"].items() if value is not None}
        return entry


@dataclasses.dataclass(frozen=True)
class FindingsFile:
    """The contents of a `findings.json`."""

    experiment: str
    preset: str
    findings: tuple[Finding, ...]

    def __post_init__(self):
        _checked({"experiment": _text, "preset": _text}, vars(self))
        ids = [finding.id for finding in self.findings]
        for name in ids:
            if ids.count(name) > 1:
                raise ValueError(f"id {name!r} is that of {ids.count(name)} findings; each must have its own")


def write_findings(path: Path, experiment: str, preset: str, findings: Sequence[Finding]) -> None:
    """Write `findings.json` under a temporary name and rename it, so it is never seen half written."""
    checked = FindingsFile(experiment, preset, tuple(findings))
    document = {
        "experiment": checked.experiment,
        "preset": checked.preset,
        "findings": [finding.as_json() for finding in checked.findings],
    }
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(path, text.encode())


def read_findings(path: Path) -> FindingsFile:
    """Read and validate a `findings.json`. If a field is wrong, a ValueError names it and the file.

    **Raises:** `DamagedFileError` if it is not JSON.
    """
    document = read_json(path)
    try:
        return parse_findings(document)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def parse_findings(document: Any) -> FindingsFile:
    """The findings in a parsed JSON document. Missing and unknown keys and values out of range are errors."""
    _check_keys("the document", document, {"experiment", "preset", "findings"})
    checked = _checked({"experiment": _text, "preset": _text}, document)
    entries = document["findings"]
    if not isinstance(entries, list):
        raise ValueError(f"findings is {entries!r}; it must be a list")
    found = []
    for index, entry in enumerate(entries):
        try:
            found.append(_parse_finding(entry))
        except ValueError as error:
            raise ValueError(f"findings[{index}]: {error}") from error
    return FindingsFile(**checked, findings=tuple(found))


def _parse_finding(entry: Any) -> Finding:
    """Make a Finding after checking everything, because JSON may hold anything."""
    fields = {field.name for field in dataclasses.fields(Finding)}
    if isinstance(entry, dict) and "holds" in entry and "verdict" not in entry:  # as version 0.1 wrote it
        _check_keys("the finding", entry, (fields - _SINCE_0_2) | {"holds"})
        verdict = "holds" if _truth("holds", entry["holds"]) else "fails"
        entry = {name: value for name, value in entry.items() if name != "holds"}
        entry |= {"verdict": verdict, "training_error": None, "task_error": None}
    _check_keys("the finding", entry, fields)
    _check_keys("reference", entry["reference"], {"name", "value"})
    _check_keys("paper", entry["paper"], {"source"}, {"value", "statement"})
    reference = ReferenceValue(**_checked(_REFERENCE_CHECKS, entry["reference"], "reference."))
    paper = PaperClaim(**_checked(_PAPER_CHECKS, entry["paper"], "paper."))
    return Finding(**_checked(_FINDING_CHECKS, entry), reference=reference, paper=paper)


def _check_keys(place: str, entry: Any, required: Set[str], optional: Set[str] = frozenset()) -> None:
    if not isinstance(entry, dict):
        raise ValueError(f"{place} is {entry!r}; it must be an object with {', '.join(sorted(required))}")
    if missing := required - set(entry):
        raise ValueError(f"{place} lacks {', '.join(sorted(missing))}")
    if unknown := set(entry) - required - optional:
        known = ", ".join(sorted(required | optional))
        raise ValueError(f"{place} has {', '.join(sorted(unknown))}; it may have {known}")


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{field} is {value!r}; it must be a text that is not empty")
    return value


def _finite(field: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Number) or not math.isfinite(value):
        raise ValueError(f"{field} is {value!r}; it must be a finite number")
    return float(value)


def _low_and_high(field: str, value: Any) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{field} is {value!r}; it must be low and high")
    low, high = _finite(f"{field}[0]", value[0]), _finite(f"{field}[1]", value[1])
    if low > high:
        raise ValueError(f"{field} is {value!r}; low must not be above high")
    return low, high


def _count(field: str, value: Any) -> int:
    check_integer(field, value, 1)
    return value


def _size_or_none(field: str, value: Any) -> float | None:
    if value is None:
        return None
    size = _finite(field, value)
    if size < 0:
        raise ValueError(f"{field} is {value!r}; an error is never below 0")
    return size


def _verdict(field: str, value: Any) -> Verdict:
    if value not in VERDICTS:
        raise ValueError(f"{field} is {value!r}; it must be one of {', '.join(VERDICTS)}")
    return value


def _truth(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{field} is {value!r}; it must be true or false")
    return value


# What each field must be: a function of its name and value that gives the value to keep.
Checks = dict[str, Callable[[str, Any], Any]]
_REFERENCE_CHECKS: Checks = {"name": _text, "value": _finite}
_PAPER_CHECKS: Checks = {"source": _text, "value": _finite, "statement": _text}
_FINDING_CHECKS: Checks = {
    "id": _text,
    "claim": _text,
    "measure": _text,
    "value": _finite,
    "interval": _low_and_high,
    "seeds": _count,
    "verdict": _verdict,
    "training_error": _size_or_none,
    "task_error": _size_or_none,
}


def _checked(checks: Checks, fields: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """The fields that have checks, each checked. An error names a field by `place` and its name."""
    return {name: check(place + name, fields[name]) for name, check in checks.items() if name in fields}


def _store(thing: Any, fields: dict[str, Any]) -> None:
    """Set fields of a frozen dataclass during its initialisation."""
    for name, value in fields.items():
        object.__setattr__(thing, name, value)
