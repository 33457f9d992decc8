"""Every policy of an experiment: the rows of the page's and of the terminal's tables.

Policies are compared by their expected regret, and where the task does not know it by their return.
"""

import dataclasses
from pathlib import Path

from scipy import special

from prefrontal.analysis.evidence import Evidence, ReferenceResult, kept_path, record_path
from prefrontal.analysis.measures import averaged
from prefrontal.analysis.performance import of_records, return_of
from prefrontal.analysis.signals import learns_from
from prefrontal.analysis.statistics.intervals import LEVEL
from prefrontal.disk.records import Records
from prefrontal.report.plots import Bar
from prefrontal.report.style import Role


@dataclasses.dataclass(frozen=True)
class Policy:
    """One policy's expected regret of a lifetime, or its return, on one distribution."""

    label: str
    role: Role
    distribution: str
    regret: float | None
    # Of regret, or else of return; over trainings and tasks, or over tasks where there is one seed or none.
    interval: tuple[float, float]
    exact: bool
    by_seed: tuple[float, ...]  # of the same; empty for a reference
    total_return: float
    learns_from: str = ""  # empty for a reference

    @property
    def basis(self) -> str:
        """What the interval is over."""
        if self.exact:
            return "exact"
        return f"{len(self.by_seed)} seeds and tasks" if len(self.by_seed) > 1 else "tasks"

    @property
    def value(self) -> float:
        """What the policy is compared by."""
        return self.total_return if self.regret is None else self.regret

    def bar(self) -> Bar:
        """The policy as `plots.final_bars` draws it."""
        interval = None if self.exact else self.interval
        return Bar(self.label, self.role, self.value, interval, self.exact, self.by_seed)


def policies(evidence: Evidence, distribution: str) -> list[Policy]:
    """All that were trained on `distribution`, and every reference on it, best first.

    A training that is not finished or whose records are elsewhere is left out.
    """
    trained = [
        _trained(evidence, name, distribution)
        for name, condition in evidence.conditions.items()
        if condition["distribution"] == distribution and _recorded(evidence, name, distribution)
    ]
    return sorted([*trained, *_references(evidence, distribution)], key=_worse)


def _worse(policy: Policy) -> float:
    return -policy.total_return if policy.regret is None else policy.regret


def missing_records(evidence: Evidence) -> list[Path]:
    """The files that an analysis needs and that are not here, as while the experiment is unfinished."""
    needed = [
        record_path(evidence.folder, name, seed, distribution)
        for name, condition in evidence.conditions.items()
        for seed in evidence.seeds
        for distribution in condition["evaluations"]
    ]
    needed += [*_kept_needed(evidence), evidence.folder / "references.json"]
    return [path for path in needed if not path.exists()]


def _kept_needed(evidence: Evidence) -> list[Path]:
    """What was kept at length and cannot be done without, of the seeds that each condition says."""
    seeds = {"first": evidence.seeds[:1], "every": evidence.seeds}
    return [
        kept_path(evidence.folder, name, seed, untrained=False)
        for name, condition in evidence.conditions.items()
        for seed in seeds.get(condition.get("kept_needed", "none"), [])
    ]


def distributions(evidence: Evidence) -> list[str]:
    """The distributions trained on, in the order of the conditions."""
    return list(dict.fromkeys(condition["distribution"] for condition in evidence.conditions.values()))


def _recorded(evidence: Evidence, condition: str, distribution: str) -> bool:
    return bool(_seeds_recorded(evidence, condition, distribution))


def _seeds_recorded(evidence: Evidence, condition: str, distribution: str) -> list[int]:
    paths = {seed: record_path(evidence.folder, condition, seed, distribution) for seed in evidence.seeds}
    return [seed for seed, path in paths.items() if path.exists()]


def _trained(evidence: Evidence, name: str, distribution: str) -> Policy:
    """One condition, all seeds that are recorded."""
    records = [
        Records.load(record_path(evidence.folder, name, seed, distribution))
        for seed in _seeds_recorded(evidence, name, distribution)
    ]
    regretted = all(one.knows_regret for one in records)
    earned = averaged("return", of_records(evidence, records, return_of))
    compared = averaged("regret", of_records(evidence, records)) if regretted else earned
    condition = evidence.conditions[name]
    return Policy(
        label=condition["label"],
        role="control" if condition["control"] else "agent",
        distribution=distribution,
        regret=compared.value if regretted else None,
        interval=compared.interval,
        exact=False,
        by_seed=tuple(compared.by_seed.tolist()),
        total_return=earned.value,
        learns_from=learns_from(condition),
    )


def _references(evidence: Evidence, distribution: str) -> list[Policy]:
    if not (evidence.folder / "references.json").exists():
        return []
    return [_reference(row) for row in evidence.references if row.distribution == distribution]


def _reference(row: ReferenceResult) -> Policy:
    half = float(special.ndtri((1 + LEVEL) / 2)) * row.standard_error
    interval = (row.value - half, row.value + half)
    return Policy(
        row.label, "reference", row.distribution, row.regret, interval, row.exact, (), row.total_return
    )
