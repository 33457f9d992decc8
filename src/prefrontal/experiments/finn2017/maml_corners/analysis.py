"""The findings of `maml-corners`."""

from prefrontal.analysis.evidence import Evidence
from prefrontal.analysis.findings import Finding
from prefrontal.experiments.finn2017 import adapting
from prefrontal.experiments.finn2017.adapting import tables

LEAST = (0.25, 0.45)  # the scores after one and two inner steps; without learning in the task .25 is the most
BEYOND_JOINT = (0.1, 0.3)
BLIND = 0.25


def findings(evidence: Evidence) -> list[Finding]:
    """What the runs say of the claims."""
    return adapting.findings(evidence, LEAST, BEYOND_JOINT, BLIND)


__all__ = ["findings", "tables"]
