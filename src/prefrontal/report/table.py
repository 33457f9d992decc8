"""The tables at the end of an experiment: its findings, and the agent beside every other policy."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding
from prefrontal.report.claims import SAID, by_number, over, tally
from prefrontal.report.numbers import interval, number
from prefrontal.report.policies import Policy, distributions, policies

_STYLES = {"agent": "bold", "control": "", "reference": "dim"}


def findings_table(findings: Sequence[Finding]) -> Table:
    """Each number once, with its interval, and beside it the claims about it."""
    table = Table(title=tally(findings), title_justify="left")
    for name in ("ours", "claim", "verdict", "compared with"):
        table.add_column(name)
    for one in by_number(findings):
        ours = f"{number(one.value)}\n{interval(one.interval)}\n{over(one.seeds)}"
        for place, finding in enumerate(one.findings):
            beside = f"{finding.reference.name} {number(finding.reference.value)}"
            cells = (finding.claim, SAID[finding.verdict], beside)
            last = place == len(one.findings) - 1
            table.add_row(*(Text(cell) for cell in ("" if place else ours, *cells)), end_section=last)
    return table


def regret_tables(evidence: Evidence) -> list[Table]:
    """One table for each distribution trained on, best policy first."""
    return [_table(name, policies(evidence, name)) for name in distributions(evidence)]


def _table(distribution: str, rows: list[Policy]) -> Table:
    regretted = all(row.regret is not None for row in rows)
    title = "Expected regret" if regretted else "Return"
    table = Table(title=f"{title} of a lifetime, {distribution}", title_justify="left")
    table.add_column("policy")
    table.add_column("regret" if regretted else "return", justify="right")
    table.add_column("95 % interval", justify="right")
    table.add_column("over")
    table.add_column("learns from")
    for row in rows:
        label = row.label if row.role == "reference" else f"{row.label} ({row.role})"
        cells = (
            label,
            number(row.value, whole=False),
            "" if row.exact else interval(row.interval),
            row.basis,
            row.learns_from,
        )
        table.add_row(*(Text(cell) for cell in cells), style=_STYLES[row.role])
    return table
