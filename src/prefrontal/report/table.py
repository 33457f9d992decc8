"""The table at the end of an experiment: the agent beside every other policy, by regret or else by return."""

from rich.table import Table
from rich.text import Text

from prefrontal.analysis.evidence import Evidence
from prefrontal.report.numbers import interval, number
from prefrontal.report.policies import Policy, distributions, policies

_STYLES = {"agent": "bold", "control": "", "reference": "dim"}


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
    for row in rows:
        label = row.label if row.role == "reference" else f"{row.label} ({row.role})"
        cells = (
            label,
            number(row.value, whole=False),
            "" if row.exact else interval(row.interval),
            row.basis,
        )
        table.add_row(*(Text(cell) for cell in cells), style=_STYLES[row.role])
    return table
