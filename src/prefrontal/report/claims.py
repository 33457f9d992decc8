"""What was found, number by number: where several claims are about one number, it is shown once."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, Number
from prefrontal.analysis.statistics.decisions import Verdict


@dataclasses.dataclass(frozen=True)
class Measured:
    """One number with its interval, and the findings whose claims are about it."""

    measure: str
    value: Number
    interval: tuple[Number, Number]
    seeds: int
    findings: tuple[Finding, ...]

    @property
    def one_paper(self) -> bool:
        """Whether all these claims are compared with the same statement of a paper."""
        return all(finding.paper == self.findings[0].paper for finding in self.findings)


def by_number(findings: Sequence[Finding]) -> list[Measured]:
    """In the order in which the numbers first come; findings about one number keep their order."""
    groups: dict[tuple[Any, ...], list[Finding]] = {}
    for place, finding in enumerate(findings):
        number = (finding.measure, finding.value, finding.interval, finding.seeds)
        # A share of so few seeds may be the same for two claims that are about different things.
        is_count = float(finding.value * finding.seeds).is_integer()
        groups.setdefault((*number, place if is_count else None), []).append(finding)
    return [
        Measured(first.measure, first.value, first.interval, first.seeds, (first, *others))
        for first, *others in groups.values()
    ]


# How each verdict is written for people.
SAID: Mapping[Verdict, str] = MappingProxyType(
    {"holds": "holds", "fails": "does not hold", "undecided": "undecided"}
)


def tally(findings: Sequence[Finding]) -> str:
    """`5 of 8 claims hold, 1 does not, 2 are undecided`."""
    counts = Counter(finding.verdict for finding in findings)
    parts = [f"{counts['holds']} of {len(findings)} claims hold"]
    if counts["fails"]:
        parts.append(f"{counts['fails']} {'does' if counts['fails'] == 1 else 'do'} not")
    if counts["undecided"]:
        parts.append(f"{counts['undecided']} {'is' if counts['undecided'] == 1 else 'are'} undecided")
    return ", ".join(parts)


def over(seeds: int) -> str:
    """What an interval is over, in words."""
    return "over tasks" if seeds == 1 else f"over {seeds} seeds and tasks"


def estimates(evidence: Evidence) -> dict[tuple[str, Number], str]:
    """How each reference's value is known, `exact` or `sampled`, by the reference's name and the value."""
    if not evidence.has_references:
        return {}
    return {
        (name, value): "exact" if row.exact else "sampled"
        for row in evidence.references
        for name in (row.name, row.label)
        for value in (row.total_return, row.regret)
        if value is not None
    }
