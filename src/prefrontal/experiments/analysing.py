"""From what an experiment left on disk to its findings, tables and figures. Needs no jax."""

from pathlib import Path

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding, write_findings
from prefrontal.analysis.tables import write_tables
from prefrontal.experiments import part
from prefrontal.report.animation import Animation


def analyse(out: Path) -> list[Finding]:
    """Findings, tables and figures from what is on disk; nothing is trained or evaluated."""
    evidence, analysis = Evidence(out), part(Evidence(out).experiment, "analysis")
    findings = analysis.findings(evidence)
    write_findings(out / "findings.json", evidence.experiment, evidence.preset, findings)
    write_tables(out / "tables.json", analysis.tables(evidence))
    folder = out / "figures"
    for name, figure in part(evidence.experiment, "figure").figures(evidence).items():
        figure.save(folder / f"{name}.png")
    for name, animation in _animations(evidence).items():
        animation.save(folder / f"{name}.gif")
    return findings


def _animations(evidence: Evidence) -> dict[str, Animation]:
    """The animations that an experiment declares, where what they show was recorded."""
    declared = part(evidence.experiment, "figure").ANIMATIONS
    return {
        name: draw(evidence.untrained(condition), evidence.kept(condition))
        for name, (condition, draw) in declared.items()
        if evidence.has_kept(condition)
    }
