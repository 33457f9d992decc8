"""Makes findings, tables and figures from an experiment's files. Needs no jax."""

from pathlib import Path
from types import ModuleType

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, write_findings
from prefrontal.analysis.tables import write_tables
from prefrontal.disk.storage import make_folder
from prefrontal.experiments import part
from prefrontal.report.animation import Animation


def analyse(out: Path) -> list[Finding]:
    """Make findings, tables and figures from the files on disk; nothing is trained or evaluated."""
    evidence = Evidence(out)
    analysis, figure = (_part(evidence, name) for name in ("analysis", "figure"))
    findings = analysis.findings(evidence)
    write_findings(out / "findings.json", evidence.experiment, evidence.preset, findings)
    write_tables(out / "tables.json", analysis.tables(evidence))
    folder = out / "figures"
    make_folder(folder)
    for name, drawn in figure.figures(evidence).items():
        drawn.save(folder / f"{name}.png")
    for name, animation in _animations(evidence).items():
        animation.save(folder / f"{name}.gif")
    return findings


def _part(evidence: Evidence, name: str) -> ModuleType:
    """The module that analyses or draws. A random search has one module for both."""
    return part(evidence.experiment, "search" if "search" in evidence.conditions else name)


def _animations(evidence: Evidence) -> dict[str, Animation]:
    """The animations that an experiment declares, if the lifetimes that they show were recorded."""
    declared = _part(evidence, "figure").ANIMATIONS
    return {
        name: draw(evidence.untrained(condition), evidence.kept(condition))
        for name, (condition, draw) in declared.items()
        if evidence.has_kept(condition)
    }
